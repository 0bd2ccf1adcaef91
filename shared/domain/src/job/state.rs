//! The stages of a job, each with its own data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::making::is_default;
use crate::classify::{Class, Why};

/// KIE's id of a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub String);

/// The stage of a job, with the data of that stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum State {
    /// The job is paid; its next task is not submitted yet.
    Queued {
        /// Tasks submitted so far.
        attempts: u32,
        /// Postponements in a row that used no attempt: KIE was busy, or the photo could not be downloaded.
        postponed: u32,
    },
    /// A handler is calling createTask, or createTask's reply was lost.
    Submitting {
        /// The number of this attempt, from 1.
        attempt: u32,
        /// Postponements in a row before this attempt.
        postponed: u32,
        /// When the attempt was recorded: before the call, because createTask has no idempotency key.
        claimed_at: Timestamp,
    },
    /// KIE is making the video.
    Generating {
        /// The number of this attempt, from 1.
        attempt: u32,
        /// The task of this attempt.
        task: TaskId,
        /// Polls of the task so far.
        #[serde(rename = "looks")]
        polls: u32,
    },
    /// The video is in the media store.
    Ready {
        /// Key of the video in the media store.
        video_key: String,
        /// When the video was stored. The hold counts from here, and the delivery window unless [`Delivery::opened_at`] is set.
        ready_at: Timestamp,
        /// Sends so far that may have reached Telegram.
        attempts: u32,
        /// When the video may be sent.
        #[serde(default, skip_serializing_if = "Delivery::is_plain")]
        delivery: Delivery,
    },
    /// The sender is sending the video.
    Sending {
        /// Key of the video in the media store.
        video_key: String,
        /// When the video was stored; see [`State::Ready`].
        ready_at: Timestamp,
        /// The number of this attempt, from 1.
        attempt: u32,
        /// When the video may be sent; [`Delivery::next_at`] is the earliest time of the next attempt.
        #[serde(default, skip_serializing_if = "Delivery::is_plain")]
        delivery: Delivery,
    },
    /// The video waits for its seller, who cannot be reached. The charge stays, and the film is kept. Release 0.1.0 reads the stored
    /// form as a ready video whose deadline has passed, and refunds it.
    Held {
        /// Key of the video in the media store.
        video_key: String,
        /// When the video was stored: the hold counts from here.
        ready_at: Timestamp,
        /// Sends so far that may have reached Telegram.
        attempts: u32,
        /// Checks so far whether the seller can be reached.
        checks: u32,
        /// When the seller is checked next.
        next_at: Timestamp,
    },
    /// The video is in the chat; the charge is captured.
    Delivered {
        /// Telegram's id of the video, to send the video again; `None` if Telegram's reply had none.
        file_id: Option<String>,
        /// Telegram's id of the message that holds the video.
        message_id: i64,
        /// What Telegram made of the video.
        #[serde(default, skip_serializing_if = "SentAs::is_video")]
        sent_as: SentAs,
        /// Key of the video in the media store; `None` if it is the job's own ([`Job::video_key`](super::Job::video_key)). A free
        /// replay delivers the video of an earlier job.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        video_key: Option<String>,
    },
    /// The job ended without a delivery; the charge is refunded.
    Failed {
        /// The class of the failure.
        class: Class,
        /// The provider's reason, if the provider gave one.
        why: Option<Why>,
        /// Whether the seller is notified.
        #[serde(rename = "told")]
        notified: Notified,
        /// Whether a seller who cannot be reached is to be notified on their return: the hold of a made film ended meanwhile.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        on_return: bool,
    },
}

/// When a stored video may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// When the present delivery window opened; `None` if it opened when the video was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// The earliest time of the next attempt, for every function that handles the job; `None` if that is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Whether Telegram's last reply was a wait (429). Such a video is held at the end of its window, not refunded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flooded: bool,
    /// Checks so far whether the seller can be reached, if a check opened this window. A film that is held again waits longer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub checks: u32,
    /// In storage only: the checks of a held video. `None` in every job that was read: such a video is [`State::Held`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<u32>,
}

impl Delivery {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// The stored form of a state: a held video is stored as a ready one with its checks, so that release 0.1.0 can read it.
pub(super) mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Delivery, State};

    /// Writes a state as it is stored.
    pub(crate) fn serialize<S: Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
        let State::Held { video_key, ready_at, attempts, checks, next_at } = state else { return state.serialize(serializer) };
        let delivery = Delivery { next_at: Some(*next_at), held: Some(*checks), ..Delivery::default() };
        let (video_key, ready_at, attempts) = (video_key.clone(), *ready_at, *attempts);
        State::Ready { video_key, ready_at, attempts, delivery }.serialize(serializer)
    }

    /// Reads a state as it is stored.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
        Ok(match State::deserialize(deserializer)? {
            State::Ready { video_key, ready_at, attempts, delivery: Delivery { held: Some(checks), next_at, .. } } => {
                State::Held { video_key, ready_at, attempts, checks, next_at: next_at.unwrap_or(ready_at) }
            }
            state => state,
        })
    }
}

/// What Telegram made of a sent video. A file id can be sent again only as what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentAs {
    /// A video.
    #[default]
    Video,
    /// An animation, which a chat shows as a GIF: most often a video without sound.
    Animation,
    /// A file.
    Document,
}

impl SentAs {
    fn is_video(&self) -> bool {
        *self == Self::Video
    }
}

/// Whether the seller is notified that a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notified {
    /// The seller is not notified yet, after this many failed tries.
    NotYet(u32),
    /// The seller is notified.
    Yes,
    /// The seller cannot be notified: they blocked the bot or deleted their account.
    Unreachable,
}

impl State {
    /// The stage's name in logs and dead letters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::Submitting { .. } => "submitting",
            Self::Generating { .. } => "generating",
            Self::Ready { .. } => "ready",
            Self::Sending { .. } => "sending",
            Self::Held { .. } => "held",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
        }
    }

    /// Attempts used in this stage: tasks until the video is ready, sends after that.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Queued { attempts, .. } | Self::Ready { attempts, .. } | Self::Held { attempts, .. } => *attempts,
            Self::Submitting { attempt, .. } | Self::Generating { attempt, .. } | Self::Sending { attempt, .. } => *attempt,
            Self::Delivered { .. } | Self::Failed { .. } => 0,
        }
    }
}
