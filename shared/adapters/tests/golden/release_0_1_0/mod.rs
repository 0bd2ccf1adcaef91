//! The values of the entries in the folder `0.1.0`, under the names of the entries.

mod chats;
mod jobs;
mod money;
mod others;
mod screens;

use std::collections::BTreeMap;

use domain::{
    ids::{DraftId, JobId, UserId},
    job::{Job, Photo},
};
use jiff::Timestamp;

use crate::stored::Stored;

pub use jobs::some_job;

/// The seller who owns the items.
pub const SELLER: UserId = UserId(7_000_000_001);

/// The time at which every item was stored.
pub fn now() -> Timestamp {
    at("2026-12-01T10:00:00.123Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The id of the order.
fn draft_id() -> DraftId {
    DraftId("019ad959-c07b-7b3f-a5b3-a5e5a1d4c0d2".parse().unwrap())
}

/// The id of job `n` of the order.
fn job_id(n: u8) -> JobId {
    JobId { draft: draft_id(), n }
}

fn photo() -> Photo {
    Photo::new("AgACAgIAAxkBAAIB", "AQADyL0xG5")
}

/// The values of each file, by file name.
pub fn values() -> BTreeMap<&'static str, Vec<(String, Stored)>> {
    let chats = chats::values().into_iter().chain(screens::values());
    let chats = chats.map(|(name, chat)| (name, Stored::Chat(SELLER, Box::new(chat))));
    let jobs = jobs::values().into_iter().map(|(name, job): (String, Job)| (name, Stored::Job(Box::new(job))));
    BTreeMap::from([
        ("accounts.json", money::accounts()),
        ("chats.json", chats.collect()),
        ("jobs.json", jobs.collect()),
        ("ledger.json", money::ledger()),
        ("counters.json", others::counters()),
        ("daily_pass.json", others::daily_pass()),
        ("operator_notes.json", others::operator_notes()),
        ("queue_messages.json", others::queue_messages()),
        ("callback_paths.json", others::callback_paths()),
        ("buttons.json", others::buttons()),
        ("object_keys.json", others::object_keys()),
        ("replays.json", others::replays()),
    ])
}
