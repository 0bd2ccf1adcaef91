//! The sender: sends the video to the chat, then captures the charge.

mod deliver;

use std::{sync::Arc, time::Duration};

use adapters::{media::Media, queues::Queue, telegram::Telegram};
use app::{
    ForeignStage, Handled, HandlerError, Jobs, Outcome, Settlements, Setup, SetupError, StageResult, Stages, StatusMessage,
    each_message, parse_message,
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
    status_message: StatusMessage,
    catalog: Arc<Catalog>,
}

impl Sender {
    /// The sender as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        Ok(Self {
            jobs: services.jobs(&[Queue::Send])?,
            settlements: services.settlements()?,
            media: services.media()?,
            telegram: services.telegram()?,
            status_message: services.status_message()?,
            catalog: services.catalog()?,
        })
    }

    /// Handles a batch of the send queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, HandlerError> {
        let job_message = parse_message(message.body.as_deref())?;
        let receipt_handle = message.receipt_handle.unwrap_or_default();
        let receive = Receive { sender: self, receipt_handle: &receipt_handle };
        let outcome = receive.dispatch_message(&job_message).await.or_else(HandlerError::unless_raced)?;
        tracing::info!(look = job_message.sequence, ?outcome, "send");
        Ok(outcome.into())
    }

    /// Sets when a failed message comes back. Best effort: without it the message comes back after the queue's visibility time-out.
    async fn come_back_in(&self, receipt_handle: &str, delay: Duration) {
        if let Err(error) = self.jobs.queues.change_visibility(Queue::Send, receipt_handle, delay).await {
            tracing::warn!(%error, "the message comes back when its visibility time-out ends");
        }
    }
}

/// One receive of a message: a failed send decides when that message comes back.
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

    async fn end(&self, job: &Job, class: Class, because: EndReason) -> StageResult {
        match because {
            // The job is not ended here: the dead letter is what the operator reads, and the refunder ends the job.
            EndReason::AttemptsSpent => {
                self.sender.come_back_in(self.receipt_handle, Duration::ZERO).await;
                Ok(Outcome::LeftToRedrive)
            }
            EndReason::DeadlinePassed => self.sender.settlements.end(job, &Diagnosis::of(class)).await,
        }
    }
}
