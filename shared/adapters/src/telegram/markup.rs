//! The buttons under a message, in Telegram's form.

use domain::view::{Action, Button, Keyboard};
use serde::Serialize;

/// What a message does to the buttons that the person sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Markup {
    /// Telegram's `InlineKeyboardMarkup`: buttons under the message.
    Inline {
        /// The rows of buttons, top to bottom.
        inline_keyboard: Vec<Vec<MarkupButton>>,
    },
    /// Telegram's `ReplyKeyboardRemove`: the keyboard in place of the person's own is removed.
    RemoveKeyboard {
        /// Always `true`.
        remove_keyboard: bool,
    },
}

/// Telegram's `InlineKeyboardButton`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarkupButton {
    /// The label of the button.
    pub text: String,
    /// What happens when the button is tapped.
    #[serde(flatten)]
    pub action: MarkupAction,
}

/// Exactly one of the optional fields of `InlineKeyboardButton`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkupAction {
    /// Telegram sends this data to the bot, 1-64 bytes.
    CallbackData(String),
    /// Telegram opens the page at this address.
    Url(String),
}

impl Markup {
    /// The keyboard in Telegram's form; `None` for an empty keyboard.
    #[must_use]
    pub fn of(keyboard: &Keyboard) -> Option<Self> {
        let action = |action: &Action| match action {
            Action::Tap(data) => MarkupAction::CallbackData(data.clone()),
            Action::Link(url) => MarkupAction::Url(url.clone()),
        };
        let button = |button: &Button| MarkupButton { text: button.label.clone(), action: action(&button.action) };
        let row = |row: &Vec<Button>| row.iter().map(button).collect();
        let rows: Vec<Vec<MarkupButton>> = keyboard.0.iter().map(row).filter(|row: &Vec<_>| !row.is_empty()).collect();
        (!rows.is_empty()).then_some(Self::Inline { inline_keyboard: rows })
    }
}
