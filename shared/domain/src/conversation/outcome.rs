//! The decision of a step of the conversation.

use super::{
    account::ProfileChange,
    chat::{Chat, Place, Silence},
    notice::Notice,
};
use crate::{
    credits::{Credits, Entry},
    ids::JobId,
    job::Job,
    limits::{Allowance, Limit},
};

/// The decision of a step: the items to write in one transaction, then the effects and the screen after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The chat after the step.
    pub chat: Chat,
    /// The changes to the account, other than its credits.
    pub change: ProfileChange,
    /// The jobs of a confirmed order, each with its charge.
    pub order: Vec<(Job, Entry)>,
    /// What the order is held against; `None` without an order.
    pub allowance: Option<Allowance>,
    /// The limit that the order would exceed; `None` if no order was refused for a limit.
    pub refused: Option<Limit>,
    /// The effect after the commit, in addition to the screen. It is best effort: a failure is not retried.
    pub after_commit: Option<AfterCommit>,
    /// Why the step shows no screen; `None` if it shows one.
    pub silence: Option<Silence>,
}

/// An effect after the commit: videos sent in addition to the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterCommit {
    /// Greets in a chat that the bot has not written to: says what the bot does, names the gift if there is one, removes the keyboard
    /// that another program of the same bot may have left, and sends an example video of each kind.
    Greeting(Credits),
    /// Has the video of this job sent as a file.
    File(JobId),
    /// Sends the video of this job again, by Telegram's file id.
    Resend(JobId, String),
}

/// The next place of the chat, and the notice to show there.
pub(super) type Destination = (Place, Option<Notice>);

/// A step that only moves the chat to a place.
pub(super) fn plain(chat: &Chat, update: i64, (place, notice): Destination) -> Step {
    nothing(chat.at(update, place, notice))
}

/// A step that writes this chat and has no other effect.
pub(super) fn nothing(chat: Chat) -> Step {
    Step {
        chat,
        change: ProfileChange::default(),
        order: vec![],
        allowance: None,
        refused: None,
        after_commit: None,
        silence: None,
    }
}

/// A step that stays at its place and shows a notice.
pub(super) fn stay(chat: &Chat, update: i64, notice: Notice) -> Step {
    plain(chat, update, (chat.place.settled(), Some(notice)))
}

/// A step that shows no screen.
pub(super) fn quiet(chat: Chat, silence: Silence) -> Step {
    Step { silence: Some(silence), ..nothing(Chat { silence: Some(silence), ..chat }) }
}
