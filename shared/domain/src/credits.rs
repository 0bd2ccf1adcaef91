//! Credits: what moves a balance, and the ledger entry that says why.
//!
//! Decisions only. The one module that writes them is the table adapter's ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{JobId, UserId};

/// An amount of credits, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credits(pub u32);

impl Credits {
    /// This price for `count` videos; `None` when it does not fit.
    #[must_use]
    pub fn times(self, count: u8) -> Option<Self> {
        self.0.checked_mul(u32::from(count)).map(Self)
    }
}

/// Why an entry may be written only once: the key is the reason, and the store refuses a second one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKey {
    /// The charge of a job, in the transaction that creates the job.
    Charge(JobId),
    /// The one settlement of a job: captured or refunded, the first wins.
    Settlement(JobId),
    /// Credits given, by a name that can be given once.
    Grant(String),
    /// Credits bought, by the payment's own id.
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

/// What an entry did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A job was paid for.
    Charge,
    /// A delivered job keeps its charge.
    Capture,
    /// A failed job gave its charge back.
    Refund,
    /// Credits were given.
    Grant,
    /// Credits were bought.
    Purchase,
}

/// One line of a person's ledger. The balance is the sum of the amounts, always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose ledger.
    pub user: UserId,
    /// Why it may happen only once.
    pub key: EntryKey,
    /// What happened.
    pub kind: EntryKind,
    /// Credits added (positive) or taken (negative).
    pub amount: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// A few words for whoever reads the ledger: a failure class, a grant's reason.
    pub note: String,
}

/// The balance does not cover the price; nothing was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("insufficient credits: needs {}, has {}", .price.0, .balance.0)]
pub struct InsufficientCredits {
    /// What the person has.
    pub balance: Credits,
    /// What it would have cost.
    pub price: Credits,
}

/// Whether a balance covers a price.
///
/// # Errors
/// [`InsufficientCredits`] with both figures.
pub fn afford(balance: Credits, price: Credits) -> Result<(), InsufficientCredits> {
    if balance >= price { Ok(()) } else { Err(InsufficientCredits { balance, price }) }
}

/// Takes a job's price. Written in the transaction that creates the job.
#[must_use]
pub fn charge(user: UserId, job: JobId, price: Credits, at: Timestamp) -> Entry {
    Entry { user, key: EntryKey::Charge(job), kind: EntryKind::Charge, amount: -i64::from(price.0), at, note: String::new() }
}

/// Takes nothing for a job that is for free. Written in the transaction that creates the job, as any charge.
#[must_use]
pub fn free_charge(user: UserId, job: JobId, why: &str, at: Timestamp) -> Entry {
    Entry { note: why.to_owned(), ..charge(user, job, Credits(0), at) }
}

/// Keeps a delivered job's charge. Moves nothing; it is the settlement that forbids a refund.
#[must_use]
pub fn capture(user: UserId, job: JobId, at: Timestamp) -> Entry {
    Entry { user, key: EntryKey::Settlement(job), kind: EntryKind::Capture, amount: 0, at, note: String::new() }
}

/// Gives back exactly what a failed job was charged.
#[must_use]
pub fn refund(user: UserId, job: JobId, price: Credits, why: &str, at: Timestamp) -> Entry {
    let note = why.to_owned();
    Entry { user, key: EntryKey::Settlement(job), kind: EntryKind::Refund, amount: i64::from(price.0), at, note }
}

/// Gives credits under a name that can be given once to this person.
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
