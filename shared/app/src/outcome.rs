//! How the handling of a message ended. Each handled message has one log line with its outcome.

use domain::job::Idle;

/// What was done with a message. SQS deletes the message after every outcome but [`Outcome::LeftToRedrive`] and
/// [`Outcome::ComesBack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The task was submitted to KIE.
    Submitted,
    /// createTask's reply was lost, and KIE may have the task: the job waits for the task's callback.
    SubmissionLost,
    /// The reply to createTask had been lost, and the job adopted the task from its callback.
    Adopted,
    /// The task at KIE is still running: a delayed message for the next poll is on the queue.
    StillRunning,
    /// The video is in the media store and on the send queue.
    Fetched,
    /// The stage cannot be done yet: a delayed message is on the queue.
    Postponed,
    /// An attempt failed and is repeated; the user is not notified.
    Retried,
    /// The video is in the chat and the charge is captured.
    Delivered,
    /// The video arrived after the refund: no credits moved.
    LateSuccess,
    /// The delivered video was sent once more, for free.
    Repeated,
    /// The delivered video could not be sent once more, and the user was notified.
    NotRepeated,
    /// Sending the video failed: the queue message comes back.
    ComesBack,
    /// The attempts are used up: the queue's redrive moves the message to the dead-letter queue.
    LeftToRedrive,
    /// The user cannot be reached: the film is held until they return.
    Held,
    /// The user of a held film is back: its message is on the send queue.
    Reopened,
    /// The job is refunded, and the user is notified.
    RefundedAndNotified,
    /// The job is refunded; the user is notified later.
    Refunded,
    /// The user was notified of an earlier refund.
    Notified,
    /// The user could not be notified yet.
    NotNotifiedYet,
    /// The order's status message shows the end of the job.
    EndShown,
    /// The order's status message does not show the end of the job.
    EndNotShown,
    /// The job has a new message on the queue of the function that owns its stage.
    Requeued,
    /// The dead letter is parked and nothing else was done: the table has no such job, or the message cannot be read.
    Parked,
    /// The table has no such job.
    NoSuchJob,
    /// The message's sequence number is older than the job's.
    Superseded,
    /// Another handler holds the job's lease.
    Leased,
    /// The job waits until a later time.
    TooEarly,
    /// The job has ended.
    Closed,
    /// Another function owns the job's stage.
    NotMine,
    /// Another handler wrote the job first.
    Raced,
}

impl From<Idle> for Outcome {
    fn from(idle: Idle) -> Self {
        match idle {
            Idle::Closed => Self::Closed,
            Idle::Leased(_) => Self::Leased,
            Idle::Until(_) => Self::TooEarly,
        }
    }
}
