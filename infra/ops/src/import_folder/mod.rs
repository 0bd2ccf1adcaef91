//! Imports an export of another table: every account with its ledger and its jobs, item by item as they were stored.
//!
//! The files are read twice. The first time checks everything and writes nothing; the second time writes, and checks again what it
//! writes. So a file that was changed is refused before the first write. The import of each account is one or a few transactions that
//! each keep the money invariants ([`adapters::table::Table::import_account`]), so an import may be interrupted and run again.

mod accounts;
mod lines;

use std::{fmt, path::Path};

use adapters::table::{Standing, StoredAccount, Table};
use futures_util::{TryStreamExt, stream};
use serde::Serialize;
use tokio::sync::OnceCell;

use crate::{
    context::{Answer, OpsContext, OpsError},
    export::Manifest,
    text_table::{line, time},
};
use accounts::{Accounts, Totals};

/// Accounts that are written concurrently.
const PEOPLE_AT_ONCE: usize = 8;

/// The result of an import, or of a trial run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FolderImported {
    /// Whether the import was carried out. If `false`, the numbers are those of a trial run, and nothing was written.
    pub applied: bool,
    /// When the export was made.
    pub made_at: jiff::Timestamp,
    /// Accounts of the export.
    pub accounts: u64,
    /// Accounts imported now.
    pub imported: u64,
    /// Those of them that an earlier import had begun.
    pub completed: u64,
    /// Ledger entries of the accounts imported now.
    pub entries: u64,
    /// Jobs of the accounts imported now.
    pub jobs: u64,
    /// The sum of the balances of the accounts imported now.
    pub credits: i64,
    /// Accounts that were there already, exactly as in the export.
    pub already: u64,
    /// Accounts that were imported before and whose owners went on from there. Nothing changes for them.
    pub gone_on: u64,
    /// People who have another account here. Nothing changes for them.
    pub conflicts: Vec<Conflict>,
}

/// A person of the export who has another account here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The line of the file of accounts.
    pub line: u64,
    /// The person's id in Telegram.
    pub person: i64,
}

impl Answer for FolderImported {
    fn found_problems(&self) -> bool {
        !self.conflicts.is_empty()
    }
}

impl fmt::Display for FolderImported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Conflict { line, person } in &self.conflicts {
            writeln!(f, "accounts.jsonl line {line}: person {person} has another account here; it was left as it is")?;
        }
        let Self { accounts, imported, completed, entries, jobs, credits, already, gone_on, conflicts, .. } = self;
        line(f, "export", format!("of {}, {accounts} accounts", time(self.made_at)))?;
        let done = if self.applied { "imported" } else { "to import" };
        line(f, done, format!("{imported} accounts with {entries} ledger entries, {jobs} jobs and {credits} credits"))?;
        if *completed > 0 {
            line(f, "", format!("{completed} of them were begun by an earlier import"))?;
        }
        line(f, "unchanged", format!("{already} imported before, {gone_on} imported before and gone on since"))?;
        line(f, "conflicts", conflicts.len())?;
        if self.applied { Ok(()) } else { writeln!(f, "nothing was written: add --apply to import") }
    }
}

/// Imports the export in a folder. Without `apply` it only reports what it would do. Running it again changes nothing.
///
/// # Errors
/// The export cannot be imported, or a file is not as the export wrote it: then nothing was written. The table could not be read or
/// written: then a part of the accounts is imported, and the same command imports the others.
pub async fn import_folder(context: &OpsContext, folder: &Path, why: &str, apply: bool) -> Result<FolderImported, OpsError> {
    let manifest = Manifest::of_import(folder)?;
    let mut check = Accounts::open(folder, &manifest)?;
    while check.next()?.is_some() {}

    let writer = Writer { table: context.table()?, note: OnceCell::new(), context, why, apply };
    let accounts = Accounts::open(folder, &manifest)?;
    let accounts = stream::try_unfold(accounts, |mut accounts| async { Ok(accounts.next()?.map(|next| (next, accounts))) });
    let writes = accounts.map_ok(|(line, account)| writer.import(line, account));
    let mut answers = std::pin::pin!(writes.try_buffered(PEOPLE_AT_ONCE));
    let mut imported = FolderImported { applied: apply, made_at: manifest.made_at, ..FolderImported::default() };
    let mut written = Totals::default();
    while let Some((line, account, standing)) = answers.try_next().await? {
        imported.accounts += 1;
        match standing {
            Standing::Absent => written.add(&account),
            Standing::Partial => {
                imported.completed += 1;
                written.add(&account);
            }
            Standing::Same => imported.already += 1,
            Standing::GoneOn => imported.gone_on += 1,
            Standing::Conflict => imported.conflicts.push(Conflict { line, person: account.user().0 }),
        }
    }
    let Totals { accounts, entries, jobs, balances, .. } = written;
    Ok(FolderImported { imported: accounts, entries, jobs, credits: balances, ..imported })
}

/// Writes the accounts, and a note of the operator before the first.
struct Writer<'a> {
    table: Table,
    note: OnceCell<()>,
    context: &'a OpsContext,
    why: &'a str,
    apply: bool,
}

impl Writer<'_> {
    /// Imports an account. Gives what the table had of it before.
    async fn import(&self, line: u64, account: StoredAccount) -> Result<(u64, StoredAccount, Standing), OpsError> {
        let standing = self.table.standing(&account).await?;
        if !self.apply || !matches!(standing, Standing::Absent | Standing::Partial) {
            return Ok((line, account, standing));
        }
        self.note.get_or_try_init(|| self.write_note()).await?;
        let standing = self.table.import_account(&account).await?;
        Ok((line, account, standing))
    }

    /// The entries keep the notes that they had, so the import has a note of its own.
    async fn write_note(&self) -> Result<(), OpsError> {
        Ok(self.table.note_operation("import", &self.context.signed(self.why), self.context.now()).await?)
    }
}
