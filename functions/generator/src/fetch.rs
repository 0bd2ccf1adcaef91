//! Streams a finished video from KIE to the media store. KIE deletes its own copy later.

use std::time::Duration;

use adapters::{
    kie::FetchError,
    metrics::{Metric, between},
    queues::Queue,
    wire::{ReadError, peek},
};
use app::{Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis},
    job::Job,
};

use crate::{Generator, poll::NO_VIDEO};

/// Largest video that is accepted without a Content-Length. Such a video is held in memory, with the others of its batch.
const UNSTATED_LENGTH_MAX_BYTES: usize = 20_000_000;
/// Bytes that identify an MP4: the size (4) and the type (4) of its first box.
const BOX_HEADER_BYTES: usize = 8;
/// Longest that a read into memory may take: of a whole video without a Content-Length, or of a video's first bytes.
const FETCH_TIMEOUT: Duration = Duration::from_secs(45);

impl Generator {
    pub(crate) async fn fetch(&self, job: &Job, url: &str) -> StageResult {
        let claimed = job.claim_fetch(self.jobs.clock.now(), &self.jobs.rules)?;
        self.save(&claimed).await?;
        let video_key = Job::video_key(job.user, job.id);
        match self.bring_video(url, &video_key).await {
            Ok(bytes) => {
                tracing::info!(bytes, "the video was stored");
                let moved = claimed.fetched(video_key, self.jobs.clock.now(), &self.jobs.rules)?;
                self.jobs.advance(Queue::Send, &moved).await?;
                Metric::Generation(between(job.confirmed_at, self.jobs.clock.now())).emit();
                self.status_message.show(&moved.job).await;
                Ok(Outcome::Fetched)
            }
            Err(NoVideo::NotNow(reason)) => {
                tracing::warn!(reason, "the video could not be fetched; the task is polled again");
                self.poll_again(&claimed).await
            }
            Err(NoVideo::Never(reason)) => {
                tracing::warn!(reason, "the video can never be fetched; the attempt has failed");
                self.attempt_failed(&claimed, NO_VIDEO).await
            }
            Err(NoVideo::TooLarge) => self.settlements.end(&claimed, &Diagnosis::of(Class::TooLarge)).await,
        }
    }

    async fn bring_video(&self, url: &str, key: &str) -> Result<u64, NoVideo> {
        let download = self.kie.fetch(url).await?;
        let (length, body) = download.with_length(UNSTATED_LENGTH_MAX_BYTES, FETCH_TIMEOUT).await?;
        let (begun, body) = peek(body, BOX_HEADER_BYTES, FETCH_TIMEOUT).await?;
        // An error page with status 200 must not be sent and charged as a video. ISO/IEC 14496-12: size, then "ftyp".
        if begun.get(4..8) != Some(b"ftyp") {
            return Err(NoVideo::NotNow(format!("KIE's file of {length} bytes is not an MP4")));
        }
        let stored = self.media.put(key, "video/mp4", length, body).await;
        stored.map_err(|error| NoVideo::NotNow(error.to_string()))?;
        Ok(length)
    }
}

/// Why a video was not stored.
enum NoVideo {
    /// The video could not be fetched or stored now. A later poll tries again.
    NotNow(String),
    /// The video can never be fetched: its address is malformed, or KIE has deleted the file.
    Never(String),
    /// The video is larger than Telegram accepts, or too large for memory.
    TooLarge,
}

impl From<FetchError> for NoVideo {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::TooLarge => Self::TooLarge,
            FetchError::Gone(_) | FetchError::BadUrl(_) => Self::Never(error.to_string()),
            FetchError::Transient(reason) => Self::NotNow(reason),
        }
    }
}

impl From<ReadError> for NoVideo {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooLarge(_) => Self::TooLarge,
            other => Self::NotNow(other.to_string()),
        }
    }
}
