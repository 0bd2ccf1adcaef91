//! What a person sees: a text and the buttons under it.

/// Most bytes of a button's data. Telegram: `InlineKeyboardButton.callback_data`, 1-64 bytes.
pub const BUTTON_DATA_MAX_BYTES: usize = 64;

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
    /// What comes back when it is tapped: 1 to [`BUTTON_DATA_MAX_BYTES`] bytes.
    pub data: String,
}

/// A text safe to insert into Telegram's HTML.
#[must_use]
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
