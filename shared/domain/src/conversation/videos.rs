//! The page "My videos": a seller's last videos.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Kind, Style},
    ids::JobId,
    job::{Job, State},
};

/// Most videos in the list.
pub const VIDEOS_SHOWN_MAX: usize = 10;

/// One video in the list of last videos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The video's job.
    pub job: JobId,
    /// The kind of video: Neurocard or Reels.
    pub kind: Kind,
    /// The style of the video.
    pub style: Style,
    /// When the seller ordered the video.
    pub ordered_at: Timestamp,
    /// The state of the video.
    pub state: VideoState,
}

/// The state of a video, as the list shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoState {
    /// The video is being made.
    Making,
    /// The video is made and is being sent.
    Sending,
    /// The video is in the chat and can be sent again.
    Delivered,
    /// The video is in the chat; it cannot be sent again, because Telegram's reply had no id of the video.
    DeliveredOnce,
    /// The video was not made or not delivered; its price is refunded.
    Failed,
}

impl Video {
    /// The list's entry for a job.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        let state = match job.state {
            State::Queued { .. } | State::Submitting { .. } | State::Generating { .. } => VideoState::Making,
            State::Ready { .. } | State::Sending { .. } | State::Held { .. } => VideoState::Sending,
            State::Delivered { file_id: Some(_), .. } => VideoState::Delivered,
            State::Delivered { file_id: None, .. } => VideoState::DeliveredOnce,
            State::Failed { .. } => VideoState::Failed,
        };
        Self { job: job.id, kind: job.order.kind, style: job.order.style, ordered_at: job.confirmed_at, state }
    }
}
