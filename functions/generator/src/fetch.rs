//! Streams a finished video from KIE to the media store, and reads what the film is while its bytes pass. KIE deletes its own copy
//! later.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use adapters::{
    kie::FetchError,
    metrics::{Metric, between},
    queues::Queue,
    wire::{ReadError, peek, watched},
};
use app::{Outcome, StageResult};
use domain::{
    catalog::Frame,
    classify::{Class, Diagnosis, Retry},
    job::{Film, Job, NoFilm},
};
use formats::film::{BadFilm, FilmReader};

use crate::{
    Generator, NO_VIDEO, emit_spent,
    time_limits::{OutOfTime, WorkTime},
};

/// Largest video that is accepted without a Content-Length. Such a video is held in memory, with the others of its batch.
const UNSTATED_LENGTH_MAX_BYTES: usize = 20_000_000;
/// Bytes that identify an MP4: the size (4) and the type (4) of its first box.
const BOX_HEADER_BYTES: usize = 8;

/// The result of a task that succeeded.
pub(crate) struct TaskResult<'a> {
    /// The address of the film; `None` if the task names none.
    pub url: Option<&'a str>,
    /// What KIE took for the task, in KIE's credits.
    pub kie_credits: f64,
}

impl Generator {
    pub(crate) async fn fetch(&self, job: &Job, result: &TaskResult<'_>, time: WorkTime) -> StageResult {
        // What KIE took is recorded before the film is fetched: the job may end before it has the film.
        let claimed = job.having_spent(result.kie_credits).claim_fetch(self.jobs.clock.now(), &self.jobs.rules)?;
        self.save(&claimed).await?;
        emit_spent(job, &claimed);
        let video_key = Job::video_key(job.user, job.id);
        let brought = match result.url {
            // A film that takes longer is fetched again by the next poll.
            Some(url) => time.limit(self.bring_film(url, &video_key, time)).await.unwrap_or_else(|late| Err(late.into())),
            None => Err(NoVideo::Missing(NoFilm::Absent, "the task names no address".to_owned())),
        };
        match brought {
            Ok(film) => self.record_film(&claimed, video_key, film).await,
            Err(NoVideo::NotNow(reason)) => {
                tracing::warn!(reason, "the video could not be fetched; the task is polled again");
                self.poll_again(&claimed).await
            }
            Err(NoVideo::Missing(why, reason)) => self.check_again(&claimed, why, &reason).await,
            Err(NoVideo::Never(reason)) => {
                // Another task would get an address of the same kind.
                tracing::error!(reason, "the video's address must not be fetched; the job is ended");
                let diagnosis = Diagnosis { retry: Retry::Never, ..NO_VIDEO };
                self.task_failed(&claimed, diagnosis).await
            }
            Err(NoVideo::TooLarge) => {
                let diagnosis = Diagnosis::of(Class::TooLarge);
                self.task_failed(&claimed, diagnosis).await
            }
        }
    }

    async fn record_film(&self, claimed: &Job, video_key: String, film: Film) -> StageResult {
        let frame = self.catalog.product(claimed.row()).map_or(Frame::Own, |row| row.frame(claimed.order.frame));
        let Film { width, height, millis, sound } = film;
        let moved = claimed.fetched(video_key, film, self.jobs.clock.now(), &self.jobs.rules)?;
        self.jobs.advance(Queue::Send, &moved).await?;
        tracing::info!(width, height, millis, sound, frame = frame.name(), "the video was stored");
        // A film of another shape is delivered all the same: the seller paid for it, and it can be used.
        if !frame.holds((width, height), claimed.order.photo.pixels) {
            tracing::warn!(width, height, frame = frame.name(), "the video misses its frame; it is delivered as it is");
            Metric::FrameMisses.emit();
        }
        Metric::Generation(between(claimed.confirmed_at, self.jobs.clock.now())).emit();
        self.status_message.show(&moved.job).await;
        Ok(Outcome::Fetched)
    }

    /// Gives a result more time. Another task, which KIE would charge again, is bought only once the checks are used up.
    async fn check_again(&self, claimed: &Job, why: NoFilm, reason: &str) -> StageResult {
        if let Some(moved) = claimed.film_missing(why, self.jobs.clock.now(), &self.jobs.rules)? {
            tracing::info!(reason, "the task succeeded and its video is not there; the result is checked again");
            return self.advance(&moved, Outcome::StillRunning).await;
        }
        tracing::warn!(reason, "the task succeeded and its video never came; the attempt has failed");
        self.task_failed(claimed, NO_VIDEO).await
    }

    async fn bring_film(&self, url: &str, key: &str, time: WorkTime) -> Result<Film, NoVideo> {
        let download = self.kie.fetch(url).await?;
        let (length, body) = download.with_length(UNSTATED_LENGTH_MAX_BYTES, time.left()).await?;
        let (begun, body) = peek(body, BOX_HEADER_BYTES, time.left()).await?;
        // An error page with status 200 must not replace a film in the store. ISO/IEC 14496-12: size, then "ftyp".
        if begun.get(4..8) != Some(b"ftyp") {
            return Err(NoVideo::Missing(NoFilm::Unusable, format!("KIE's file of {length} bytes is not an MP4")));
        }
        let reader = Arc::new(Mutex::new(FilmReader::new()));
        let (passing, source) = (Arc::clone(&reader), Arc::new(AtomicBool::new(false)));
        let broke = Arc::clone(&source);
        let body = watched(body, move |bytes| match bytes {
            Ok(bytes) => passing.lock().unwrap_or_else(PoisonError::into_inner).push(bytes),
            Err(_) => broke.store(true, Ordering::Relaxed),
        });
        let stored = self.media.put(key, "video/mp4", length, body).await;
        stored.map_err(|error| match source.load(Ordering::Relaxed) {
            true => NoVideo::Missing(NoFilm::Absent, "KIE's file broke off".to_owned()),
            false => NoVideo::NotNow(error.to_string()),
        })?;
        let read = std::mem::take(&mut *reader.lock().unwrap_or_else(PoisonError::into_inner)).finish()?;
        tracing::info!(codec = ?read.codec, brand = %read.brand.escape_ascii(), index_first = read.index_first, "the video was read");
        Ok(Film { width: read.width, height: read.height, millis: read.millis, sound: read.sound })
    }
}

/// Why a video was not stored.
enum NoVideo {
    /// The video could not be fetched or stored now. A later poll tries again.
    NotNow(String),
    /// The task succeeded, and its film is not there, or is no whole film. The text gives the reason.
    Missing(NoFilm, String),
    /// The video can never be fetched: its address is malformed, or not a public one.
    Never(String),
    /// The video is larger than Telegram accepts, or too large for memory.
    TooLarge,
}

impl From<OutOfTime> for NoVideo {
    fn from(late: OutOfTime) -> Self {
        Self::NotNow(late.to_string())
    }
}

impl From<FetchError> for NoVideo {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::TooLarge => Self::TooLarge,
            FetchError::Absent(_) => Self::Missing(NoFilm::Absent, error.to_string()),
            FetchError::BadUrl(_) => Self::Never(error.to_string()),
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

impl From<BadFilm> for NoVideo {
    fn from(error: BadFilm) -> Self {
        Self::Missing(NoFilm::Unusable, error.to_string())
    }
}
