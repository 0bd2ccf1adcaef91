//! The stored form of keys and items. Operators can read it in the AWS console.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    conversation::{Chat, Profile},
    credits::{Balance, Entry, EntryKey, EntryKind},
    ids::{JobId, UserId},
    job::Job,
    locale::Locale,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{DUE_SHARDS, TableError};

/// An item as DynamoDB sends it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The attribute with the id of the last write, by which a process recognises its own write.
pub(super) const WRITE_ID: &str = "write_id";
/// Name of the sparse index of open jobs.
pub(super) const DUE_INDEX: &str = "due";
/// Sort key of a person's account.
pub(super) const PROFILE: &str = "PROFILE";
/// Sort key of a person's conversation.
pub(super) const CHAT: &str = "CHAT";
/// How long a conversation, with its draft, is kept after its last step, seconds.
const CHAT_KEPT_SECS: i64 = 7 * 24 * 3600;

/// The partition key of a person's items.
pub(super) fn partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// Sort key of a job.
/// The job whose item this is; `None` if the item's key is no job's.
pub(super) fn id_of_job(item: &Item) -> Option<JobId> {
    item.get("sk")?.as_s().ok()?.strip_prefix("JOB#")?.parse().ok()
}

pub(super) fn job_key(job: JobId) -> String {
    format!("JOB#{job}")
}

/// The set of these jobs' ids. DynamoDB refuses an empty set.
pub(super) fn job_set(jobs: &[JobId]) -> AttributeValue {
    AttributeValue::Ss(jobs.iter().map(JobId::to_string).collect())
}

/// Sort key of a ledger entry.
pub(super) fn ledger_key(key: &EntryKey) -> String {
    format!("LEDGER#{key}")
}

/// Sort key of a person's counts of a day.
pub(super) fn person_day_key(day: Date) -> String {
    format!("DAY#{day}")
}

/// The primary key of a person's item.
pub(super) fn key(user: UserId, sort: &str) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(&partition(user))), ("sk".to_owned(), text(sort))])
}

/// The shard of the index `due` that holds a person's jobs. Shards spread the load over partitions.
pub(super) fn due_shard(user: UserId) -> String {
    (user.0.unsigned_abs() % u64::from(DUE_SHARDS)).to_string()
}

/// The stored form of an account.
#[derive(Serialize, Deserialize)]
pub(super) struct ProfileItem {
    pub(super) balance: Balance,
    pub(super) locale: Locale,
    pub(super) reachable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) consented_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Timestamp>,
    /// The mark of a held film: [`super::held::WAITING`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) waiting: Option<String>,
    /// A set of texts. DynamoDB removes the attribute with the set's last element.
    #[serde(default, skip_serializing)]
    open_jobs: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) bought: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) came_from: Option<String>,
}

/// Every attribute of an account but its key.
pub(super) const PROFILE_ATTRIBUTES: [&str; 9] =
    ["balance", "locale", "reachable", "consented_at", "created_at", "waiting", "open_jobs", "bought", "came_from"];

impl ProfileItem {
    pub(super) fn new(profile: &Profile, now: Timestamp) -> Self {
        let Profile { balance, locale, reachable, consented_at, bought, came_from, open_jobs: _ } = profile.clone();
        let (created_at, open_jobs, waiting) = (Some(now), vec![], None);
        Self { balance: balance.into(), locale, reachable, consented_at, created_at, waiting, open_jobs, bought, came_from }
    }
}

impl From<ProfileItem> for Profile {
    fn from(item: ProfileItem) -> Self {
        let ProfileItem { balance, locale, reachable, consented_at, open_jobs, bought, came_from, .. } = item;
        // Only `credits.rs` lists jobs, and a job's id has one form.
        let open_jobs = open_jobs.iter().filter_map(|job| job.parse().ok()).collect();
        Self { balance: balance.spendable(), locale, reachable, consented_at, open_jobs, bought, came_from }
    }
}

/// The stored form of a conversation.
#[derive(Serialize, Deserialize)]
pub(super) struct ChatItem {
    #[serde(flatten)]
    pub(super) chat: Chat,
    /// When DynamoDB may delete the item, seconds since 1970.
    pub(super) expires_at: i64,
}

impl ChatItem {
    pub(super) fn new(chat: &Chat, now: Timestamp) -> Self {
        Self { chat: chat.clone(), expires_at: now.as_second() + CHAT_KEPT_SECS }
    }
}

/// The stored form of a job.
#[derive(Serialize, Deserialize)]
struct JobItem {
    #[serde(flatten)]
    job: Job,
    /// Partition of the sparse index `due`; present while the job is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
}

/// The stored form of a ledger entry. The entry's key is in the sort key.
#[derive(Serialize, Deserialize)]
struct EntryItem {
    kind: EntryKind,
    amount: i64,
    at: Timestamp,
    note: String,
}

