//! The inputs of the conversation: everything that a seller can do in the chat.

use super::{chat::Place, draft::Question, notice::Notice};
use crate::{
    catalog::{Frame, Kind, Style},
    ids::{DraftId, JobId},
    locale::Locale,
    photo::{Facts, Photo},
};

/// Longest data of a button, in bytes. Telegram: `InlineKeyboardButton.callback_data`, 1-64 bytes.
pub const BUTTON_DATA_MAX_BYTES: usize = 64;

/// One action of the seller in the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// `/start`, which always leads to the menu.
    Start,
    /// A photo or an image file.
    Image(Upload),
    /// A text that is not a command.
    Text(String),
    /// A tapped button, or the command with the same meaning.
    Tap(Tap),
    /// A file that is not an image.
    File,
    /// A HEIC or HEIF file, the format of an iPhone's camera. No model takes it; Telegram makes a JPEG of it if it is sent as a photo.
    Heic,
    /// A message that the seller has changed: its text, or its photo and caption.
    Edited(Edit),
    /// Any other message: a sticker, a voice message.
    Other,
    /// The seller blocked the bot, so the bot cannot answer.
    Blocked,
    /// The seller unblocked the bot.
    Unblocked,
}

/// An image, as its update describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Telegram's ids of the file.
    pub photo: Photo,
    /// The known facts about the image.
    pub facts: Facts,
    /// The caption under the image.
    pub caption: Option<String>,
    /// Telegram's id of the album that the image belongs to.
    pub album: Option<String>,
}

/// A message as it is after the seller changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text, or the caption of the photo; `None` if the message has neither any more.
    pub words: Option<String>,
    /// The photo; `None` for a text, or if the message's file is none.
    pub photo: Option<Upload>,
    /// Why the message's file is no photo any more; `None` if it has no such file.
    pub unusable: Option<Notice>,
}

