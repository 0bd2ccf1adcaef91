//! The stored state of a chat: the seller's place in the conversation, and what later steps need.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    draft::{Draft, Question},
    limits::{FILES_COUNTED, RECENT_UPDATES_MAX, UPDATES_A_MINUTE_MAX},
    notice::Notice,
    sources::Source,
    videos::{Operation, Video},
};
use crate::{
    catalog::{Kind, Style},
    credits::Credits,
    ids::{DraftId, JobId},
};

/// The stored state of a seller's chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// Grows by one with every write; a write states the version that its decision was based on. 0: never written.
    pub version: u64,
    /// Telegram's ids of the last handled updates, newest last.
    pub recent_updates: Vec<i64>,
    /// The seller's place in the conversation.
    pub place: Place,
    /// The notice of the last step, shown above the screen.
    pub notice: Option<Notice>,
    /// The album whose first photo the bot took.
    #[serde(default)]
    pub album: Option<Album>,
    /// The number of updates in the current minute.
    #[serde(default)]
    pub pace: Pace,
    /// When the seller sent a text so long that a client may have split it, if the bot refused it: the rest follows as further messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_at: Option<Timestamp>,
    /// The last message, if the bot refused it: an edit of it is the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_message: Option<i64>,
    /// The messages that gave the answers of the last order. An edit of one comes too late.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered_sources: Vec<Source>,
    /// The films that the seller got as files; `None` if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<Filed>,
    /// Telegram's id of the last order's status message. No other screen replaces that message.
    #[serde(default)]
    pub status_message: Option<i64>,
    /// Why the last step showed no screen; a redelivery of its update shows none either.
    #[serde(default)]
    pub silence: Option<Silence>,
}

/// A place in the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    /// In the menu, outside a draft.
    Menu {
        /// The page shown.
        page: Page,
        /// A draft that the seller left for the menu.
        left: Option<Draft>,
    },
    /// In a draft, before it is paid.
    Order {
        /// The draft.
        draft: Draft,
        /// The question asked.
        question: Question,
    },
    /// After the seller confirmed a draft and was charged for it.
    Ordered(Placed),
}

impl Default for Place {
    fn default() -> Self {
        Self::Menu { page: Page::Home, left: None }
    }
}

/// A page of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The main page.
    Home,
    /// The terms and the privacy notice, before any other page.
    Consent,
    /// The choice of the language.
    Language,
    /// How the bot works, and the link to the support.
    Help,
    /// The balance.
    Balance,
    /// A page of the seller's videos, newest first, as they were when the page was opened. One more than
    /// [`VIDEOS_SHOWN_MAX`](super::VIDEOS_SHOWN_MAX) means that older ones follow.
    Videos(Vec<Video>),
    /// A page of the seller's operations, newest first, and the job after which the next page begins.
    Operations(Vec<Operation>, Option<JobId>),
    /// One of the last videos.
    Video(Video),
    /// The choice between the open draft and this new one.
    Another(Box<Draft>),
}

/// An order that was placed, as the chat stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The draft that became the order.
    pub draft: DraftId,
    /// The kind of the videos.
    pub kind: Kind,
    /// The style of the videos.
    pub style: Style,
    /// Number of videos.
    pub count: u8,
    /// Price of all videos together, in credits.
    pub price: Credits,
    /// Whether the video was finished before and is only sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_finished: bool,
}

/// An album of photos. Telegram sends each photo of an album as a message of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Album {
    /// Telegram's id of the album.
    pub id: String,
    /// Whether a notice has said that the bot takes only the first photo.
    pub said: bool,
}

/// How many updates a seller sends a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// When the current minute began.
    pub since: Option<Timestamp>,
    /// Updates since the beginning of the minute.
    pub updates: u32,
}

/// The films that a seller got as files in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// When the day of the count began.
    pub since: Timestamp,
    /// When the last file was asked for.
    pub last: Timestamp,
    /// The job of that file.
    pub job: JobId,
    /// Files since the beginning of the day.
    pub files: u32,
}

