//! Shows a job, a person or a ledger.

use std::fmt;

use adapters::table::{AccountSnapshot, Table, user_hash};
use domain::{
    conversation::Profile,
    credits::EntryKey,
    ids::{JobId, UserId},
    job::Job,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    context::{Answer, OpsContext, OpsError},
    text_table::{TextTable, line, or_dash, time},
    views::{EntryView, JobView},
};

/// Most jobs shown of a person: the newest ones.
const JOBS_SHOWN_MAX: usize = 20;
/// Items of the table in one page of a scan.
pub(crate) const PAGE_ITEMS: i32 = 1000;

/// A job with its charge and settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobFound {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// The entry of the charge.
    pub charge: Option<EntryView>,
    /// The entry of the settlement.
    pub settlement: Option<EntryView>,
}

impl Answer for JobFound {}

impl fmt::Display for JobFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JobView { job, person, hash, stage, attempts, price, kind, product, number, of, .. } = &self.job;
        line(f, "job", job)?;
        line(f, "person", format!("{person} ({hash} in logs)"))?;
        line(f, "order", format!("{kind} by {product}, video {number} of {of}, for {price} credits"))?;
        line(f, "confirmed", time(self.job.confirmed_at))?;
        line(f, "stage", format!("{stage}, {attempts} attempts"))?;
        line(f, "class", or_dash(self.job.class))?;
        line(f, "notified", or_dash(self.job.notified))?;
        line(f, "task", or_dash(self.job.task.as_ref()))?;
        let unshown = if self.job.unshown.is_some() { "  (the status message does not show the end yet)" } else { "" };
        line(f, "due", format!("{}{unshown}", or_dash(self.job.due_at.map(time))))?;
        line(f, "held until", or_dash(self.job.lease_until.map(time)))?;
        for (name, entry) in [("charge", &self.charge), ("settlement", &self.settlement)] {
            let text =
                |entry: &EntryView| format!("{} {:+} at {}  {}", entry.kind_name(), entry.amount, time(entry.at), entry.note);
            line(f, name, or_dash(entry.as_ref().map(text)).trim_end())?;
        }
        Ok(())
    }
}

/// Finds a job. Without its owner the whole table is scanned.
///
/// # Errors
/// The job does not exist, or the table could not be read.
pub async fn job(context: &OpsContext, id: JobId, person: Option<UserId>) -> Result<JobFound, OpsError> {
    let table = context.table()?;
    let found = match person {
        Some(person) => table.job(person, id).await?,
        None => table.find_job(id).await?,
    };
    let Some(job) = found else {
        let whose = person.map(|person| format!(" of person {person}")).unwrap_or_default();
        return Err(OpsError::new(format!("there is no job {id}{whose}"), "Check the id and the stage."));
    };
    job_with_ledger(&table, &job).await
}

async fn job_with_ledger(table: &Table, job: &Job) -> Result<JobFound, OpsError> {
    let charge = table.entry(job.user, &EntryKey::Charge(job.id)).await?;
    let settlement = table.entry(job.user, &EntryKey::Settlement(job.id)).await?;
    let view = |entry: Option<_>| entry.as_ref().map(EntryView::from);
    Ok(JobFound { job: job.into(), charge: view(charge), settlement: view(settlement) })
}

/// A person's account and newest jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonFound {
    /// The person's id in Telegram.
    pub person: i64,
    /// The person's hash in logs and alarms.
    pub hash: String,
    /// The person's balance, below zero for a debt.
    pub balance: i64,
    /// The person's language.
    pub language: &'static str,
    /// Whether the bot can write to the person.
    pub reachable: bool,
    /// When the person accepted the terms.
    pub consented_at: Option<Timestamp>,
    /// The number of entries in the person's ledger.
    pub entries: usize,
    /// The number of all jobs of the person.
    pub jobs_in_all: usize,
    /// The person's newest jobs, newest first.
    pub jobs: Vec<JobView>,
    /// Violations of the money invariants. A read during a write may show one that does not exist: `audit` reads twice.
    pub broken: Vec<String>,
}

impl Answer for PersonFound {}

