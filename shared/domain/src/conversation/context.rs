//! What a step of the conversation may look at.

use jiff::Timestamp;

use super::account::{Profile, Settings};
use crate::{
    ids::{DraftId, UserId},
    job::Job,
    rules::Rules,
};

/// What a step may look at. Time and the fresh id are given, never drawn.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who it is.
    pub user: UserId,
    /// Their account; a newcomer's is the one that is opened with this step.
    pub profile: &'a Profile,
    /// Whether the account exists.
    pub standing: Standing,
    /// The job that the tapped button is about, if it is theirs and exists.
    pub job: Option<&'a Job>,
    /// Their last jobs, newest first; only where a step needs them ([`Input::needs_recent_jobs`](super::Input::needs_recent_jobs)).
    pub recent: &'a [Job],
    /// What is the same for everybody.
    pub settings: &'a Settings,
    /// The protocol's times, for the jobs that are created.
    pub rules: &'a Rules,
    /// The message the tapped button is under, where it can be edited.
    pub message: Option<i64>,
    /// An id nobody has used, should a draft begin.
    pub fresh: DraftId,
    /// Now.
    pub now: Timestamp,
}

/// Whether somebody has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Their first step: the account is opened with it.
    Newcomer,
    /// They have one.
    Known,
}
