//! The buttons under a message.

use serde::{Deserialize, Serialize};

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyButton {
    /// The visible label.
    pub label: String,
    /// The data that a tap sends.
    pub data: Option<String>,
    /// The address that a tap opens.
    pub url: Option<String>,
}

/// Rows of buttons under a message.
pub type Keyboard = Vec<Vec<KeyButton>>;
