//! The view: the screens, keyboards and texts that sellers and operators read. Sellers' texts are in two languages.
//!
//! **Architecture invariant:** no other module of this crate uses the view. The modules of jobs and of the conversation hold no
//! texts.

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
mod viewer;

pub use crate::utf16::shortened;

pub use failure_notice::FailureNotice;
pub use html::{escape_html, visible_units};
pub use keyboards::{delivered_keyboard, ended_keyboard, status_keyboard};
pub use progress::Progress;
pub use render::render;
pub use screen::{Action, Button, CAPTION_MAX_UNITS, Keyboard, Screen, TEXT_MAX_UNITS};
pub use viewer::Viewer;
