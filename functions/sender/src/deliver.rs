//! Sends the video once. Telegram's answer decides the job's next state.

use std::time::Duration;

use adapters::{
    metrics::{Metric, between},
    queues::Queue,
    table::{Counted, TableError},
    telegram::{SentVideo, TelegramError, UPLOAD_MAX_BYTES, URL_MAX_BYTES, Video, VideoShape},
};
use app::{HandlerError, Outcome, StageResult, record_job};
use domain::{
    classify::{Class, Diagnosis},
    job::{Job, Receipt, State},
    view::delivered_keyboard,
};

use crate::Sender;

/// Longest that showing "sending a video" may delay the upload.
const ACTION_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause before a failed capture is retried.
const CAPTURE_PAUSE: Duration = Duration::from_millis(250);

/// Why a send did not succeed.
enum NotSent {
    /// The video can never be delivered: the job is ended with this class.
    Final(Class),
    /// Telegram refused the send for now and named the time to wait. The video was not delivered.
    Wait(Duration),
    /// Another error. The video may have been delivered.
    Failed(String),
}

impl From<TelegramError> for NotSent {
    fn from(error: TelegramError) -> Self {
        match error {
            TelegramError::Blocked(_) | TelegramError::Gone(_) => Self::Final(Class::Unreachable),
            TelegramError::TooLarge(_) => Self::Final(Class::TooLarge),
            TelegramError::TooManyRequests { retry_after } => Self::Wait(retry_after),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl Sender {
    pub(crate) async fn deliver(&self, job: &Job, receipt_handle: &str) -> StageResult {
        let (clock, rules) = (&self.jobs.clock, &self.jobs.rules);
        let claimed = job.claim_send(clock.now(), rules)?;
        self.jobs.save(&claimed).await?;
        match self.send_video(&claimed).await {
            Ok(sent) => self.capture(claimed, sent).await,
            Err(NotSent::Final(class)) => self.settlements.end(&claimed, &Diagnosis::of(class)).await,
            Err(NotSent::Wait(wait)) => {
                self.jobs.advance(Queue::Send, &claimed.send_postponed(wait, clock.now(), rules)?).await?;
                Ok(Outcome::Postponed)
            }
            Err(NotSent::Failed(reason)) => {
                tracing::warn!(attempt = claimed.state.attempts(), reason, "the send failed; SQS delivers the message again");
                let failed = claimed.send_failed(clock.now(), rules)?;
                self.jobs.save(&failed.job).await?;
                self.come_back_in(receipt_handle, failed.delay).await;
                Ok(Outcome::ComesBack)
            }
        }
    }

    /// Sends the video by URL if it has sound and Telegram accepts a URL for its size, else as an upload.
    async fn send_video(&self, job: &Job) -> Result<SentVideo, NotSent> {
        let State::Sending { video_key, .. } = &job.state else {
            return Err(NotSent::Failed("the job is not in the stage sending".into()));
        };
        let failed = |error: &dyn std::fmt::Display| NotSent::Failed(error.to_string());
        let film = job.making.film;
        let size = self.media.size(video_key).await.map_err(|error| failed(&error))?;
        let length = size.ok_or_else(|| NotSent::Failed("the video is not in the media store".into()))?;
        if length > UPLOAD_MAX_BYTES {
            return Err(NotSent::Final(Class::TooLarge));
        }
        // Telegram makes an animation of a film without sound that it fetches itself; an uploaded one stays a video
        // (docs/silent-films.md).
        if length <= URL_MAX_BYTES && film.is_none_or(|film| film.sound) {
            let url = self.media.presigned_get(video_key, self.jobs.rules.lease).await.map_err(|error| failed(&error))?;
            match self.video_to_chat(job, Video::Url(url)).await {
                // Telegram may accept as an upload a video that it refused by URL.
                Err(TelegramError::BadUrl(_) | TelegramError::TooLarge(_) | TelegramError::Refused { code: 400, .. }) => {
                    tracing::info!("Telegram refused the video by URL; the sender uploads it instead");
                }
                answer => return Ok(answer?),
            }
        }
        let action = tokio::time::timeout(ACTION_TIMEOUT, self.telegram.show_uploading(job.user.0));
        let (_shown, stored) = tokio::join!(action, self.media.get(video_key));
        let (length, body) = stored.map_err(|error| failed(&error))?;
        let file_name = format!("{}.mp4", job.order.kind.name());
        Ok(self.video_to_chat(job, Video::Upload { body, length, file_name }).await?)
    }

    async fn video_to_chat(&self, job: &Job, video: Video) -> Result<SentVideo, TelegramError> {
        let locale = job.order.locale;
        let keyboard = delivered_keyboard(&job.order, job.id, &self.catalog);
        let shape = job.making.film.map(VideoShape::of).unwrap_or_default();
        self.telegram.send_video(job.user.0, video, &locale.delivered(job.order.kind), &keyboard, shape).await
    }

    /// Records the delivery and the capture in one transaction, once the video is in the chat. Retries until the lease ends.
    async fn capture(&self, claimed: Job, sent: SentVideo) -> StageResult {
        let receipt = Receipt { file_id: sent.file_id, message_id: sent.message_id, sent_as: sent.sent_as };
        let lease_ends = claimed.lease_until.unwrap_or(claimed.confirmed_at);
        let mut job = claimed;
        loop {
            let (delivered, entry) = job.delivered(receipt.clone(), self.jobs.clock.now())?;
            match self.jobs.table.settle(&delivered, &entry).await {
                Ok(()) => {
                    record_job(&delivered);
                    Metric::Delivered.emit();
                    if let State::Sending { ready_at, .. } | State::Ready { ready_at, .. } = job.state {
                        Metric::Delivery(between(ready_at, self.jobs.clock.now())).emit();
                    }
                    let counted = self.jobs.table.count(Counted::Delivered, 1, self.jobs.clock.now());
                    tokio::join!(self.status_message.show(&delivered), counted);
                    return Ok(Outcome::Delivered);
                }
                Err(TableError::Stale) => match self.jobs.table.job(job.user, job.id).await {
                    Ok(Some(Job { state: State::Delivered { .. }, .. })) => return Ok(Outcome::Delivered),
                    Ok(Some(found)) if found.has_ended() => {
                        tracing::warn!("the video was delivered after the job's refund; no credits move");
                        return Ok(Outcome::LateSuccess);
                    }
                    Ok(Some(found)) => {
                        job = found;
                        tokio::time::sleep(CAPTURE_PAUSE).await;
                    }
                    Ok(None) => return Ok(Outcome::NoSuchJob),
                    Err(error) => pause_before_capture(&error).await,
                },
                Err(error) => pause_before_capture(&error).await,
            }
            if self.jobs.clock.now() >= lease_ends {
                return Err(HandlerError::DeliveryNotRecorded(job.id));
            }
        }
    }
}

async fn pause_before_capture(error: &TableError) {
    tracing::warn!(%error, "the video was sent, but the delivery could not be recorded; the sender retries until the lease ends");
    tokio::time::sleep(CAPTURE_PAUSE).await;
}
