//! A job: one video of one order, from the charge to its settlement. The job is the truth, a message is a hint.
//!
//! ```text
//!  confirm -> Queued -> Submitting -> Generating -> Ready -> Sending -> Delivered   (charge captured)
//!                |           |             |          |         |
//!                +-----------+-------------+----------+---------+----> Failed      (charge refunded)
//! ```
//! [`Job::next`] decides what a job needs; its other methods are the moves, what may happen to it. Every move is written only if the
//! job is still the version it was decided on, so a decision taken on an old image can never be written.

mod moves;
mod next;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use moves::{Misfit, Moved, Receipt, Retried};
pub use next::{Because, Next, Rest};

pub use crate::photo::Photo;

use crate::{
    catalog::{Kind, Product, Style},
    classify::{Class, Why},
    credits::Credits,
    ids::{JobId, UserId},
    rules::Rules,
    texts::Locale,
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
    /// The link of the chain of looks that is live; messages with an older number are dropped.
    pub look: u32,
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
    /// The last trouble on the way: names the end when patience runs out.
    pub trouble: Option<Class>,
    /// The header of the trace that its order is, as it goes with every message about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// What a person ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Neurocard or Reels.
    pub kind: Kind,
    /// How it is told.
    pub style: Style,
    /// The catalog row that makes it.
    pub product: String,
    /// The product's photo as Telegram knows it.
    pub photo: Photo,
    /// What the person said about it.
    #[serde(default)]
    pub brief: Brief,
    /// What this job costs; frozen in the draft.
    pub price: Credits,
    /// How many videos the order is for; this job is one of them.
    pub count: u8,
    /// The language to speak to this person about it.
    pub locale: Locale,
    /// The message in the chat that shows how the order is doing.
    #[serde(default)]
    pub status_message: Option<i64>,
}

impl Order {
    /// An order of one video with nothing said about it.
    #[must_use]
    pub fn of_one(product: &Product, photo: Photo, locale: Locale) -> Self {
        let Product { id, kind, style, credits, .. } = product;
        Self {
            kind: *kind,
            style: *style,
            product: id.clone(),
            photo,
            brief: Brief::default(),
            price: *credits,
            count: 1,
            locale,
            status_message: None,
        }
    }
}

/// What a person said about the product and the video. Their words, never instructions to anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// What the product is.
    pub about: Option<String>,
    /// What they wish for in the video.
    pub wishes: Option<String>,
    /// Their own prompt, for the style of that name.
    pub own_prompt: Option<String>,
}

/// A KIE task.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub String);

/// Where a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum State {
    /// Paid; the next task is to be submitted.
    Queued {
        /// Tasks submitted before.
        attempts: u32,
        /// Times it was put off without an attempt (busy, photo not to be had just now).
        postponed: u32,
    },
    /// createTask is being called, or its reply was lost.
    Submitting {
        /// This attempt, from 1.
        attempt: u32,
        /// Times it was put off before this attempt.
        postponed: u32,
        /// Recorded before the call: createTask has no idempotency key.
        claimed_at: Timestamp,
    },
    /// KIE is at it.
    Generating {
        /// This attempt, from 1.
        attempt: u32,
        /// KIE's task.
        task: TaskId,
        /// Looks taken at it.
        looks: u32,
    },
    /// The video is in the media store.
    Ready {
        /// Its key.
        video_key: String,
        /// When it was ready: the delivery deadline counts from here.
        ready_at: Timestamp,
        /// Sends that failed.
        attempts: u32,
    },
    /// A sender is sending it.
    Sending {
        /// Its key.
        video_key: String,
        /// When it was ready.
        ready_at: Timestamp,
        /// This attempt, from 1.
        attempt: u32,
    },
    /// It is in the chat; the charge is captured.
    Delivered {
        /// Telegram's id of the video, to send it again; `None` if it did not tell one.
        file_id: Option<String>,
        /// The message it is in.
        message_id: i64,
    },
    /// It ended without a delivery; the charge is refunded.
    Failed {
        /// What went wrong.
        class: Class,
        /// Why, where the provider said so.
        why: Option<Why>,
        /// Whether the person knows.
        told: Told,
    },
}

/// Whether a person knows that a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Not yet, after this many tries.
    NotYet(u32),
    /// Yes.
    Yes,
    /// Nothing can be sent to this person.
    Unreachable,
}

impl State {
    /// The stage's name, for logs and dead letters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::Submitting { .. } => "submitting",
            Self::Generating { .. } => "generating",
            Self::Ready { .. } => "ready",
            Self::Sending { .. } => "sending",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
        }
    }

    /// Attempts used in this stage: tasks while making, sends while sending.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Queued { attempts, .. } | Self::Ready { attempts, .. } => *attempts,
            Self::Submitting { attempt, .. } | Self::Generating { attempt, .. } | Self::Sending { attempt, .. } => *attempt,
            Self::Delivered { .. } | Self::Failed { .. } => 0,
        }
    }
}

impl Job {
    /// A job just paid for. Written in the same transaction as its charge.
    #[must_use]
    pub fn confirmed(user: UserId, id: JobId, order: Order, now: Timestamp, rules: &Rules) -> Self {
        let mut job = Self {
            user,
            id,
            order,
            confirmed_at: now,
            version: 1,
            look: 1,
            state: State::Queued { attempts: 0, postponed: 0 },
            lease_until: None,
            due_at: None,
            photo_key: None,
            prompt: None,
            trouble: None,
            trace: None,
        };
        job.due_in(rules.look_delays.after(0), now, rules);
        job
    }

    /// A job that failed, once more and for free, under an id of its own: with the video that is kept, or made anew. It is an order of
    /// its own as well: the first one's message goes on showing how that went.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn replayed(&self, id: JobId, kept_video: Option<String>, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        let State::Failed { .. } = self.state else { return Err(self.misfit("be replayed")) };
        let order = Order { price: Credits(0), count: 1, status_message: None, ..self.order.clone() };
        let mut job = Self::confirmed(self.user, id, order, now, rules);
        if let Some(video_key) = kept_video {
            job.state = State::Ready { video_key, ready_at: now, attempts: 0 };
            job.due_in(rules.look_delays.after(0), now, rules);
        }
        Ok(job)
    }

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

    /// Whether the move that led here began a second or later attempt to make or to send the video.
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

    /// Sets when the sweeper takes over: after the wait, but never later than the stage's deadline.
    fn due_in(&mut self, wait: Duration, now: Timestamp, rules: &Rules) {
        let due = now + wait;
        self.due_at = Some(self.deadline(rules).map_or(due, |deadline| due.min(deadline)));
    }
}

/// An order of one video of this kind in its first style, for tests of the domain.
#[cfg(test)]
pub(crate) fn sample_order(kind: Kind) -> Order {
    let catalog = crate::catalog::Catalog::built_in().unwrap();
    let product = catalog.offer(kind, catalog.styles(kind)[0]).unwrap();
    Order::of_one(product, Photo { file_id: "f".into(), unique_id: "u".into() }, Locale::En)
}
