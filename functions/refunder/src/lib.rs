//! The refunder, on the dead-letter queues: parks the message for the console, then ends the job, or wakes it if it is healthy.

use adapters::{queues::Queue, table::TableError};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    classify::Diagnosis,
    job::{Job, Next},
    wake::Wake,
};
use journey::{Chain, Ending, Handled, Outcome, Setup, SetupError, Trouble, each_message};

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
        let body = message.body.clone().unwrap_or_default();
        let job = match Wake::parse(&body) {
            Ok(wake) => match self.chain.table.job(wake.user, wake.job).await {
                // Parked all the same: an operator has to read what the code cannot.
                Err(error @ TableError::Unreadable { .. }) => {
                    tracing::error!(job = %wake.job, %error, "a dead letter about a job that cannot be read");
                    None
                }
                found => found?,
            },
            Err(_) => None,
        };
        self.park(&message, &body, job.as_ref()).await?;
        let outcome = match job.as_ref() {
            None => Outcome::Parked,
            Some(job) => match self.settle_or_wake(job).await {
                Ok(outcome) => outcome,
                Err(trouble) => trouble.unless_raced()?,
            },
        };
        let job = job.map_or_else(|| "-".to_owned(), |job| job.id.to_string());
        tracing::info!(job, ?outcome, "dead letter");
        Ok(Handled::Done)
    }

    /// Keeps the message where an operator can read it, with what it is about.
    async fn park(&self, message: &SqsMessage, body: &str, job: Option<&Job>) -> Result<(), Trouble> {
        let from = message.event_source_arn.as_deref().unwrap_or_default();
        let queue = from.rsplit(':').next().unwrap_or_default().to_owned();
        let mut attributes = vec![("queue", queue)];
        if let Some(job) = job {
            let class = match job.next(self.chain.clock.now(), &self.chain.rules) {
                Next::End(class, _) => Some(class),
                _ => job.trouble,
            };
            attributes.extend([
                ("job", job.id.to_string()),
                ("user", job.user.to_string()),
                ("stage", job.state.name().to_owned()),
                ("class", class.map_or("-", |class| class.name()).to_owned()),
                ("attempts", job.state.attempts().to_string()),
            ]);
        }
        self.chain.queues.park(body, &attributes).await.map_err(|error| Trouble::Other(error.to_string()))
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
