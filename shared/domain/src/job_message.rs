//! The body of a queue message: a hint that a job needs something now. The job itself is the truth.

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, UserId};

/// A message about one job. A message with a lower sequence number than the job's is dropped: a later message is on its way.
///
/// The JSON names are those of release 0.1.0: messages in the queues outlive a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMessage {
    /// The user whose job it is.
    pub user: UserId,
    /// The job.
    pub job: JobId,
    /// The job's sequence number when the message was sent.
    #[serde(rename = "look")]
    pub sequence: u32,
}

impl JobMessage {
    /// The message body, JSON.
    #[must_use]
    pub fn body(&self) -> String {
        // Two numbers and an id always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The message in a body.
    ///
    /// # Errors
    /// The body is not the JSON of a job message.
    pub fn parse(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }
}
