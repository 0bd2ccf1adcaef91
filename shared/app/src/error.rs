//! Why a message could not be handled.

use adapters::{media::MediaError, queues::QueueError, table::TableError};
use domain::{ids::JobId, job::InvalidTransition, job_message::JobMessage};

use crate::Outcome;

/// Why a message, an update or a callback could not be handled. Its sender delivers it again.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The table refused a call or did not answer.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The job's stage does not allow the transition: a defect, or a job written by another release.
    #[error(transparent)]
    InvalidTransition(#[from] InvalidTransition),
    /// The queue message is no job message.
    #[error("the queue message cannot be read: {0}; after its receives it is a dead letter")]
    UnreadableMessage(String),
    /// The address at which KIE fetches the photo could not be signed. No attempt was used.
    #[error("the photo's address could not be signed: {0}; the job is tried again")]
    PhotoNotSigned(MediaError),
    /// The video is in the chat, and the job does not say so: the next handler sends it once more.
    #[error("job {0}: the video was sent, but not recorded before the lease ended; it is sent again")]
    DeliveryNotRecorded(JobId),
    /// The job's message could not be sent. Nothing was written.
    #[error("job {job}: its message could not be sent: {error}; the job is polled when it is due")]
    NotRequeued {
        /// The job.
        job: JobId,
        /// What the queue said.
        error: QueueError,
    },
    /// The dead letter could not be parked; it stays in its queue.
    #[error("the dead letter could not be parked: {0}; it comes back and is parked then")]
    NotParked(QueueError),
    /// Other updates of the same chat were written first, each time.
    #[error("update {update}: its chat was written by other updates {races} times; nothing was committed")]
    RacesExhausted {
        /// Telegram's number of the update.
        update: i64,
        /// How often the step was decided.
        races: u32,
    },
}

impl HandlerError {
    /// The outcome of a lost race: another handler has written the job, and its due time covers it.
    ///
    /// # Errors
    /// Every other error, as it is.
    pub fn unless_raced(self) -> Result<Outcome, Self> {
        match self {
            Self::Table(TableError::Stale) => Ok(Outcome::Raced),
            other => Err(other),
        }
    }
}

/// The job message in the body of a queue message.
///
/// # Errors
/// [`HandlerError::UnreadableMessage`].
pub fn parse_message(body: Option<&str>) -> Result<JobMessage, HandlerError> {
    JobMessage::parse(body.unwrap_or_default()).map_err(|error| HandlerError::UnreadableMessage(error.to_string()))
}
