//! What a seller and an operator read: screens, keyboards and texts, in both languages.
//!
//! **Architecture invariant:** nothing else in this crate uses the view. A job and a conversation know no texts.

mod failure_notice;
mod html;
mod keyboards;
pub mod operator;
mod progress;
mod render;
mod screen;
#[cfg(test)]
mod tests;
mod texts;

pub use crate::utf16::shortened;

pub use failure_notice::FailureNotice;
pub use html::{escape_html, visible_units};
pub use keyboards::{delivered_keyboard, ended_keyboard, status_keyboard};
pub use progress::Progress;
pub use render::render;
pub use screen::{Action, Button, CAPTION_MAX_UNITS, Keyboard, Screen, TEXT_MAX_UNITS};
