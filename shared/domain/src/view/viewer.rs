//! The seller as a screen sees them.

use crate::{
    conversation::{Notice, Profile},
    credits::Credits,
    locale::Locale,
};

/// The seller to whom a screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The language of the screen.
    pub locale: Locale,
    /// The balance that the screen may name; `None` if it could not be read when it had to be.
    pub balance: Option<Credits>,
}

impl Viewer {
    /// The owner of an account whose balance is the one to show.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self { locale: profile.locale, balance: Some(profile.balance) }
    }

    /// The chat's notice with this viewer's balance in place of the one that the chat stores, which is as old as the chat's last
    /// step.
    pub(super) fn sees(&self, notice: Notice) -> Option<Notice> {
        match notice {
            Notice::WelcomeBack(_) => self.balance.map(Notice::WelcomeBack),
            notice => Some(notice),
        }
    }
}
