//! An account with its ledger and its jobs, each item exactly as the table stores it: what an export holds and an import writes.
//!
//! Reading is strict, because an import writes what it reads. An item has the key that belongs to its value and no attribute that
//! this release would not write: a foreign `expires_at` would delete an entry, a foreign `due_shard` would put it into the index.

use domain::{
    credits::{Balance, Entry, EntryKey, EntryKind},
    ids::UserId,
    invariants::{self, Violation},
    job::Job,
    locale::Locale,
};
use jiff::Timestamp;

use super::{
    Table, TableError,
    items::{
        CHAT, Item, PROFILE, PROFILE_ATTRIBUTES, ProfileItem, WRITE_ID, entry_item, entry_of, job_item, job_of, partition, read,
    },
    stored_item::StoredItem,
};

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The owner.
    pub user: UserId,
    /// The balance, below zero for a debt.
    pub balance: Balance,
    /// The language.
    pub locale: Locale,
    /// Whether the bot can write to the owner; `false` after the owner blocked the bot.
    pub reachable: bool,
    /// When the owner accepted the terms; `None` for an owner who did not.
    pub consented_at: Option<Timestamp>,
    /// When the account was opened.
    pub created_at: Option<Timestamp>,
    /// Whether the owner has bought credits.
    pub bought: bool,
    /// The payload of the owner's first `/start`.
    pub came_from: Option<String>,
}

/// A value that is one item of a person.
pub trait Storable: Sized {
    /// Reads the value of a person's item, and checks the item's sort key.
    #[doc(hidden)]
    fn of(user: UserId, item: &StoredItem) -> Result<Self, TableError>;

    /// The error of an item whose attributes this release would not write for the value.
    #[doc(hidden)]
    fn check(&self, item: &StoredItem) -> Result<(), &'static str>;
}

/// A value of the domain with the item that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<T> {
    /// The owner.
    pub user: UserId,
    /// The value.
    pub value: T,
    /// The item.
    pub item: StoredItem,
}

impl<T: Storable> Stored<T> {
    /// Reads the value in an item.
    ///
    /// # Errors
    /// [`TableError::Unreadable`]: the item is of another kind, or this release would not write it so.
    pub fn read(item: StoredItem) -> Result<Self, TableError> {
        let sort = item.sort_key();
        let unreadable = |reason: &str| TableError::unreadable(&sort, &reason);
        let user = owner(&item).ok_or_else(|| unreadable("the partition key is no person's"))?;
        let value = T::of(user, &item)?;
        value.check(&item).map_err(unreadable)?;
        Ok(Self { user, value, item })
    }
}

/// The person in an item's partition key. A person's id has one spelling.
fn owner(item: &StoredItem) -> Option<UserId> {
    let pk = item.get("pk")?.as_s().ok()?;
    let user = UserId(pk.strip_prefix("USER#")?.parse().ok()?);
    (partition(user) == *pk).then_some(user)
}

const FOREIGN: &str = "it has an attribute that this release does not write";

fn has_only<'a>(item: &StoredItem, names: impl Fn(&str) -> bool + 'a) -> Result<(), &'static str> {
    let is_known = |name: &str| matches!(name, "pk" | "sk" | WRITE_ID) || names(name);
    if item.names().all(is_known) { Ok(()) } else { Err(FOREIGN) }
}

impl Storable for Account {
    fn of(user: UserId, item: &StoredItem) -> Result<Self, TableError> {
        if item.sort_key() != PROFILE {
            return Err(TableError::unreadable(&item.sort_key(), &"the sort key is no account's"));
        }
        let profile: ProfileItem = read(item.item())?;
        let ProfileItem { balance, locale, reachable, consented_at, created_at, bought, came_from, .. } = profile;
        Ok(Self { user, balance, locale, reachable, consented_at, created_at, bought, came_from })
    }

    fn check(&self, item: &StoredItem) -> Result<(), &'static str> {
        has_only(item, |name| PROFILE_ATTRIBUTES.contains(&name))
    }
}

