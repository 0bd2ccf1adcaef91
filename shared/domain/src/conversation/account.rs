//! The seller's account as the conversation sees it, and the settings that are the same for every seller.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    catalog::{Catalog, Kind},
    credits::Credits,
    ids::JobId,
    limits::{Buyer, Limits},
    locale::Locale,
};

/// The seller's account as the conversation sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The current balance.
    pub balance: Credits,
    /// The seller's language: Telegram's at the first step, then the chosen one.
    pub locale: Locale,
    /// Whether the bot can write to the seller; `false` after Telegram's 403, or after the seller blocked the bot.
    pub reachable: bool,
    /// When the seller accepted the terms; `None` before that, or where there are no terms.
    pub consented_at: Option<Timestamp>,
    /// The paid jobs that are neither delivered nor refunded. Jobs confirmed by release 0.1.0 are not listed.
    pub open_jobs: Vec<JobId>,
    /// Whether the seller has bought credits.
    pub bought: bool,
    /// Where the seller came from: the payload of the `/start` that opened the account.
    pub came_from: Option<String>,
}

/// The changes that a step makes to an account; they never include credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The new language, if it changes.
    pub locale: Option<Locale>,
    /// Whether the bot can write to the seller from now on, if that changes.
    pub reachable: Option<bool>,
    /// When the seller accepted the terms, if this step is the acceptance.
    pub consented_at: Option<Timestamp>,
}

impl ProfileChange {
    /// Whether the step changes nothing of the account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Profile {
    /// Whether the seller has bought credits, as the limits ask it.
    #[must_use]
    pub fn buyer(&self) -> Buyer {
        if self.bought { Buyer::Yes } else { Buyer::NotYet }
    }

    /// The account after these changes.
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

/// The settings that are the same for every seller: the catalog, the addresses of the service's pages, the welcome credits.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The products that a seller can order.
    pub catalog: Arc<Catalog>,
    /// Address of the terms (`TERMS_URL`).
    pub terms_url: Option<String>,
    /// Address of the privacy notice (`PRIVACY_URL`).
    pub privacy_url: Option<String>,
    /// Address of the support (`SUPPORT_URL`).
    pub support_url: Option<String>,
    /// Credits granted with a new account (`WELCOME_CREDITS`).
    pub welcome: Credits,
    /// Example videos: a kind, and Telegram's id of its video.
    pub examples: Vec<(Kind, String)>,
    /// The limits of orders and gifts.
    pub limits: Limits,
}

impl Settings {
    /// Whether the seller must accept the terms first. Without an address of terms or privacy notice there is nothing to accept.
    #[must_use]
    pub fn asks_consent_of(&self, profile: &Profile) -> bool {
        profile.consented_at.is_none() && (self.terms_url.is_some() || self.privacy_url.is_some())
    }
}
