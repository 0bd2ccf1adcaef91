//! The other data that is stored or sent: counters, the daily pass, operators' notes, queue messages, callback paths, buttons,
//! keys.

use adapters::table::Pass;
use domain::{
    catalog::{Kind, Style},
    conversation::Tap,
    ids::UserId,
    job_message::JobMessage,
    locale::Locale,
    operator::Day,
};
use serde_json::json;

use super::{SELLER, at, draft_id, job_id, now};
use crate::stored::Stored;

type Values = Vec<(String, Stored)>;

fn named<const N: usize>(values: [(&str, Stored); N]) -> Values {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The daily counts and the rate-limit counters.
pub fn counters() -> Values {
    let day = |ordered, delivered, refunded| Stored::Day(now(), Day { ordered, delivered, refunded, ..Day::default() });
    let limit = |window, drawn| Stored::Limit("kie", at(window), drawn);
    named([
        ("day", day(30, 25, 2)),
        ("day, orders only", day(1, 0, 0)),
        ("rate limit", limit("2026-12-01T10:00:02.5Z", 3)),
        ("rate limit, first number", limit("2026-12-01T10:00:00Z", 1)),
    ])
}

/// The progress of the daily pass. The position where the pass continues is private to the table, so it is read from a key in
/// JSON.
pub fn daily_pass() -> Values {
    let pass = |version, after, accounts, broken| {
        let after = serde_json::from_value(after).unwrap();
        Stored::Pass(Pass { version, began_at: now(), after, accounts, broken })
    };
    named([
        ("under way", pass(3, json!({"pk": "USER#7000000001", "sk": "PROFILE"}), 250, 1)),
        ("through", pass(4, json!(null), 251, 0)),
        ("first page", pass(1, json!({"pk": "USER#7", "sk": "JOB#019ad959c07b7b3fa5b3a5e5a1d4c0d2.1"}), 0, 0)),
    ])
}

/// Notes of what an operator did.
pub fn operator_notes() -> Values {
    named([("a letter dropped", Stored::Note("drop the letter abc about job -", "known; by dana", now()))])
}

/// Bodies of queue messages.
pub fn queue_messages() -> Values {
    let message = |user, n, sequence| {
        Stored::Message(JobMessage { user, job: job_id(n), sequence, repeat: None, as_file: false, thread: None })
    };
    named([("first", message(SELLER, 1, 1)), ("later", message(UserId(-5), 255, u32::MAX))])
}

/// Paths of callback addresses, signed with the test's key. Today's code reads this form and writes the sealed one; the release
/// after this one no longer reads it.
pub fn callback_paths() -> Values {
    let path = |user, n, attempt| Stored::Callback(user, job_id(n), attempt);
    named([("first attempt", path(SELLER, 1, 1)), ("later attempt", path(UserId(-5), 255, 3))])
}

/// The data of every button.
pub fn buttons() -> Values {
    let (draft, job) = (draft_id(), job_id(2));
    let buttons = [
        ("menu", Tap::Menu),
        ("open menu", Tap::OpenMenu),
        ("create", Tap::Create),
        ("resume", Tap::Resume),
        ("cancel", Tap::Cancel),
        ("back", Tap::Back),
        ("next", Tap::Next),
        ("skip", Tap::Skip),
        ("use prompt", Tap::UsePrompt),
        ("add prompt", Tap::AddPrompt),
        ("rewrite prompt", Tap::RewritePrompt),
        ("replace photo", Tap::ReplacePhoto),
        ("keep photo", Tap::KeepPhoto),
        ("balance", Tap::Balance),
        ("videos", Tap::Videos),
        ("help", Tap::Help),
        ("language", Tap::Language),
        ("start new", Tap::StartNew),
        ("accept", Tap::Accept),
        ("choose neurocard", Tap::Choose(Kind::Neurocard)),
        ("choose reels", Tap::Choose(Kind::Reels)),
        ("style product", Tap::Style(Style::Product)),
        ("style ugc", Tap::Style(Style::Ugc)),
        ("style broll", Tap::Style(Style::Broll)),
        ("style own", Tap::Style(Style::Own)),
        ("count of one", Tap::Count(1)),
        ("count of ten", Tap::Count(10)),
        ("speak english", Tap::Speak(Locale::En)),
        ("speak russian", Tap::Speak(Locale::Ru)),
        ("discard", Tap::Discard(draft)),
        ("confirm", Tap::Confirm(draft, 7)),
        ("again", Tap::Again(job)),
        ("restyle", Tap::Restyle(job)),
        ("new photo", Tap::NewPhoto(job)),
        ("reword", Tap::Reword(job)),
        ("video", Tap::Video(job)),
        ("resend", Tap::Resend(job)),
    ];
    named(buttons.map(|(name, tap)| (name, Stored::Button(tap))))
}

/// Keys in the media store. The key of a photo is stored in its job.
pub fn object_keys() -> Values {
    named([("video", Stored::VideoKey(SELLER, job_id(1)))])
}

/// The replay ids of jobs. They are the same in every release, so that a job is replayed at most once.
pub fn replays() -> Values {
    let replay = |n, replay: &str| Stored::Replay(job_id(n), replay.parse().unwrap());
    named([
        ("first job", replay(1, "019ad959c07b75f583bdb5b5c65b899c.1")),
        ("second job", replay(2, "019ad959c07b79f49ca0ed94c5a1ec6e.1")),
    ])
}
