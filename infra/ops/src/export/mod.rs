//! Exports every account with its ledger and its jobs into a folder: for a move to another table, as a backup, or for an accountant.
//!
//! The accounts are read page by page, and at most `PEOPLE_AT_ONCE` of them are in memory. The folder gets its name when it is
//! whole: an export that is interrupted leaves nothing that resembles one.

mod days;
mod folder;
mod manifest;
mod rows;

use std::{collections::BTreeMap, fmt, path::Path, time::Duration};

use adapters::table::{StoredAccount, Table, TableError};
use domain::ids::UserId;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

pub use days::{Days, day};
pub use manifest::{FORMAT, FileFacts, Form, MANIFEST, Manifest};
pub use rows::{AccountRow, EntryRow, JobRow, LINE_MAX_BYTES, Line, Row, file_name};

use crate::{
    context::{Answer, OpsContext, OpsError},
    show::PAGE_ITEMS,
    text_table::line,
};
use folder::{RowFile, Unfinished};

/// Accounts that are read concurrently.
const PEOPLE_AT_ONCE: usize = 16;
/// Wait before an account with violations is read again, as in [`crate::audit`].
const CONFIRM_AFTER: Duration = Duration::from_secs(1);

/// The options of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// The form of the rows.
    pub form: Form,
    /// The days whose ledger entries and jobs are exported.
    pub days: Days,
    /// Export although jobs are open. Such an export cannot be imported.
    pub for_reading: bool,
}

impl How {
    /// Whether the export is to be one that can be imported.
    fn is_whole(&self) -> bool {
        self.form == Form::Json && self.days.is_all() && !self.for_reading
    }
}

/// The result of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The folder.
    pub folder: String,
    /// The manifest in the folder.
    pub manifest: Manifest,
}

impl Answer for Exported {}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest { accounts, entries, jobs, sum_of_balances, days, importable, open_jobs, violations, .. } = &self.manifest;
        writeln!(f, "exported: {accounts} accounts, {entries} ledger entries, {jobs} jobs")?;
        line(f, "folder", &self.folder)?;
        line(f, "balances", format!("{sum_of_balances} credits in all"))?;
        line(f, "days", days)?;
        if !open_jobs.is_empty() {
            line(f, "open jobs", by_stage(open_jobs))?;
        }
        if *violations > 0 {
            line(f, "violations", format!("{violations} of the money invariants: run ops audit"))?;
        }
        line(f, "importable", if *importable { "yes" } else { "no, for reading only" })?;
        writeln!(f, "\nThe files name people and hold their words. Keep them as safe as the table, and delete them after use.")
    }
}

/// Exports every account into a new folder.
///
/// # Errors
/// The folder exists and is not empty, a file could not be written, or the table could not be read. An export that is to be imported
/// fails also if a job is open or an account violates a money invariant. The folder is as it was before.
pub async fn export(context: &OpsContext, folder: &Path, how: &How) -> Result<Exported, OpsError> {
    let table = context.table()?;
    let unfinished = Unfinished::beside(folder)?;
    let mut export = Export {
        accounts: RowFile::new(unfinished.path(), how.form)?,
        entries: RowFile::new(unfinished.path(), how.form)?,
        jobs: RowFile::new(unfinished.path(), how.form)?,
        manifest: Manifest::new(context.now(), how),
    };
    let mut after = None;
    loop {
        let page = table.accounts(after.as_ref(), PAGE_ITEMS).await?;
        let reads = stream::iter(page.users).map(|user| read(&table, user)).buffered(PEOPLE_AT_ONCE);
        reads.try_for_each(|account| std::future::ready(account.map_or(Ok(()), |account| export.add(&account, how)))).await?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let Export { accounts, entries, jobs, mut manifest } = export;
    for (name, facts) in [accounts.finish()?, entries.finish()?, jobs.finish()?] {
        manifest.files.insert(name, facts);
    }
    if how.is_whole() {
        manifest.importable = refuse_open_jobs(&manifest).and_then(|()| refuse_violations(&manifest)).map(|()| true)?;
    }
    unfinished.finish(folder, &manifest)?;
    Ok(Exported { folder: folder.display().to_string(), manifest })
}

/// Reads an account. One with violations is read again: a read during a write can show a violation that does not exist.
async fn read(table: &Table, user: UserId) -> Result<Option<StoredAccount>, OpsError> {
    let read = async || {
        table.stored_account(user).await.map_err(|error| match error {
            TableError::Unreadable { .. } => OpsError::new(
                format!("person {user} cannot be exported: {error}"),
                "Another release or an edit in the console wrote this item: read it in the console, or export with that release.",
            ),
            other => other.into(),
        })
    };
    let found = read().await?;
    if found.as_ref().is_none_or(|account| account.violations().is_empty()) {
        return Ok(found);
    }
    tokio::time::sleep(CONFIRM_AFTER).await;
    read().await
}

fn refuse_open_jobs(manifest: &Manifest) -> Result<(), OpsError> {
    let open: u64 = manifest.open_jobs.values().sum();
    if open == 0 {
        return Ok(());
    }
    Err(OpsError::new(
        format!("nothing was exported: {open} jobs are open ({})", by_stage(&manifest.open_jobs)),
        "Stop new orders (docs/runbook.md, \"Move to another table\") and wait: a job ends by its deadlines, a held one when its \
         person returns or its hold ends. `ops stats` counts them. --for-reading exports now, but such an export cannot be imported.",
    ))
}

fn refuse_violations(manifest: &Manifest) -> Result<(), OpsError> {
    if manifest.violations == 0 {
        return Ok(());
    }
    Err(OpsError::new(
        format!("nothing was exported: {} money invariants are violated", manifest.violations),
        "Run ops audit and repair the accounts. --for-reading exports now, but such an export cannot be imported.",
    ))
}

fn by_stage(open_jobs: &BTreeMap<String, u64>) -> String {
    open_jobs.iter().map(|(stage, jobs)| format!("{jobs} {stage}")).collect::<Vec<_>>().join(", ")
}

/// An export under way.
struct Export {
    accounts: RowFile<AccountRow>,
    entries: RowFile<EntryRow>,
    jobs: RowFile<JobRow>,
    manifest: Manifest,
}

impl Export {
    /// Writes an account. Its rows follow each other in each of the files, and the accounts have the same order in all of them.
    fn add(&mut self, account: &StoredAccount, how: &How) -> Result<(), OpsError> {
        let Manifest { accounts, entries, jobs, sum_of_balances, sum_of_entries, open_jobs, violations, .. } = &mut self.manifest;
        self.accounts.write(&account.account)?;
        *accounts += 1;
        *sum_of_balances = sum_of_balances.saturating_add(account.account.value.balance.0);
        *violations += u64::try_from(account.violations().len()).unwrap_or(u64::MAX);
        for entry in account.entries.iter().filter(|entry| how.days.contain(entry.value.at)) {
            self.entries.write(entry)?;
            *entries += 1;
            *sum_of_entries = sum_of_entries.saturating_add(entry.value.amount);
        }
        for job in &account.jobs {
            if !job.value.has_ended() {
                *open_jobs.entry(job.value.state.name().to_owned()).or_default() += 1;
            }
            if how.days.contain(job.value.confirmed_at) {
                self.jobs.write(job)?;
                *jobs += 1;
            }
        }
        Ok(())
    }
}
