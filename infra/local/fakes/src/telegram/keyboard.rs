//! The buttons under a message.

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyButton {
    /// What the person reads.
    pub label: String,
    /// What comes back when it is tapped.
    pub data: Option<String>,
    /// Where it leads.
    pub url: Option<String>,
}

/// Rows of buttons under a message.
pub type Keyboard = Vec<Vec<KeyButton>>;
