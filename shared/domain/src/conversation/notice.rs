//! The notices that a step shows above its screen.

use serde::{Deserialize, Serialize};

use crate::{credits::Credits, photo::Flaw};

/// A notice above a screen, about the last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The seller's first screen: the credits that the account starts with.
    Welcome(Credits),
    /// The seller was unreachable and is back: the account's balance.
    WelcomeBack(Credits),
    /// The seller must accept the terms first.
    ConsentFirst,
    /// The question needs a photo.
    SendAPhoto,
    /// The question needs words.
    SendText,
    /// The question needs a button.
    ChooseAButton,
    /// The file is not a JPEG, PNG or WebP image.
    NotAnImage,
    /// The file is a HEIC image: the seller should send it as a photo.
    Heic,
    /// The photo has a flaw, so it is refused.
    Photo(Flaw),
    /// The bot takes only the first photo of an album.
    FirstOfAlbum,
    /// The text is too long.
    TextTooLong {
        /// Longest text allowed, in characters.
        max: usize,
        /// Length of the text, in characters.
        was: usize,
    },
    /// The seller tapped the confirm button again: nothing more is charged.
    AlreadyOrdered,
    /// The seller changed a message that is part of a paid order: the order stays as it was.
    EditedTooLate,
    /// The tapped button belongs to an older message and has no effect.
    OldButton,
    /// The balance does not cover this price.
    NotEnoughCredits(Credits),
    /// The order would exceed this limit of open jobs.
    TooManyOpen(usize),
    /// The order would exceed this limit of the seller's videos of a day.
    TooManyToday(u32),
    /// The seller's videos that failed today by the seller's doing, the open ones and the order would together exceed this limit.
    TooManyRefunds(u32),
    /// The day's videos of all sellers are used up.
    NoVideosLeft,
    /// The seller sent too many updates in a minute.
    TooFast,
    /// The draft is forgotten; nothing was charged.
    Cancelled,
    /// There is no draft to cancel.
    NothingToCancel,
    /// The video is sent again.
    Resent,
    /// The video will be sent again from the media store.
    ResentSoon,
    /// The video cannot be sent again: there is no delivered video with Telegram's id.
    CannotResend,
    /// Sending the video again failed for now.
    ResendLater,
    /// The film comes as a file.
    FileSoon,
    /// The file was asked for a moment ago.
    FileAsked,
    /// The finished video was ordered before, or an operator sends it.
    FinishedOnce,
    /// A tap proved that the film is in the chat although its charge was refunded.
    FilmArrived,
    /// The seller got this many films as files today.
    TooManyFiles(u32),
    /// The film is no longer kept.
    FilmGone,
    /// The draft is no longer kept.
    DraftGone,
}
