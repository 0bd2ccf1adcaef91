//! The sweeper, on a schedule: wakes or ends every job that is past due. It makes a lost message, callback or process late,
//! never lost. Afterwards it checks that the laws of money hold.

mod gauges;
mod laws;

use std::{collections::HashSet, time::Duration};

use adapters::{
    queues::Queue,
    table::{DUE_SHARDS, DueJob},
};
use app::{Chain, Ending, Outcome, Setup, SetupError, Trouble, about, note};
use domain::{
    classify::Diagnosis,
    ids::UserId,
    job::{Next, Rest},
};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;
use tracing::Instrument;

use gauges::Gauges;
use laws::Laws;

pub use laws::{LAW_BROKEN, PASS_PAGE_ITEMS};

/// Jobs taken from one shard in one sweep; the rest is the next sweep's, longest due first.
const JOBS_PER_SHARD_MAX: i32 = 100;
/// Jobs handled side by side.
const JOBS_AT_ONCE: usize = 16;
/// When a sweep is over, from its beginning: what is left of it after its jobs goes to the laws. Well within the function's time-out.
const SWEEP_MAX: Duration = Duration::from_secs(30);

/// What it takes to sweep.
#[derive(Debug)]
pub struct Sweeper {
    chain: Chain,
    ending: Ending,
    laws: Laws,
    gauges: Option<Gauges>,
}

/// What a sweep did, for its log line and its caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Jobs that were past due.
    pub due: u32,
    /// Woken again.
    pub woken: u32,
    /// Ended and refunded.
    pub ended: u32,
    /// People told of an earlier refund.
    pub told: u32,
    /// Jobs or shards that could not be handled; the next sweep tries again.
    pub failed: u32,
}

impl Sweeper {
    /// The sweeper as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let laws = Laws::new(setup.table()?, setup.clock.clone());
        let (chain, ending) = (setup.chain(&[Queue::Generate, Queue::Send])?, setup.ending()?);
        Ok(Self { chain, ending, laws, gauges: Gauges::new(setup)? })
    }

    /// Handles every job past due, then checks the laws of money.
    pub async fn handle(&self) -> Swept {
        let deadline = Instant::now() + SWEEP_MAX;
        let (swept, touched) = self.sweep_due().await;
        self.laws.check(&touched, deadline).await;
        swept
    }

    /// Measures what only a look around tells, where there are metrics; after a sweep, for nothing waits for it.
    pub async fn measure(&self) {
        if let Some(gauges) = &self.gauges {
            gauges.measure().await;
        }
    }

    /// Handles every job past due, shard by shard, side by side; also whose they were.
    async fn sweep_due(&self) -> (Swept, Vec<UserId>) {
        let shards = stream::iter(0..DUE_SHARDS).map(|shard| self.due_in(shard)).buffer_unordered(usize::from(DUE_SHARDS));
        let found: Vec<Result<Vec<DueJob>, ()>> = shards.collect().await;
        let unread = found.iter().filter(|shard| shard.is_err()).count();
        let due: Vec<DueJob> = found.into_iter().flatten().flatten().collect();
        let mut seen = HashSet::new();
        let touched = due.iter().map(|job| job.user).filter(|user| seen.insert(*user)).collect();
        let mut swept = Swept { due: count(due.len()), failed: count(unread), ..Swept::default() };
        let sweeps = stream::iter(due).map(|due| self.sweep(due).instrument(about(due.user, due.job)));
        let mut outcomes = sweeps.buffer_unordered(JOBS_AT_ONCE);
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Some(Outcome::Woken) => swept.woken += 1,
                Some(Outcome::Refunded | Outcome::RefundedAndTold) => swept.ended += 1,
                Some(Outcome::Told) => swept.told += 1,
                Some(_) => {}
                None => swept.failed += 1,
            }
        }
        let Swept { due, woken, ended, told, failed } = swept;
        tracing::info!(due, woken, ended, told, failed, "swept");
        (swept, touched)
    }

    async fn due_in(&self, shard: u8) -> Result<Vec<DueJob>, ()> {
        let found = self.chain.table.due_jobs(shard, self.chain.clock.now(), JOBS_PER_SHARD_MAX).await;
        found.map_err(|error| tracing::error!(shard, %error, "a shard could not be read"))
    }

    async fn sweep(&self, due: DueJob) -> Option<Outcome> {
        let swept = match self.wake_or_end(due).await {
            Ok(outcome) => Ok(outcome),
            Err(trouble) => trouble.unless_raced(),
        };
        match swept {
            Ok(outcome) => {
                tracing::info!(?outcome, "sweep");
                Some(outcome)
            }
            Err(error) => {
                tracing::error!(%error, "not handled; the next sweep tries again");
                None
            }
        }
    }

    async fn wake_or_end(&self, due: DueJob) -> Result<Outcome, Trouble> {
        let Some(job) = self.chain.table.job(due.user, due.job).await? else { return Ok(Outcome::NoSuchJob) };
        note(&job);
        let (now, rules) = (self.chain.clock.now(), &self.chain.rules);
        if job.due_at.is_none_or(|due_at| due_at > now) {
            // The index lags behind: somebody has moved the job since.
            return Ok(Outcome::TooEarly);
        }
        let queue = match job.next(now, rules) {
            Next::Nothing(Rest::Until(until)) => {
                self.chain.save(&job.resting(until)).await?;
                return Ok(Outcome::TooEarly);
            }
            Next::Nothing(rest) => return Ok(rest.into()),
            Next::End(class, _) => return self.ending.end(&job, &Diagnosis::of(class)).await,
            Next::Tell => return self.ending.claim_and_tell(&job).await,
            Next::Prepare | Next::Submit | Next::Look(_) => Queue::Generate,
            Next::Send => Queue::Send,
        };
        self.chain.advance(queue, &job.woken(now, rules)).await?;
        Ok(Outcome::Woken)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