macro_rules! taps {
    ($($(#[$doc:meta])* $name:ident = $data:literal;)*) => {
        /// A tapped button. Its data has at most [`BUTTON_DATA_MAX_BYTES`]. Data that does not parse comes from an old or forged
        /// button.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Tap {
            $($(#[$doc])* $name,)*
            /// Chooses a kind of video.
            Choose(Kind),
            /// Chooses a style.
            Style(Style),
            /// Chooses the number of videos.
            Count(u8),
            /// Chooses the length of a video, in seconds.
            Length(u32),
            /// Chooses the film's proportions.
            Frame(Frame),
            /// Chooses the film's proportions and the shortest length of at least these seconds: a preset of the catalog.
            Shape(Frame, u32),
            /// Chooses a language.
            Speak(Locale),
            /// Forgets this draft.
            Discard(DraftId),
            /// Pays for this revision of this draft.
            Confirm(DraftId, u32),
            /// Begins a draft with the answers of this job.
            Again(JobId),
            /// Begins a draft with the answers of this job, except the style.
            Restyle(JobId),
            /// Begins a draft with the answers of this job, except the photo.
            NewPhoto(JobId),
            /// Begins a draft with the answers of this job, except the words.
            Reword(JobId),
            /// Begins a draft that orders the finished video of this job, whose delivery failed.
            SendFinished(JobId),
            /// Sends this delivered video as a file, for free.
            AsFile(JobId),
            /// Opens the page of this video.
            Video(JobId),
            /// Opens the page of videos that are older than this one.
            OlderVideos(JobId),
            /// Opens the page of operations that are older than this order.
            OlderOperations(JobId),
            /// Sends this delivered video again, for free.
            Resend(JobId),
            /// A button whose data this version does not know.
            Unknown,
        }

        impl Tap {
            /// The buttons without a parameter, with their data.
            const PLAIN: &[(&'static str, Self)] = &[$(($data, Self::$name)),*];
        }
    };
}

taps! {
    /// Opens the menu in place of the button's message.
    Menu = "menu";
    /// Opens the menu in a new message, because the button's message must stay readable.
    OpenMenu = "open";
    /// Begins an order.
    Create = "create";
    /// Begins one more order in a new message, because the button's message must stay readable.
    More = "more";
    /// Resumes the draft that was left.
    Resume = "resume";
    /// Forgets the open draft.
    Cancel = "cancel";
    /// Goes back to the question before.
    Back = "back";
    /// Goes on and keeps the present answer.
    Next = "next";
    /// Skips the question.
    Skip = "skip";
    /// Changes the photo of the order.
    EditPhoto = "edit:photo";
    /// Changes the style of the order.
    EditStyle = "edit:style";
    /// Changes the description of the product.
    EditAbout = "edit:about";
    /// Changes the wishes.
    EditWishes = "edit:wishes";
    /// Changes the own prompt.
    EditPrompt = "edit:prompt";
    /// Accepts the own prompt as written.
    UsePrompt = "prompt:use";
    /// Asks to add to the own prompt.
    AddPrompt = "prompt:add";
    /// Asks to write another own prompt.
    RewritePrompt = "prompt:new";
    /// Replaces the old photo by the new one.
    ReplacePhoto = "photo:new";
    /// Keeps the old photo.
    KeepPhoto = "photo:old";
    /// Opens the page of the balance.
    Balance = "balance";
    /// Opens the list of the last videos.
    Videos = "videos";
    /// Opens the page of operations.
    Operations = "money";
    /// Opens the page that explains how the bot works.
    Help = "help";
    /// Opens the choice of the language.
    Language = "language";
    /// Replaces the open draft by the new one.
    StartNew = "start:new";
    /// Accepts the terms.
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
            Self::Length(secs) => format!("secs:{secs}"),
            Self::Frame(frame) => format!("frame:{}", frame.name()),
            Self::Shape(frame, secs) => format!("shape:{secs}:{}", frame.name()),
            Self::Speak(locale) => format!("speak:{}", locale.code()),
            Self::Confirm(draft, revision) => format!("confirm:{draft}:{revision}"),
            Self::Discard(draft) => format!("cancel:{draft}"),
            Self::Again(job) => format!("again:{job}"),
            Self::Restyle(job) => format!("restyle:{job}"),
            Self::NewPhoto(job) => format!("rephoto:{job}"),
            Self::Reword(job) => format!("reword:{job}"),
            Self::SendFinished(job) => format!("finished:{job}"),
            Self::AsFile(job) => format!("file:{job}"),
            Self::Video(job) => format!("video:{job}"),
            Self::OlderVideos(job) => format!("videos:{job}"),
            Self::OlderOperations(job) => format!("money:{job}"),
            Self::Resend(job) => format!("resend:{job}"),
            plain => {
                let known = Self::PLAIN.iter().find(|(_, tap)| tap == plain);
                known.map_or("unknown", |(data, _)| data).to_owned()
            }
        }
    }

    /// The job that the step for this button needs.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::Again(job)
            | Self::Restyle(job)
            | Self::NewPhoto(job)
            | Self::Reword(job)
            | Self::SendFinished(job)
            | Self::AsFile(job)
            | Self::Video(job)
            | Self::Resend(job) => Some(*job),
            Self::Confirm(draft, _) => Some(JobId { draft: *draft, n: 1 }),
            _ => None,
        }
    }

    /// Whether the next screen replaces the button's message. A video, a status or a failure notice stays, and the next screen is
    /// a new message.
    #[must_use]
    pub fn turns_the_page(&self) -> bool {
        let stays = matches!(self, Self::OpenMenu | Self::More | Self::Unknown);
        let is_under_news = matches!(
            self,
            Self::Again(_) | Self::Restyle(_) | Self::NewPhoto(_) | Self::Reword(_) | Self::SendFinished(_) | Self::AsFile(_)
        );
        !stays && !is_under_news
    }

    /// Reads a button from its data; [`Tap::Unknown`] if the data does not parse.
    #[must_use]
    pub fn parse(data: &str) -> Self {
        if let Some((_, tap)) = Self::PLAIN.iter().find(|(plain, _)| *plain == data) {
            return tap.clone();
        }
        let (verb, rest) = data.split_once(':').unwrap_or((data, ""));
        let job = || rest.parse().ok();
        let frame = |name: &str| Frame::ALL.into_iter().find(|frame| frame.name() == name);
        let known = match verb {
            "make" => [Kind::Neurocard, Kind::Reels].into_iter().find(|kind| kind.name() == rest).map(Self::Choose),
            "style" => Style::ALL.into_iter().find(|style| style.name() == rest).map(Self::Style),
            "count" => rest.parse().ok().filter(|count: &u8| count.to_string() == rest).map(Self::Count),
            "secs" => rest.parse().ok().filter(|secs: &u32| secs.to_string() == rest).map(Self::Length),
            "frame" => frame(rest).map(Self::Frame),
            "shape" => rest.split_once(':').and_then(|(secs, rest)| {
                let secs = secs.parse().ok().filter(|known: &u32| known.to_string() == secs)?;
                Some(Self::Shape(frame(rest)?, secs))
            }),
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
            "finished" => job().map(Self::SendFinished),
            "file" => job().map(Self::AsFile),
            "video" => job().map(Self::Video),
            "videos" => job().map(Self::OlderVideos),
            "money" => job().map(Self::OlderOperations),
            "resend" => job().map(Self::Resend),
            _ => None,
        };
        known.unwrap_or(Self::Unknown)
    }
}

impl Input {
    /// Whether the step for this input needs a page of the seller's jobs.
    #[must_use]
    pub fn needs_recent_jobs(&self) -> bool {
        matches!(self, Self::Tap(Tap::Videos | Tap::OlderVideos(_)))
    }

    /// Whether the step for this input needs a page of the seller's ledger.
    #[must_use]
    pub fn needs_ledger(&self) -> bool {
        matches!(self, Self::Tap(Tap::Operations | Tap::OlderOperations(_)))
    }

    /// The job after which the page of this input begins; `None` for a first page.
    #[must_use]
    pub fn page_after(&self) -> Option<JobId> {
        if let Self::Tap(Tap::OlderVideos(job) | Tap::OlderOperations(job)) = self { Some(*job) } else { None }
    }

    /// Whether the step for this input at this place may order, and so needs to know which of the account's listed jobs are
    /// still open.
    #[must_use]
    pub fn needs_open_jobs(&self, place: &Place) -> bool {
        let is_at_summary = matches!(place, Place::Order { question: Question::Summary, .. });
        is_at_summary && matches!(self, Self::Tap(Tap::Confirm(..)))
    }
}
