//! A person's balance, ledger and jobs, read together: the money invariants are about these three.

use domain::{
    credits::{Balance, Entry},
    ids::UserId,
    invariants::{self, Violation},
    job::Job,
};

use super::{
    Table, TableError,
    items::{Item, PROFILE, ProfileItem, entry_of, job_of, read, sort_key},
};

/// A person's balance, ledger and jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// The balance, below zero for a debt; `None` without an account.
    pub balance: Option<Balance>,
    /// The ledger.
    pub entries: Vec<Entry>,
    /// The jobs, oldest first.
    pub jobs: Vec<Job>,
}

impl AccountSnapshot {
    /// Collects the balance, ledger and jobs from a person's items.
    ///
    /// # Errors
    /// [`TableError::Unreadable`]: an item cannot be read.
    pub fn of(user: UserId, items: impl IntoIterator<Item = Item>) -> Result<Self, TableError> {
        let mut snapshot = Self::default();
        for found in items {
            let sort = sort_key(&found);
            if sort == PROFILE {
                snapshot.balance = Some(read::<ProfileItem>(found)?.balance);
            } else if sort.starts_with("LEDGER#") {
                snapshot.entries.push(entry_of(user, found)?);
            } else if sort.starts_with("JOB#") {
                snapshot.jobs.push(job_of(found)?);
            }
        }
        Ok(snapshot)
    }

    /// Every violation of the money invariants in this snapshot.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        invariants::violations(self.balance.unwrap_or_default(), &self.entries, &self.jobs)
    }
}

impl Table {
    /// Reads an account's snapshot by a consistent Query of its whole partition. The pages are read one after another, not at one
    /// moment: a violation may only be a write between two pages, so read again before you report it.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn account_snapshot(&self, user: UserId) -> Result<AccountSnapshot, TableError> {
        AccountSnapshot::of(user, self.partition_of(user, "").await?)
    }
}
