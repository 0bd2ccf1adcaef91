//! A person's ledger by pages, for the person: ten orders to a page, the newest first.

use domain::{
    conversation::{LedgerPage, ORDERS_SHOWN_MAX},
    credits::{Entry, EntryKey},
    ids::{JobId, UserId},
};
use jiff::Timestamp;

use super::{
    Table, TableError,
    items::{Item, entry_of},
};

const CHARGES: &str = "LEDGER#CHARGE#";

impl Table {
    /// Reads a page of a person's ledger: ten charges older than that of `after` with their settlements, and the grants and purchases of
    /// the same time. Every entry is on exactly one page.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn ledger_page(&self, user: UserId, after: Option<JobId>) -> Result<LedgerPage, TableError> {
        let shown = i32::try_from(ORDERS_SHOWN_MAX).unwrap_or(i32::MAX);
        let (charges, grants, purchases) = tokio::try_join!(
            self.newest_before(user, CHARGES, after, shown + 1),
            self.partition_of(user, "LEDGER#GRANT#"),
            self.partition_of(user, "LEDGER#PURCHASE#"),
        )?;
        let follows = charges.len() > ORDERS_SHOWN_MAX;
        let read = |found| readable(user, found);
        let mut entries: Vec<Entry> = charges.into_iter().take(ORDERS_SHOWN_MAX).filter_map(read).collect();
        let last = entries.last().and_then(charged_job);
        let settlements = match (entries.first().and_then(charged_job), last) {
            (Some(newest), Some(oldest)) => self.settlements(user, oldest, newest).await?,
            _ => vec![],
        };
        let more = last.filter(|_| follows);
        let others = grants.into_iter().chain(purchases).filter_map(read);
        let is_here = |entry: &Entry| {
            after.is_none_or(|after| entry.at <= begun_at(after)) && more.is_none_or(|more| entry.at > begun_at(more))
        };
        entries.extend(settlements);
        entries.extend(others.filter(is_here));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        Ok(LedgerPage { entries, more })
    }
}

/// An entry of a page. An unreadable one, written by another release, must not hide the others.
pub(super) fn readable(user: UserId, found: Item) -> Option<Entry> {
    let read = entry_of(user, found);
    read.inspect_err(|error| tracing::error!(%error, "one entry of a person's ledger cannot be read; the page leaves it out"))
        .ok()
}

fn charged_job(entry: &Entry) -> Option<JobId> {
    if let EntryKey::Charge(job) = entry.key { Some(job) } else { None }
}

/// When the order of a job began, by its id. It bounds the pages, because it has the order of the keys.
fn begun_at(job: JobId) -> Timestamp {
    job.draft.begun_at().unwrap_or_default()
}
