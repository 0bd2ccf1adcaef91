//! Sends a delivered video once more from the media store, for free: after Telegram refused its file id, or as a file. No credits move. A
//! repeat is tried [`TRIES_MAX`] times; then the seller is notified and may tap again.

use adapters::{queues::Queue, telegram::TelegramError};
use app::{Found, HandlerError, Outcome, StageResult};
use domain::{
    conversation::Notice,
    job::{Job, Order, State},
    job_message::JobMessage,
    view::{Screen, delivered_keyboard},
};

use crate::{Sender, film::NotSent};

/// Most tries of one requested repeat.
const TRIES_MAX: u8 = 3;

impl Sender {
    /// Handles a message that requests a repeat. `tries` is how often the repeat was tried before.
    pub(crate) async fn repeat(&self, message: &JobMessage, tries: u8) -> StageResult {
        let job = match self.jobs.find(message).await? {
            Found::Nothing => return Ok(Outcome::NoSuchJob),
            Found::Superseded => return Ok(Outcome::Superseded),
            Found::Job(job) => job,
        };
        let State::Delivered { video_key, .. } = &job.state else { return Ok(Outcome::NotMine) };
        let video_key = video_key.clone().unwrap_or_else(|| Job::video_key(job.user, job.id));
        let caption = job.order.locale.resent(job.order.kind);
        let here = Job { order: Order { thread: message.thread, ..job.order.clone() }, ..(*job).clone() };
        let sent = if message.as_file {
            self.send_as_file(&here, &video_key, &caption).await.map(|()| None)
        } else {
            match self.source(&here, &video_key).await {
                Ok(source) => self.send_film(&here, source, &caption).await.map(Some),
                Err(error) => Err(error),
            }
        };
        match sent {
            Ok(sent) => {
                // A document's file id cannot be sent as a video.
                if let Some(sent) = sent {
                    self.jobs.keep_file_id(&job, sent.into()).await;
                }
                Ok(Outcome::Repeated)
            }
            Err(NotSent::Telegram(error)) if error.is_unreachable() => Ok(Outcome::NotRepeated),
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "the delivered video cannot be sent once more; the seller is notified");
                self.notify(&here, Notice::CannotResend).await;
                Ok(Outcome::NotRepeated)
            }
            Err(error) if tries.saturating_add(1) >= TRIES_MAX => {
                tracing::warn!(tries, %error, "the delivered video could not be sent once more; the seller is notified");
                self.notify(&here, Notice::ResendLater).await;
                Ok(Outcome::NotRepeated)
            }
            Err(error) => {
                tracing::info!(tries, %error, "the delivered video was not sent once more; the repeat is tried again");
                self.repeat_later(&job, message, tries, &error).await
            }
        }
    }

    /// Enqueues the next try. If that fails, SQS delivers the present message again.
    async fn repeat_later(&self, job: &Job, message: &JobMessage, tries: u8, error: &NotSent) -> StageResult {
        let delay = match error {
            NotSent::Telegram(TelegramError::TooManyRequests { retry_after }) => *retry_after,
            _ => self.jobs.rules.retry_delays.after(tries.into()),
        };
        let message = JobMessage { repeat: Some(tries.saturating_add(1)), sequence: job.message().sequence, ..message.clone() };
        self.jobs.queues.send(Queue::Send, &message.body(), delay).await.map_err(HandlerError::RepeatNotEnqueued)?;
        Ok(Outcome::Postponed)
    }

    async fn notify(&self, job: &Job, notice: Notice) {
        let keyboard = delivered_keyboard(&job.order, job.id, &self.catalog);
        let screen = Screen { text: job.order.locale.notice(notice), keyboard };
        if let Err(error) = self.telegram.in_thread(job.order.thread).send_message(job.user.0, &screen).await {
            tracing::warn!(%error, "the seller was not notified that the video cannot be sent once more");
        }
    }
}

/// Whether every later try of the repeat would fail too.
fn is_final(error: &NotSent) -> bool {
    match error {
        NotSent::Missing | NotSent::TooLarge => true,
        NotSent::Telegram(error) => error.is_refusal_of_file(),
        NotSent::Media(_) => false,
    }
}
