//! sendVideo, sendAnimation and sendDocument: by URL, by file id, or uploaded (core.telegram.org/bots/api#sending-files).

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::chat::Body;
use super::files::{DOWNLOAD_BYTES_MAX, File};
use super::films::{SentAs, SentVideo, Via};
use super::messages::{caption, open_chat};
use super::params::Params;
use super::refusal::Refusal;
use super::{Telegram, markup};
use crate::film::{FilmInfo, is_playable};
use crate::{digest, lock};

/// Longest wait for the server of a film. Telegram does not document its limit.
const FETCH_PATIENCE: Duration = Duration::from_secs(60);

/// Largest film whose size and length Telegram reads itself, in bytes (tdlib/telegram-bot-api #127: "less than 10 megabytes").
const READ_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Width, height and seconds of a larger film whose call does not state all three (tdlib/telegram-bot-api #442).
const UNREAD: (u32, u32, u64) = (320, 320, 0);

/// The Content-Types by which sendDocument takes a file from a URL, next to those of films.
const DOCUMENT_TYPES: [&str; 3] = ["application/pdf", "application/zip", "image/gif"];

/// What [`Telegram::make_next_films`] plans for a chat.
pub(super) struct PlannedForm {
    chat: i64,
    left: usize,
    sent_as: SentAs,
}

/// A film of a call: its bytes, and what is known of a film that Telegram has.
struct Source {
    via: Via,
    bytes: Bytes,
    known: Option<Known>,
}

struct Known {
    file_id: String,
    film: Option<(u32, u32, u64)>,
}

impl Telegram {
    /// Stores a video that the bot sent before this run began; returns its file id.
    pub fn keep_video(&self, bytes: impl Into<Bytes>) -> String {
        let bytes = bytes.into();
        let film = is_playable(&bytes).ok().map(|film| size_of(&film));
        lock(&self.inner.state).files.add(File { bytes, folder: SentAs::Video.folder(), chat: None, film })
    }

    /// Makes this of the next `times` new films in a chat, whatever they are and however they are sent. Telegram does so for reasons
    /// that it does not name: MP4 files have arrived as documents.
    pub fn make_next_films(&self, chat: i64, times: usize, sent_as: SentAs) {
        lock(&self.inner.state).planned_forms.push(PlannedForm { chat, left: times, sent_as });
    }

    pub(super) async fn send_film(&self, params: &Params, method: SentAs) -> Result<Value, Refusal> {
        let chat = params.int("chat_id");
        open_chat(&mut lock(&self.inner.state), chat)?;
        let caption = caption(params)?;
        let keyboard = markup::read(params)?;
        let Source { via, bytes, known } = self.source(params, method).await?;
        let (sha256, size) = (digest(&bytes), bytes.len());
        let (file_id, sent_as, film) = match known {
            // A kept file that is no film arrives as a document.
            Some(Known { file_id, film }) => (file_id, film.map_or(SentAs::Document, |_| method), film),
            None => self.keep_new(chat, bytes, via, method, params),
        };
        self.post(chat, Body::Video(SentVideo { file_id, sha256, size, caption, via, sent_as, film }), keyboard)
    }

    /// Stores a new file: its id, what Telegram makes of it, and its size and length.
    fn keep_new(
        &self,
        chat: Option<i64>,
        bytes: Bytes,
        via: Via,
        method: SentAs,
        params: &Params,
    ) -> (String, SentAs, Option<(u32, u32, u64)>) {
        let read = is_playable(&bytes).ok();
        let mut state = lock(&self.inner.state);
        let planned = state.planned_forms.iter_mut().find(|planned| planned.left > 0 && Some(planned.chat) == chat);
        let sent_as = match (&read, planned) {
            (None, _) => SentAs::Document,
            (Some(_), Some(planned)) => {
                planned.left -= 1;
                planned.sent_as
            }
            (Some(film), None) => form(film, via, method, params),
        };
        let film = read.filter(|_| sent_as != SentAs::Document).map(|film| stated(&film, bytes.len(), params));
        let file_id = state.files.add(File { bytes, folder: sent_as.folder(), chat, film });
        (file_id, sent_as, film)
    }

    async fn source(&self, params: &Params, method: SentAs) -> Result<Source, Refusal> {
        let field = method.field();
        let named = params.text(field);
        let attached = named.map_or(field, |value| value.strip_prefix("attach://").unwrap_or(field));
        if let Some(upload) = params.uploads.get(attached) {
            if upload.bytes.is_empty() {
                return Err(Refusal::bad("file must be non-empty"));
            }
            return Ok(Source { via: Via::Upload, bytes: upload.bytes.clone(), known: None });
        }
        let named = named.ok_or_else(|| Refusal::bad(format!("there is no {field} in the request")))?;
        if named.starts_with("http://") || named.starts_with("https://") {
            return Ok(Source { via: Via::Url, bytes: self.fetch(named, method).await?, known: None });
        }
        let state = lock(&self.inner.state);
        let file = state.files.get(named).ok_or_else(|| Refusal::bad("wrong file identifier/HTTP URL specified"))?;
        check_type(file.folder, method)?;
        let known = Known { file_id: named.to_owned(), film: file.film };
        Ok(Source { via: Via::FileId, bytes: file.bytes.clone(), known: Some(known) })
    }

    /// Fetches a file as Telegram's servers do: at most 20 MB, and only with a Content-Type that the method takes.
    async fn fetch(&self, url: &str, method: SentAs) -> Result<Bytes, Refusal> {
        let failed = || Refusal::bad("failed to get HTTP URL content");
        let request = Request::get(url).header("user-agent", "TelegramBot (like TwitterBot)").body(Bytes::new());
        let request = request.map_err(|_| Refusal::bad("wrong file identifier/HTTP URL specified"))?;
        let answer = tokio::time::timeout(FETCH_PATIENCE, self.inner.outbound.send(request)).await;
        let answer = answer.ok().and_then(Result::ok).ok_or_else(failed)?;
        if answer.status() != http::StatusCode::OK || answer.body().len() > DOWNLOAD_BYTES_MAX {
            return Err(failed());
        }
        let kind = answer.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_document = method == SentAs::Document && DOCUMENT_TYPES.iter().any(|known| kind.starts_with(known));
        if !kind.starts_with("video/") && !is_document {
            return Err(Refusal::bad("wrong type of the web page content"));
        }
        Ok(answer.into_body())
    }
}

/// A file keeps its type: another method's file id is refused.
fn check_type(folder: &str, method: SentAs) -> Result<(), Refusal> {
    if folder == method.folder() {
        return Ok(());
    }
    let name = match folder {
        "photos" => "Photo",
        "thumbnails" => "Thumbnail",
        "documents" => SentAs::Document.type_name(),
        // tdlib/td, FileManager.cpp, for a file that could be of both types.
        _ => return Err(Refusal::bad("type of file mismatch")),
    };
    Err(Refusal::bad(format!("can't use file of type {name} as {}", method.type_name())))
}

/// What Telegram makes of a new film.
///
/// - By URL the content decides, not the method: "each URL has fixed content of a specific automatically determined type"
///   (tdlib/telegram-bot-api #301). A film without sound is an animation (#315: "shows up as a GIF in clients").
/// - An upload by sendVideo is a video, with or without sound: tdlib/td sets `nosound_video` for it (VideosManager.cpp,
///   `NOSOUND_VIDEO_MASK`).
/// - An upload by another method is judged by its content too, unless sendDocument turns the detection off.
fn form(film: &FilmInfo, via: Via, method: SentAs, params: &Params) -> SentAs {
    let is_plain = params.values.get("disable_content_type_detection").is_some_and(|value| {
        value == &Value::Bool(true) || value.as_str().is_some_and(|text| matches!(text, "true" | "True" | "1"))
    });
    match (via, method, film.sound) {
        (Via::Upload, SentAs::Video, _) => SentAs::Video,
        (Via::Upload, SentAs::Document, _) if is_plain => SentAs::Document,
        (_, _, true) => SentAs::Video,
        (_, _, false) => SentAs::Animation,
    }
}

/// The size and the length that Telegram states of a film of this many bytes.
fn stated(film: &FilmInfo, bytes: usize, params: &Params) -> (u32, u32, u64) {
    if bytes <= READ_BYTES_MAX {
        return size_of(film);
    }
    let given = |name: &str| params.int(name).and_then(|value| u32::try_from(value).ok());
    match (given("width"), given("height"), given("duration")) {
        (Some(width), Some(height), Some(seconds)) => (width, height, u64::from(seconds)),
        _ => UNREAD,
    }
}

fn size_of(film: &FilmInfo) -> (u32, u32, u64) {
    (film.width, film.height, film.duration.as_secs())
}
