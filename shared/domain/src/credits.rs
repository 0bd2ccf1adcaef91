//! Credits, and the ledger entries that change a balance.
//!
//! This module decides which entry to write. Only the ledger of the table adapter writes entries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{JobId, UserId};

/// An amount of credits, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credits(pub u32);

/// The credits that a new account starts with, unless the setting `WELCOME_CREDITS` names another number.
pub const WELCOME_CREDITS: Credits = Credits(2);

impl Credits {
    /// The price of `count` videos at this price each; `None` if it overflows.
    #[must_use]
    pub fn times(self, count: u8) -> Option<Self> {
        self.0.checked_mul(u32::from(count)).map(Self)
    }
}

/// A balance as it is stored: the credits of an account, or a debt below zero.
///
/// Nothing of this release writes a debt. A later release may write one, and this release reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balance(pub i64);

impl Balance {
    /// The credits that the person can spend: zero while the balance is a debt.
    #[must_use]
    pub fn spendable(self) -> Credits {
        Credits(u32::try_from(self.0.max(0)).unwrap_or(u32::MAX))
    }
}

impl From<Credits> for Balance {
    fn from(credits: Credits) -> Self {
        Self(credits.0.into())
    }
}

/// The idempotency key of a ledger entry: the store refuses a second entry with the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKey {
    /// The charge of a job, written in the transaction that creates the job.
    Charge(JobId),
    /// The settlement of a job: a capture or a refund. The first one written stays.
    Settlement(JobId),
    /// A grant, by a name that is used once a person.
    Grant(String),
    /// A purchase, by the id of its payment.
    Purchase(String),
}

impl std::fmt::Display for EntryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Charge(job) => write!(f, "CHARGE#{job}"),
            Self::Settlement(job) => write!(f, "SETTLEMENT#{job}"),
            Self::Grant(name) => write!(f, "GRANT#{name}"),
            Self::Purchase(id) => write!(f, "PURCHASE#{id}"),
        }
    }
}

/// The kind of a ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The seller paid for a job.
    Charge,
    /// The charge of a delivered job was captured.
    Capture,
    /// The charge of a failed job was refunded.
    Refund,
    /// The seller was granted credits.
    Grant,
    /// The seller bought credits.
    Purchase,
}

/// One entry of a person's ledger. The person's balance is always the sum of the amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The person who owns the ledger.
    pub user: UserId,
    /// The idempotency key.
    pub key: EntryKey,
    /// The kind of the entry.
    pub kind: EntryKind,
    /// Credits added (positive) or taken (negative).
    pub amount: i64,
    /// When the entry was decided.
    pub at: Timestamp,
    /// A note for readers of the ledger: a failure class, or the reason of a grant.
    pub note: String,
}

/// The balance does not cover the price. Nothing was charged and no job was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("insufficient credits: needs {}, has {}", .price.0, .balance.0)]
pub struct InsufficientCredits {
    /// The person's balance.
    pub balance: Credits,
    /// The price that the balance does not cover.
    pub price: Credits,
}

/// Whether a balance covers a price.
///
/// # Errors
/// [`InsufficientCredits`] if the balance is lower than the price.
pub fn afford(balance: Credits, price: Credits) -> Result<(), InsufficientCredits> {
    if balance >= price { Ok(()) } else { Err(InsufficientCredits { balance, price }) }
}

/// The entry that charges a job's price. Write it in the transaction that creates the job.
#[must_use]
pub fn charge(user: UserId, job: JobId, price: Credits, at: Timestamp) -> Entry {
    Entry { user, key: EntryKey::Charge(job), kind: EntryKind::Charge, amount: -i64::from(price.0), at, note: String::new() }
}

/// The charge of a free job, with an amount of 0. Write it in the transaction that creates the job, like any charge.
#[must_use]
pub fn free_charge(user: UserId, job: JobId, why: &str, at: Timestamp) -> Entry {
    Entry { note: why.to_owned(), ..charge(user, job, Credits(0), at) }
}

/// The entry that captures a delivered job's charge. Its amount is 0; as the job's settlement it rules out a refund.
#[must_use]
pub fn capture(user: UserId, job: JobId, at: Timestamp) -> Entry {
    Entry { user, key: EntryKey::Settlement(job), kind: EntryKind::Capture, amount: 0, at, note: String::new() }
}

/// The entry that refunds exactly the price of a failed job.
#[must_use]
pub fn refund(user: UserId, job: JobId, price: Credits, why: &str, at: Timestamp) -> Entry {
    let note = why.to_owned();
    Entry { user, key: EntryKey::Settlement(job), kind: EntryKind::Refund, amount: i64::from(price.0), at, note }
}

/// The entry that grants credits under a name. The store refuses a second grant of the same name to the same person.
#[must_use]
pub fn grant(user: UserId, name: &str, amount: Credits, why: &str, at: Timestamp) -> Entry {
    let (key, note) = (EntryKey::Grant(name.to_owned()), why.to_owned());
    Entry { user, key, kind: EntryKind::Grant, amount: i64::from(amount.0), at, note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DraftId;
    use proptest::prelude::*;

    fn job(n: u8) -> JobId {
        JobId { draft: DraftId(uuid::Uuid::from_u128(1)), n }
    }

    proptest! {
        #[test]
        fn a_charge_and_its_refund_leave_the_balance_as_it_was(price in 0u32.., n in 1u8..) {
            let (user, at) = (UserId(1), Timestamp::UNIX_EPOCH);
            let there = charge(user, job(n), Credits(price), at);
            let back = refund(user, job(n), Credits(price), "test", at);
            prop_assert_eq!(there.amount + back.amount, 0);
        }

        #[test]
        fn a_price_is_affordable_exactly_when_the_balance_covers_it(balance in 0u32.., price in 0u32..) {
            let (balance, price) = (Credits(balance), Credits(price));
            prop_assert_eq!(afford(balance, price).is_ok(), balance >= price);
        }
    }

    #[test]
    fn a_debt_leaves_nothing_to_spend() {
        let spendable = |balance| Balance(balance).spendable();
        assert_eq!([i64::MIN, -3, -1, 0].map(spendable), [Credits(0); 4]);
        assert_eq!([1, i64::from(u32::MAX), i64::MAX].map(spendable), [Credits(1), Credits(u32::MAX), Credits(u32::MAX)]);
        assert_eq!(Balance::from(Credits(u32::MAX)).spendable(), Credits(u32::MAX));
    }

    #[test]
    fn a_free_job_has_a_charge_of_nothing_that_says_why() {
        let (user, at) = (UserId(1), Timestamp::UNIX_EPOCH);
        let free = free_charge(user, job(1), "replayed by dana", at);
        assert_eq!((free.amount, free.note.as_str()), (0, "replayed by dana"));
        assert_eq!(Entry { note: String::new(), ..free }, charge(user, job(1), Credits(0), at));
    }

    #[test]
    fn a_job_has_one_settlement_key_whichever_way_it_is_settled() {
        let (user, at) = (UserId(1), Timestamp::UNIX_EPOCH);
        assert_eq!(capture(user, job(1), at).key, refund(user, job(1), Credits(1), "x", at).key);
        assert_eq!(capture(user, job(1), at).amount, 0);
    }
}
