//! The kinds of stored values. For each kind: how production's code writes a value, reads it, and continues from it.

use adapters::{
    callback_url::CallbackSealer,
    config::Secret,
    table::{Pass, TableError},
};
use domain::{
    conversation::{Chat, Profile, ProfileChange, Tap},
    credits::{Balance, Credits, Entry, EntryKey, grant},
    ids::{JobId, UserId},
    job::Job,
    job_message::JobMessage,
    limits::{Buyer, Limits},
    operator::Day,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::{
    release_0_1_0::{now, some_job},
    store::Store,
};

/// A stored value and everything that its stored form is made from.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// An account.
    Account(UserId, Profile),
    /// A conversation.
    Chat(UserId, Box<Chat>),
    /// A job.
    Job(Box<Job>),
    /// A ledger entry.
    Entry(Entry),
    /// The counts of the day that contains this instant.
    Day(Timestamp, Day),
    /// A rate-limit counter: the limited operation, the window, and the counter's value.
    Limit(&'static str, Timestamp, u32),
    /// The progress of the daily pass over all accounts.
    Pass(Pass),
    /// An operator's note, which people read and no code reads.
    Note(&'static str, &'static str, Timestamp),
    /// The body of a queue message.
    Message(JobMessage),
    /// A callback's path: user, job and attempt.
    Callback(UserId, JobId, u32),
    /// A button's data.
    Button(Tap),
    /// The key of a job's video in the media store.
    VideoKey(UserId, JobId),
    /// A job's id and the id of its replay.
    Replay(JobId, JobId),
}

fn sealer() -> CallbackSealer {
    CallbackSealer::new(&Secret::new("the signing key of the golden addresses"))
}

/// The key of an item.
fn key_of(item: &Json) -> (&str, &str) {
    (item["pk"]["S"].as_str().unwrap(), item["sk"]["S"].as_str().unwrap())
}

fn text(stored: &Json) -> &str {
    stored.as_str().unwrap()
}

fn partition(user: UserId) -> String {
    format!("USER#{user}")
}

impl Stored {
    /// The stored form, as production's code writes it.
    pub async fn write(&self) -> Json {
        let store = Store::empty();
        let table = &store.table;
        match self {
            Self::Account(user, profile) => {
                open(&store, *user, profile).await;
                store.get(&partition(*user), "PROFILE")
            }
            Self::Chat(user, chat) => {
                store.put_version(&partition(*user), "CHAT", chat.version - 1);
                table.save_step(*user, chat, ProfileChange::default(), now()).await.unwrap();
                store.get(&partition(*user), "CHAT")
            }
            Self::Job(job) => {
                let (pk, sk) = (partition(job.user), format!("JOB#{}", job.id));
                store.put_version(&pk, &sk, job.version - 1);
                table.save_job(job).await.unwrap();
                store.get(&pk, &sk)
            }
            Self::Entry(entry) => {
                write_entry(&store, entry).await;
                store.get(&partition(entry.user), &format!("LEDGER#{}", entry.key))
            }
            Self::Day(at, day) => {
                table.count(*day, *at).await;
                store.scan().remove(0)
            }
            Self::Limit(limited, window, drawn) => {
                for _ in 0..*drawn {
                    table.increment_counter(limited, *window).await.unwrap();
                }
                store.scan().remove(0)
            }
            Self::Pass(pass) => {
                store.put_version("PASS#laws", "STATE", pass.version - 1);
                table.save_pass(pass).await.unwrap();
                store.scan().remove(0)
            }
            Self::Note(what, note, at) => {
                table.note_operation(what, note, *at).await.unwrap();
                store.scan().remove(0)
            }
            Self::Message(message) => json!(message.body()),
            Self::Callback(user, job, attempt) => json!(sealer().path(*user, *job, *attempt)),
            Self::Button(tap) => json!(tap.data()),
            Self::VideoKey(user, job) => json!(Job::video_key(*user, *job)),
            Self::Replay(job, _) => json!({"job": job.to_string(), "replay": job.replay().to_string()}),
        }
    }

    /// The value that production's code reads from a stored form of the same kind.
    pub async fn read(&self, stored: &Json) -> Self {
        let in_table = |stored| (Store::with(stored), key_of(stored));
        let user_of = |(pk, _): (&str, &str)| UserId(pk.strip_prefix("USER#").unwrap().parse().unwrap());
        match self {
            Self::Account(..) => {
                let (store, key) = in_table(stored);
                let person = store.table.person(user_of(key), None, now()).await.unwrap();
                Self::Account(user_of(key), person.profile.unwrap())
            }
            Self::Chat(..) => {
                let (store, key) = in_table(stored);
                let person = store.table.person(user_of(key), None, now()).await.unwrap();
                Self::Chat(user_of(key), Box::new(person.chat))
            }
            Self::Job(job) => {
                let (store, key) = in_table(stored);
                Self::Job(Box::new(store.table.job(user_of(key), job.id).await.unwrap().unwrap()))
            }
            Self::Entry(entry) => {
                let (store, key) = in_table(stored);
                Self::Entry(store.table.entry(user_of(key), &entry.key).await.unwrap().unwrap())
            }
            Self::Day(at, _) => Self::Day(*at, in_table(stored).0.table.day(*at).await.unwrap()),
            Self::Limit(limited, window, _) => {
                let next = in_table(stored).0.table.increment_counter(limited, *window).await.unwrap();
                Self::Limit(limited, *window, next - 1)
            }
            Self::Pass(_) => Self::Pass(in_table(stored).0.table.pass().await.unwrap().unwrap()),
            Self::Note(..) => self.clone(),
            Self::Message(_) => Self::Message(JobMessage::parse(text(stored)).unwrap()),
            Self::Callback(..) => {
                let (user, job, attempt) = sealer().verify(text(stored)).unwrap();
                Self::Callback(user, job, attempt)
            }
            Self::Button(_) => Self::Button(Tap::parse(text(stored))),
            Self::VideoKey(..) => {
                let name = text(stored).strip_prefix("videos/").unwrap().strip_suffix(".mp4").unwrap();
                let (user, job) = name.split_once('/').unwrap();
                Self::VideoKey(UserId(user.parse().unwrap()), job.parse().unwrap())
            }
            Self::Replay(..) => {
                let id = |name: &str| text(&stored[name]).parse().unwrap();
                Self::Replay(id("job"), id("replay"))
            }
        }
    }

    /// Continues from a stored value as production's code does: the next write succeeds, and a write that was done is refused.
    pub async fn go_on(&self, stored: &Json) {
        let in_table = || Store::with(stored);
        match self {
            Self::Account(user, profile) => {
                let store = in_table();
                store.table.set_reachable(*user, true).await.unwrap();
                store.table.give(&grant(*user, "more", Credits(3), "", now())).await.unwrap();
                assert_eq!(store.table.balance(*user).await.unwrap(), Balance(i64::from(profile.balance.0) + 3));
            }
            Self::Chat(user, chat) => {
                let (store, next) = (in_table(), Chat { version: chat.version + 1, ..*chat.clone() });
                store.table.save_step(*user, &next, ProfileChange::default(), now()).await.unwrap();
                assert_eq!(store.table.person(*user, None, now()).await.unwrap().chat, next);
            }
            Self::Job(job) => {
                let (store, next) = (in_table(), Job { version: job.version + 1, ..*job.clone() });
                let due: Vec<_> = store.due().await.into_iter().map(|due| (due.user, due.job)).collect();
                let expected: Vec<_> = job.due_at.map(|_| (job.user, job.id)).into_iter().collect();
                assert_eq!(due, expected, "the sweeper finds the job while it is open");
                store.table.save_job(&next).await.unwrap();
                assert_eq!(store.table.job(job.user, job.id).await.unwrap().as_ref(), Some(&next));
            }
            Self::Entry(entry) => {
                let again = in_table().table.give(entry).await;
                assert!(matches!(again, Err(TableError::Stale)), "an entry is written once");
            }
            Self::Day(at, day) => {
                let store = in_table();
                let more = Day { charged: 3, refunded: 2, kie_millicredits: 45_000, kie_films: 1, ..Day::default() };
                store.table.count(more, *at).await;
                let counted = Day { refunded: day.refunded + 2, ordered: day.ordered, delivered: day.delivered, ..more };
                assert_eq!(store.table.day(*at).await.unwrap(), counted);
                let next_day = *at + std::time::Duration::from_secs(24 * 3600);
                let days = store.table.days(next_day, 3).await.unwrap();
                let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
                let dates = [today.tomorrow().unwrap(), today, today.yesterday().unwrap()];
                assert_eq!(days, dates.into_iter().zip([Day::default(), counted, Day::default()]).collect::<Vec<_>>());
            }
            Self::Pass(pass) => in_table().table.save_pass(&Pass { version: pass.version + 1, ..pass.clone() }).await.unwrap(),
            _ => {}
        }
    }
}

impl Store {
    /// Every open job: each one is past due at a time in the far future.
    async fn due(&self) -> Vec<adapters::table::DueJob> {
        let mut due = Vec::new();
        for shard in 0..adapters::table::DUE_SHARDS {
            due.extend(self.table.due_jobs(shard, Timestamp::from_second(9_000_000_000).unwrap(), 100).await.unwrap());
        }
        due
    }
}

/// A new account with this balance, whose owner is reachable.
fn reachable(balance: Credits) -> Profile {
    Profile {
        balance,
        locale: domain::locale::Locale::Ru,
        reachable: true,
        consented_at: None,
        open_jobs: vec![],
        bought: false,
        came_from: None,
    }
}

/// Opens an account and changes it to `profile`, as steps of the conversation do.
async fn open(store: &Store, user: UserId, profile: &Profile) {
    let gift = grant(user, "welcome", profile.balance, "welcome", now());
    let chat = Chat { version: 1, ..Chat::default() };
    store.table.open_account(user, &reachable(profile.balance), &gift, &chat).await.unwrap();
    let Profile { locale, reachable, consented_at, .. } = profile.clone();
    let change = ProfileChange { locale: Some(locale), reachable: Some(reachable), consented_at };
    store.table.save_step(user, &Chat { version: 2, ..chat }, change, now()).await.unwrap();
}

/// Writes an entry in the same transaction as production's code does.
async fn write_entry(store: &Store, entry: &Entry) {
    let (user, chat) = (entry.user, Chat { version: 3, ..Chat::default() });
    if entry.key != EntryKey::Grant("welcome".into()) {
        open(store, user, &reachable(Credits(99))).await;
    }
    let table = &store.table;
    match &entry.key {
        EntryKey::Charge(id) if entry.amount == 0 => {
            table.replay(&Job { confirmed_at: entry.at, ..some_job(*id) }, &entry.note).await.unwrap();
        }
        EntryKey::Charge(id) => {
            let allowance = Limits::default().allowance(1, 0, Buyer::NotYet).unwrap();
            table.confirm_order(user, &chat, &[(some_job(*id), entry.clone())], &allowance, entry.at).await.unwrap();
        }
        EntryKey::Settlement(id) => table.settle(&some_job(*id), entry).await.unwrap(),
        EntryKey::Grant(name) if name == "welcome" => {
            table.open_account(user, &reachable(Credits(2)), entry, &Chat { version: 1, ..chat }).await.unwrap();
        }
        EntryKey::Grant(_) | EntryKey::Purchase(_) => table.give(entry).await.unwrap(),
    }
}
