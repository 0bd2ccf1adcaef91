//! Keys and items as they are stored, readable in the console.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    conversation::{Chat, Profile},
    credits::{Credits, Entry, EntryKey, EntryKind},
    ids::{JobId, UserId},
    job::Job,
    texts::Locale,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{DUE_SHARDS, TableError};

/// An item on the wire.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The attribute that tells our own write from somebody else's.
pub(super) const WRITE_ID: &str = "write_id";
/// The sparse index of open jobs.
pub(super) const DUE_INDEX: &str = "due";
/// Sort key of an account.
pub(super) const PROFILE: &str = "PROFILE";
/// Sort key of a conversation.
pub(super) const CHAT: &str = "CHAT";
/// How long a conversation is kept after its last step; drafts live as long.
const CHAT_KEPT_SECS: i64 = 7 * 24 * 3600;

/// A person's partition.
pub(super) fn partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// Sort key of a job.
pub(super) fn job_key(job: JobId) -> String {
    format!("JOB#{job}")
}

/// Sort key of a ledger entry.
fn ledger_key(key: &EntryKey) -> String {
    format!("LEDGER#{key}")
}

/// A primary key.
pub(super) fn key(user: UserId, sort: &str) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(&partition(user))), ("sk".to_owned(), text(sort))])
}

/// The shard of the index a person's jobs are in: spread, so that no partition grows hot.
pub(super) fn due_shard(user: UserId) -> String {
    (user.0.unsigned_abs() % u64::from(DUE_SHARDS)).to_string()
}

/// An account, as stored.
#[derive(Serialize, Deserialize)]
pub(super) struct ProfileItem {
    balance: Credits,
    locale: Locale,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
}

impl ProfileItem {
    pub(super) fn new(profile: &Profile, now: Timestamp) -> Self {
        Self { balance: profile.balance, locale: profile.locale, reachable: profile.reachable, created_at: Some(now) }
    }
}

impl From<ProfileItem> for Profile {
    fn from(item: ProfileItem) -> Self {
        Self { balance: item.balance, locale: item.locale, reachable: item.reachable }
    }
}

/// A conversation, as stored.
#[derive(Serialize, Deserialize)]
pub(super) struct ChatItem {
    #[serde(flatten)]
    pub(super) chat: Chat,
    /// DynamoDB's time to live: epoch seconds.
    pub(super) expires_at: i64,
}

impl ChatItem {
    pub(super) fn new(chat: &Chat, now: Timestamp) -> Self {
        Self { chat: chat.clone(), expires_at: now.as_second() + CHAT_KEPT_SECS }
    }
}

/// A job, as stored.
#[derive(Serialize, Deserialize)]
struct JobItem {
    #[serde(flatten)]
    job: Job,
    /// Partition of the sparse index; present while the job is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
}

/// A ledger entry, as stored. The key is in the sort key.
#[derive(Serialize, Deserialize)]
struct EntryItem {
    kind: EntryKind,
    amount: i64,
    at: Timestamp,
    note: String,
}

/// A job's item.
pub(super) fn job_item(job: &Job) -> Result<Item, TableError> {
    let due_shard = job.due_at.map(|_| due_shard(job.user));
    item(job.user, &job_key(job.id), &JobItem { job: job.clone(), due_shard })
}

/// The job in an item.
pub(super) fn job_of(found: Item) -> Result<Job, TableError> {
    read::<JobItem>(found).map(|item| item.job)
}

/// A ledger entry's item.
pub(super) fn entry_item(entry: &Entry) -> Result<Item, TableError> {
    let Entry { user, key, kind, amount, at, note } = entry;
    item(*user, &ledger_key(key), &EntryItem { kind: *kind, amount: *amount, at: *at, note: note.clone() })
}

/// The ledger entry in an item.
pub(super) fn entry_of(user: UserId, found: Item) -> Result<Entry, TableError> {
    let sort = sort_key(&found);
    let key = entry_key(&sort).ok_or_else(|| TableError::unreadable(&sort, &"no ledger key"))?;
    let EntryItem { kind, amount, at, note } = read(found)?;
    Ok(Entry { user, key, kind, amount, at, note })
}

