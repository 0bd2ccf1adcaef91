//! The conversation with a seller: `step(chat, update, input, context)` returns the chat to write and the effects to carry out. A
//! step makes no calls and does not wait. The view renders the screen from the stored chat, so a redelivered update shows the
//! same screen without a second step.

mod account;
mod chat;
mod command;
mod context;
mod draft;
mod input;
mod limits;
mod notice;
mod ordering;
mod outcome;
mod step;
#[cfg(test)]
pub(crate) mod tests;
mod videos;

pub use account::{Profile, ProfileChange, Settings};
pub use chat::{Album, Chat, Pace, Page, Place, Placed, Silence};
pub use command::Command;
pub use context::{Context, Standing};
pub use draft::{ABOUT_MAX_CHARS, Answer, Draft, OwnPrompt, Question, WISHES_MAX_CHARS};
pub use input::{BUTTON_DATA_MAX_BYTES, Input, Tap, Upload};
pub use limits::{DRAFT_KEPT, RECENT_UPDATES_MAX, UPDATES_A_MINUTE_MAX};
pub use notice::Notice;
pub use outcome::{AfterCommit, Step};
pub use step::step;
pub use videos::{VIDEOS_SHOWN_MAX, Video, VideoState};
