//! The job itself, and what can be read off it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{order::Order, state::State};
use crate::{
    classify::Class,
    ids::{JobId, UserId},
    rules::Rules,
};

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Whose job, and where the video goes (a private chat's id is the person's).
    pub user: UserId,
    /// Which job.
    pub id: JobId,
    /// What was ordered; never changes.
    pub order: Order,
    /// When the person confirmed: the generation deadline counts from here.
    pub confirmed_at: Timestamp,
    /// Grows by one with every write; a write states the version it was decided on.
    pub version: u64,
    /// Grows by one with every new message about the job; a message with a lower number is dropped.
    #[serde(rename = "look")]
    pub sequence: u32,
    /// Where the job is, with what that stage knows.
    #[serde(flatten)]
    pub state: State,
    /// Until when one handler holds the job.
    pub lease_until: Option<Timestamp>,
    /// When the sweeper takes over; `None` once there is nothing left to do. Stored in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub due_at: Option<Timestamp>,
    /// Key of the photo in the media store, once it is there.
    pub photo_key: Option<String>,
    /// What the model is asked for; written once, so that a retry asks the same.
    pub prompt: Option<String>,
    /// The class of the last failed attempt. It names the end if the deadline passes.
    #[serde(rename = "trouble")]
    pub last_failure: Option<Class>,
    /// The header of the trace that its order is, as it goes with every message about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

impl Job {
    /// Where the video of a job is kept.
    #[must_use]
    pub fn video_key(user: UserId, id: JobId) -> String {
        format!("videos/{user}/{id}.mp4")
    }

    /// When the stage the job is in must be over; `None` once it has ended.
    #[must_use]
    pub fn deadline(&self, rules: &Rules) -> Option<Timestamp> {
        match &self.state {
            State::Queued { .. } | State::Submitting { .. } | State::Generating { .. } => {
                Some(self.confirmed_at + rules.generation_deadline)
            }
            State::Ready { ready_at, .. } | State::Sending { ready_at, .. } => Some(*ready_at + rules.delivery_deadline),
            State::Delivered { .. } | State::Failed { .. } => None,
        }
    }

    /// Whether somebody holds the job now.
    #[must_use]
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.lease_until.is_some_and(|until| now < until)
    }

    /// Whether the transition that led here began a second or later attempt to make or to send the video.
    #[must_use]
    pub fn begins_a_retry(&self) -> bool {
        let is_claimed = self.lease_until.is_some();
        is_claimed && matches!(self.state, State::Submitting { attempt: 2.., .. } | State::Sending { attempt: 2.., .. })
    }

    /// Whether the job has ended, one way or the other.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::Delivered { .. } | State::Failed { .. })
    }

    /// Whether its order's status message is to be edited now that this job has come here. A chat takes about one message a
    /// second: of an order of several only the first start and every end are worth one.
    #[must_use]
    pub fn is_news(&self) -> bool {
        let only_one = self.order.count <= 1;
        match self.state {
            State::Queued { .. } | State::Submitting { .. } | State::Sending { .. } => false,
            State::Generating { attempt, polls, .. } => attempt == 1 && polls == 0 && self.id.n == 1,
            State::Ready { attempts, .. } => only_one && attempts == 0,
            State::Delivered { .. } | State::Failed { .. } => true,
        }
    }

    /// Sets when the sweeper takes over: after the wait, but never later than the stage's deadline.
    pub(super) fn due_in(&mut self, wait: Duration, now: Timestamp, rules: &Rules) {
        let due = now + wait;
        self.due_at = Some(self.deadline(rules).map_or(due, |deadline| due.min(deadline)));
    }
}
