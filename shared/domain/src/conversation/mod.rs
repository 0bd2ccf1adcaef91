//! The conversation with a person: `step(chat, input, context)` gives the chat to write and what to order. It waits for nothing
//! and calls nobody; [`render`] shows where a chat is, so that a repeated update shows the same screen without stepping twice.

mod input;
mod render;
mod step;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use input::{Input, Tap, Upload};
pub use render::{delivered_keyboard, ended_keyboard, render};
pub use step::{Context, Step, step};

use crate::{
    catalog::Kind,
    credits::Credits,
    ids::DraftId,
    job::Photo,
    texts::{Locale, Notice},
};

/// Updates remembered per chat. Telegram redelivers one at a time per kind of update, so a few are plenty.
pub const RECENT_UPDATES_MAX: usize = 16;

/// A person's account, as the conversation sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Credits now.
    pub balance: Credits,
    /// Language, chosen at the first step.
    pub locale: Locale,
    /// Whether the bot may write to this person; false after a 403.
    pub reachable: bool,
}

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
}

/// A place in the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    /// The menu.
    #[default]
    Home,
    /// A kind was chosen, its photo is awaited.
    AskPhoto {
        /// The kind.
        kind: Kind,
    },
    /// A photo came first, its kind is awaited.
    AskKind {
        /// The photo.
        photo: Photo,
    },
    /// Everything is there: price and balance are shown, confirm is awaited.
    Summary {
        /// What would be ordered.
        draft: Draft,
    },
    /// The draft was confirmed and charged.
    Ordered {
        /// What was ordered.
        draft: Draft,
    },
}

/// An order being put together. Its id and revision are in the confirm button: an older button is not this draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Names the jobs it becomes.
    pub id: DraftId,
    /// Grows when anything in it changes.
    pub revision: u32,
    /// Neurocard or Reels.
    pub kind: Kind,
    /// The catalog row.
    pub product: String,
    /// The photo.
    pub photo: Photo,
    /// The price shown; what is charged is this, whatever the catalog says by then.
    pub price: Credits,
}
