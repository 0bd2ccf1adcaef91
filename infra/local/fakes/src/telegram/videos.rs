//! sendVideo: by URL, by file id, or uploaded (core.telegram.org/bots/api#sending-files).

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::chat::{Body, SentVideo, Via};
use super::files::{DOWNLOAD_BYTES_MAX, File};
use super::messages::{caption, open_chat};
use super::params::Params;
use super::refusal::Refusal;
use super::{Telegram, markup};
use crate::film::is_playable;
use crate::{digest, lock};

/// Longest wait for the server of a video. Telegram does not document its limit.
const FETCH_PATIENCE: Duration = Duration::from_secs(60);

impl Telegram {
    /// Stores a video that the bot sent before this run began; returns its file id.
    pub fn keep_video(&self, bytes: impl Into<Bytes>) -> String {
        lock(&self.inner.state).files.add(File { bytes: bytes.into(), folder: "videos", chat: None })
    }

    pub(super) async fn send_video(&self, params: &Params) -> Result<Value, Refusal> {
        let chat = params.int("chat_id");
        open_chat(&mut lock(&self.inner.state), chat)?;
        let caption = caption(params)?;
        let keyboard = markup::read(params)?;
        let (via, bytes, known_id) = self.video_bytes(params).await?;
        let file = File { bytes: bytes.clone(), folder: "videos", chat };
        let file_id = known_id.unwrap_or_else(|| lock(&self.inner.state).files.add(file));
        let film = is_playable(&bytes).ok().map(|film| (film.width, film.height, film.duration.as_secs()));
        let video = SentVideo { file_id, sha256: digest(&bytes), size: bytes.len(), caption, via, film };
        self.post(chat, Body::Video(video), keyboard)
    }

    async fn video_bytes(&self, params: &Params) -> Result<(Via, Bytes, Option<String>), Refusal> {
        let named = params.text("video");
        let attached = named.map_or("video", |value| value.strip_prefix("attach://").unwrap_or("video"));
        if let Some(upload) = params.uploads.get(attached) {
            if upload.bytes.is_empty() {
                return Err(Refusal::bad("file must be non-empty"));
            }
            return Ok((Via::Upload, upload.bytes.clone(), None));
        }
        let named = named.ok_or_else(|| Refusal::bad("there is no video in the request"))?;
        if named.starts_with("http://") || named.starts_with("https://") {
            return Ok((Via::Url, self.fetch(named).await?, None));
        }
        let state = lock(&self.inner.state);
        let file = state.files.get(named).ok_or_else(|| Refusal::bad("wrong file identifier/HTTP URL specified"))?;
        match file.folder {
            "videos" => Ok((Via::FileId, file.bytes.clone(), Some(named.to_owned()))),
            "photos" => Err(Refusal::bad("can't use file of type Photo as Video")),
            "thumbnails" => Err(Refusal::bad("can't use file of type Thumbnail as Video")),
            _ => Err(Refusal::bad("can't use file of type Document as Video")),
        }
    }

    /// Fetches a video as Telegram's servers do: at most 20 MB, and only with a video's Content-Type.
    async fn fetch(&self, url: &str) -> Result<Bytes, Refusal> {
        let failed = || Refusal::bad("failed to get HTTP URL content");
        let request = Request::get(url).header("user-agent", "TelegramBot (like TwitterBot)").body(Bytes::new());
        let request = request.map_err(|_| Refusal::bad("wrong file identifier/HTTP URL specified"))?;
        let answer = tokio::time::timeout(FETCH_PATIENCE, self.inner.outbound.send(request)).await;
        let answer = answer.ok().and_then(Result::ok).ok_or_else(failed)?;
        if answer.status() != http::StatusCode::OK || answer.body().len() > DOWNLOAD_BYTES_MAX {
            return Err(failed());
        }
        let kind = answer.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("video/")) {
            return Err(Refusal::bad("wrong type of the web page content"));
        }
        Ok(answer.into_body())
    }
}
