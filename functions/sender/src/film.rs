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

/// A film that is ready to be sent: every read of the media store is done.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    /// Telegram fetches the film from this address. If Telegram refuses that, the film with this key is uploaded.
    Url(String, &'a str),
    /// The sender uploads the film with this key.
    Upload(Upload, &'a str),
}

/// A film that is ready to be uploaded.
#[derive(Debug)]
pub(crate) struct Upload {
    video: Video,
    /// The order's thread of the chat; `None` if the thread is gone.
    thread: Option<i64>,
}

impl Sender {
    /// Prepares the film with this key: by URL if it has sound, the media store is public and Telegram accepts a URL
    /// for its size, else as an upload.
    pub(crate) async fn source<'a>(&self, job: &Job, video_key: &'a str) -> Result<Source<'a>, NotSent> {
        let film = job.making.film;
        let length = self.media.size(video_key).await?.ok_or(NotSent::Missing)?;
        if length > UPLOAD_MAX_BYTES {
            return Err(NotSent::TooLarge);
        }
        // Telegram makes an animation of a film without sound that it fetches itself; an uploaded one stays a video
        // (docs/silent-films.md).
        if self.media.is_public() && length <= URL_MAX_BYTES && film.is_none_or(|film| film.sound) {
            Ok(Source::Url(self.media.presigned_get(video_key, self.jobs.rules.lease).await?, video_key))
        } else {
            Ok(Source::Upload(self.upload(job, video_key).await?, video_key))
        }
    }

    /// Sends a prepared film with this caption.
    pub(crate) async fn send_film(&self, job: &Job, source: Source<'_>, caption: &str) -> Result<SentVideo, NotSent> {
        let (upload, video_key) = match source {
            Source::Upload(upload, video_key) => (upload, video_key),
            Source::Url(url, video_key) => match self.video_to_chat(job, job.order.thread, Video::Url(url), caption).await {
                // Telegram may accept as an upload a video that it refused by URL.
                Err(error) if error.is_refusal_of_file() => {
                    tracing::info!(%error, "Telegram refused the video by URL; the sender uploads it instead");
                    (self.upload(job, video_key).await?, video_key)
                }
                answer => return Ok(answer?),
            },
        };
        match self.video_to_chat(job, upload.thread, upload.video, caption).await {
            // A streamed upload cannot be repeated by the client.
            Err(TelegramError::ThreadGone(_)) => {
                let upload = self.upload(job, video_key).await?;
                Ok(self.video_to_chat(job, None, upload.video, caption).await?)
            }
            sent => Ok(sent?),
        }
    }

    /// Uploads the film with this key as a file, which Telegram leaves as it is. A video's file id cannot become a document, and Telegram
    /// fetches no MP4 as one.
    pub(crate) async fn send_as_file(&self, job: &Job, video_key: &str, caption: &str) -> Result<(), NotSent> {
        let length = self.media.size(video_key).await?.ok_or(NotSent::Missing)?;
        if length > UPLOAD_MAX_BYTES {
            return Err(NotSent::TooLarge);
        }
        let keyboard = delivered_keyboard(&job.order, job.id, &self.catalog);
        let Upload { video, thread } = self.upload(job, video_key).await?;
        match self.telegram.in_thread(thread).send_file(job.user.0, video, caption, &keyboard).await {
            Err(TelegramError::ThreadGone(_)) => {
                let Upload { video, .. } = self.upload(job, video_key).await?;
                Ok(self.telegram.send_file(job.user.0, video, caption, &keyboard).await?)
            }
            sent => Ok(sent?),
        }
    }

    /// Opens the film and shows "sending a video". The answer to that call says whether the order's thread is still there, before a
    /// whole film is uploaded into it.
    async fn upload(&self, job: &Job, video_key: &str) -> Result<Upload, NotSent> {
        let telegram = self.telegram.in_thread(job.order.thread);
        let action = tokio::time::timeout(ACTION_TIMEOUT, telegram.show_uploading(job.user.0));
        let (shown, stored) = tokio::join!(action, self.media.get(video_key));
        let (length, body) = stored?;
        let thread = if let Ok(Ok(thread)) = shown { thread } else { job.order.thread };
        Ok(Upload { video: Video::Upload { body, length, file_name: format!("{}.mp4", job.order.kind.name()) }, thread })
    }

    async fn video_to_chat(
        &self,
        job: &Job,
        thread: Option<i64>,
        video: Video,
        caption: &str,
    ) -> Result<SentVideo, TelegramError> {
        let keyboard = delivered_keyboard(&job.order, job.id, &self.catalog);
        let shape = job.making.film.map(VideoShape::of).unwrap_or_default();
        self.telegram.in_thread(thread).send_video(job.user.0, video, caption, &keyboard, shape).await
    }
}
