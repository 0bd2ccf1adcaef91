//! What an outside service said when it failed: the classifier's input.

use serde::{Deserialize, Serialize};

/// A failure as the model's provider reported it. Codes lie: the message decides first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The provider's code as text ("422", "GENERATION_FAILED"); empty when there was none.
    pub code: String,
    /// The provider's message; may be empty or even "success".
    pub message: String,
}
