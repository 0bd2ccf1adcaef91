//! A job's chain of looks: the number and the due time move first, by a conditional write, then the message is sent.

use adapters::{
    clock::Clock,
    metrics::Metric,
    queues::{Queue, Queues},
    table::{Table, TableError},
};
use domain::{
    job::{Job, Moved},
    rules::Rules,
    wake::Wake,
};

use crate::note;

/// What it takes to move a job on.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The jobs.
    pub table: Table,
    /// The queues.
    pub queues: Queues,
    /// Times and counts.
    pub rules: Rules,
    /// Now.
    pub clock: Clock,
}

/// What a message turned out to be about.
#[derive(Debug)]
pub enum Found {
    /// There is no such job.
    Nothing,
    /// The job has moved on since the message was sent.
    Superseded,
    /// The job, as it is now.
    Job(Box<Job>),
}

impl Chain {
    /// The job a message is about, read consistently.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn find(&self, wake: &Wake) -> Result<Found, TableError> {
        Ok(match self.table.job(wake.user, wake.job).await? {
            None => Found::Nothing,
            Some(job) if wake.look < job.look => Found::Superseded,
            Some(job) => {
                note(&job);
                Found::Job(Box::new(job))
            }
        })
    }

    /// Writes a job that moved on, then sends its message. A message that could not be sent is the sweeper's.
    ///
    /// # Errors
    /// The job was not written: nothing was sent.
    pub async fn advance(&self, queue: Queue, moved: &Moved) -> Result<(), TableError> {
        self.save(&moved.job).await?;
        self.send(queue, moved).await;
        Ok(())
    }

    /// Writes a job that stays where it is in its chain.
    ///
    /// # Errors
    /// It was not written.
    pub async fn save(&self, job: &Job) -> Result<(), TableError> {
        self.table.save_job(job).await?;
        note(job);
        if job.begins_a_retry() {
            Metric::Retries.tell();
        }
        Ok(())
    }

    async fn send(&self, queue: Queue, moved: &Moved) {
        if let Err(error) = self.queues.under(moved.job.trace.as_deref()).send(queue, &moved.wake().body(), moved.delay).await {
            tracing::warn!(%error, "the message could not be sent; the sweeper will wake the job");
        }
    }
}
