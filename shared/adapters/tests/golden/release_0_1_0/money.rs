//! Accounts, and ledger entries of every kind.

use domain::{
    conversation::Profile,
    credits::{Credits, Entry, EntryKey, EntryKind},
    ids::UserId,
    locale::Locale,
};

use super::{SELLER, at, job_id};
use crate::stored::Stored;

/// Every account with its name. Each account has an owner of its own.
pub fn accounts() -> Vec<(String, Stored)> {
    let consented_at = Some(at("2026-12-01T10:00:00.000001Z"));
    let plain = Profile {
        balance: Credits(2),
        locale: Locale::Ru,
        reachable: true,
        consented_at: None,
        open_jobs: vec![],
        bought: false,
        came_from: None,
    };
    let accounts = [
        ("just opened", plain.clone()),
        ("english", Profile { locale: Locale::En, ..plain.clone() }),
        ("consented", Profile { consented_at, ..plain.clone() }),
        ("unreachable", Profile { reachable: false, ..plain.clone() }),
        (
            "empty, unreachable, english, consented",
            Profile { balance: Credits(0), locale: Locale::En, reachable: false, consented_at, ..plain.clone() },
        ),
        ("rich", Profile { balance: Credits(4_000_000_000), ..plain }),
    ];
    let users = (0..).map(|n| UserId(7_000_000_100 + n));
    accounts.into_iter().zip(users).map(|((name, profile), user)| (name.to_owned(), Stored::Account(user, profile))).collect()
}

/// Every ledger entry with its name.
pub fn ledger() -> Vec<(String, Stored)> {
    let entry = |key, kind, amount, note: &str| {
        let at = at("2026-12-01T10:00:00.123456789Z");
        Entry { user: SELLER, key, kind, amount, at, note: note.to_owned() }
    };
    let grant = |name: &str, amount, note| entry(EntryKey::Grant(name.into()), EntryKind::Grant, amount, note);
    let entries = [
        ("charge", entry(EntryKey::Charge(job_id(1)), EntryKind::Charge, -1, "")),
        ("charge of a replay", entry(EntryKey::Charge(job_id(2)), EntryKind::Charge, 0, "replay of 019a.1: asked; by dana")),
        ("capture", entry(EntryKey::Settlement(job_id(3)), EntryKind::Capture, 0, "")),
        ("refund", entry(EntryKey::Settlement(job_id(4)), EntryKind::Refund, 1, "broken_upstream")),
        ("refund of a replay", entry(EntryKey::Settlement(job_id(5)), EntryKind::Refund, 0, "could_not_deliver")),
        ("grant by welcome", grant("welcome", 2, "welcome")),
        ("grant by an operator in the chat", grant("operator-870000003", 5, "by 42: sorry")),
        ("grant by ops with a key", grant("2026-12 campaign#1", 4_000_000, "campaign; by dana")),
        ("purchase", entry(EntryKey::Purchase("pay_1#2".into()), EntryKind::Purchase, 10, "ten")),
    ];
    entries.into_iter().map(|(name, entry)| (name.to_owned(), Stored::Entry(entry))).collect()
}