fn entry_key(sort: &str) -> Option<EntryKey> {
    let (kind, rest) = sort.strip_prefix("LEDGER#")?.split_once('#')?;
    match kind {
        "CHARGE" => rest.parse().ok().map(EntryKey::Charge),
        "SETTLEMENT" => rest.parse().ok().map(EntryKey::Settlement),
        "GRANT" => Some(EntryKey::Grant(rest.to_owned())),
        "PURCHASE" => Some(EntryKey::Purchase(rest.to_owned())),
        _ => None,
    }
}

/// An item with its key. Nothing is stored for `None`: an index key may not be null.
pub(super) fn item<T: Serialize>(user: UserId, sort: &str, value: &T) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(|error| TableError::unreadable(sort, &error))?;
    item.retain(|_, value| !value.is_null());
    item.extend(key(user, sort));
    Ok(item)
}

/// The value in an item.
pub(super) fn read<T: DeserializeOwned>(found: Item) -> Result<T, TableError> {
    let sort = sort_key(&found);
    serde_dynamo::from_item(found).map_err(|error| TableError::unreadable(&sort, &error))
}

/// An item's sort key, for whoever has to find it.
pub(super) fn sort_key(found: &Item) -> String {
    found.get("sk").and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        catalog::Kind,
        classify::{Class, Diagnosis},
        credits,
        ids::DraftId,
        job::{Order, Photo, Receipt, TaskId},
        rules::Rules,
    };

    fn job() -> Job {
        let photo = Photo { file_id: "f".into(), unique_id: "u".into() };
        let order = Order { kind: Kind::Reels, product: "reels".into(), photo, price: Credits(1), locale: Locale::Ru };
        let id = JobId { draft: DraftId(uuid::Uuid::from_u128(5)), n: 1 };
        Job::confirmed(UserId(7), id, order, Timestamp::from_second(1_800_000_000).unwrap(), &Rules::default())
    }

    #[test]
    fn a_job_in_every_stage_reads_back_as_it_was_written() {
        let (rules, queued) = (Rules::default(), job());
        let now = queued.confirmed_at;
        let submitting = queued.claim_submission("photo", "prompt", now, &rules).unwrap();
        let generating = submitting.submitted(TaskId("t".into()), now, &rules).unwrap().job;
        let ready = generating.fetched("video".into(), now, &rules).unwrap().job;
        let sending = ready.claim_send(now, &rules).unwrap();
        let delivered = sending.delivered(Receipt { file_id: Some("v".into()), message_id: 9 }, now).unwrap().0;
        let failed = sending.ended(&Diagnosis::of(Class::CouldNotDeliver), now, &rules).unwrap().0;
        for job in [queued, submitting, generating, ready, sending, delivered, failed] {
            let item = job_item(&job).unwrap();
            assert_eq!(item.contains_key("due_shard"), item.contains_key("due_at"), "both index keys or none");
            assert!(!item.values().any(AttributeValue::is_null));
            if let Some(due) = item.get("due_at") {
                assert!(due.is_n(), "the index sorts by a number");
            }
            assert_eq!(job_of(item).unwrap(), job);
        }
    }

    #[test]
    fn a_ledger_entry_reads_back_whatever_its_key() {
        let (job, at) = (job(), Timestamp::UNIX_EPOCH);
        for entry in [
            credits::charge(job.user, job.id, Credits(1), at),
            credits::capture(job.user, job.id, at),
            credits::refund(job.user, job.id, Credits(1), "broken_upstream", at),
            credits::grant(job.user, "welcome#x", Credits(2), "hello", at),
        ] {
            assert_eq!(entry_of(job.user, entry_item(&entry).unwrap()).unwrap(), entry);
        }
    }

    #[test]
    fn an_item_that_makes_no_sense_is_named() {
        let broken = key(UserId(1), "JOB#x");
        assert!(job_of(broken).unwrap_err().to_string().starts_with("item JOB#x cannot be read"));
    }
}
