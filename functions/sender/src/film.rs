//! Sends a film from the media store to a chat, in the way in which Telegram keeps it a video.

use std::time::Duration;

use adapters::{
    media::MediaError,
    telegram::{SentVideo, TelegramError, UPLOAD_MAX_BYTES, URL_MAX_BYTES, Video, VideoShape},
};
use domain::{job::Job, view::delivered_keyboard};

use crate::Sender;

/// Longest that showing "sending a video" may delay the upload.
const ACTION_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a film is not in the chat.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    #[error("the video is not in the media store")]
    Missing,
    #[error("the video has over {UPLOAD_MAX_BYTES} bytes, which no bot may upload")]
    TooLarge,
    #[error(transparent)]
    Media(MediaError),
    /// The video was perhaps sent, if the error is [`TelegramError::Unknown`].
    #[error(transparent)]
    Telegram(#[from] TelegramError),
}

impl From<MediaError> for NotSent {
    fn from(error: MediaError) -> Self {
        if error == MediaError::Missing { Self::Missing } else { Self::Media(error) }
    }
}

impl Sender {
    /// Sends the film with this key by URL if it has sound and Telegram accepts a URL for its size, else as an upload.
    pub(crate) async fn send_film(&self, job: &Job, video_key: &str, caption: &str) -> Result<SentVideo, NotSent> {
        let film = job.making.film;
        let length = self.media.size(video_key).await?.ok_or(NotSent::Missing)?;
        if length > UPLOAD_MAX_BYTES {
            return Err(NotSent::TooLarge);
        }
        // Telegram makes an animation of a film without sound that it fetches itself; an uploaded one stays a video
        // (docs/silent-films.md).
        if length <= URL_MAX_BYTES && film.is_none_or(|film| film.sound) {
            let url = self.media.presigned_get(video_key, self.jobs.rules.lease).await?;
            match self.video_to_chat(job, Video::Url(url), caption).await {
                // Telegram may accept as an upload a video that it refused by URL.
                Err(error) if error.is_refusal_of_file() => {
                    tracing::info!(%error, "Telegram refused the video by URL; the sender uploads it instead");
                }
                answer => return Ok(answer?),
            }
        }
        let action = tokio::time::timeout(ACTION_TIMEOUT, self.telegram.show_uploading(job.user.0));
        let (_shown, stored) = tokio::join!(action, self.media.get(video_key));
        let (length, body) = stored?;
        let file_name = format!("{}.mp4", job.order.kind.name());
        Ok(self.video_to_chat(job, Video::Upload { body, length, file_name }, caption).await?)
    }

    async fn video_to_chat(&self, job: &Job, video: Video, caption: &str) -> Result<SentVideo, TelegramError> {
        let keyboard = delivered_keyboard(&job.order, job.id, &self.catalog);
        let shape = job.making.film.map(VideoShape::of).unwrap_or_default();
        self.telegram.send_video(job.user.0, video, caption, &keyboard, shape).await
    }
}
