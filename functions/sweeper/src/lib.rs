//! The sweeper runs on a schedule. It requeues or ends every job that is past due.
//!
//! It is the polling publisher of the transactional outbox: if a message, a callback or a process is lost, the job is late but
//! never lost. After the jobs it checks the money invariants.

mod gauges;
mod invariants;

use std::{collections::HashSet, time::Duration};

use adapters::{
    queues::Queue,
    table::{DUE_SHARDS, DueJob},
};
use app::{ForeignStage, HandlerError, Jobs, Outcome, Settlements, Setup, SetupError, StageResult, Stages, job_span, record_job};
use domain::{
    ids::UserId,
    job::{Idle, Job},
};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;
use tracing::Instrument;

use gauges::Gauges;
use invariants::Invariants;

pub use invariants::{INVARIANT_VIOLATED, PASS_PAGE_ITEMS};

/// Most jobs that one sweep takes from one shard, longest overdue first. The next sweep takes the others.
const JOBS_PER_SHARD_MAX: i32 = 100;
/// Most jobs that are handled concurrently.
const JOBS_AT_ONCE: usize = 16;
/// Longest that a sweep may take. The time that the jobs leave is for the money invariants. Well within the function's timeout.
const SWEEP_MAX: Duration = Duration::from_secs(30);

/// The handler of the schedule's events.
#[derive(Debug)]
pub struct Sweeper {
    jobs: Jobs,
    settlements: Settlements,
    invariants: Invariants,
    gauges: Option<Gauges>,
}

/// The counts of one sweep, for its log line and its caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Jobs that were past due.
    pub due: u32,
    /// Jobs requeued to the function that owns their stage.
    pub requeued: u32,
    /// Jobs ended and refunded.
    pub ended: u32,
    /// Users notified of an earlier refund.
    pub notified: u32,
    /// Jobs or shards that could not be handled; the next sweep tries again.
    pub failed: u32,
}

impl Sweeper {
    /// Builds the handler from the function's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        let invariants = Invariants::new(services.table()?, setup.clock.clone());
        let (jobs, settlements) = (services.jobs(&[Queue::Generate, Queue::Send])?, services.settlements()?);
        Ok(Self { jobs, settlements, invariants, gauges: Gauges::new(&services)? })
    }

    /// Handles every job past due, then checks the money invariants.
    pub async fn handle(&self) -> Swept {
        let deadline = Instant::now() + SWEEP_MAX;
        let (swept, touched) = self.sweep_due().await;
        self.invariants.check(&touched, deadline).await;
        swept
    }

    /// Emits KIE's balance and the age of the oldest open job, if the stack has metrics. Runs after a sweep, because no job needs
    /// it.
    pub async fn measure(&self) {
        if let Some(gauges) = &self.gauges {
            gauges.measure().await;
        }
    }

    /// Handles every job past due, from all shards concurrently. Returns the counts and the users of those jobs.
    async fn sweep_due(&self) -> (Swept, Vec<UserId>) {
        let shards = stream::iter(0..DUE_SHARDS).map(|shard| self.due_in(shard)).buffer_unordered(usize::from(DUE_SHARDS));
        let found: Vec<Result<Vec<DueJob>, ()>> = shards.collect().await;
        let unread = found.iter().filter(|shard| shard.is_err()).count();
        let due: Vec<DueJob> = found.into_iter().flatten().flatten().collect();
        let mut seen = HashSet::new();
        let touched = due.iter().map(|job| job.user).filter(|user| seen.insert(*user)).collect();
        let mut swept = Swept { due: count(due.len()), failed: count(unread), ..Swept::default() };
        let sweeps = stream::iter(due).map(|due| self.sweep(due).instrument(job_span(due.user, due.job)));
        let mut outcomes = sweeps.buffer_unordered(JOBS_AT_ONCE);
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Some(Outcome::Requeued) => swept.requeued += 1,
                Some(Outcome::Refunded | Outcome::RefundedAndNotified) => swept.ended += 1,
                Some(Outcome::Notified) => swept.notified += 1,
                Some(_) => {}
                None => swept.failed += 1,
            }
        }
        let Swept { due, requeued, ended, notified, failed } = swept;
        tracing::info!(due, requeued, ended, notified, failed, "the due jobs were swept");
        (swept, touched)
    }

    async fn due_in(&self, shard: u8) -> Result<Vec<DueJob>, ()> {
        let found = self.jobs.table.due_jobs(shard, self.jobs.clock.now(), JOBS_PER_SHARD_MAX).await;
        found.map_err(
            |error| tracing::error!(shard, %error, "a shard of the due index could not be read; the next sweep tries again"),
        )
    }

    async fn sweep(&self, due: DueJob) -> Option<Outcome> {
        match self.requeue_or_end(due).await.or_else(HandlerError::unless_raced) {
            Ok(outcome) => {
                tracing::info!(?outcome, "a due job is handled");
                Some(outcome)
            }
            Err(error) => {
                tracing::error!(%error, "the due job was not handled; the next sweep tries again");
                None
            }
        }
    }

    async fn requeue_or_end(&self, due: DueJob) -> StageResult {
        let Some(job) = self.jobs.table.job(due.user, due.job).await? else { return Ok(Outcome::NoSuchJob) };
        record_job(&job);
        let now = self.jobs.clock.now();
        if job.due_at.is_none_or(|due_at| due_at > now) {
            // The index is eventually consistent: another handler has already moved the job's due time.
            return Ok(Outcome::TooEarly);
        }
        self.dispatch(&job).await
    }
}

/// A job past due has probably lost its message, so it is requeued to the function that owns its stage.
impl Stages for Sweeper {
    const FOREIGN_STAGE: ForeignStage = ForeignStage::Requeue;

    fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    fn settlements(&self) -> &Settlements {
        &self.settlements
    }

    /// Moves the due time of an idle job to the time when it needs something, so that the next sweeps skip it. A closed job needs
    /// nothing.
    async fn idle(&self, job: &Job, idle: Idle) -> StageResult {
        match idle {
            Idle::Until(until) => self.jobs.save(&job.resting(until)).await?,
            // No transition of this release leaves such a job, but an earlier release that rewrites an unshown end may.
            Idle::Closed => self.jobs.save(&job.without_due_time()).await?,
            Idle::Leased(_) => {}
        }
        Ok(idle.into())
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
