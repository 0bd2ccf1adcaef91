//! Buttons under a message.

use domain::view::{Action, Button, Keyboard};
use serde::Serialize;

/// `InlineKeyboardMarkup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Markup {
    /// Rows, top to bottom.
    pub inline_keyboard: Vec<Vec<MarkupButton>>,
}

/// `InlineKeyboardButton`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarkupButton {
    /// What the person reads.
    pub text: String,
    /// What happens when it is tapped.
    #[serde(flatten)]
    pub action: MarkupAction,
}

/// Exactly one of the optional fields of `InlineKeyboardButton`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkupAction {
    /// What comes back, 1-64 bytes.
    CallbackData(String),
    /// The page that opens.
    Url(String),
}

impl Markup {
    /// The keyboard as Telegram wants it; `None` for an empty one.
    #[must_use]
    pub fn of(keyboard: &Keyboard) -> Option<Self> {
        let action = |action: &Action| match action {
            Action::Tap(data) => MarkupAction::CallbackData(data.clone()),
            Action::Link(url) => MarkupAction::Url(url.clone()),
        };
        let button = |button: &Button| MarkupButton { text: button.label.clone(), action: action(&button.action) };
        let row = |row: &Vec<Button>| row.iter().map(button).collect();
        let rows: Vec<Vec<MarkupButton>> = keyboard.0.iter().map(row).filter(|row: &Vec<_>| !row.is_empty()).collect();
        (!rows.is_empty()).then_some(Self { inline_keyboard: rows })
    }
}
