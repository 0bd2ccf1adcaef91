//! Prepares a job before its first attempt with a model: makes the photo that the model takes, and writes the prompt, each once.

use std::{sync::Arc, time::Duration};

use adapters::{
    media::MediaError,
    prompt_writer::PHOTO_VALID_FOR,
    telegram::TelegramError,
    wire::{ReadError, read},
};
use app::{Outcome, StageResult};
use bytes::Bytes;
use domain::{
    catalog::Product,
    classify::{Class, Diagnosis, Why},
    job::{Job, Photo, Prepared, State},
    photo::DOWNLOAD_MAX_BYTES,
    prompt::{self, Assignment, Prompt},
};
use formats::photo::{self, BadPhoto, Wanted};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    Generator,
    time_limits::{OutOfTime, WorkTime},
};

/// Longest that the download of a photo may take.
pub(crate) const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(20);
/// The version of the preparation. Raise it when the same photo gives another picture: the pictures made before are not used then.
const PREPARATION_VERSION: u32 = 1;
/// Photos that are downloaded and decoded at the same time.
pub(crate) const PREPARED_AT_ONCE_MAX: usize = 1;
/// Longest that a job waits until it may prepare its photo. The wait is part of the time for the message's work.
pub(crate) const TURN_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a photo was not stored.
enum NoPhoto {
    /// The photo can never be used. The seller gets the reason, the log the text.
    Unusable(Why, String),
    /// Telegram refused the file. Telegram's answer is the same for a deleted file and for a file it cannot reach now.
    Gone,
    /// Photos of other jobs took too long to wait for.
    NoTurn,
    /// The photo could not be copied now. A later message tries again.
    NotNow(String),
}

fn is_first_time(job: &Job) -> bool {
    matches!(job.state, State::Queued { postponed: 0, .. })
}

impl From<OutOfTime> for NoPhoto {
    fn from(late: OutOfTime) -> Self {
        Self::NotNow(late.to_string())
    }
}

impl From<MediaError> for NoPhoto {
    fn from(error: MediaError) -> Self {
        Self::NotNow(error.to_string())
    }
}

impl From<TelegramError> for NoPhoto {
    fn from(error: TelegramError) -> Self {
        match error {
            TelegramError::TooLarge(_) => Self::Unusable(Why::UnusableFile, "the file is too large to download".to_owned()),
            TelegramError::FileUnavailable(_) => Self::Gone,
            other => Self::NotNow(other.to_string()),
        }
    }
}

impl From<BadPhoto> for NoPhoto {
    fn from(error: BadPhoto) -> Self {
        let why = match error {
            BadPhoto::TooManyPixels { .. } | BadPhoto::TooSmall { .. } => Why::PhotoSize,
            BadPhoto::TooNarrow => Why::PhotoShape,
            BadPhoto::NotAnImage | BadPhoto::Damaged => Why::UnusableFile,
        };
        Self::Unusable(why, error.to_string())
    }
}

impl Generator {
    pub(crate) async fn prepare_and_submit(&self, job: &Job, time: WorkTime) -> StageResult {
        let Some(row) = self.catalog.product(job.row()) else { return self.lost_row(job).await };
        let claimed = job.claim_preparation(self.jobs.clock.now(), &self.jobs.rules)?;
        self.save(&claimed).await?;
        match time.limit(self.bring_photo(&claimed, row)).await.unwrap_or_else(|late| Err(late.into())) {
            Ok(photo_key) => {
                let prompt = self.prompt_of(&claimed, row, &photo_key).await;
                if time.allows_submission() {
                    return self.submit_task(&claimed, &Prepared { photo_key, prompt }, time).await;
                }
                tracing::info!("the preparation took long; the task is submitted by the job's next message");
                let (now, rules) = (self.jobs.clock.now(), &self.jobs.rules);
                self.advance(&claimed.rate_limited(&photo_key, &prompt, Duration::ZERO, now, rules), Outcome::Postponed).await
            }
            // Telegram answers the same for a deleted file and for a file it cannot reach now, so the job asks Telegram twice.
            Err(NoPhoto::Gone) if is_first_time(&claimed) => self.postpone(&claimed, "Telegram refused the file").await,
            Err(NoPhoto::Gone) => self.unusable(&claimed, Why::UnusableFile, "Telegram refused the file twice").await,
            Err(NoPhoto::Unusable(why, reason)) => self.unusable(&claimed, why, &reason).await,
            Err(NoPhoto::NoTurn) => {
                tracing::info!("photos of other jobs are being prepared; the job waits");
                let moved = claimed.preparation_waits(self.jobs.clock.now(), &self.jobs.rules)?;
                self.advance(&moved, Outcome::Postponed).await
            }
            Err(NoPhoto::NotNow(reason)) => self.postpone(&claimed, &reason).await,
        }
    }

    /// Ends a job whose row is no longer in the catalog.
    pub(crate) async fn lost_row(&self, job: &Job) -> StageResult {
        tracing::error!(product = %job.row(), "the catalog lacks the product of the job; the job is ended");
        self.settlements.end(job, &Diagnosis::of(Class::OurAccount)).await
    }

