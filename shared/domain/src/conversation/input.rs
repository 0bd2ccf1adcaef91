//! What a person can do.

use crate::{
    catalog::{Kind, Style},
    ids::{DraftId, JobId},
    locale::Locale,
    photo::{Facts, Photo},
};

/// Most bytes of a button's data. Telegram: `InlineKeyboardButton.callback_data`, 1-64 bytes.
pub const BUTTON_DATA_MAX_BYTES: usize = 64;

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// `/start`: always leads home.
    Start,
    /// A photo, or an image sent as a file.
    Image(Upload),
    /// A text that is no command.
    Text(String),
    /// A button, or the command that means the same.
    Tap(Tap),
    /// A file that is no image.
    File,
    /// Anything else: a sticker, a voice message.
    Other,
    /// They blocked the bot: nothing can be said.
    Blocked,
    /// They let the bot in again.
    Unblocked,
}

/// An image as its update describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub photo: Photo,
    /// What is known of it.
    pub facts: Facts,
    /// What stands under it.
    pub caption: Option<String>,
    /// The album it is part of.
    pub album: Option<String>,
}

macro_rules! taps {
    ($($(#[$doc:meta])* $name:ident = $data:literal;)*) => {
        /// A tapped button. Written into at most [`BUTTON_DATA_MAX_BYTES`] and read back; what does not read is an old or a forged button.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Tap {
            $($(#[$doc])* $name,)*
            /// A kind of video.
            Choose(Kind),
            /// A style.
            Style(Style),
            /// How many videos.
            Count(u8),
            /// A language.
            Speak(Locale),
            /// Forget this draft.
            Discard(DraftId),
            /// Pay for this draft, in this revision.
            Confirm(DraftId, u32),
            /// The same product once more.
            Again(JobId),
            /// The same product, told otherwise.
            Restyle(JobId),
            /// The same order with another photo.
            NewPhoto(JobId),
            /// The same order in other words.
            Reword(JobId),
            /// One of the videos.
            Video(JobId),
            /// A video that was delivered, into the chat once more; free.
            Resend(JobId),
            /// A button this version does not know.
            Unknown,
        }

        impl Tap {
            /// The buttons that say only one thing, with their data.
            const PLAIN: &[(&'static str, Self)] = &[$(($data, Self::$name)),*];
        }
    };
}

taps! {
    /// To the menu.
    Menu = "menu";
    /// To the menu, in a new message: under what must stay readable.
    OpenMenu = "open";
    /// Begin an order.
    Create = "create";
    /// On with the order that was left.
    Resume = "resume";
    /// Forget what was begun.
    Cancel = "cancel";
    /// To the question before.
    Back = "back";
    /// On, with the answer there is.
    Next = "next";
    /// Nothing to say to this question.
    Skip = "skip";
    /// Their own prompt is right as it is.
    UsePrompt = "prompt:use";
    /// They want to add to it.
    AddPrompt = "prompt:add";
    /// They want to write another.
    RewritePrompt = "prompt:new";
    /// The new photo takes the place of the old.
    ReplacePhoto = "photo:new";
    /// The old photo stays.
    KeepPhoto = "photo:old";
    /// The balance.
    Balance = "balance";
    /// The last videos.
    Videos = "videos";
    /// How it works, and whom to ask.
    Help = "help";
    /// The choice of a language.
    Language = "language";
    /// The other order, in the place of the one that is open.
    StartNew = "start:new";
    /// The terms are accepted.
    Accept = "accept";
}

impl Tap {
    /// The button's data.
    #[must_use]
    pub fn data(&self) -> String {
        match self {
            Self::Choose(kind) => format!("make:{}", kind.name()),
            Self::Style(style) => format!("style:{}", style.name()),
            Self::Count(count) => format!("count:{count}"),
            Self::Speak(locale) => format!("speak:{}", locale.code()),
            Self::Confirm(draft, revision) => format!("confirm:{draft}:{revision}"),
            Self::Discard(draft) => format!("cancel:{draft}"),
            Self::Again(job) => format!("again:{job}"),
            Self::Restyle(job) => format!("restyle:{job}"),
            Self::NewPhoto(job) => format!("rephoto:{job}"),
            Self::Reword(job) => format!("reword:{job}"),
            Self::Video(job) => format!("video:{job}"),
            Self::Resend(job) => format!("resend:{job}"),
            plain => {
                let known = Self::PLAIN.iter().find(|(_, tap)| tap == plain);
                known.map_or("unknown", |(data, _)| data).to_owned()
            }
        }
    }

    /// The job this button is about: what it takes to answer it.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::Again(job)
            | Self::Restyle(job)
            | Self::NewPhoto(job)
            | Self::Reword(job)
            | Self::Video(job)
            | Self::Resend(job) => Some(*job),
            Self::Confirm(draft, _) => Some(JobId { draft: *draft, n: 1 }),
            _ => None,
        }
    }

    /// Whether the answer takes the place of the message the button is under. Under a video, a status or the news of a failure
    /// the message stays, and the answer is a new one.
    #[must_use]
    pub fn turns_the_page(&self) -> bool {
        let stays = matches!(self, Self::OpenMenu | Self::Unknown);
        let is_under_news = matches!(self, Self::Again(_) | Self::Restyle(_) | Self::NewPhoto(_) | Self::Reword(_));
        !stays && !is_under_news
    }

    /// The button with this data.
    #[must_use]
    pub fn parse(data: &str) -> Self {
        if let Some((_, tap)) = Self::PLAIN.iter().find(|(plain, _)| *plain == data) {
            return tap.clone();
        }
        let (verb, rest) = data.split_once(':').unwrap_or((data, ""));
        let job = || rest.parse().ok();
        let known = match verb {
            "make" => [Kind::Neurocard, Kind::Reels].into_iter().find(|kind| kind.name() == rest).map(Self::Choose),
            "style" => Style::ALL.into_iter().find(|style| style.name() == rest).map(Self::Style),
            "count" => rest.parse().ok().filter(|count: &u8| count.to_string() == rest).map(Self::Count),
            "speak" => Locale::ALL.into_iter().find(|locale| locale.code() == rest).map(Self::Speak),
            "confirm" => rest.split_once(':').and_then(|(draft, revision)| {
                let draft = uuid::Uuid::try_parse(draft).ok()?;
                Some(Self::Confirm(DraftId(draft), revision.parse().ok()?))
            }),
            "cancel" => uuid::Uuid::try_parse(rest).ok().map(|draft| Self::Discard(DraftId(draft))),
            "again" => job().map(Self::Again),
            "restyle" => job().map(Self::Restyle),
            "rephoto" => job().map(Self::NewPhoto),
            "reword" => job().map(Self::Reword),
            "video" => job().map(Self::Video),
            "resend" => job().map(Self::Resend),
            _ => None,
        };
        known.unwrap_or(Self::Unknown)
    }
}

impl Input {
    /// Whether the step for this looks at the person's last jobs.
    #[must_use]
    pub fn needs_recent_jobs(&self) -> bool {
        matches!(self, Self::Tap(Tap::Videos | Tap::Confirm(..)))
    }
}