impl Storable for Entry {
    fn of(user: UserId, item: &StoredItem) -> Result<Self, TableError> {
        let entry = entry_of(user, item.item())?;
        let is_of_its_key = match entry.key {
            EntryKey::Charge(_) => entry.kind == EntryKind::Charge,
            EntryKey::Settlement(_) => matches!(entry.kind, EntryKind::Capture | EntryKind::Refund),
            EntryKey::Grant(_) => entry.kind == EntryKind::Grant,
            EntryKey::Purchase(_) => entry.kind == EntryKind::Purchase,
        };
        if is_of_its_key { Ok(entry) } else { Err(TableError::unreadable(&item.sort_key(), &"the kind is not that of the key")) }
    }

    fn check(&self, item: &StoredItem) -> Result<(), &'static str> {
        let written = entry_item(self).map_err(|_| FOREIGN)?;
        has_only(item, |name| written.contains_key(name))
    }
}

impl Storable for Job {
    fn of(user: UserId, item: &StoredItem) -> Result<Self, TableError> {
        let job = job_of(item.item())?;
        let is_its_own = job.user == user && item.sort_key() == super::items::job_key(job.id);
        if is_its_own { Ok(job) } else { Err(TableError::unreadable(&item.sort_key(), &"the key is not that of the job")) }
    }

    fn check(&self, item: &StoredItem) -> Result<(), &'static str> {
        let written = job_item(self).map_err(|_| FOREIGN)?;
        has_only(item, |name| written.contains_key(name))?;
        let is_due_as_written = ["due_shard", "due_at"].iter().all(|name| item.get(name) == written.get(*name));
        if is_due_as_written { Ok(()) } else { Err("its place in the index is not that of the job") }
    }
}

/// An account with its ledger and its jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAccount {
    /// The account.
    pub account: Stored<Account>,
    /// The ledger, in the order of the keys.
    pub entries: Vec<Stored<Entry>>,
    /// The jobs, oldest first.
    pub jobs: Vec<Stored<Job>>,
}

impl StoredAccount {
    /// Collects an account from a person's items; `None` without an account. The conversation and the day's counts are left out.
    ///
    /// # Errors
    /// [`TableError::Unreadable`]: an item cannot be read, or is of a kind that this release does not know.
    fn of(items: Vec<Item>) -> Result<Option<Self>, TableError> {
        let (mut account, mut entries, mut jobs) = (None, Vec::new(), Vec::new());
        for item in items.into_iter().map(StoredItem::new) {
            let sort = item.sort_key();
            if sort == PROFILE {
                account = Some(Stored::read(item)?);
            } else if sort.starts_with("LEDGER#") {
                entries.push(Stored::read(item)?);
            } else if sort.starts_with("JOB#") {
                jobs.push(Stored::read(item)?);
            } else if sort != CHAT && !sort.starts_with("DAY#") {
                return Err(TableError::unreadable(&sort, &"this release does not know this kind of item"));
            }
        }
        Ok(account.map(|account| Self { account, entries, jobs }))
    }

    /// The owner.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.account.user
    }

    /// Every violation of the money invariants.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let entries: Vec<Entry> = self.entries.iter().map(|entry| entry.value.clone()).collect();
        let jobs: Vec<Job> = self.jobs.iter().map(|job| job.value.clone()).collect();
        invariants::violations(self.account.value.balance, &entries, &jobs)
    }
}

impl Table {
    /// Reads an account with its ledger and its jobs by a consistent Query of its whole partition; `None` without an account. Like
    /// [`Table::account_snapshot`], a read during a write can show a violation that does not exist.
    ///
    /// # Errors
    /// The table could not be read, or an item of the person cannot be read.
    pub async fn stored_account(&self, user: UserId) -> Result<Option<StoredAccount>, TableError> {
        StoredAccount::of(self.partition_of(user, "").await?)
    }
}
