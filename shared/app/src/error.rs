//! The error of a function: why a message, an update or a callback could not be handled.

use adapters::{media::MediaError, queues::QueueError, table::TableError};
use domain::{ids::JobId, job::InvalidTransition, job_message::JobMessage};

use crate::Outcome;

/// A message, an update or a callback was not handled. SQS, Telegram or KIE delivers it again.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The table refused a call or did not answer. The inner error says whether something was written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The job's stage does not allow the transition, because of a defect or a job that another release wrote. Nothing was
    /// written.
    #[error(transparent)]
    InvalidTransition(#[from] InvalidTransition),
    /// The queue message is no job message. Nothing was written.
    #[error("the queue message cannot be read: {0}; it becomes a dead letter after its last receive")]
    UnreadableMessage(String),
    /// The address at which KIE fetches the photo could not be signed. No attempt was used.
    #[error("the photo's address could not be signed: {0}; the job is handled again")]
    PhotoNotSigned(MediaError),
    /// The video is in the chat, but the job does not record the delivery: the next handler sends the video again.
    #[error("job {0}: the video was sent, but the delivery was not recorded before the lease ended; the video is sent again")]
    DeliveryNotRecorded(JobId),
    /// The job's queue message may not have been sent. The job is unchanged.
    #[error("job {job}: its queue message could not be sent: {error}; the sweeper requeues the job when it is due")]
    NotRequeued {
        /// The job's id.
        job: JobId,
        /// The error of the queue.
        error: QueueError,
    },
    /// The next try of a repeat may not have been sent to the queue. The present message comes back.
    #[error("the next try of the repeat could not be enqueued: {0}; the present message comes back")]
    RepeatNotEnqueued(QueueError),
    /// The dead letter could not be parked. It stays in its queue and comes back.
    #[error("the dead letter could not be parked: {0}; it comes back from its queue")]
    NotParked(QueueError),
    /// Other updates of the same chat were written first on every try. Nothing was written.
    #[error(
        "update {update}: other updates wrote its chat first {races} times; nothing was written, Telegram repeats the update"
    )]
    RacesExhausted {
        /// Telegram's `update_id`.
        update: i64,
        /// How many times the step was decided.
        races: u32,
    },
}

impl HandlerError {
    /// Converts a lost race to [`Outcome::Raced`]: another handler has written the job first.
    ///
    /// # Errors
    /// Every other error, unchanged.
    pub fn unless_raced(self) -> Result<Outcome, Self> {
        match self {
            Self::Table(TableError::Stale) => Ok(Outcome::Raced),
            other => Err(other),
        }
    }
}

/// Reads the job message in the body of a queue message.
///
/// # Errors
/// [`HandlerError::UnreadableMessage`]: the body is no job message.
pub fn parse_message(body: Option<&str>) -> Result<JobMessage, HandlerError> {
    JobMessage::parse(body.unwrap_or_default()).map_err(|error| HandlerError::UnreadableMessage(error.to_string()))
}