/// Why the bot answers an update with no screen. It answers every other update with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The update is a further photo of an album, after the notice that the bot takes only the first.
    Album,
    /// The update is one of too many in a minute, after the notice about that. The step writes nothing either.
    Flood,
    /// The seller blocked the bot.
    Blocked,
    /// The update is the rest of a text that the bot refused as too long.
    RestOfText,
    /// The seller changed a message, but no answer.
    UnchangedAnswer,
}

impl Chat {
    /// Whether this update was handled before. For such an update the bot shows the screen again and makes no step.
    #[must_use]
    pub fn has_seen(&self, update: i64) -> bool {
        self.recent_updates.contains(&update)
    }

    /// The chat after this update, at this place and with this notice.
    pub(super) fn at(&self, update: i64, place: Place, notice: Option<Notice>) -> Self {
        let mut recent_updates = self.recent_updates.clone();
        recent_updates.push(update);
        let excess = recent_updates.len().saturating_sub(RECENT_UPDATES_MAX);
        recent_updates.drain(..excess);
        Self {
            version: self.version + 1,
            recent_updates,
            place,
            notice,
            silence: None,
            split_at: None,
            refused_message: None,
            ..self.clone()
        }
    }
}

impl Place {
    /// The menu's main page, without a draft.
    #[must_use]
    pub fn home() -> Self {
        Self::default()
    }

    /// The draft that is open at this place, or was left for it.
    #[must_use]
    pub fn draft(&self) -> Option<&Draft> {
        match self {
            Self::Order { draft, .. } => Some(draft),
            Self::Menu { left, .. } => left.as_ref(),
            Self::Ordered(_) => None,
        }
    }

    /// The place after a change to this page of the menu. An open draft is kept as left.
    pub(super) fn page(&self, page: Page, now: Timestamp) -> Self {
        let left = match self {
            // The time for which a left draft is kept starts now.
            Self::Order { draft, .. } => Some(Draft { touched_at: now, ..draft.clone() }),
            other => other.draft().cloned(),
        };
        Self::Menu { page, left }
    }

    /// The place to stay at: the menu after a placed order, otherwise this place.
    pub(super) fn settled(&self) -> Self {
        if matches!(self, Self::Ordered(_)) { Self::home() } else { self.clone() }
    }
}

impl Filed {
    /// The count with one more file at `now`.
    pub(super) fn with_one_more(filed: Option<Self>, job: JobId, now: Timestamp) -> Self {
        match filed {
            Some(filed) if now < filed.since + FILES_COUNTED => {
                Self { last: now, job, files: filed.files.saturating_add(1), ..filed }
            }
            _ => Self { since: now, last: now, job, files: 1 },
        }
    }
}

impl Chat {
    /// Whether an edit of this message can change the open order: the message gave an answer, waits for one, or was refused.
    #[must_use]
    pub fn heeds_edit_of(&self, message: Option<i64>) -> bool {
        let Some(message) = message else { return false };
        let asked = match &self.place {
            Place::Order { question: Question::ReplacePhoto { message, .. }, .. } => *message,
            _ => None,
        };
        let is_answer = self.place.draft().is_some_and(|draft| draft.sources.iter().any(|source| source.message == message));
        is_answer || asked == Some(message) || self.refused_message == Some(message)
    }
}

impl Pace {
    /// The pace with one more update at `now`.
    pub(super) fn with_one_more(self, now: Timestamp) -> Self {
        match self.since {
            Some(since) if now.duration_since(since).as_secs() < 60 => Self { updates: self.updates.saturating_add(1), ..self },
            _ => Self { since: Some(now), updates: 1 },
        }
    }

    /// Whether one more update at `now` would exceed [`UPDATES_A_MINUTE_MAX`].
    #[must_use]
    pub fn is_flooded_by_one_more(self, now: Timestamp) -> bool {
        self.with_one_more(now).updates > UPDATES_A_MINUTE_MAX
    }
}
