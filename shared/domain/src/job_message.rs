//! The body of a queue message about a job. The message is a hint that the job needs work now; the stored job is the truth.

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, UserId};

/// A message about one job. A handler drops a message whose sequence number is lower than the job's: a later message follows.
///
/// The JSON names are those of release 0.1.0, because messages in the queues outlive a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMessage {
    /// The seller who owns the job.
    pub user: UserId,
    /// The job that the message is about.
    pub job: JobId,
    /// The job's sequence number when the message was sent.
    #[serde(rename = "look")]
    pub sequence: u32,
    /// For a message that requests a free repeat of a delivered video: how often the repeat was tried. `None` for every other
    /// message. A release that does not know the field finds a job that has ended, and drops the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u8>,
    /// Whether the repeat is sent as a file, which keeps every byte.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_file: bool,
    /// The thread of the chat that gets the repeat: the one in which it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<i64>,
}

impl JobMessage {
    /// The body of the queue message, as JSON.
    #[must_use]
    pub fn body(&self) -> String {
        // Serialising two numbers and an id cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a message from a queue message's body.
    ///
    /// # Errors
    /// The body is not the JSON of a job message.
    pub fn parse(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }
}
