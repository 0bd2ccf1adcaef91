//! Commands over all accounts: the audit of the money invariants, stuck jobs, statistics.

use std::{collections::BTreeMap, fmt, time::Duration};

use adapters::{
    queues::Queue,
    table::{AccountSnapshot, DUE_SHARDS, Table, TableError, user_hash},
};
use domain::{
    credits::EntryKind,
    ids::UserId,
    job::{Job, State},
    operator::Day,
    view::operator::thousandths,
};
use futures_util::{StreamExt, stream};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::{
    context::{Answer, OpsContext, OpsError},
    show::{PAGE_ITEMS, jobs_table},
    text_table::{TextTable, line, time},
    views::JobView,
};

/// Accounts that are read concurrently.
const PEOPLE_AT_ONCE: usize = 16;
/// Wait before an account with violations is read again: a read of several pages during a write can show one that does not exist.
const CONFIRM_AFTER: Duration = Duration::from_secs(1);
/// Most jobs read from one shard of the index.
const STUCK_PER_SHARD_MAX: i32 = 100;
/// Days whose counts are shown: today and the seven days before it.
const DAYS_SHOWN: u8 = 8;

/// A violation of an invariant of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViolationFound {
    /// The owner of the account.
    pub person: i64,
    /// The owner's hash in logs and alarms.
    pub hash: String,
    /// The number of the invariant.
    pub invariant: u8,
    /// The violation as a text.
    pub what: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// Accounts checked.
    pub accounts: u64,
    /// Every violation.
    pub broken: Vec<ViolationFound>,
    /// Accounts that could not be checked, because an item cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// An account with an unreadable item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The owner of the account.
    pub person: i64,
    /// The item's sort key.
    pub key: String,
}

impl Answer for Audited {
    fn found_problems(&self) -> bool {
        !self.broken.is_empty() || !self.unreadable.is_empty()
    }
}

impl fmt::Display for Audited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.broken.is_empty() {
            let mut lines = TextTable::new(["person", "hash", "invariant", "what is wrong"]);
            for ViolationFound { person, hash, invariant, what } in &self.broken {
                lines.row([person.to_string(), hash.clone(), invariant.to_string(), what.clone()]);
            }
            writeln!(f, "{lines}")?;
        }
        for Unreadable { person, key } in &self.unreadable {
            writeln!(f, "person {person} was not checked: the item {key} cannot be read")?;
        }
        writeln!(f, "{} accounts checked, {} invariants violated", self.accounts, self.broken.len())
    }
}

/// Checks the money invariants of every account, as the sweeper does once a day. A violation counts if two reads find it.
///
/// # Errors
/// The table could not be read.
pub async fn audit(context: &OpsContext) -> Result<Audited, OpsError> {
    let table = context.table()?;
    let mut audited = Audited::default();
    let mut suspected = Vec::new();
    each_account(&table, |user, snapshot| {
        audited.accounts += 1;
        match snapshot {
            Ok(snapshot) => suspected.extend(Some((user, snapshot.violations())).filter(|(_, broken)| !broken.is_empty())),
            Err(key) => audited.unreadable.push(Unreadable { person: user.0, key }),
        }
    })
    .await?;
    if !suspected.is_empty() {
        tokio::time::sleep(CONFIRM_AFTER).await;
    }
    for (user, before) in suspected {
        let found = table.account_snapshot(user).await?.violations().into_iter().filter(|broken| before.contains(broken));
        audited.broken.extend(found.map(|violation| ViolationFound {
            person: user.0,
            hash: user_hash(user),
            invariant: violation.invariant(),
            what: violation.to_string(),
        }));
    }
    audited.broken.sort_by_key(|found| (found.person, found.invariant));
    Ok(audited)
}