    async fn unusable(&self, claimed: &Job, why: Why, reason: &str) -> StageResult {
        tracing::info!(reason, "the photo cannot be used; the job is ended");
        let diagnosis = Diagnosis { why: Some(why), ..Diagnosis::of(Class::BadPhoto) };
        self.settlements.end(claimed, &diagnosis).await
    }

    /// The job's prompt; written if the job has none. The claim of the submission stores the prompt on the job, so that a retry
    /// sends the same prompt.
    async fn prompt_of(&self, job: &Job, row: &Product, photo_key: &str) -> String {
        if let Some(prompt) = job.prompt.as_ref().filter(|_| !job.has_raw_photo()) {
            return prompt.clone();
        }
        let assignment = match prompt::of(&job.order, job.id, row) {
            Prompt::Own(prompt) => return prompt,
            Prompt::Written(assignment) => assignment,
        };
        let Some(writer) = &self.prompt_writer else { return assignment.built_in };
        let photo = self.photo_for_writer(photo_key).await;
        let Assignment { instructions, material, max_chars, built_in } = assignment;
        match writer.write(&instructions, &material, photo.as_deref(), max_chars).await {
            Ok(prompt) => prompt,
            Err(error) => {
                tracing::warn!(%error, "the language model wrote no prompt; the built-in prompt is used");
                built_in
            }
        }
    }

    /// The address of the photo for the prompt writer; `None` if the media store is not public, or if the address cannot be signed.
    async fn photo_for_writer(&self, photo_key: &str) -> Option<String> {
        if !self.media.is_public() {
            return None;
        }
        let signed = self.media.presigned_get(photo_key, PHOTO_VALID_FOR).await;
        signed.inspect_err(|error| tracing::warn!(%error, "the prompt writer gets no photo: its address was not signed")).ok()
    }

    async fn postpone(&self, claimed: &Job, reason: &str) -> StageResult {
        tracing::warn!(reason, "the photo could not be fetched; the job is postponed");
        let moved = claimed.preparation_postponed(self.jobs.clock.now(), &self.jobs.rules)?;
        self.advance(&moved, Outcome::Postponed).await
    }

    /// Makes the photo that the row's model takes, stores it and gives its key. Every order of the same photo and frame uses the
    /// same object, so a second order copies nothing.
    async fn bring_photo(&self, job: &Job, row: &Product) -> Result<String, NoPhoto> {
        let Photo { file_id, unique_id, .. } = &job.order.photo;
        let (frame, min_side_px) = (row.photo_frame(row.frame(job.order.frame)), row.photo.min_side_px);
        let key = self.photo_keys.key(job.user, unique_id, frame, min_side_px, PREPARATION_VERSION);
        // One photo at a time is in memory: a batch runs several jobs side by side, and decoding takes most of the function's memory. Of
        // several videos of one order the first one prepares the photo, and the others find it.
        let turn = tokio::time::timeout(TURN_TIMEOUT, Arc::clone(&self.decoding).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(NoPhoto::NoTurn)?;
        if self.media.size(&key).await?.is_some() {
            return Ok(key);
        }
        let file = self.telegram.get_file(file_id).await?;
        let download = self.telegram.download(&file, DOWNLOAD_MAX_BYTES).await?;
        let limit = usize::try_from(DOWNLOAD_MAX_BYTES).unwrap_or(usize::MAX);
        let bytes = read(download.body, limit, DOWNLOAD_TIMEOUT).await.map_err(|error| match error {
            ReadError::TooLarge(_) => NoPhoto::Unusable(Why::UnusableFile, "the file is too large to download".to_owned()),
            other => NoPhoto::NotNow(other.to_string()),
        })?;
        let wanted = Wanted { ratio: frame.ratio(), min_side_px, max_aspect: row.photo.max_aspect };
        let (jpeg, _turn) = decoded(bytes, wanted, turn).await?;
        if u64::try_from(jpeg.len()).unwrap_or(u64::MAX) > row.photo.max_bytes {
            return Err(NoPhoto::Unusable(Why::UnusableFile, "the prepared photo is larger than the model takes".to_owned()));
        }
        let length = u64::try_from(jpeg.len()).unwrap_or(u64::MAX);
        self.media.put(&key, "image/jpeg", length, Bytes::from(jpeg).into()).await?;
        Ok(key)
    }
}

/// Prepares a photo on a thread of its own, because decoding takes up to seconds and would stop the other jobs of the batch. The
/// thread keeps the turn until it ends, also after the job's time is used up, because its photo is still in memory.
async fn decoded(bytes: Bytes, wanted: Wanted, turn: OwnedSemaphorePermit) -> Result<(Vec<u8>, OwnedSemaphorePermit), NoPhoto> {
    let decoding = tokio::task::spawn_blocking(move || (photo::prepare(&bytes, &wanted), turn)).await;
    let (prepared, turn) = decoding.map_err(|error| NoPhoto::NotNow(error.to_string()))?;
    let prepared = prepared?;
    tracing::info!(width = prepared.width, height = prepared.height, bytes = prepared.jpeg.len(), "the photo was prepared");
    Ok((prepared.jpeg, turn))
}
