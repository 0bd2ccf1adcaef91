//! The conversation with a person: `step(chat, input, context)` gives the chat to write and what is to be done. A step
//! waits for nothing and calls nobody. The view shows where a chat is, so that a repeated update shows the same screen without a
//! second step.

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
pub use limits::{DRAFT_KEPT, OPEN_JOBS_MAX, RECENT_UPDATES_MAX, UPDATES_A_MINUTE_MAX};
pub use notice::Notice;
pub use outcome::{AfterCommit, Step};
pub use step::step;
pub use videos::{VIDEOS_SHOWN_MAX, Video, VideoState};
