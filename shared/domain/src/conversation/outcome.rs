//! What a step of the conversation decided.

use super::{
    account::ProfileChange,
    chat::{Chat, Place, Silence},
    notice::Notice,
};
use crate::{credits::Entry, ids::JobId, job::Job};

/// What a step decided: what to write in one transaction, and what to do and show after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The chat after the step.
    pub chat: Chat,
    /// What changes of the account, besides its credits.
    pub change: ProfileChange,
    /// Jobs that were confirmed, each with its charge.
    pub order: Vec<(Job, Entry)>,
    /// What is sent besides the screen, best effort.
    pub after_commit: Option<AfterCommit>,
    /// Why no screen is shown, if none is.
    pub silence: Option<Silence>,
}

/// What is sent besides the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterCommit {
    /// An example of each kind.
    Examples,
    /// A video of theirs once more, by its file id.
    Resend(JobId, String),
}

/// Where a step leads, and what it has to say.
pub(super) type Turn = (Place, Option<Notice>);

/// A step that writes the chat and does nothing else.
pub(super) fn plain(chat: &Chat, update: i64, (place, notice): Turn) -> Step {
    nothing(chat.at(update, place, notice))
}

/// A step that changes nothing.
pub(super) fn nothing(chat: Chat) -> Step {
    Step { chat, change: ProfileChange::default(), order: vec![], after_commit: None, silence: None }
}

/// A step that only says something.
pub(super) fn stay(chat: &Chat, update: i64, notice: Notice) -> Step {
    plain(chat, update, (chat.place.settled(), Some(notice)))
}

/// A step that says nothing.
pub(super) fn quiet(chat: Chat, silence: Silence) -> Step {
    Step { silence: Some(silence), ..nothing(Chat { silence: Some(silence), ..chat }) }
}
