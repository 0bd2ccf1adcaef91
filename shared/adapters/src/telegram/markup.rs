//! Buttons under a message.

use domain::screen::{Button, Keyboard};
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
    /// What comes back, 1-64 bytes.
    pub callback_data: String,
}

impl Markup {
    /// The keyboard as Telegram wants it; `None` for an empty one.
    #[must_use]
    pub fn of(keyboard: &Keyboard) -> Option<Self> {
        let row = |row: &Vec<Button>| {
            row.iter().map(|button| MarkupButton { text: button.label.clone(), callback_data: button.data.clone() }).collect()
        };
        let rows: Vec<Vec<MarkupButton>> = keyboard.0.iter().map(row).filter(|row: &Vec<_>| !row.is_empty()).collect();
        (!rows.is_empty()).then_some(Self { inline_keyboard: rows })
    }
}
