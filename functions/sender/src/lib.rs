//! The sender: the video to the chat, then the charge is captured.

mod deliver;

use adapters::{media::Media, queues::Queue, telegram::Telegram};
use app::{Chain, Ending, Found, Handled, Outcome, Setup, SetupError, Status, Trouble, each_message};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    catalog::Catalog,
    classify::Diagnosis,
    job::{Because, Next},
    wake::Wake,
};

/// What it takes to send a video.
#[derive(Debug)]
pub struct Sender {
    chain: Chain,
    ending: Ending,
    media: Media,
    telegram: Telegram,
    status: Status,
    catalog: Catalog,
}

impl Sender {
    /// The sender as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            chain: setup.chain(&[Queue::Send])?,
            ending: setup.ending()?,
            media: setup.media()?,
            telegram: setup.telegram()?,
            status: setup.status()?,
            catalog: setup.catalog()?,
        })
    }

    /// Handles a batch of the send queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, Trouble> {
        let body = message.body.unwrap_or_default();
        let wake = Wake::parse(&body).map_err(|error| Trouble::Other(format!("not a wake message: {error}")))?;
        let receipt_handle = message.receipt_handle.unwrap_or_default();
        let outcome = match self.wake(&wake, &receipt_handle).await {
            Ok(outcome) => outcome,
            Err(trouble) => trouble.unless_raced()?,
        };
        tracing::info!(look = wake.look, ?outcome, "send");
        Ok(if matches!(outcome, Outcome::ComesBack | Outcome::LeftToRedrive) { Handled::Failed } else { Handled::Done })
    }

    async fn wake(&self, wake: &Wake, receipt_handle: &str) -> Result<Outcome, Trouble> {
        let job = match self.chain.find(wake).await? {
            Found::Nothing => return Ok(Outcome::NoSuchJob),
            Found::Superseded => return Ok(Outcome::Superseded),
            Found::Job(job) => job,
        };
        match job.next(self.chain.clock.now(), &self.chain.rules) {
            Next::Nothing(rest) => Ok(rest.into()),
            Next::Send => self.send(&job, receipt_handle).await,
            // Not ended here: the dead letter is what the operator reads.
            Next::End(_, Because::AttemptsSpent) => {
                self.come_back_in(receipt_handle, std::time::Duration::ZERO).await;
                Ok(Outcome::LeftToRedrive)
            }
            Next::End(class, Because::DeadlinePassed) => self.ending.end(&job, &Diagnosis::of(class)).await,
            Next::Tell => self.ending.claim_and_tell(&job).await,
            Next::Prepare | Next::Submit | Next::Look(_) => Ok(Outcome::NotMine),
        }
    }

    /// When a failed message comes back; best effort, the queue's own visibility time-out is the fallback.
    async fn come_back_in(&self, receipt_handle: &str, delay: std::time::Duration) {
        if let Err(error) = self.chain.queues.change_visibility(Queue::Send, receipt_handle, delay).await {
            tracing::warn!(%error, "the message comes back when its visibility time-out ends");
        }
    }
}
