//! The pages "My videos" and "Operations": a seller's videos and credits, ten to a page, the newest first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Kind, Style},
    classify::Class,
    credits::{Entry, EntryKey, EntryKind},
    ids::JobId,
    job::{Finished, Job, State},
    rules::Rules,
    utf16::shortened,
};

/// Most videos on a page.
pub const VIDEOS_SHOWN_MAX: usize = 10;
/// Most orders on a page of operations; each has a charge and perhaps a refund.
pub const ORDERS_SHOWN_MAX: usize = 10;
/// Most lines on a page of operations, so that its text fits a message. A page with more has dozens of grants or purchases.
pub const OPERATIONS_SHOWN_MAX: usize = 50;
/// Longest part of a description that names a video in the list, in UTF-16 units.
const NAME_MAX_UNITS: usize = 40;

/// One video in the list of videos.
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
    /// The start of the product's description; `None` if the seller gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Whether the media store has the film, so that it can be sent as a file or as a finished video.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_kept: bool,
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
    pub fn of(job: &Job, now: Timestamp, rules: &Rules) -> Self {
        let state = match job.state {
            State::Queued { .. } | State::Submitting { .. } | State::Generating { .. } => VideoState::Making,
            State::Ready { .. } | State::Sending { .. } | State::Held { .. } => VideoState::Sending,
            State::Delivered { file_id: Some(_), .. } => VideoState::Delivered,
            State::Delivered { file_id: None, .. } => VideoState::DeliveredOnce,
            State::Failed { .. } => VideoState::Failed,
        };
        let is_kept = match state {
            VideoState::Delivered | VideoState::DeliveredOnce => job.film_is_kept(now, rules),
            VideoState::Failed => Finished::of(job, now, rules).is_some(),
            VideoState::Making | VideoState::Sending => false,
        };
        let first_line = |words: &String| words.lines().next().map(|line| shortened(line, NAME_MAX_UNITS));
        let about = job.order.brief.about.as_ref().and_then(first_line);
        Self { job: job.id, kind: job.order.kind, style: job.order.style, ordered_at: job.confirmed_at, state, about, is_kept }
    }
}

/// A line of the page "Operations": credits that came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// When the credits moved.
    pub at: Timestamp,
    /// Credits added (positive) or taken (negative).
    pub amount: i64,
    /// What happened.
    pub what: OperationKind,
}

/// Why credits moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// The gift of a new account.
    Gift,
    /// An order of a video.
    Order,
    /// The refund of a failed video; `None` if this release does not know the reason.
    Refund(Option<Class>),
    /// Credits that an operator gave.
    Grant,
    /// Bought credits.
    Purchase,
}

/// A page of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerPage {
    /// The entries of the page's orders, and those without an order of the same time.
    pub entries: Vec<Entry>,
    /// The job after which the next page begins; `None` on the last page.
    pub more: Option<JobId>,
}

impl Operation {
    /// The operation of a ledger entry; `None` for an entry that moves no credits.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let what = match (entry.kind, &entry.key) {
            (EntryKind::Charge, _) => OperationKind::Order,
            (EntryKind::Refund, _) => OperationKind::Refund(Class::ALL.into_iter().find(|class| class.name() == entry.note)),
            (EntryKind::Grant, EntryKey::Grant(name)) if name == "welcome" => OperationKind::Gift,
            (EntryKind::Grant, _) => OperationKind::Grant,
            (EntryKind::Purchase, _) => OperationKind::Purchase,
            (EntryKind::Capture, _) => return None,
        };
        (entry.amount != 0).then_some(Self { at: entry.at, amount: entry.amount, what })
    }
}
