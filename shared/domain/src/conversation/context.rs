//! The data that a step of the conversation may read.

use jiff::Timestamp;

use super::{
    account::{Profile, Settings},
    videos::LedgerPage,
};
use crate::{
    ids::{DraftId, UserId},
    job::Job,
    limits::Limit,
    rules::Rules,
};

/// The data that a step may read. The time and the fresh id are arguments, so that a step is deterministic.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The seller's id.
    pub user: UserId,
    /// The seller's account; a newcomer's account is opened with this step.
    pub profile: &'a Profile,
    /// Whether the account exists.
    pub standing: Standing,
    /// The job that the tapped button names; `None` if the seller has no such job.
    pub job: Option<&'a Job>,
    /// The seller's jobs of the page, newest first; empty unless the step needs them
    /// ([`Input::needs_recent_jobs`](super::Input::needs_recent_jobs)).
    pub recent: &'a [Job],
    /// A page of the seller's ledger; empty unless the step needs it ([`Input::needs_ledger`](super::Input::needs_ledger)).
    pub ledger: &'a LedgerPage,
    /// The limit by which the table refused this update's order before; `None` at the first decision.
    pub refused: Option<Limit>,
    /// The settings that are the same for every seller.
    pub settings: &'a Settings,
    /// The times of the job protocol, for new jobs.
    pub rules: &'a Rules,
    /// Telegram's id of the message with the tapped button; `None` if that message cannot be edited.
    pub message: Option<i64>,
    /// The seller's message that is the input; `None` for a tap and a block.
    pub seller_message: Option<SellerMessage>,
    /// The thread of the chat that the seller uses; `None` in a chat without topics.
    pub thread: Option<i64>,
    /// An unused id, for a draft that this step may begin.
    pub fresh: DraftId,
    /// The current time.
    pub now: Timestamp,
}

/// A message of the seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SellerMessage {
    /// Telegram's id of the message. An edit of the message has the same id.
    pub id: i64,
    /// When the seller sent the message. Telegram states whole seconds.
    pub sent_at: Timestamp,
}

/// Whether the seller has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The seller has no account yet; this step opens it.
    Newcomer,
    /// The seller has an account.
    Known,
}
