//! The job service: it finds a job, saves it, and advances it to its next queue message.
//!
//! This is a transactional outbox: a conditional write first stores the job's sequence number and due time, then the message is
//! sent. If the send fails, the sweeper requeues the job when it is due.

use std::sync::Arc;

use adapters::{
    clock::Clock,
    metrics::Metric,
    queues::{Queue, QueueError, Queues},
    table::{Table, TableError},
};
use domain::{
    job::{Job, Receipt, Transition},
    job_message::JobMessage,
    rules::Rules,
};

use crate::{HandlerError, Outcome, record_job};

/// The jobs in the table and the queues that carry their messages. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// The table that holds the jobs.
    pub table: Table,
    /// The queues this function sends to.
    pub queues: Queues,
    /// Leases, deadlines and delays.
    pub rules: Arc<Rules>,
    /// The clock.
    pub clock: Clock,
}

/// The job that a queue message names.
#[derive(Debug)]
pub enum Found {
    /// The table has no such job.
    Nothing,
    /// The job has advanced since the message was sent, so the message is dropped.
    Superseded,
    /// The job as the table has it now.
    Job(Box<Job>),
}

impl Jobs {
    /// Reads the job that a message names, by a consistent read.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn find(&self, message: &JobMessage) -> Result<Found, TableError> {
        Ok(match self.table.job(message.user, message.job).await? {
            None => Found::Nothing,
            Some(job) if message.sequence < job.sequence => Found::Superseded,
            Some(job) => {
                record_job(&job);
                Found::Job(Box::new(job))
            }
        })
    }

    /// Writes a job after a transition, then sends its message. If the message cannot be sent, the sweeper requeues the job.
    ///
    /// # Errors
    /// [`TableError`]: the job was not written, and no message was sent.
    pub async fn advance(&self, queue: Queue, transition: &Transition) -> Result<(), TableError> {
        self.save(&transition.job).await?;
        if let Err(error) = self.send(queue, &transition.job, &transition.message(), transition.delay).await {
            tracing::warn!(%error, "the job's message could not be sent; the sweeper requeues the job");
        }
        Ok(())
    }

    /// Advances a job to the queue of the function that owns its next stage.
    ///
    /// # Errors
    /// [`HandlerError`]: the job was not written, and no message was sent.
    pub async fn requeue(&self, queue: Queue, job: &Job) -> Result<Outcome, HandlerError> {
        self.advance(queue, &job.requeued(self.clock.now(), &self.rules)).await?;
        Ok(Outcome::Requeued)
    }

    /// Sends a job's present message once more, without delay. Nothing is written: of two messages with the same sequence number
    /// the first advances the job, and the other is dropped.
    ///
    /// # Errors
    /// [`QueueError`]: the message may not be in the queue.
    pub async fn send_now(&self, queue: Queue, job: &Job) -> Result<(), QueueError> {
        self.send(queue, job, &job.message(), std::time::Duration::ZERO).await
    }

    /// Holds the film of a job, whose seller cannot be reached. The account remembers it, so that the seller's next update reopens
    /// the job.
    ///
    /// # Errors
    /// [`HandlerError`]: the job was not written.
    pub async fn hold(&self, job: &Job) -> Result<Outcome, HandlerError> {
        let held = job.held(self.clock.now(), &self.rules)?;
        self.table.hold(&held).await?;
        record_job(&held);
        Metric::Held.emit();
        tracing::info!("the seller cannot be reached; the film is held");
        Ok(Outcome::Held)
    }

    /// Writes a job that needs no new message.
    ///
    /// # Errors
    /// [`TableError`]: the job was not written.
    pub async fn save(&self, job: &Job) -> Result<(), TableError> {
        self.table.save_job(job).await?;
        record_job(job);
        if job.begins_a_retry() {
            Metric::Retries.emit();
        }
        Ok(())
    }

    /// Stores on a delivered job the file id of a repeat and what Telegram made of it, so that the next repeat uses them. Best effort:
    /// without them the next repeat tries again what was refused. A file id that Telegram did not give replaces none.
    pub async fn keep_file_id(&self, job: &Job, receipt: Receipt) {
        let Some(job) = receipt.file_id.is_some().then(|| job.sent_again(receipt).ok()).flatten() else { return };
        if let Err(error) = self.save(&job).await {
            tracing::warn!(job = %job.id, %error, "the file id of the repeated video was not stored");
        }
    }

    async fn send(&self, queue: Queue, job: &Job, message: &JobMessage, delay: std::time::Duration) -> Result<(), QueueError> {
        self.queues.with_trace(job.trace.as_deref()).send(queue, &message.body(), delay).await
    }
}
