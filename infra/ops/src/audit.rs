//! Looking over everybody: the invariants of money, jobs that do not move, figures.

use std::{collections::BTreeMap, fmt, time::Duration};

use adapters::{
    queues::Queue,
    table::{DUE_SHARDS, Holdings, Table, TableError, mark},
};
use domain::{
    credits::EntryKind,
    ids::UserId,
    job::{Job, State},
};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    desk::{Answer, Desk, Trouble},
    grid::{Grid, line, time},
    look::{PAGE_ITEMS, jobs_grid},
    views::JobView,
};

/// People read side by side.
const PEOPLE_AT_ONCE: usize = 16;
/// A person's items are read page by page, not at one moment: what looks broken is read again after this long.
const CONFIRM_AFTER: Duration = Duration::from_secs(1);
/// Jobs looked at in one shard of the index.
const STUCK_PER_SHARD_MAX: i32 = 100;

/// A violation of an invariant of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViolationFound {
    /// Whose money it is.
    pub person: i64,
    /// The same person, as logs and alarms name them.
    pub hash: String,
    /// The number of the invariant.
    pub invariant: u8,
    /// What is wrong.
    pub what: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// Accounts checked.
    pub accounts: u64,
    /// Every violation.
    pub broken: Vec<ViolationFound>,
    /// People who could not be checked: an item of theirs cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// Somebody with an item that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// Who.
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
            let mut grid = Grid::new(["person", "hash", "invariant", "what is wrong"]);
            for ViolationFound { person, hash, invariant, what } in &self.broken {
                grid.row([person.to_string(), hash.clone(), invariant.to_string(), what.clone()]);
            }
            writeln!(f, "{grid}")?;
        }
        for Unreadable { person, key } in &self.unreadable {
            writeln!(f, "person {person} was not checked: the item {key} cannot be read")?;
        }
        writeln!(f, "{} accounts checked, {} invariants violated", self.accounts, self.broken.len())
    }
}

/// Checks the invariants of money for everybody, as the sweeper does once a day: what is broken for the same reason in two reads.
///
/// # Errors
/// The table could not be read.
pub async fn audit(desk: &Desk) -> Result<Audited, Trouble> {
    let table = desk.table()?;
    let mut audited = Audited::default();
    let mut suspected = Vec::new();
    each_account(&table, |user, holdings| {
        audited.accounts += 1;
        match holdings {
            Ok(holdings) => suspected.extend(Some((user, holdings.violations())).filter(|(_, broken)| !broken.is_empty())),
            Err(key) => audited.unreadable.push(Unreadable { person: user.0, key }),
        }
    })
    .await?;
    if !suspected.is_empty() {
        tokio::time::sleep(CONFIRM_AFTER).await;
    }
    for (user, before) in suspected {
        let found = table.holdings(user).await?.violations().into_iter().filter(|broken| before.contains(broken));
        audited.broken.extend(found.map(|violation| ViolationFound {
            person: user.0,
            hash: mark(user),
            invariant: violation.invariant(),
            what: violation.to_string(),
        }));
    }
    audited.broken.sort_by_key(|found| (found.person, found.invariant));
    Ok(audited)
}

/// Shows everybody's holdings, or the key of the item that cannot be read.
async fn each_account(table: &Table, mut see: impl FnMut(UserId, Result<Holdings, String>)) -> Result<(), TableError> {
    let mut after = None;
    loop {
        let page = table.accounts(after.as_ref(), PAGE_ITEMS).await?;
        let reads = stream::iter(page.users).map(|user| async move { (user, table.holdings(user).await) });
        let mut reads = reads.buffer_unordered(PEOPLE_AT_ONCE);
        while let Some((user, holdings)) = reads.next().await {
            match holdings {
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

/// Jobs that should have moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// Past due by at least so many seconds.
    pub past_due_secs: u64,
    /// Longest due first.
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
        write!(f, "{}", jobs_grid(&self.jobs))?;
        writeln!(
            f,
            "\nThe sweeper takes up whatever is due every minute: see whether it runs, and what its log says of these jobs."
        )
    }
}

/// Jobs that are past due by at least this long: the sweeper should have taken them up.
///
/// # Errors
/// The table could not be read.
pub async fn stuck(desk: &Desk, past_due: Duration) -> Result<Stuck, Trouble> {
    let (table, before) = (desk.table()?, desk.now() - past_due);
    let mut jobs: Vec<Job> = Vec::new();
    for shard in 0..DUE_SHARDS {
        for due in table.due_jobs(shard, before, STUCK_PER_SHARD_MAX).await? {
            // The index lags behind.
            let found = table.job(due.user, due.job).await?;
            jobs.extend(found.filter(|job| job.due_at.is_some_and(|due| due <= before)));
        }
    }
    jobs.sort_by_key(|job| job.due_at);
    Ok(Stuck { past_due_secs: past_due.as_secs(), jobs: jobs.iter().map(JobView::from).collect() })
}

/// Figures of everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Accounts.
    pub accounts: u64,
    /// People who are not counted here: an item of theirs cannot be read.
    pub unreadable: u64,
    /// Credits people have.
    pub credits: u64,
    /// Jobs, by the stage they are in; failed ones by what they failed of.
    pub jobs: BTreeMap<String, u64>,
    /// Credits moved, by why.
    pub ledger: BTreeMap<&'static str, i64>,
    /// When the oldest job that has not ended was confirmed.
    pub oldest_open: Option<Timestamp>,
    /// Messages, by queue; SQS counts them roughly.
    pub queues: BTreeMap<&'static str, u64>,
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
            let mut grid = Grid::new([title, ""]);
            rows.into_iter().for_each(|(name, n)| grid.row([name, n]));
            write!(f, "\n{grid}")?;
        }
        Ok(())
    }
}

/// Counts everything there is: every account is read.
///
/// # Errors
/// The table or a queue could not be read.
pub async fn stats(desk: &Desk) -> Result<Stats, Trouble> {
    let mut stats = Stats::default();
    each_account(&desk.table()?, |_, holdings| match holdings {
        Ok(holdings) => stats.count(&holdings),
        Err(_) => stats.unreadable += 1,
    })
    .await?;
    let queues = desk.queues()?;
    for (name, queue) in [("generate", Queue::Generate), ("send", Queue::Send), ("parked", Queue::Parked)] {
        stats.queues.insert(name, queues.depth(queue).await?);
    }
    Ok(stats)
}

impl Stats {
    fn count(&mut self, holdings: &Holdings) {
        self.accounts += 1;
        self.credits += u64::from(holdings.balance.unwrap_or_default().0);
        for entry in &holdings.entries {
            let name = match entry.kind {
                EntryKind::Charge => "charged",
                // It keeps a charge and moves nothing.
                EntryKind::Capture => continue,
                EntryKind::Refund => "refunded",
                EntryKind::Grant => "granted",
                EntryKind::Purchase => "purchased",
            };
            *self.ledger.entry(name).or_default() += entry.amount;
        }
        for job in &holdings.jobs {
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
