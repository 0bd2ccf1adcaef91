//! Where a job is, with what that stage knows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::classify::{Class, Why};

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
        #[serde(rename = "looks")]
        polls: u32,
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
        #[serde(rename = "told")]
        notified: Notified,
    },
}

/// Whether a person knows that a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notified {
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
