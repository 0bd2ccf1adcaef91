//! Joins the three files of an export to accounts, and checks each account. The files have the accounts in one order, so one account is
//! in memory at a time; of the others only the ids are kept.

use std::{collections::HashSet, path::Path};

use adapters::table::StoredAccount;
use domain::{
    credits::{Balance, Entry},
    ids::UserId,
    job::Job,
};

use super::lines::{Lines, Numbered, bad_file, bad_line};
use crate::{
    context::{OpsError, one_line},
    export::{AccountRow, EntryRow, JobRow, Manifest, Row},
};

/// The highest amount of an entry, and of a balance or a debt. A higher one is no amount of credits, and sums of it could overflow.
const AMOUNT_MAX: u64 = u32::MAX as u64;

/// The accounts of an export.
pub(super) struct Accounts {
    accounts: Lines<AccountRow>,
    entries: Ahead<EntryRow>,
    jobs: Ahead<JobRow>,
    expected: Totals,
    seen: HashSet<UserId>,
    read: Totals,
}

/// What the accounts add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) accounts: u64,
    pub(super) entries: u64,
    pub(super) jobs: u64,
    pub(super) balances: i64,
    pub(super) amounts: i64,
}

impl Totals {
    /// Adds an account.
    pub(super) fn add(&mut self, account: &StoredAccount) {
        let count = |items: usize| u64::try_from(items).unwrap_or(u64::MAX);
        self.accounts += 1;
        self.entries += count(account.entries.len());
        self.jobs += count(account.jobs.len());
        self.balances = self.balances.saturating_add(account.account.value.balance.0);
        let amounts = account.entries.iter().map(|entry| entry.value.amount);
        self.amounts = amounts.fold(self.amounts, i64::saturating_add);
    }
}

impl Accounts {
    /// Opens the files of an export.
    ///
    /// # Errors
    /// A file is missing, or the first row of one is not as the export wrote it.
    pub(super) fn open(folder: &Path, manifest: &Manifest) -> Result<Self, OpsError> {
        let expected = Totals {
            accounts: manifest.accounts,
            entries: manifest.entries,
            jobs: manifest.jobs,
            balances: manifest.sum_of_balances,
            amounts: manifest.sum_of_entries,
        };
        Ok(Self {
            accounts: Lines::open(folder, manifest)?,
            entries: Ahead::open(folder, manifest)?,
            jobs: Ahead::open(folder, manifest)?,
            expected,
            seen: HashSet::new(),
            read: Totals::default(),
        })
    }

    /// Reads the next account, with the line of its row; `None` after the last one.
    ///
    /// # Errors
    /// A row is not as the export wrote it, or the account violates a money invariant. After the last account: the files are not those
    /// that the manifest describes.
    pub(super) fn next(&mut self) -> Result<Option<(u64, StoredAccount)>, OpsError> {
        let Some(Numbered { line, stored }) = self.accounts.next()? else { return self.check_end().map(|()| None) };
        let user = stored.user;
        let bad = |problem: &str| bad_line(self.accounts.name(), line, problem);
        let Balance(balance) = stored.value.balance;
        if balance.unsigned_abs() > AMOUNT_MAX {
            return Err(bad("the balance is no number of credits"));
        }
        if !self.seen.insert(user) {
            return Err(bad("the person has an earlier line"));
        }
        let entries = self.entries.of(user, |Entry { amount, .. }| {
            if amount.unsigned_abs() > AMOUNT_MAX { Err("the amount is no number of credits") } else { Ok(()) }
        })?;
        let jobs = self.jobs.of(user, |job: &Job| if job.has_ended() { Ok(()) } else { Err("the job has not ended") })?;
        let account = StoredAccount { account: stored, entries, jobs };
        if let Some(violation) = account.violations().first() {
            let what = one_line(&violation.to_string());
            return Err(bad(&format!("money invariant {} is violated: {what}", violation.invariant())));
        }
        self.read.add(&account);
        Ok(Some((line, account)))
    }

    /// Checks that every row belonged to an account, and that the sums are those of the manifest.
    fn check_end(&self) -> Result<(), OpsError> {
        self.entries.check_end()?;
        self.jobs.check_end()?;
        if self.read == self.expected {
            return Ok(());
        }
        Err(bad_file("the files have other numbers of rows or other sums than the manifest says".to_owned()))
    }
}

/// Rows that belong to accounts, with one row read ahead.
struct Ahead<R: Row> {
    lines: Lines<R>,
    next: Option<Numbered<R::Value>>,
}

impl<R: Row> Ahead<R> {
    fn open(folder: &Path, manifest: &Manifest) -> Result<Self, OpsError> {
        let mut lines = Lines::open(folder, manifest)?;
        Ok(Self { next: lines.next()?, lines })
    }

    /// Reads the rows of a person. Each has a key of its own: the keys ascend.
    fn of(
        &mut self,
        user: UserId,
        check: impl Fn(&R::Value) -> Result<(), &'static str>,
    ) -> Result<Vec<adapters::table::Stored<R::Value>>, OpsError> {
        let mut rows = Vec::new();
        let mut last = String::new();
        while let Some(Numbered { line, stored }) = self.next.take_if(|next| next.stored.user == user) {
            let key = stored.item.sort_key();
            let checked = if key > last { check(&stored.value) } else { Err("the key is not after that of the line before") };
            checked.map_err(|problem| bad_line(self.lines.name(), line, problem))?;
            last = key;
            rows.push(stored);
            self.next = self.lines.next()?;
        }
        Ok(rows)
    }

    fn check_end(&self) -> Result<(), OpsError> {
        match &self.next {
            None => Ok(()),
            Some(Numbered { line, .. }) => {
                Err(bad_line(self.lines.name(), *line, "the accounts have no person of this row at this place"))
            }
        }
    }
}