/// Calls `see` with every account's snapshot, or with the key of the item that cannot be read.
async fn each_account(table: &Table, mut see: impl FnMut(UserId, Result<AccountSnapshot, String>)) -> Result<(), TableError> {
    let mut after = None;
    loop {
        let page = table.accounts(after.as_ref(), PAGE_ITEMS).await?;
        let reads = stream::iter(page.users).map(|user| async move { (user, table.account_snapshot(user).await) });
        let mut reads = reads.buffer_unordered(PEOPLE_AT_ONCE);
        while let Some((user, snapshot)) = reads.next().await {
            match snapshot {
                Err(TableError::Unreadable { key, .. }) => see(user, Err(key)),
                found => see(user, Ok(found?)),
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Jobs that are past due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// How long the jobs are past due at least, in seconds.
    pub past_due_secs: u64,
    /// The jobs, the longest overdue first.
    pub jobs: Vec<JobView>,
}

impl Answer for Stuck {
    fn found_problems(&self) -> bool {
        !self.jobs.is_empty()
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.jobs.is_empty() {
            return writeln!(f, "no job is past due by {} s", self.past_due_secs);
        }
        write!(f, "{}", jobs_table(&self.jobs))?;
        writeln!(f, "\nThe sweeper takes up every due job once a minute: check that it runs, and search its log for these jobs.")
    }
}

/// Finds the jobs that are past due by at least this long, so that the sweeper should have taken them up.
///
/// # Errors
/// The table could not be read.
pub async fn stuck(context: &OpsContext, past_due: Duration) -> Result<Stuck, OpsError> {
    let (table, before) = (context.table()?, context.now() - past_due);
    let mut jobs: Vec<Job> = Vec::new();
    for shard in 0..DUE_SHARDS {
        for due in table.due_jobs(shard, before, STUCK_PER_SHARD_MAX).await? {
            // The index may lag behind the table.
            let found = table.job(due.user, due.job).await?;
            jobs.extend(found.filter(|job| job.due_at.is_some_and(|due| due <= before)));
        }
    }
    jobs.sort_by_key(|job| job.due_at);
    Ok(Stuck { past_due_secs: past_due.as_secs(), jobs: jobs.iter().map(JobView::from).collect() })
}

/// Figures over all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Accounts counted.
    pub accounts: u64,
    /// Accounts that are not counted, because an item cannot be read.
    pub unreadable: u64,
    /// The sum of all balances, less the debts.
    pub credits: i64,
    /// Jobs by stage; failed jobs by the class of the failure.
    pub jobs: BTreeMap<String, u64>,
    /// Credits moved, by kind of entry.
    pub ledger: BTreeMap<&'static str, i64>,
    /// When the oldest job that has not ended was confirmed.
    pub oldest_open: Option<Timestamp>,
    /// Approximate number of messages by queue.
    pub queues: BTreeMap<&'static str, u64>,
    /// The counts of today (UTC) and of the seven days before it, the newest first.
    pub days: Vec<DayView>,
}

/// The counts of one day. What KIE took is of the jobs that ended on the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DayView {
    /// The day (UTC).
    pub day: Date,
    /// Films ordered and charged.
    pub ordered: u64,
    /// Credits charged for them.
    pub charged: u64,
    /// Free replays begun.
    pub replayed: u64,
    /// Films delivered, replays included.
    pub delivered: u64,
    /// Films refunded, replays included.
    pub refunded: u64,
    /// What KIE took, replays included, in thousandths of KIE's credits.
    pub kie_millicredits: u64,
    /// Films of charged orders that KIE was paid for.
    pub kie_films: u64,
    /// Films of free replays that KIE was paid for.
    pub kie_replay_films: u64,
}

impl From<(Date, Day)> for DayView {
    fn from((day, counts): (Date, Day)) -> Self {
        let Day { ordered, charged, replayed, delivered, refunded, kie_millicredits, kie_films, kie_replay_films } = counts;
        Self { day, ordered, charged, replayed, delivered, refunded, kie_millicredits, kie_films, kie_replay_films }
    }
}

fn days_table(days: &[DayView]) -> TextTable<9> {
    let names = ["day (UTC)", "ordered", "credits", "replays", "delivered", "refunded", "KIE credits", "KIE films", "of replays"];
    let mut lines = TextTable::new(names);
    for day in days {
        let counts = [day.ordered, day.charged, day.replayed, day.delivered, day.refunded].map(|count| count.to_string());
        let [ordered, charged, replayed, delivered, refunded] = counts;
        let kie_credits = thousandths(day.kie_millicredits);
        let [films, of_replays] = [day.kie_films, day.kie_replay_films].map(|count| count.to_string());
        lines.row([day.day.to_string(), ordered, charged, replayed, delivered, refunded, kie_credits, films, of_replays]);
    }
    lines
}

impl Answer for Stats {}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "accounts", self.accounts)?;
        if self.unreadable > 0 {
            line(f, "unreadable", self.unreadable)?;
        }
        line(f, "credits", format!("{} on all balances", self.credits))?;
        line(f, "oldest open", self.oldest_open.map_or_else(|| "no job is open".to_owned(), time))?;
        for (title, rows) in [
            ("jobs", self.jobs.iter().map(|(name, n)| (name.clone(), n.to_string())).collect::<Vec<_>>()),
            ("ledger", self.ledger.iter().map(|(name, n)| ((*name).to_owned(), format!("{n:+}"))).collect()),
            ("messages", self.queues.iter().map(|(name, n)| ((*name).to_owned(), n.to_string())).collect()),
        ] {
            let mut lines = TextTable::new([title, ""]);
            rows.into_iter().for_each(|(name, n)| lines.row([name, n]));
            write!(f, "\n{lines}")?;
        }
        write!(f, "\n{}", days_table(&self.days))
    }
}

/// Counts accounts, credits, jobs and messages, and reads the counts of the last days. Every account is read.
///
/// # Errors
/// The table or a queue could not be read.
pub async fn stats(context: &OpsContext) -> Result<Stats, OpsError> {
    let (mut stats, table) = (Stats::default(), context.table()?);
    each_account(&table, |_, snapshot| match snapshot {
        Ok(snapshot) => stats.count(&snapshot),
        Err(_) => stats.unreadable += 1,
    })
    .await?;
    stats.days = table.days(context.now(), DAYS_SHOWN).await?.into_iter().map(DayView::from).collect();
    let queues = context.queues()?;
    for (name, queue) in [("generate", Queue::Generate), ("send", Queue::Send), ("parked", Queue::Parked)] {
        stats.queues.insert(name, queues.depth(queue).await?);
    }
    Ok(stats)
}

impl Stats {
    fn count(&mut self, snapshot: &AccountSnapshot) {
        self.accounts += 1;
        self.credits += snapshot.balance.unwrap_or_default().0;
        for entry in &snapshot.entries {
            let name = match entry.kind {
                EntryKind::Charge => "charged",
                // A capture moves no credits.
                EntryKind::Capture => continue,
                EntryKind::Refund => "refunded",
                EntryKind::Grant => "granted",
                EntryKind::Purchase => "purchased",
            };
            *self.ledger.entry(name).or_default() += entry.amount;
        }
        for job in &snapshot.jobs {
            let name = match job.state {
                State::Failed { class, .. } => format!("failed: {}", class.name()),
                _ => job.state.name().to_owned(),
            };
            *self.jobs.entry(name).or_default() += 1;
            if !job.has_ended() {
                let oldest = self.oldest_open.map_or(job.confirmed_at, |oldest| oldest.min(job.confirmed_at));
                self.oldest_open = Some(oldest);
            }
        }
    }
}
