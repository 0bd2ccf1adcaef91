//! Everything of one person that the invariants of money are about, read at once.

use domain::{
    credits::{Credits, Entry},
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
pub struct Holdings {
    /// The balance; `None` without an account.
    pub balance: Option<Credits>,
    /// The ledger.
    pub entries: Vec<Entry>,
    /// The jobs, oldest first.
    pub jobs: Vec<Job>,
}

impl Holdings {
    /// What is in a person's items.
    ///
    /// # Errors
    /// An item cannot be read.
    pub fn of(user: UserId, items: impl IntoIterator<Item = Item>) -> Result<Self, TableError> {
        let mut holdings = Self::default();
        for found in items {
            let sort = sort_key(&found);
            if sort == PROFILE {
                holdings.balance = Some(domain::conversation::Profile::from(read::<ProfileItem>(found)?).balance);
            } else if sort.starts_with("LEDGER#") {
                holdings.entries.push(entry_of(user, found)?);
            } else if sort.starts_with("JOB#") {
                holdings.jobs.push(job_of(found)?);
            }
        }
        Ok(holdings)
    }

    /// Every violation of the invariants of money.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        invariants::violations(self.balance.unwrap_or_default(), &self.entries, &self.jobs)
    }
}

impl Table {
    /// A person's holdings: a consistent Query of their whole partition. Its pages are not one moment: what looks broken while
    /// something moves has to be read again.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn holdings(&self, user: UserId) -> Result<Holdings, TableError> {
        Holdings::of(user, self.partition_of(user, "").await?)
    }
}
