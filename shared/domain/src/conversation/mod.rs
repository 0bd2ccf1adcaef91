//! The conversation with a person: `step(chat, input, context)` gives the chat to write and what is to be done. It waits for
//! nothing and calls nobody; [`render`] shows where a chat is, so that a repeated update shows the same screen without stepping
//! twice.

mod account;
mod draft;
mod input;
mod keyboards;
mod ordering;
mod render;
mod step;
#[cfg(test)]
mod tests;
mod videos;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use account::{Profile, ProfileChange, Settings};
pub use draft::{ABOUT_MAX_CHARS, Answer, Draft, OwnPrompt, Question, WISHES_MAX_CHARS};
pub use input::{Input, Tap, Upload};
pub use keyboards::{delivered_keyboard, ended_keyboard, status_keyboard};
pub use render::render;
pub use step::{Afterwards, Context, Silence, Standing, Step, step};
pub use videos::{VIDEOS_SHOWN_MAX, Video, VideoState};

use crate::{
    catalog::{Kind, Style},
    credits::Credits,
    ids::DraftId,
    texts::Notice,
};

/// Updates remembered per chat. Telegram redelivers one at a time per kind of update, so a few are plenty.
pub const RECENT_UPDATES_MAX: usize = 16;
/// How long a draft that was left is kept, at least.
pub const DRAFT_KEPT: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// Videos of one person that may be in the making at the same time.
pub const OPEN_JOBS_MAX: usize = 10;
/// Updates of one person that are answered in a minute; an album of ten photos is ten.
pub const UPDATES_A_MINUTE_MAX: u32 = 40;

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

impl Chat {
    /// True if this update was handled before: show the screen again, step no further.
    #[must_use]
    pub fn has_seen(&self, update: i64) -> bool {
        self.recent_updates.contains(&update)
    }

    /// The chat after this update, at another place.
    fn at(&self, update: i64, place: Place, notice: Option<Notice>) -> Self {
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
    fn page(&self, page: Page, now: Timestamp) -> Self {
        let left = match self {
            // The day that it is kept begins when it is left.
            Self::Order { draft, .. } => Some(Draft { touched_at: now, ..draft.clone() }),
            other => other.draft().cloned(),
        };
        Self::Menu { page, left }
    }
}
