//! Metrics that a sweep measures after its work, if the stack has metrics: KIE's balance and the age of the oldest open job. Best effort.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use adapters::{
    clock::Clock,
    kie::Kie,
    metrics::{Metric, between},
    table::{DUE_SHARDS, DueJob, Table, TableError},
};
use app::{Services, SetupError};
use domain::rules::WAIT_MAX;
use futures_util::future::try_join_all;
use jiff::Timestamp;

/// The interval at which a process asks KIE for its balance.
const BALANCE_EVERY: Duration = Duration::from_secs(15 * 60);
/// Longest that measuring may take: with the sweep before it well within the function's time-out.
const MEASURE_TIMEOUT: Duration = Duration::from_secs(5);
/// Open jobs taken from one shard, those first that are due longest: a stuck job is among them.
const JOBS_PER_SHARD: i32 = 100;
/// Jobs read to find the oldest, at most.
const READS_MAX: usize = 16;

/// What measuring needs.
#[derive(Debug)]
pub(crate) struct Gauges {
    table: Table,
    kie: Kie,
    clock: Clock,
    /// The epoch second from which on this process asks for the balance again.
    ask_again: AtomicI64,
}

impl Gauges {
    /// `None` when the stack has no metrics.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub(crate) fn new(services: &Services) -> Result<Option<Self>, SetupError> {
        let setup = services.setup();
        if !setup.has_metrics() {
            return Ok(None);
        }
        let (table, kie, clock) = (services.table()?, services.kie()?, setup.clock.clone());
        Ok(Some(Self { table, kie, clock, ask_again: AtomicI64::new(i64::MIN) }))
    }

    pub(crate) async fn measure(&self) {
        let both = async { tokio::join!(self.balance(), self.oldest_open_job()) };
        if tokio::time::timeout(MEASURE_TIMEOUT, both).await.is_err() {
            tracing::warn!("measuring took too long and was given up");
        }
    }

    async fn balance(&self) {
        let now = self.clock.now();
        if now.as_second() < self.ask_again.load(Ordering::Relaxed) {
            return;
        }
        self.ask_again.store((now + BALANCE_EVERY).as_second(), Ordering::Relaxed);
        match self.kie.credits().await {
            Ok(credits) => Metric::KieBalance(credits).emit(),
            Err(error) => tracing::warn!(%error, "KIE's balance could not be read"),
        }
    }

    async fn oldest_open_job(&self) {
        match self.first_confirmed().await {
            Ok(first) => {
                let now = self.clock.now();
                Metric::OldestOpenJob(between(first.unwrap_or(now), now)).emit();
            }
            Err(error) => tracing::warn!(%error, "the oldest open job could not be found"),
        }
    }

    /// When the oldest open job was confirmed: it is open while it needs anything, a notification included. `None`: no job is open.
    ///
    /// The index does not have that time, but a job's id says when its draft began, which is never later. Jobs are read in that order
    /// until no other can be older. Of more than 100 open jobs in a shard those due last are skipped: they are not stuck.
    async fn first_confirmed(&self) -> Result<Option<Timestamp>, TableError> {
        // No job is postponed for longer.
        let horizon = self.clock.now() + 2 * WAIT_MAX;
        let shards = (0..DUE_SHARDS).map(|shard| self.table.due_jobs(shard, horizon, JOBS_PER_SHARD));
        let mut open: Vec<DueJob> = try_join_all(shards).await?.concat();
        open.sort_by_key(|due| due.job.draft.begun_at());
        let mut first = None;
        for due in open.iter().take(READS_MAX) {
            if first.is_some() && first <= due.job.draft.begun_at() {
                break;
            }
            let job = self.table.job(due.user, due.job).await?;
            // The index lags behind: the job may have ended since.
            let confirmed_at = job.filter(|job| job.due_at.is_some()).map(|job| job.confirmed_at);
            first = [first, confirmed_at].into_iter().flatten().min();
        }
        Ok(first)
    }
}
