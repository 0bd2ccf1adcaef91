//! What a person sees: a text and the buttons under it.

/// Longest text of a message, in UTF-16 units of what is read. Telegram: `sendMessage`, 1-4096 characters after entities parsing.
pub const TEXT_MAX_UNITS: usize = 4096;
/// Longest caption of a video, counted likewise. Telegram: `sendVideo`, 0-1024 characters after entities parsing.
pub const CAPTION_MAX_UNITS: usize = 1024;

/// A message in the chat: HTML text and inline buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Text in Telegram's HTML; everything inserted into it is already escaped.
    pub text: String,
    /// Rows of buttons, top to bottom.
    pub keyboard: Keyboard,
}

/// Rows of inline buttons; empty means no keyboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyboard(pub Vec<Vec<Button>>);

/// One inline button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What the person reads.
    pub label: String,
    /// What happens when it is tapped.
    pub action: Action,
}

/// What a tapped button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This comes back: 1 to [`BUTTON_DATA_MAX_BYTES`](crate::conversation::BUTTON_DATA_MAX_BYTES) bytes.
    Tap(String),
    /// This page opens; the bot hears nothing of it.
    Link(String),
}

impl Button {
    /// A button that comes back with this data.
    #[must_use]
    pub fn tap(label: String, data: String) -> Self {
        Self { label, action: Action::Tap(data) }
    }

    /// A button that opens a page.
    #[must_use]
    pub fn link(label: String, url: &str) -> Self {
        Self { label, action: Action::Link(url.to_owned()) }
    }

    /// What comes back; `None` for a link.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        if let Action::Tap(data) = &self.action { Some(data) } else { None }
    }
}
