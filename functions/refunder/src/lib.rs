//! The refunder, on the dead-letter queues: ends the job, or wakes it if it is healthy, then parks the message for the operator.

mod letter;

use adapters::{queues::Queue, table::TableError};
use app::{Chain, Ending, Handled, Outcome, Setup, SetupError, Trouble, each_message};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    classify::Diagnosis,
    job::{Job, Next},
    wake::Wake,
};

use letter::{Known, Letter};

/// What it takes to end what nobody could handle.
#[derive(Debug)]
pub struct Refunder {
    chain: Chain,
    ending: Ending,
}

impl Refunder {
    /// The refunder as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { chain: setup.chain(&[Queue::Generate, Queue::Send, Queue::Parked])?, ending: setup.ending()? })
    }

    /// Handles a batch of a dead-letter queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, Trouble> {
        let wake = Wake::parse(message.body.as_deref().unwrap_or_default()).ok();
        let before = self.job(wake.as_ref()).await?;
        let outcome = match &before {
            None => Outcome::Parked,
            Some(job) => match self.settle_or_wake(job).await {
                Ok(outcome) => outcome,
                Err(trouble) => given_up_on(trouble)?,
            },
        };
        // Parked last, so that it tells how it ended. If this process dies before, the message comes back and is parked then.
        let after = if before.is_some() { self.job(wake.as_ref()).await? } else { None };
        let now = self.chain.clock.now();
        let known = Known { message: &message, wake: wake.as_ref(), before: before.as_ref(), after: after.as_ref(), now };
        let Letter { attributes, body } = known.letter(&self.chain.rules);
        self.chain.queues.park(&body, &attributes).await.map_err(|error| Trouble::Other(error.to_string()))?;
        tracing::info!(?outcome, "dead letter");
        Ok(Handled::Done)
    }

    /// The job a message is about.
    async fn job(&self, wake: Option<&Wake>) -> Result<Option<Job>, Trouble> {
        let Some(wake) = wake else { return Ok(None) };
        match self.chain.table.job(wake.user, wake.job).await {
            // Parked all the same: an operator has to read what the code cannot.
            Err(error @ TableError::Unreadable { .. }) => {
                tracing::error!(job = %wake.job, %error, "a dead letter about a job that cannot be read");
                Ok(None)
            }
            found => Ok(found?),
        }
    }

    async fn settle_or_wake(&self, job: &Job) -> Result<Outcome, Trouble> {
        let now = self.chain.clock.now();
        let queue = match job.next(now, &self.chain.rules) {
            Next::Nothing(rest) => return Ok(rest.into()),
            Next::End(class, _) => return self.ending.end(job, &Diagnosis::of(class)).await,
            Next::Tell => return self.ending.claim_and_tell(job).await,
            // The job is healthy: a crash burnt the receives.
            Next::Prepare | Next::Submit | Next::Look(_) => Queue::Generate,
            Next::Send => Queue::Send,
        };
        self.chain.advance(queue, &job.woken(now, &self.chain.rules)).await?;
        Ok(Outcome::Woken)
    }
}

/// What is not worth trying again: a lost race, or a ledger that contradicts the job. The letter is what an operator reads of that.
fn given_up_on(trouble: Trouble) -> Result<Outcome, Trouble> {
    match trouble.unless_raced() {
        Err(Trouble::Table(error @ TableError::BrokenLaw { .. })) => {
            tracing::error!(%error, "a dead letter whose job cannot be ended");
            Ok(Outcome::Parked)
        }
        other => other,
    }
}
