//! What a step has to say above the screen it shows.

use serde::{Deserialize, Serialize};

use crate::{credits::Credits, photo::Flaw};

/// Something said above a screen: what the last step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A person's first screen: the credits they start with.
    Welcome(Credits),
    /// Somebody came back who could not be written to: the credits that wait for them.
    WelcomeBack(Credits),
    /// The terms have to be accepted first.
    ConsentFirst,
    /// Something else came where a photo is needed.
    SendAPhoto,
    /// Something else came where words are needed.
    SendText,
    /// Something came where a button is needed.
    ChooseAButton,
    /// A file came that is no JPEG or PNG.
    NotAnImage,
    /// The photo would fail.
    Photo(Flaw),
    /// Of an album only the first photo is taken.
    FirstOfAlbum,
    /// The text is too long, in characters.
    TextTooLong {
        /// How long it may be.
        max: usize,
        /// How long it was.
        was: usize,
    },
    /// Confirm was tapped again: nothing more is charged.
    AlreadyOrdered,
    /// The button belongs to an older message.
    OldButton,
    /// The balance does not cover the price.
    NotEnoughCredits(Credits),
    /// So many videos are in the making already that no more can be taken.
    TooManyOpen(usize),
    /// Too many updates in a minute.
    TooFast,
    /// What was begun is forgotten; nothing was charged.
    Cancelled,
    /// There is nothing that could be cancelled.
    NothingToCancel,
    /// The video was sent once more.
    Resent,
    /// The video cannot be sent once more: Telegram does not have it any more.
    CannotResend,
    /// The video could not be sent once more just now.
    ResendLater,
    /// The order that was begun is no longer kept.
    DraftGone,
}
