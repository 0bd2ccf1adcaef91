//! A person's account as the conversation sees it, and the house's settings.

use jiff::Timestamp;

use crate::{
    catalog::{Catalog, Kind},
    credits::Credits,
    locale::Locale,
};

/// A person's account, as the conversation sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Credits now.
    pub balance: Credits,
    /// Language: Telegram's at the first step, then the one chosen.
    pub locale: Locale,
    /// Whether the bot may write to this person; false after a 403 or when they blocked it.
    pub reachable: bool,
    /// When they accepted the terms; `None` while they have not, or nobody asked.
    pub consented_at: Option<Timestamp>,
}

/// What a step changes of an account; never its credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// Another language.
    pub locale: Option<Locale>,
    /// The bot may write again, or may not.
    pub reachable: Option<bool>,
    /// The terms were accepted.
    pub consented_at: Option<Timestamp>,
}

impl ProfileChange {
    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Profile {
    /// The account after a change.
    #[must_use]
    pub fn with(self, change: ProfileChange) -> Self {
        Self {
            locale: change.locale.unwrap_or(self.locale),
            reachable: change.reachable.unwrap_or(self.reachable),
            consented_at: change.consented_at.or(self.consented_at),
            ..self
        }
    }
}

/// What is the same for everybody: what can be ordered, and where the house's pages are.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What can be ordered.
    pub catalog: Catalog,
    /// The terms (`TERMS_URL`).
    pub terms_url: Option<String>,
    /// The privacy notice (`PRIVACY_URL`).
    pub privacy_url: Option<String>,
    /// Where questions go (`SUPPORT_URL`).
    pub support_url: Option<String>,
    /// What a newcomer starts with (`WELCOME_CREDITS`).
    pub welcome: Credits,
    /// An example of a kind: Telegram's id of its video.
    pub examples: Vec<(Kind, String)>,
}

impl Settings {
    /// Whether this person has to be asked for consent first: only where there is something to consent to.
    #[must_use]
    pub fn asks_consent_of(&self, profile: &Profile) -> bool {
        profile.consented_at.is_none() && (self.terms_url.is_some() || self.privacy_url.is_some())
    }
}