/// Makes the item of a job.
pub(super) fn job_item(job: &Job) -> Result<Item, TableError> {
    let due_shard = job.due_at.map(|_| due_shard(job.user));
    item(job.user, &job_key(job.id), &JobItem { job: job.clone(), due_shard })
}

/// Reads the job in an item.
pub(super) fn job_of(found: Item) -> Result<Job, TableError> {
    read::<JobItem>(found).map(|item| item.job)
}

/// Makes the item of a ledger entry.
pub(super) fn entry_item(entry: &Entry) -> Result<Item, TableError> {
    let Entry { user, key, kind, amount, at, note } = entry;
    item(*user, &ledger_key(key), &EntryItem { kind: *kind, amount: *amount, at: *at, note: note.clone() })
}

/// Reads the ledger entry in an item.
pub(super) fn entry_of(user: UserId, found: Item) -> Result<Entry, TableError> {
    let sort = sort_key(&found);
    let key = entry_key(&sort).ok_or_else(|| TableError::unreadable(&sort, &"the sort key is no ledger key"))?;
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

/// Makes an item with its key. A field that is `None` is left out, because an index key may not be null.
pub(super) fn item<T: Serialize>(user: UserId, sort: &str, value: &T) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(|error| TableError::unreadable(sort, &error))?;
    item.retain(|_, value| !value.is_null());
    item.extend(key(user, sort));
    Ok(item)
}

/// Reads the value in an item.
pub(super) fn read<T: DeserializeOwned>(found: Item) -> Result<T, TableError> {
    let sort = sort_key(&found);
    serde_dynamo::from_item(found).map_err(|error| TableError::unreadable(&sort, &error))
}

