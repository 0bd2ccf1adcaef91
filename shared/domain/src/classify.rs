//! The classes of failures, and whether a failure is worth another try. The KIE adapter maps KIE's error texts to these classes.

use serde::{Deserialize, Serialize};

/// The class of a failure. It decides which text the seller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The provider's moderation rejected the photo or the text.
    ContentRejected,
    /// The photo cannot be used: it is unreadable, its size, shape or format is refused, or its download failed.
    BadPhoto,
    /// KIE is too busy to accept the task.
    Overloaded,
    /// KIE failed to make the video, or gave an answer that is unknown to us.
    BrokenUpstream,
    /// KIE refuses our account or our request: no money, a wrong key, a removed model, or a field or address that KIE does not
    /// accept. An alarm notifies the operator.
    OurAccount,
    /// The generation deadline passed before the video was made.
    TookTooLong,
    /// The video was made, but its arrival in the chat could not be confirmed.
    CouldNotDeliver,
    /// The video was made, but it is too large for Telegram; it was not sent.
    TooLarge,
    /// The seller blocked the bot or deleted their account.
    Unreachable,
}

impl Class {
    /// All classes of failures.
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

    /// The class's name in logs, ledgers and dead letters.
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

/// The provider's reason for a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The photo shows a real person.
    People,
    /// The content resembles protected content of a third party.
    ThirdParty,
    /// The text was rejected, not the photo.
    Words,
    /// The content was classified as adult content.
    Adult,
    /// The file is not a usable photo, although its type says so.
    UnusableFile,
    /// The photo has too few or too many pixels.
    PhotoSize,
    /// The photo is too long and narrow.
    PhotoShape,
}

impl Why {
    /// All reasons for a rejection.
    pub const ALL: [Self; 7] =
        [Self::People, Self::ThirdParty, Self::Words, Self::Adult, Self::UnusableFile, Self::PhotoSize, Self::PhotoShape];
}

/// Whether to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// No retry: the same failure would happen again.
    Never,
    /// One retry.
    Once,
    /// Retries until the job's attempts are used up.
    Attempts,
    /// Retries until the deadline, without counting attempts: KIE accepted no task.
    Patiently,
}

/// What may help against a failure that the same attempt would meet again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// KIE could not fetch or read the photo's address: the next attempt uploads the photo to KIE.
    UploadPhoto,
    /// This model alone refuses the photo: the spare of the catalog's row may take it.
    OtherModel,
}

/// A classified failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The class of the failure.
    pub class: Class,
    /// The provider's reason, if known.
    pub why: Option<Why>,
    /// Whether to retry.
    pub retry: Retry,
    /// What may help; `None` if a plain retry is all.
    pub remedy: Option<Remedy>,
}

impl Diagnosis {
    /// A failure of this class without a reason and without a retry.
    #[must_use]
    pub fn of(class: Class) -> Self {
        Self { class, why: None, retry: Retry::Never, remedy: None }
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
