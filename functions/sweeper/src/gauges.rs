//! The metrics that the sweeper emits after a sweep: KIE's balance and the age of the oldest open job. Best effort.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use adapters::{
    clock::Clock,
    kie::Kie,
    metrics::{Metric, between},
    table::{DUE_SHARDS, DueJob, Table, TableError},
};
use app::{Services, SetupError};
use domain::rules::Rules;
use futures_util::future::try_join_all;
use jiff::Timestamp;

/// How often one process reads KIE's balance.
const BALANCE_EVERY: Duration = Duration::from_secs(15 * 60);
/// Longest that the measurement may take. Sweep and measurement together stay well within the function's timeout.
const MEASURE_TIMEOUT: Duration = Duration::from_secs(5);
/// Most open jobs taken from one shard, longest overdue first. A stuck job is therefore among them.
const JOBS_PER_SHARD: i32 = 100;
/// Most jobs that are read to find the oldest open job, without those that cannot be stuck: held films and unshown ends.
const READS_MAX: usize = 16;

/// The clients that measure the metrics.
#[derive(Debug)]
pub(crate) struct Gauges {
    table: Table,
    kie: Kie,
    clock: Clock,
    rules: Arc<Rules>,
    /// The epoch second at which this process reads KIE's balance next.
    next_balance_secs: AtomicI64,
}

impl Gauges {
    /// Builds the gauges; `None` if the stack has no metrics.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub(crate) fn new(services: &Services) -> Result<Option<Self>, SetupError> {
        let setup = services.setup();
        if !setup.has_metrics() {
            return Ok(None);
        }
        let (table, kie, clock, rules) = (services.table()?, services.kie()?, setup.clock.clone(), services.rules()?);
        Ok(Some(Self { table, kie, clock, rules, next_balance_secs: AtomicI64::new(i64::MIN) }))
    }

    /// Measures and emits both metrics.
    pub(crate) async fn measure(&self) {
        let both = async { tokio::join!(self.balance(), self.oldest_open_job()) };
        if tokio::time::timeout(MEASURE_TIMEOUT, both).await.is_err() {
            tracing::warn!("the metrics were not measured in time; the next sweep measures them");
        }
    }

    async fn balance(&self) {
        let now = self.clock.now();
        if now.as_second() < self.next_balance_secs.load(Ordering::Relaxed) {
            return;
        }
        self.next_balance_secs.store((now + BALANCE_EVERY).as_second(), Ordering::Relaxed);
        match self.kie.credits().await {
            Ok(credits) => Metric::KieBalance(credits).emit(),
            Err(error) => tracing::warn!(%error, "KIE's balance could not be read; a later sweep reads it"),
        }
    }

    async fn oldest_open_job(&self) {
        match self.first_confirmed().await {
            Ok(first) => {
                let now = self.clock.now();
                Metric::OldestOpenJob(between(first.unwrap_or(now), now)).emit();
            }
            Err(error) => tracing::warn!(%error, "the oldest open job could not be found; the next sweep tries again"),
        }
    }

    /// When the oldest open job was confirmed; `None` if no job is open. A job is open until it needs nothing, not even a
    /// notification.
    ///
    /// The index does not hold the time of confirmation. A job's id holds the time at which its draft began, which is never
    /// later. So jobs are read in the order of their drafts until no other job can be older. If a shard has more than 100 open
    /// jobs, the jobs due last are skipped: they are not stuck.
    async fn first_confirmed(&self) -> Result<Option<Timestamp>, TableError> {
        // The due time of a job is never after its stage's deadline, so the horizon includes every job that may be stuck. Held films
        // are checked daily, and a notification may wait for a day: most of them are beyond it, so they need no read.
        let horizon = self.clock.now() + self.rules.generation_deadline.max(self.rules.delivery_deadline);
        let shards = (0..DUE_SHARDS).map(|shard| self.table.due_jobs(shard, horizon, JOBS_PER_SHARD));
        let mut open: Vec<DueJob> = try_join_all(shards).await?.concat();
        open.sort_by_key(|due| due.job.draft.begun_at());
        let mut first = None;
        let mut reads = 0;
        for due in &open {
            if reads == READS_MAX || first.is_some() && first <= due.job.draft.begun_at() {
                break;
            }
            let job = self.table.job(due.user, due.job).await?;
            // A held film waits for its seller, and a settled job only for its status message: neither is stuck.
            if job.as_ref().is_some_and(|job| job.waits_for_return() || job.is_settled()) {
                continue;
            }
            reads += 1;
            // The index is eventually consistent: the job may have ended already.
            let confirmed_at = job.filter(|job| job.due_at.is_some()).map(|job| job.confirmed_at);
            first = [first, confirmed_at].into_iter().flatten().min();
        }
        Ok(first)
    }
}
