//! A screen: a text and the buttons under it.

/// Longest visible text of a message, in UTF-16 units. Telegram: `sendMessage`, 1-4096 characters after entities parsing.
pub const TEXT_MAX_UNITS: usize = 4096;
/// Longest visible caption of a video, in UTF-16 units. Telegram: `sendVideo`, 0-1024 characters after entities parsing.
pub const CAPTION_MAX_UNITS: usize = 1024;

/// A message in the chat: HTML text and inline buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Text in Telegram's HTML; inserted words are already escaped.
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
    /// The text on the button.
    pub label: String,
    /// The effect of a tap.
    pub action: Action,
}

/// The effect of a tap on a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Telegram sends this data to the bot: 1 to [`BUTTON_DATA_MAX_BYTES`](crate::conversation::BUTTON_DATA_MAX_BYTES) bytes.
    Tap(String),
    /// Telegram opens this page and sends the bot no update.
    Link(String),
}

impl Button {
    /// A button that sends this data to the bot.
    #[must_use]
    pub fn tap(label: String, data: String) -> Self {
        Self { label, action: Action::Tap(data) }
    }

    /// A button that opens a page.
    #[must_use]
    pub fn link(label: String, url: &str) -> Self {
        Self { label, action: Action::Link(url.to_owned()) }
    }

    /// The button's data; `None` for a link.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        if let Action::Tap(data) = &self.action { Some(data) } else { None }
    }
}
