//! Films in a chat: what Telegram made of a file, and its form in the API.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::digest;

/// How Telegram got a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// Telegram fetched the film from a URL.
    Url,
    /// The bot uploaded the film.
    Upload,
    /// Telegram had the film already.
    FileId,
}

/// What a film is in a chat. It stays the same when the film is sent again by its file id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SentAs {
    /// A video, with a player. sendVideo sends one again.
    Video,
    /// A film without sound that plays by itself again and again, like a GIF. sendAnimation sends one again.
    Animation,
    /// A file to download. sendDocument sends one again.
    Document,
}

impl SentAs {
    /// The name in the API: of the method's parameter and of the message's field.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Document => "document",
        }
    }

    /// The beginning of the file's path.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Video => "videos",
            Self::Animation => "animations",
            Self::Document => "documents",
        }
    }

    /// The name of the file's type in Telegram's refusals.
    pub(super) const fn type_name(self) -> &'static str {
        match self {
            Self::Video => "Video",
            Self::Animation => "Animation",
            Self::Document => "Document",
        }
    }
}

impl fmt::Display for SentAs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.field())
    }
}

/// A film that the bot sent. [`super::Telegram::file`] has its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentVideo {
    /// The file id with which the film can be sent again.
    pub file_id: String,
    /// SHA-256 of the film's bytes, in hex.
    pub sha256: String,
    /// The film's size in bytes.
    pub size: usize,
    /// The caption as a person reads it.
    pub caption: String,
    /// How Telegram got the film.
    pub via: Via,
    /// What the film is in the chat.
    pub sent_as: SentAs,
    /// Width, height and seconds, as Telegram states them and a person sees them. `None` for a document.
    pub film: Option<(u32, u32, u64)>,
}

impl SentVideo {
    /// Writes the film and its caption into a `Message`.
    pub(super) fn describe(&self, message: &mut Value) {
        let unique = digest(self.file_id.as_bytes()).get(..16).unwrap_or_default().to_owned();
        let file = json!({ "file_id": self.file_id, "file_unique_id": unique, "file_size": self.size, "mime_type": "video/mp4" });
        if !self.caption.is_empty() {
            message["caption"] = json!(self.caption);
        }
        // An animation is also a document, for bots from before animations (core.telegram.org/bots/api#message).
        if self.sent_as != SentAs::Video {
            message["document"] = file.clone();
        }
        if let (SentAs::Video | SentAs::Animation, Some((width, height, seconds))) = (self.sent_as, self.film) {
            let field = self.sent_as.field();
            message[field] = file;
            message[field]["width"] = json!(width);
            message[field]["height"] = json!(height);
            message[field]["duration"] = json!(seconds);
        }
    }

    /// The film in a transcript.
    pub(super) fn shown(&self) -> String {
        let form = self.film.map_or("document".into(), |(wide, high, secs)| format!("{wide}x{high} {secs} s"));
        let kind = if self.sent_as == SentAs::Animation { "animation" } else { "video" };
        format!("[{kind} {form}] {}", self.caption)
    }
}
