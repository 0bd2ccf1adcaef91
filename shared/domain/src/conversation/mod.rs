//! The conversation with a seller: `step(chat, update, input, context)` returns the chat to write and the effects to carry out. A
//! step makes no calls and does not wait. The view renders the screen from the stored chat, so a redelivered update shows the
//! same screen without a second step.

mod account;
mod chat;
mod command;
mod confirm;
mod context;
mod draft;
mod edits;
mod films;
mod input;
mod limits;
mod notice;
mod ordering;
mod outcome;
mod refused;
mod sources;
mod step;
#[cfg(test)]
pub(crate) mod tests;
mod videos;
mod words;

pub use account::{Profile, ProfileChange, Settings};
pub use chat::{Album, Chat, Filed, Pace, Page, Place, Placed, Silence};
pub use command::Command;
pub use context::{Context, SellerMessage, Standing};
pub use draft::{ABOUT_MAX_CHARS, Answer, Draft, OwnPrompt, Question, Shape, WISHES_MAX_CHARS};
pub use input::{BUTTON_DATA_MAX_BYTES, Edit, Input, Tap, Upload};
pub use limits::{DRAFT_KEPT, FILES_A_DAY_MAX, RECENT_UPDATES_MAX, UPDATES_A_MINUTE_MAX};
pub use notice::Notice;
pub use outcome::{AfterCommit, Step};
pub use sources::{AnswerPart, Source};
pub use step::step;
pub use videos::{LedgerPage, ORDERS_SHOWN_MAX, Operation, OperationKind, VIDEOS_SHOWN_MAX, Video, VideoState};
