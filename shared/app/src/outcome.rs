//! How handling a message ended: one word, one log line.

use adapters::table::TableError;
use domain::job::{Misfit, Rest};

/// What was done. Every outcome but [`Outcome::LeftToRedrive`] and [`Outcome::ComesBack`] acknowledges the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The task was submitted to KIE.
    Submitted,
    /// Nobody knows whether KIE has the task: its callback is awaited.
    SubmissionLost,
    /// The task of a lost reply was adopted from its callback.
    Adopted,
    /// The task is still running: a later look is under way.
    StillRunning,
    /// The video is in the media store and on the send queue.
    Fetched,
    /// Not just now: a later message is under way.
    Postponed,
    /// An attempt failed and is repeated, quietly.
    Retried,
    /// The video is in the chat and the charge captured.
    Delivered,
    /// The video arrived after the refund: nothing moved.
    LateSuccess,
    /// A send failed: the message comes back.
    ComesBack,
    /// The attempts are spent: the queue's redrive takes the message to the dead letters.
    LeftToRedrive,
    /// Refunded, and the person knows.
    RefundedAndTold,
    /// Refunded; the person will be told later.
    Refunded,
    /// A person was told of an earlier refund.
    Told,
    /// A person could not be told yet.
    NotToldYet,
    /// The job was woken.
    Woken,
    /// Only parked: there is no such job, or the message cannot be read.
    Parked,
    /// There is no such job.
    NoSuchJob,
    /// The message is older than the job's chain of looks.
    Superseded,
    /// Somebody holds the job.
    Leased,
    /// The job may not be touched yet.
    TooEarly,
    /// The job is over.
    Closed,
    /// The job needs somebody else.
    NotMine,
    /// Somebody else moved the job first.
    Raced,
}

impl From<Rest> for Outcome {
    fn from(rest: Rest) -> Self {
        match rest {
            Rest::Closed => Self::Closed,
            Rest::Leased(_) => Self::Leased,
            Rest::Until(_) => Self::TooEarly,
        }
    }
}

/// Why a message could not be handled: it comes back by itself.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A move the job does not allow: a defect, or a job written by another version.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// Anything else that keeps the function from working.
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    /// A lost race is an outcome, not a trouble: somebody else has moved the job, and its due time covers it.
    ///
    /// # Errors
    /// Every other trouble.
    pub fn unless_raced(self) -> Result<Outcome, Self> {
        match self {
            Self::Table(TableError::Stale) => Ok(Outcome::Raced),
            other => Err(other),
        }
    }
}
