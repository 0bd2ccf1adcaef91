//! Prepares a job before its first attempt: copies the photo from Telegram to the media store, and writes the prompt, each once.

use std::time::Duration;

use adapters::{
    media::MediaError,
    prompt_writer::PHOTO_VALID_FOR,
    telegram::TelegramError,
    wire::{ReadError, read},
};
use app::{Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis, Why},
    job::{Job, Photo, Prepared, State},
    prompt::{self, Assignment, Prompt},
};

use crate::Generator;

/// Longest that the download of a photo may take.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a photo was not stored.
enum NoPhoto {
    /// The photo can never be used. The text gives the reason.
    Unusable(&'static str),
    /// Telegram refused the file. Telegram's answer is the same for a deleted file and for a file it cannot reach now.
    Gone,
    /// The photo could not be copied now. A later message tries again.
    NotNow(String),
}

fn is_first_time(job: &Job) -> bool {
    matches!(job.state, State::Queued { postponed: 0, .. })
}

impl From<MediaError> for NoPhoto {
    fn from(error: MediaError) -> Self {
        Self::NotNow(error.to_string())
    }
}

impl From<TelegramError> for NoPhoto {
    fn from(error: TelegramError) -> Self {
        match error {
            TelegramError::TooLarge(_) => Self::Unusable("the file is too large to download"),
            TelegramError::FileUnavailable(_) => Self::Gone,
            other => Self::NotNow(other.to_string()),
        }
    }
}

impl Generator {
    pub(crate) async fn prepare_and_submit(&self, job: &Job) -> StageResult {
        let claimed = job.claim_preparation(self.jobs.clock.now(), &self.jobs.rules)?;
        self.save(&claimed).await?;
        match self.bring_photo(&claimed).await {
            Ok(photo_key) => {
                let prompt = self.prompt_of(&claimed, &photo_key).await;
                self.submit_task(&claimed, &Prepared { photo_key, prompt }).await
            }
            // Telegram answers the same for a deleted file and for a file it cannot reach now, so the job asks Telegram twice.
            Err(NoPhoto::Gone) if is_first_time(&claimed) => self.postpone(&claimed, "Telegram refused the file").await,
            Err(NoPhoto::Gone) => self.unusable(&claimed, "Telegram refused the file twice").await,
            Err(NoPhoto::Unusable(reason)) => self.unusable(&claimed, reason).await,
            Err(NoPhoto::NotNow(reason)) => self.postpone(&claimed, &reason).await,
        }
    }

    async fn unusable(&self, claimed: &Job, reason: &str) -> StageResult {
        tracing::info!(reason, "the photo cannot be used; the job is ended");
        let diagnosis = Diagnosis { why: Some(Why::UnusableFile), ..Diagnosis::of(Class::BadPhoto) };
        self.settlements.end(claimed, &diagnosis).await
    }

    /// The job's prompt; written if the job has none. The claim of the submission stores the prompt on the job, so that a retry
    /// sends the same prompt. The language model gets the address of the prepared photo, which is valid for
    /// [`PHOTO_VALID_FOR`]; without an address it writes from the text alone.
    async fn prompt_of(&self, job: &Job, photo_key: &str) -> String {
        if let Some(prompt) = &job.prompt {
            return prompt.clone();
        }
        // `submit_task` ends a job whose product is no longer in the catalog: its prompt is never used.
        let Some(product) = self.catalog.product(&job.order.product) else { return String::new() };
        let assignment = match prompt::of(&job.order, job.id, product) {
            Prompt::Own(prompt) => return prompt,
            Prompt::Written(assignment) => assignment,
        };
        let Some(writer) = &self.prompt_writer else { return assignment.built_in };
        let Assignment { instructions, material, max_chars, built_in } = assignment;
        let photo_url = self.media.presigned_get(photo_key, PHOTO_VALID_FOR).await;
        let photo_url = photo_url.inspect_err(|error| tracing::warn!(%error, "the photo's address could not be signed")).ok();
        match writer.write(&instructions, &material, photo_url.as_deref(), max_chars).await {
            Ok(prompt) => prompt,
            Err(error) => {
                tracing::warn!(%error, "the language model wrote no prompt; the built-in prompt is used");
                built_in
            }
        }
    }

    async fn postpone(&self, claimed: &Job, reason: &str) -> StageResult {
        tracing::warn!(reason, "the photo could not be fetched; the job is postponed");
        let moved = claimed.preparation_postponed(self.jobs.clock.now(), &self.jobs.rules)?;
        self.advance(&moved, Outcome::Postponed).await
    }

    /// Copies the photo to the media store and gives its key. The key contains Telegram's unique id of the file, so a second
    /// order with the same photo copies nothing.
    async fn bring_photo(&self, job: &Job) -> Result<String, NoPhoto> {
        let Photo { file_id, unique_id } = &job.order.photo;
        let key = format!("photos/{}/{unique_id}", job.user);
        if self.media.size(&key).await?.is_some() {
            return Ok(key);
        }
        let max_bytes = self.catalog.product(&job.order.product).map_or(0, |product| product.photo.max_bytes);
        let file = self.telegram.get_file(file_id).await?;
        let download = self.telegram.download(&file, max_bytes).await?;
        let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        let bytes = read(download.body, limit, DOWNLOAD_TIMEOUT).await.map_err(|error| match error {
            ReadError::TooLarge(_) => NoPhoto::Unusable("the file is larger than the model takes"),
            other => NoPhoto::NotNow(other.to_string()),
        })?;
        let content_type = image_type(&bytes).ok_or(NoPhoto::Unusable("the file is neither a JPEG nor a PNG"))?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.media.put(&key, content_type, length, bytes.into()).await?;
        Ok(key)
    }
}

/// The content type of an image, from its first bytes; `None` unless the image is a JPEG or a PNG.
fn image_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some("image/png"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_first_bytes() {
        assert_eq!(image_type(b"\xFF\xD8\xFF\xE0"), Some("image/jpeg"));
        assert_eq!(image_type(b"\x89PNG\r\n\x1A\n"), Some("image/png"));
        for other in [&b""[..], b"\xFF\xD8", b"GIF89a", b"%PDF-1.7", b"RIFF....WEBP"] {
            assert_eq!(image_type(other), None);
        }
    }
}
