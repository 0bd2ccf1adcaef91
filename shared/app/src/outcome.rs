//! How the handling of a message ended: one word, in one log line.

use domain::job::Idle;

/// What was done. SQS deletes the message after every outcome but [`Outcome::LeftToRedrive`] and [`Outcome::ComesBack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The task was submitted to KIE.
    Submitted,
    /// createTask's reply was lost, so that KIE may have the task: its callback is awaited.
    SubmissionLost,
    /// The task of a lost reply was adopted from its callback.
    Adopted,
    /// The task is still running: a later poll is on the queue.
    StillRunning,
    /// The video is in the media store and on the send queue.
    Fetched,
    /// The stage cannot be done yet: a later message is on the queue.
    Postponed,
    /// An attempt failed and is repeated; the user is not notified.
    Retried,
    /// The video is in the chat and the charge is captured.
    Delivered,
    /// The video arrived after the refund: no credits moved.
    LateSuccess,
    /// A send failed: the message comes back.
    ComesBack,
    /// The attempts are used up: the queue's redrive takes the message to the dead letters.
    LeftToRedrive,
    /// The job is refunded, and the user is notified.
    RefundedAndNotified,
    /// The job is refunded; the user is notified later.
    Refunded,
    /// The user was notified of an earlier refund.
    Notified,
    /// The user could not be notified yet.
    NotNotifiedYet,
    /// The job has a new message on the queue of the function that owns its stage.
    Requeued,
    /// The dead letter is parked and nothing else was done: there is no such job, or the message cannot be read.
    Parked,
    /// There is no such job.
    NoSuchJob,
    /// The message is older than the job.
    Superseded,
    /// Another handler holds the job's lease.
    Leased,
    /// The job may not be touched yet.
    TooEarly,
    /// The job is over.
    Closed,
    /// Another function owns the job's stage.
    NotMine,
    /// Another handler wrote the job first.
    Raced,
}

impl From<Idle> for Outcome {
    fn from(rest: Idle) -> Self {
        match rest {
            Idle::Closed => Self::Closed,
            Idle::Leased(_) => Self::Leased,
            Idle::Until(_) => Self::TooEarly,
        }
    }
}
