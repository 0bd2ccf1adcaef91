//! What a person can do.

use crate::{
    catalog::Kind,
    ids::{DraftId, JobId},
    job::Photo,
};

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// `/start`: always leads home.
    Start,
    /// `/balance`.
    Balance,
    /// `/cancel`.
    Cancel,
    /// A photo, or an image sent as a file.
    Image(Upload),
    /// A button.
    Tap(Tap),
    /// A file that is no image.
    File,
    /// Anything else: text, a sticker, a voice message.
    Other,
}

/// An image as its update describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub photo: Photo,
    /// Its size, where Telegram says it.
    pub bytes: Option<u64>,
    /// Width and height in pixels; unknown for files.
    pub pixels: Option<(u32, u32)>,
}

/// A tapped button. Written into at most 64 bytes and read back; what does not read is an old or a forged button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    /// To the menu.
    Menu,
    /// The balance.
    Balance,
    /// Forget what was begun.
    Cancel,
    /// A kind of video.
    Choose(Kind),
    /// Pay for this draft, in this revision.
    Confirm(DraftId, u32),
    /// The same product once more.
    Again(JobId),
    /// A button this version does not know.
    Unknown,
}

impl Tap {
    /// The button's data.
    #[must_use]
    pub fn data(&self) -> String {
        match self {
            Self::Menu => "menu".into(),
            Self::Balance => "balance".into(),
            Self::Cancel => "cancel".into(),
            Self::Choose(kind) => format!("make:{}", kind.name()),
            Self::Confirm(draft, revision) => format!("confirm:{draft}:{revision}"),
            Self::Again(job) => format!("again:{job}"),
            Self::Unknown => "unknown".into(),
        }
    }

    /// The job this button is about: what it takes to answer it.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::Again(job) => Some(*job),
            Self::Confirm(draft, _) => Some(JobId { draft: *draft, n: 1 }),
            Self::Menu | Self::Balance | Self::Cancel | Self::Choose(_) | Self::Unknown => None,
        }
    }

    /// The button with this data.
    #[must_use]
    pub fn parse(data: &str) -> Self {
        let (verb, rest) = data.split_once(':').unwrap_or((data, ""));
        let known = match (verb, rest) {
            ("menu", "") => Some(Self::Menu),
            ("balance", "") => Some(Self::Balance),
            ("cancel", "") => Some(Self::Cancel),
            ("make", "neurocard") => Some(Self::Choose(Kind::Neurocard)),
            ("make", "reels") => Some(Self::Choose(Kind::Reels)),
            ("confirm", rest) => rest.split_once(':').and_then(|(draft, revision)| {
                let draft = uuid::Uuid::try_parse(draft).ok()?;
                Some(Self::Confirm(DraftId(draft), revision.parse().ok()?))
            }),
            ("again", rest) => rest.parse().ok().map(Self::Again),
            _ => None,
        };
        known.unwrap_or(Self::Unknown)
    }
}