/// An item's sort key, for logs and errors.
pub(super) fn sort_key(found: &Item) -> String {
    found.get("sk").and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        catalog::{Catalog, Kind, Style},
        classify::{Class, Diagnosis},
        conversation::{Album, Answer, Draft, Notice, OwnPrompt, Pace, Page, Place, Placed, Question, Video, VideoState},
        credits::{self, Credits},
        ids::DraftId,
        job::{Brief, Film, Order, Photo, Receipt, SentAs, TaskId},
        photo::Flaw,
        rules::Rules,
    };

    fn job() -> Job {
        let photo = Photo::new("f", "u");
        let catalog = Catalog::built_in().unwrap();
        let brief = Brief { about: Some("mug".into()), ..Brief::default() };
        let order = Order { brief, ..Order::of_one(&catalog.products()[0], photo, Locale::Ru) };
        let id = JobId { draft: DraftId(uuid::Uuid::from_u128(5)), n: 1 };
        Job::confirmed(UserId(7), id, order, Timestamp::from_second(1_800_000_000).unwrap(), &Rules::default())
    }

    #[test]
    fn a_job_in_every_stage_reads_back_as_it_was_written() {
        let (rules, queued) = (Rules::default(), job());
        let now = queued.confirmed_at;
        let submitting = queued.claim_submission("photo", "prompt", now, &rules).unwrap();
        let generating = submitting.submitted(TaskId("t".into()), now, &rules).unwrap().job;
        let film = Film { width: 720, height: 1280, millis: 8_040, sound: false };
        let ready = generating.fetched("video".into(), film, now, &rules).unwrap().job;
        let sending = ready.claim_send(now, &rules).unwrap();
        let delivered = sending
            .delivered(Receipt { file_id: Some("v".into()), message_id: 9, sent_as: SentAs::Video }, now, &rules)
            .unwrap()
            .0;
        let failed = sending.ended(&Diagnosis::of(Class::CouldNotDeliver), now, &rules).unwrap().0;
        for job in [queued, submitting, generating, ready, sending, delivered, failed] {
            let item = job_item(&job).unwrap();
            assert_eq!(item.contains_key("due_shard"), item.contains_key("due_at"), "an item has both index keys or none");
            assert!(!item.values().any(AttributeValue::is_null));
            if let Some(due) = item.get("due_at") {
                assert!(due.is_n(), "the index sorts by a number");
            }
            assert_eq!(job_of(item).unwrap(), job);
        }
    }

    /// A draft with every kind of answer in it.
    fn draft() -> Draft {
        let begun = Draft::begun(DraftId(uuid::Uuid::from_u128(6)), Timestamp::from_millisecond(1_800_000_000_123).unwrap());
        let photo = Photo::new("f", "u");
        Draft {
            kind: Some(Kind::Reels),
            photo: Some(photo),
            about: Answer::Given("a \"mug\" <&>".into()),
            style: Some(Style::Own),
            own_prompt: OwnPrompt::Kept("снег\n🎬".into()),
            wishes: Answer::Skipped,
            count: Some(5),
            quote: Some(Credits(1)),
            ..begun
        }
    }

    fn every_place() -> Vec<Place> {
        let (photo, empty) = (draft().photo.unwrap(), Draft::begun(draft().id, draft().touched_at));
        let video = |state| Video { state, ..Video::of(&job(), job().confirmed_at, &Rules::default()) };
        let states =
            [VideoState::Making, VideoState::Sending, VideoState::Delivered, VideoState::DeliveredOnce, VideoState::Failed];
        let pages = [
            Page::Home,
            Page::Consent,
            Page::Language,
            Page::Help,
            Page::Balance,
            Page::Videos(vec![]),
            Page::Videos(states.map(video).to_vec()),
            Page::Video(video(VideoState::Delivered)),
        ];
        let questions = [
            Question::Kind,
            Question::Photo,
            Question::About,
            Question::Style,
            Question::OwnPrompt,
            Question::MorePrompt,
            Question::ReviewPrompt,
            Question::Wishes,
            Question::Count,
            Question::Summary,
            Question::ReplacePhoto { photo, about: Some("a hat".into()), message: Some(7) },
        ];
        let drafts = [draft(), empty, Draft { own_prompt: OwnPrompt::Written("a cat".into()), ..draft() }];
        let lefts = [None].into_iter().chain(drafts.clone().map(Some));
        let menus = lefts.flat_map(|left| pages.clone().map(|page| Place::Menu { page, left: left.clone() }));
        let orders =
            drafts.iter().flat_map(|draft| questions.clone().map(|question| Place::Order { draft: draft.clone(), question }));
        let placed = Placed {
            draft: draft().id,
            kind: Kind::Neurocard,
            style: Style::Product,
            count: 10,
            price: Credits(10),
            is_finished: true,
        };
        menus.chain(orders).chain([Place::Ordered(placed)]).collect()
    }

    #[test]
    fn a_conversation_reads_back_from_every_place_with_notices_and_albums() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let notices = [
            None,
            Some(Notice::OldButton),
            Some(Notice::WelcomeBack(Credits(0))),
            Some(Notice::Photo(Flaw::TooLarge(10))),
            Some(Notice::Photo(Flaw::Plain)),
            Some(Notice::TextTooLong { max: 300, was: 4096 }),
        ];
        for (at, place) in every_place().into_iter().enumerate() {
            let notice = notices[at % notices.len()];
            let album = (at % 2 == 0).then(|| Album { id: "13900000000000001".into(), said: at % 3 == 0 });
            let pace = Pace { since: (at % 2 == 1).then_some(now), updates: 41 };
            let chat =
                Chat { version: 9, recent_updates: vec![i64::MIN, 0, i64::MAX], place, notice, album, pace, ..Chat::default() };
            let stored = item(UserId(7), CHAT, &ChatItem::new(&chat, now)).unwrap();
            assert!(stored["expires_at"].is_n() && stored["version"].is_n(), "the time to live and the version are numbers");
            assert_eq!(read::<ChatItem>(stored).unwrap().chat, chat);
        }
    }

    #[test]
    fn an_account_reads_back_with_consent_and_without() {
        let now = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
        for consented_at in [None, Some(now)] {
            let (balance, bought) = (Credits(u32::MAX), consented_at.is_some());
            let profile = Profile {
                balance,
                locale: Locale::Ru,
                reachable: false,
                consented_at,
                open_jobs: vec![],
                bought,
                came_from: bought.then(|| "blog".to_owned()),
            };
            let stored = item(UserId(7), PROFILE, &ProfileItem::new(&profile, now)).unwrap();
            assert_eq!([stored.contains_key("consented_at"), stored.contains_key("bought")], [consented_at.is_some(); 2]);
            assert!(!stored.contains_key("open_jobs"), "DynamoDB has no empty set");
            assert_eq!(Profile::from(read::<ProfileItem>(stored).unwrap()), profile);
        }
    }

    #[test]
    fn an_account_s_list_of_open_jobs_is_read_from_a_set() {
        let jobs = [1, 2].map(|n| JobId { draft: DraftId(uuid::Uuid::from_u128(5)), n });
        let mut stored = key(UserId(7), PROFILE);
        stored.extend([
            ("balance".to_owned(), AttributeValue::N("2".into())),
            ("locale".to_owned(), AttributeValue::S("en".into())),
            ("reachable".to_owned(), AttributeValue::Bool(true)),
            ("open_jobs".to_owned(), AttributeValue::Ss(jobs.map(|job| job.to_string()).into())),
        ]);
        assert_eq!(Profile::from(read::<ProfileItem>(stored).unwrap()).open_jobs, jobs);
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
    fn an_unreadable_item_is_named() {
        let unreadable = key(UserId(1), "JOB#x");
        assert!(job_of(unreadable).unwrap_err().to_string().starts_with("item JOB#x cannot be read"));
    }
}
