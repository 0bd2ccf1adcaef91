//! What a queue message carries: a hint that a job may need a look. The job itself is the truth.

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, UserId};

/// Wakes one job. A message whose look number is older than the job's is dropped: the chain has moved on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Whose job.
    pub user: UserId,
    /// Which job.
    pub job: JobId,
    /// Which link of the job's chain of looks.
    pub look: u32,
}

impl Wake {
    /// The message body.
    #[must_use]
    pub fn body(&self) -> String {
        // Two numbers and an id: there is nothing in it that could fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The message in a body.
    ///
    /// # Errors
    /// The body is not a wake message.
    pub fn parse(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }
}