impl fmt::Display for PersonFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "person", format!("{} ({} in logs)", self.person, self.hash))?;
        line(f, "balance", self.balance)?;
        line(f, "language", self.language)?;
        line(f, "reachable", if self.reachable { "yes" } else { "no" })?;
        line(f, "consent", or_dash(self.consented_at.map(time)))?;
        line(f, "ledger", format!("{} entries", self.entries))?;
        let invariants = if self.broken.is_empty() { "kept".to_owned() } else { self.broken.join("; ") };
        line(f, "invariants", invariants)?;
        line(f, "jobs", self.jobs_in_all)?;
        if self.jobs.is_empty() { Ok(()) } else { write!(f, "\n{}", jobs_table(&self.jobs)) }
    }
}

/// A text table of jobs.
pub(crate) fn jobs_table(jobs: &[JobView]) -> TextTable<7> {
    let mut lines = TextTable::new(["job", "person", "confirmed", "stage", "attempts", "class", "due"]);
    for job in jobs {
        let (id, person, confirmed) = (job.job.clone(), job.person.to_string(), time(job.confirmed_at));
        let due = or_dash(job.due_at.map(time));
        lines.row([id, person, confirmed, job.stage.to_owned(), job.attempts.to_string(), or_dash(job.class), due]);
    }
    lines
}

/// Reads a person with their newest jobs.
///
/// # Errors
/// The person has no account, or the table could not be read.
pub async fn person(context: &OpsContext, user: UserId) -> Result<PersonFound, OpsError> {
    let table = context.table()?;
    let profile = account(&table, user, context.now()).await?;
    let snapshot = table.account_snapshot(user).await?;
    let broken =
        snapshot.violations().iter().map(|violation| format!("invariant {}: {violation}", violation.invariant())).collect();
    let AccountSnapshot { balance, entries, mut jobs } = snapshot;
    let jobs_in_all = jobs.len();
    jobs.reverse();
    jobs.truncate(JOBS_SHOWN_MAX);
    Ok(PersonFound {
        person: user.0,
        hash: user_hash(user),
        balance: balance.unwrap_or_default().0,
        language: profile.locale.code(),
        reachable: profile.reachable,
        consented_at: profile.consented_at,
        entries: entries.len(),
        jobs_in_all,
        jobs: jobs.iter().map(JobView::from).collect(),
        broken,
    })
}

/// Reads a person's account.
pub(crate) async fn account(table: &Table, user: UserId, now: Timestamp) -> Result<Profile, OpsError> {
    let profile = table.person(user, None, now).await?.profile;
    profile
        .ok_or_else(|| OpsError::new(format!("person {user} has no account"), "Check the id; the first /start opens an account."))
}

/// Finds the person with a hash from a log or an alarm. Every account is read.
///
/// # Errors
/// No account has this hash, or the table could not be read.
pub async fn person_of_hash(context: &OpsContext, hash: &str) -> Result<UserId, OpsError> {
    let table = context.table()?;
    let mut after = None;
    loop {
        let page = table.accounts(after.as_ref(), PAGE_ITEMS).await?;
        if let Some(user) = page.users.into_iter().find(|user| user_hash(*user) == hash) {
            return Ok(user);
        }
        after = page.next;
        if after.is_none() {
            return Err(OpsError::new(
                format!("no account has the hash {hash}"),
                "Copy the 16 characters of the field `user_hash` from the log line, and check the stage.",
            ));
        }
    }
}

/// A person's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The owner of the ledger.
    pub person: i64,
    /// The balance, below zero for a debt.
    pub balance: i64,
    /// The entries in the order of time.
    pub entries: Vec<EntryView>,
}

impl Answer for Ledger {}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = TextTable::new(["at", "what", "credits", "sum", "key", "note"]);
        let mut sum = 0;
        for entry in &self.entries {
            sum += entry.amount;
            let (at, what, credits) = (time(entry.at), entry.kind_name().to_owned(), format!("{:+}", entry.amount));
            lines.row([at, what, credits, sum.to_string(), entry.key.clone(), entry.note.clone()]);
        }
        write!(f, "{lines}")?;
        writeln!(f, "the balance is {}", self.balance)
    }
}

/// Reads a person's ledger in the order of time.
///
/// # Errors
/// The person has no account, or the table could not be read.
pub async fn ledger(context: &OpsContext, user: UserId) -> Result<Ledger, OpsError> {
    let table = context.table()?;
    account(&table, user, context.now()).await?;
    let mut entries = table.ledger(user).await?;
    let balance = table.balance(user).await?.0;
    // Among entries of one instant, those that add credits come first.
    entries.sort_by_key(|entry| (entry.at, std::cmp::Reverse(entry.amount)));
    Ok(Ledger { person: user.0, balance, entries: entries.iter().map(EntryView::from).collect() })
}
