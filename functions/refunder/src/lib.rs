//! The refunder, on the dead-letter queues: ends the job, or requeues it if it is healthy, then parks the message for the operator.

mod letter;

use adapters::{queues::Queue, table::TableError};
use app::{
    ForeignStage, Handled, HandlerError, Jobs, Outcome, Settlements, Setup, SetupError, StageResult, Stages, each_message,
    parse_message,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{job::Job, job_message::JobMessage};

use letter::{Known, Letter};

/// The handler of the dead-letter queues.
#[derive(Debug)]
pub struct Refunder {
    jobs: Jobs,
    settlements: Settlements,
}

impl Refunder {
    /// The refunder as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        let jobs = services.jobs(&[Queue::Generate, Queue::Send, Queue::Parked])?;
        Ok(Self { jobs, settlements: services.settlements()? })
    }

    /// Handles a batch of a dead-letter queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, HandlerError> {
        let wake = parse_message(message.body.as_deref()).ok();
        let before = self.job(wake.as_ref()).await?;
        let outcome = match &before {
            None => Outcome::Parked,
            Some(job) => self.dispatch(job).await.or_else(unless_hopeless)?,
        };
        // The letter is parked last, so that it says how the job ended. If this process dies first, the message comes back and is
        // parked then.
        let after = if before.is_some() { self.job(wake.as_ref()).await? } else { None };
        let now = self.jobs.clock.now();
        let known = Known { message: &message, wake: wake.as_ref(), before: before.as_ref(), after: after.as_ref(), now };
        let Letter { attributes, body } = known.letter(&self.jobs.rules);
        self.jobs.queues.park(&body, &attributes).await.map_err(HandlerError::NotParked)?;
        tracing::info!(?outcome, "dead letter");
        Ok(Handled::Done)
    }

    /// The job that a message names; `None` if there is none, or it cannot be read.
    async fn job(&self, wake: Option<&JobMessage>) -> Result<Option<Job>, HandlerError> {
        let Some(wake) = wake else { return Ok(None) };
        match self.jobs.table.job(wake.user, wake.job).await {
            // The letter is parked all the same: the operator has to read what the code cannot.
            Err(error @ TableError::Unreadable { .. }) => {
                tracing::error!(job = %wake.job, %error, "a dead letter about a job that cannot be read");
                Ok(None)
            }
            found => Ok(found?),
        }
    }
}

/// A job of a dead letter may be healthy, when crashes used up maxReceiveCount: it is requeued to the function that owns its stage.
impl Stages for Refunder {
    const FOREIGN_STAGE: ForeignStage = ForeignStage::Requeue;

    fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    fn settlements(&self) -> &Settlements {
        &self.settlements
    }
}

/// The outcome of an error that a second try cannot help: a lost race, or a ledger that contradicts the job. The operator reads the
/// letter.
fn unless_hopeless(error: HandlerError) -> StageResult {
    match error.unless_raced() {
        Err(HandlerError::Table(error @ TableError::InvariantViolated { .. })) => {
            tracing::error!(%error, "a dead letter whose job cannot be ended");
            Ok(Outcome::Parked)
        }
        other => other,
    }
}
