//! What a failure is called, and whether it is worth another try. What KIE says of its failures is read in the adapter for KIE.

use serde::{Deserialize, Serialize};

/// What a failure is called. Decides the text the person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The photo or the text was not accepted by the provider's moderation.
    ContentRejected,
    /// The photo cannot be used: unreadable, too small, could not be fetched.
    BadPhoto,
    /// KIE is too busy.
    Overloaded,
    /// KIE failed.
    BrokenUpstream,
    /// Our account at KIE: no money, bad key, model gone. The operator is alarmed.
    OurAccount,
    /// The generation deadline passed.
    TookTooLong,
    /// The video was made, but nobody could confirm that it arrived.
    CouldNotDeliver,
    /// The video was made and is too large for Telegram; nothing was sent.
    TooLarge,
    /// The person blocked the bot or is gone.
    Unreachable,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::ContentRejected,
        Self::BadPhoto,
        Self::Overloaded,
        Self::BrokenUpstream,
        Self::OurAccount,
        Self::TookTooLong,
        Self::CouldNotDeliver,
        Self::TooLarge,
        Self::Unreachable,
    ];

    /// The name used in logs, ledgers and dead letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ContentRejected => "content_rejected",
            Self::BadPhoto => "bad_photo",
            Self::Overloaded => "overloaded",
            Self::BrokenUpstream => "broken_upstream",
            Self::OurAccount => "our_account",
            Self::TookTooLong => "took_too_long",
            Self::CouldNotDeliver => "could_not_deliver",
            Self::TooLarge => "too_large",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Why content was rejected, where the provider says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A real person is in the photo.
    People,
    /// It resembles somebody else's protected content.
    ThirdParty,
    /// The text, not the photo, was not accepted.
    Words,
    /// It was taken for something for adults only.
    Adult,
    /// The file is no photo that can be used, whatever it was called.
    UnusableFile,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::People, Self::ThirdParty, Self::Words, Self::Adult, Self::UnusableFile];
}

/// Whether another try makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// The same would happen again.
    Never,
    /// One more time.
    Once,
    /// Up to the attempts a job has.
    Attempts,
    /// Until the deadline, without counting: nothing was tried.
    Patiently,
}

/// A failure, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What it is called.
    pub class: Class,
    /// Why content was rejected, if known.
    pub why: Option<Why>,
    /// Whether another try makes sense.
    pub retry: Retry,
}

impl Diagnosis {
    /// A failure of this class, with nothing more to say and nothing to retry.
    #[must_use]
    pub fn of(class: Class) -> Self {
        Self { class, why: None, retry: Retry::Never }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_stored_under_the_name_it_is_logged_by() {
        for class in Class::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.name());
        }
    }
}
