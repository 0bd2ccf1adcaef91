//! The job, and the questions that its fields answer: its deadline, its lease, whether it has ended.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    making::Making,
    order::Order,
    state::{Notified, State},
};
use crate::{
    classify::Class,
    ids::{JobId, UserId},
    rules::Rules,
};

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The seller who ordered it. The id of the seller's private chat, where the video goes, is the same.
    pub user: UserId,
    /// The job's id.
    pub id: JobId,
    /// What the seller ordered; never changes.
    pub order: Order,
    /// When the seller confirmed the order: the generation deadline counts from here.
    pub confirmed_at: Timestamp,
    /// Grows by one with every write; a write states the version that its decision was based on.
    pub version: u64,
    /// Grows by one with every new message about the job; a handler drops a message with a lower number.
    #[serde(rename = "look")]
    pub sequence: u32,
    /// The stage of the job, with the data of that stage.
    #[serde(flatten, with = "super::state::stored")]
    pub state: State,
    /// When the lease of the handler that holds the job ends; `None` while no handler holds it.
    pub lease_until: Option<Timestamp>,
    /// When the sweeper takes the job over; `None` once the job needs nothing more. Stored in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub due_at: Option<Timestamp>,
    /// Key of the photo in the media store; `None` until the photo is stored.
    pub photo_key: Option<String>,
    /// The prompt for the model; written once, so that every attempt sends the same prompt.
    pub prompt: Option<String>,
    /// The class of the last failed attempt. It decides how the job is classified if the deadline passes.
    #[serde(rename = "trouble")]
    pub last_failure: Option<Class>,
    /// How the video is made: the spare row, the way of the photo, the film.
    #[serde(default, skip_serializing_if = "Making::is_plain")]
    pub making: Making,
    /// The edits that failed since the job ended, until the order's status message shows the end; `None` while nothing is to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unshown: Option<u32>,
    /// The trace header of the job's order; every message about the job carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

impl Job {
    /// Key of a job's video in the media store.
    #[must_use]
    pub fn video_key(user: UserId, id: JobId) -> String {
        format!("videos/{user}/{id}.mp4")
    }

    /// Id of the catalog row that makes the video: the order's own, or its spare.
    #[must_use]
    pub fn row(&self) -> &str {
        self.making.spare.as_deref().unwrap_or(&self.order.product)
    }

    /// Whether the job's stored photo is that of release 0.1.0, `photos/<user>/<file>`: as the seller sent it.
    #[must_use]
    pub fn has_raw_photo(&self) -> bool {
        self.photo_key.as_deref().is_some_and(|key| key.split('/').count() == 3)
    }

    /// When the job's current stage must be over; `None` once the job has ended. No delivery window outlasts the hold of the film.
    #[must_use]
    pub fn deadline(&self, rules: &Rules) -> Option<Timestamp> {
        match &self.state {
            State::Queued { .. } | State::Submitting { .. } | State::Generating { .. } => {
                Some(self.confirmed_at + rules.generation_deadline)
            }
            State::Ready { ready_at, delivery, .. } | State::Sending { ready_at, delivery, .. } => {
                let window_ends = delivery.opened_at.unwrap_or(*ready_at) + rules.delivery_deadline;
                Some(window_ends.min(*ready_at + rules.hold))
            }
            State::Held { ready_at, .. } => Some(*ready_at + rules.hold),
            State::Delivered { .. } | State::Failed { .. } => None,
        }
    }

    /// Whether the media store surely has the film of a delivered job at `now`. A job's own film is younger than its order; the date of
    /// another job's film is unknown in a replay of an earlier release.
    #[must_use]
    pub fn film_is_kept(&self, now: Timestamp, rules: &Rules) -> bool {
        let stored_at = match (&self.making.kept, &self.state) {
            (Some(kept), _) => kept.stored_at,
            (None, State::Delivered { video_key: Some(_), .. }) => return false,
            (None, _) => self.confirmed_at,
        };
        now < stored_at + rules.hold
    }

    /// Whether a handler holds the job at `now`.
    #[must_use]
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.lease_until.is_some_and(|until| now < until)
    }

    /// Whether the last transition began a second or later attempt to make or to send the video.
    #[must_use]
    pub fn begins_a_retry(&self) -> bool {
        let is_claimed = self.lease_until.is_some();
        is_claimed && matches!(self.state, State::Submitting { attempt: 2.., .. } | State::Sending { attempt: 2.., .. })
    }

    /// Whether the job is delivered or failed.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::Delivered { .. } | State::Failed { .. })
    }

    /// Whether the job has ended and its seller needs no notification; the order's status message may still be unshown.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.has_ended() && !matches!(self.state, State::Failed { notified: Notified::NotYet(_), .. })
    }

    /// Whether the job's current stage is worth an edit of the order's status message. Telegram takes about one message a second
    /// in a chat, so an order of several videos shows only the first start and every end.
    #[must_use]
    pub fn is_news(&self) -> bool {
        let only_one = self.order.count <= 1;
        match self.state {
            State::Queued { .. } | State::Submitting { .. } | State::Sending { .. } | State::Held { .. } => false,
            State::Generating { attempt, polls, .. } => attempt == 1 && polls == 0 && self.id.n == 1,
            State::Ready { attempts, ref delivery, .. } => only_one && attempts == 0 && delivery.next_at.is_none(),
            State::Delivered { .. } | State::Failed { .. } => true,
        }
    }

    /// Sets when the sweeper takes the job over: after `wait`, but never later than the stage's deadline.
    pub(super) fn due_in(&mut self, wait: Duration, now: Timestamp, rules: &Rules) {
        let due = now + wait;
        self.due_at = Some(self.deadline(rules).map_or(due, |deadline| due.min(deadline)));
    }
}
