//! Where a person is in the conversation, and what the chat remembers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    draft::{Draft, Question},
    limits::{RECENT_UPDATES_MAX, UPDATES_A_MINUTE_MAX},
    notice::Notice,
    videos::Video,
};
use crate::{
    catalog::{Kind, Style},
    credits::Credits,
    ids::DraftId,
};

/// Where a person is in the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// Grows by one with every write; a write states the version it was decided on. 0: never written.
    pub version: u64,
    /// The last updates that were handled, newest last.
    pub recent_updates: Vec<i64>,
    /// Where they are.
    pub place: Place,
    /// What the last step had to say.
    pub notice: Option<Notice>,
    /// The album whose first photo was taken.
    #[serde(default)]
    pub album: Option<Album>,
    /// How many updates came in the minute that runs.
    #[serde(default)]
    pub pace: Pace,
    /// The message that shows how the last order is doing: nothing else takes its place.
    #[serde(default)]
    pub status_message: Option<i64>,
    /// Why the last step showed nothing: a repeated update shows nothing either.
    #[serde(default)]
    pub silence: Option<Silence>,
}

/// A place in the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    /// Outside an order.
    Menu {
        /// Which page.
        page: Page,
        /// An order that was begun and left.
        left: Option<Draft>,
    },
    /// In an order, before it is paid.
    Order {
        /// What is known of it.
        draft: Draft,
        /// What is asked.
        question: Question,
    },
    /// The draft was confirmed and charged.
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
    /// The menu itself.
    Home,
    /// Terms and privacy, before anything else.
    Consent,
    /// The choice of a language.
    Language,
    /// How it works, and whom to ask.
    Help,
    /// The credits.
    Balance,
    /// The last videos, newest first, as they were when asked for.
    Videos(Vec<Video>),
    /// One of them.
    Video(Video),
    /// Another order was to be begun while one is open: which of them?
    Another(Box<Draft>),
}

/// What was ordered, as the chat remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The draft it was.
    pub draft: DraftId,
    /// Neurocard or Reels.
    pub kind: Kind,
    /// How it is told.
    pub style: Style,
    /// How many videos.
    pub count: u8,
    /// What all of them cost.
    pub price: Credits,
}

/// An album: each photo of one comes as a message of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Album {
    /// Telegram's id of it.
    pub id: String,
    /// Whether the person knows that only its first photo is taken.
    pub said: bool,
}

/// How fast a person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// When the minute began.
    pub since: Option<Timestamp>,
    /// Updates since then.
    pub updates: u32,
}

/// Why an update is not answered with a screen. Every other one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// One more photo of an album: it was said that only the first is taken.
    Album,
    /// Too many updates in a minute: it was said. Nothing is written either.
    Flood,
    /// They blocked the bot.
    Blocked,
}

impl Chat {
    /// True if this update was handled before: show the screen again, step no further.
    #[must_use]
    pub fn has_seen(&self, update: i64) -> bool {
        self.recent_updates.contains(&update)
    }

    /// The chat after this update, at another place.
    pub(super) fn at(&self, update: i64, place: Place, notice: Option<Notice>) -> Self {
        let mut recent_updates = self.recent_updates.clone();
        recent_updates.push(update);
        let excess = recent_updates.len().saturating_sub(RECENT_UPDATES_MAX);
        recent_updates.drain(..excess);
        Self { version: self.version + 1, recent_updates, place, notice, silence: None, ..self.clone() }
    }
}

impl Place {
    /// The menu, with nothing left behind.
    #[must_use]
    pub fn home() -> Self {
        Self::default()
    }

    /// The draft that is open here, or was left.
    #[must_use]
    pub fn draft(&self) -> Option<&Draft> {
        match self {
            Self::Order { draft, .. } => Some(draft),
            Self::Menu { left, .. } => left.as_ref(),
            Self::Ordered(_) => None,
        }
    }

    /// The same place's way to a page of the menu: an order that is open is left, not lost.
    pub(super) fn page(&self, page: Page, now: Timestamp) -> Self {
        let left = match self {
            // The day that it is kept begins when it is left.
            Self::Order { draft, .. } => Some(Draft { touched_at: now, ..draft.clone() }),
            other => other.draft().cloned(),
        };
        Self::Menu { page, left }
    }

    /// An order that is under way needs no screen of its own for whatever comes next.
    pub(super) fn settled(&self) -> Self {
        if matches!(self, Self::Ordered(_)) { Self::home() } else { self.clone() }
    }
}

impl Pace {
    /// The updates of the minute that runs, with this one.
    pub(super) fn with_one_more(self, now: Timestamp) -> Self {
        match self.since {
            Some(since) if now.duration_since(since).as_secs() < 60 => Self { updates: self.updates.saturating_add(1), ..self },
            _ => Self { since: Some(now), updates: 1 },
        }
    }

    /// Whether one more update would be too many.
    pub(super) fn is_flooded_by_one_more(self, now: Timestamp) -> bool {
        self.with_one_more(now).updates > UPDATES_A_MINUTE_MAX
    }
}
