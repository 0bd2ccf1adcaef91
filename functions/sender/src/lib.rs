//! The sender sends a finished video to the chat, then captures the charge. On request it sends a delivered video once more.

mod deliver;
mod film;
mod repeat;

use std::{sync::Arc, time::Duration};

use adapters::{media::Media, queues::Queue, telegram::Telegram};
use app::{
    ForeignStage, Handled, HandlerError, Jobs, Outcome, Settlements, Setup, SetupError, StageResult, Stages, each_message,
    parse_message,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    catalog::Catalog,
    classify::{Class, Diagnosis},
    job::{EndReason, Job},
};

/// The handler of the send queue.
#[derive(Debug)]
pub struct Sender {
    jobs: Jobs,
    settlements: Settlements,
    media: Media,
    telegram: Telegram,
    catalog: Arc<Catalog>,
}

impl Sender {
    /// Builds the handler from the function's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        Ok(Self {
            jobs: services.jobs(&[Queue::Send])?,
            settlements: services.settlements()?,
            media: services.media()?,
            telegram: services.telegram()?,
            catalog: services.catalog()?,
        })
    }

    /// Handles a batch of the send queue. The response lists the messages that SQS has to deliver again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, HandlerError> {
        let job_message = parse_message(message.body.as_deref())?;
        let receipt_handle = message.receipt_handle.unwrap_or_default();
        let receive = Receive { sender: self, receipt_handle: &receipt_handle };
        let handled = match job_message.repeat {
            Some(tries) => self.repeat(&job_message, tries).await,
            None => receive.dispatch_message(&job_message).await,
        };
        let outcome = handled.or_else(HandlerError::unless_raced)?;
        tracing::info!(sequence = job_message.sequence, ?outcome, "a send message is handled");
        Ok(outcome.into())
    }

    /// Sets the delay after which SQS delivers a failed message again. Best effort: else SQS delivers it after the queue's
    /// visibility timeout.
    async fn come_back_in(&self, receipt_handle: &str, delay: Duration) {
        if let Err(error) = self.jobs.queues.change_visibility(Queue::Send, receipt_handle, delay).await {
            tracing::warn!(%error, "the retry delay could not be set; the message comes back after the visibility timeout");
        }
    }
}

/// One receive of a message. A failed send uses the receipt handle to set the delay before the next receive.
struct Receive<'a> {
    sender: &'a Sender,
    receipt_handle: &'a str,
}

impl Stages for Receive<'_> {
    const FOREIGN_STAGE: ForeignStage = ForeignStage::Leave;

    fn jobs(&self) -> &Jobs {
        &self.sender.jobs
    }

    fn settlements(&self) -> &Settlements {
        &self.sender.settlements
    }

    async fn send(&self, job: &Job) -> StageResult {
        self.sender.deliver(job, self.receipt_handle).await
    }

    async fn recheck(&self, job: &Job) -> StageResult {
        self.sender.recheck(job).await
    }

    async fn end(&self, job: &Job, class: Class, because: EndReason) -> StageResult {
        match because {
            // The sender does not end the job. SQS moves the message to the dead letters, the refunder ends the job, and the
            // operator reads the letter.
            EndReason::AttemptsSpent => {
                self.sender.come_back_in(self.receipt_handle, Duration::ZERO).await;
                Ok(Outcome::LeftToRedrive)
            }
            EndReason::DeadlinePassed => self.sender.settlements.end(job, &Diagnosis::of(class)).await,
        }
    }
}
