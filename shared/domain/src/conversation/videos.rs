//! "My videos": what a person ordered lately, as a list remembers it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Kind, Style},
    ids::JobId,
    job::{Job, State},
};

/// Videos in the list.
pub const VIDEOS_SHOWN_MAX: usize = 10;

/// One video in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The job that makes it.
    pub job: JobId,
    /// Neurocard or Reels.
    pub kind: Kind,
    /// How it is told.
    pub style: Style,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// How it is doing.
    pub state: VideoState,
}

/// How a video is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoState {
    /// It is being made.
    Making,
    /// It is made, and on its way.
    Sending,
    /// It is in the chat, and can be sent again.
    Delivered,
    /// It is in the chat; Telegram did not tell how to send it again.
    DeliveredOnce,
    /// It was not made or not delivered; the credit is back, if it cost one.
    Failed,
}

impl Video {
    /// A job as a line of the list.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        let state = match job.state {
            State::Queued { .. } | State::Submitting { .. } | State::Generating { .. } => VideoState::Making,
            State::Ready { .. } | State::Sending { .. } => VideoState::Sending,
            State::Delivered { file_id: Some(_), .. } => VideoState::Delivered,
            State::Delivered { file_id: None, .. } => VideoState::DeliveredOnce,
            State::Failed { .. } => VideoState::Failed,
        };
        Self { job: job.id, kind: job.order.kind, style: job.order.style, ordered_at: job.confirmed_at, state }
    }
}
