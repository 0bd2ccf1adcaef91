//! The job service: find a job, save it, advance it to its next queue message.
//!
//! This is a transactional outbox: the job's number and due time are written first, by a conditional write, then the message
//! is sent. If the send fails, the sweeper requeues the job when it is due.

use std::sync::Arc;

use adapters::{
    clock::Clock,
    metrics::Metric,
    queues::{Queue, QueueError, Queues},
    table::{Table, TableError},
};
use domain::{
    job::{Job, Transition},
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
    /// The time.
    pub clock: Clock,
}

/// What a queue message refers to.
#[derive(Debug)]
pub enum Found {
    /// There is no such job.
    Nothing,
    /// The job has moved on since the message was sent.
    Superseded,
    /// The job, as it is now.
    Job(Box<Job>),
}

impl Jobs {
    /// The job that a message names, read consistently.
    ///
    /// # Errors
    /// The table could not be read.
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

    /// Writes a job that moved on, then sends its message. If the message cannot be sent, the sweeper requeues the job.
    ///
    /// # Errors
    /// The job was not written, and no message was sent.
    pub async fn advance(&self, queue: Queue, moved: &Transition) -> Result<(), TableError> {
        self.save(&moved.job).await?;
        if let Err(error) = self.send(queue, &moved.job, &moved.message(), moved.delay).await {
            tracing::warn!(%error, "the message could not be sent; the sweeper requeues the job");
        }
        Ok(())
    }

    /// Advances a job to the queue of the function that owns its next stage.
    ///
    /// # Errors
    /// The job was not written, and no message was sent.
    pub async fn requeue(&self, queue: Queue, job: &Job) -> Result<Outcome, HandlerError> {
        self.advance(queue, &job.requeued(self.clock.now(), &self.rules)).await?;
        Ok(Outcome::Requeued)
    }

    /// Sends a job's present message once more, at once. Nothing is written: of two messages with the same number the first
    /// advances the job, and the other is dropped.
    ///
    /// # Errors
    /// The message may not be in the queue.
    pub async fn send_now(&self, queue: Queue, job: &Job) -> Result<(), QueueError> {
        self.send(queue, job, &job.message(), std::time::Duration::ZERO).await
    }

    /// Writes a job that needs no new message.
    ///
    /// # Errors
    /// The job was not written.
    pub async fn save(&self, job: &Job) -> Result<(), TableError> {
        self.table.save_job(job).await?;
        record_job(job);
        if job.begins_a_retry() {
            Metric::Retries.emit();
        }
        Ok(())
    }

    async fn send(&self, queue: Queue, job: &Job, message: &JobMessage, delay: std::time::Duration) -> Result<(), QueueError> {
        self.queues.with_trace(job.trace.as_deref()).send(queue, &message.body(), delay).await
    }
}
