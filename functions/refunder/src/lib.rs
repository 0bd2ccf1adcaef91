//! The refunder handles the dead-letter queues. It ends and refunds the job of a dead letter, or requeues the job if it is
//! healthy. Then it parks the dead letter for the operator.

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
    /// Builds the handler from the function's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        let jobs = services.jobs(&[Queue::Generate, Queue::Send, Queue::Parked])?;
        Ok(Self { jobs, settlements: services.settlements()? })
    }

    /// Handles a batch of a dead-letter queue. The response lists the messages that SQS has to deliver again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, HandlerError> {
        let job_message = parse_message(message.body.as_deref()).ok();
        let before = self.job(job_message.as_ref()).await?;
        let outcome = match &before {
            None => Outcome::Parked,
            Some(job) => self.dispatch(job).await.or_else(unless_hopeless)?,
        };
        // The letter is parked last, so that it states how the job ended. If this process dies first, SQS delivers the dead
        // letter again, and the next process parks it.
        let after = if before.is_some() { self.job(job_message.as_ref()).await? } else { None };
        let now = self.jobs.clock.now();
        let known =
            Known { message: &message, job_message: job_message.as_ref(), before: before.as_ref(), after: after.as_ref(), now };
        let Letter { attributes, body } = known.letter(&self.jobs.rules);
        self.jobs.queues.park(&body, &attributes).await.map_err(HandlerError::NotParked)?;
        tracing::info!(?outcome, "the dead letter was parked");
        Ok(Handled::Done)
    }

    /// The job that a job message names; `None` if the table has no such job, or the job cannot be read.
    async fn job(&self, job_message: Option<&JobMessage>) -> Result<Option<Job>, HandlerError> {
        let Some(job_message) = job_message else { return Ok(None) };
        match self.jobs.table.job(job_message.user, job_message.job).await {
            // The dead letter is parked although its job cannot be read: the operator has to read the item.
            Err(error @ TableError::Unreadable { .. }) => {
                tracing::error!(job = %job_message.job, %error, "the job of a dead letter cannot be read; the letter is parked");
                Ok(None)
            }
            found => Ok(found?),
        }
    }
}

/// Crashes can use up maxReceiveCount while the job is healthy. Such a job is requeued to the function that owns its stage.
impl Stages for Refunder {
    const FOREIGN_STAGE: ForeignStage = ForeignStage::Requeue;

    fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    fn settlements(&self) -> &Settlements {
        &self.settlements
    }
}

/// Gives the outcome of an error that a retry cannot correct: a lost race, or a ledger that contradicts the job. Every other
/// error is returned, and SQS delivers the dead letter again.
fn unless_hopeless(error: HandlerError) -> StageResult {
    match error.unless_raced() {
        Err(HandlerError::Table(error @ TableError::InvariantViolated { .. })) => {
            tracing::error!(%error, "the ledger contradicts the job of a dead letter; the letter is parked");
            Ok(Outcome::Parked)
        }
        other => other,
    }
}
