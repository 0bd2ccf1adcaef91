//! After-commit effects: the greeting with the example videos, or a delivered video once more. Best effort: both are free, so a
//! failure owes the user no credits.

use std::time::Duration;

use adapters::{
    queues::Queue,
    telegram::{Call, SentVideo, TelegramError, Video, VideoShape},
};
use domain::{
    conversation::{AfterCommit, Notice},
    credits::Credits,
    job::{Job, SentAs, State},
    job_message::JobMessage,
    locale::Locale,
    view::{Keyboard, delivered_keyboard},
};

use crate::{IncomingUpdate, Webhook};

/// Longest that an after-commit effect may delay the screen.
const EFFECTS_TIMEOUT: Duration = Duration::from_secs(8);

impl Webhook {
    /// Runs the effect that a step requests after its commit. Returns the notice that the screen shows instead of the step's
    /// own; `None` if the step's notice is true.
    pub(crate) async fn run_after_commit(
        &self,
        update: &IncomingUpdate,
        effect: &AfterCommit,
        locale: Locale,
        job: Option<&Job>,
    ) -> Option<Notice> {
        let run = async {
            match effect {
                AfterCommit::Greeting(gift) => {
                    self.greet(update, *gift, locale).await;
                    None
                }
                AfterCommit::File(_) => match job {
                    Some(job) => self.hand_to_sender(update, job, true).await.filter(|notice| *notice == Notice::ResendLater),
                    None => Some(Notice::FilmGone),
                },
                AfterCommit::Resend(_, file_id) => match job {
                    Some(job) => self.resend(update, job, file_id, locale).await,
                    None => Some(Notice::CannotResend),
                },
            }
        };
        let late = || matches!(effect, AfterCommit::Resend(..) | AfterCommit::File(_)).then_some(Notice::ResendLater);
        tokio::time::timeout(EFFECTS_TIMEOUT, run).await.unwrap_or_else(|_| late())
    }

    /// Greets the seller, then shows an example of each kind of video.
    async fn greet(&self, update: &IncomingUpdate, gift: Credits, locale: Locale) {
        let greeting = Call::greeting(update.user.0, locale.greeting(gift));
        if let Err(error) = self.telegram.in_thread(update.thread).call(&greeting).await {
            tracing::warn!(%error, "the greeting was not sent; the screen follows");
        }
        self.send_examples(update, locale).await;
    }

    async fn send_examples(&self, update: &IncomingUpdate, locale: Locale) {
        for (kind, file_id) in &self.settings.examples {
            let (video, caption) = (Video::FileId(file_id.clone()), locale.example(*kind));
            let none = Keyboard::default();
            let sent = self
                .telegram
                .in_thread(update.thread)
                .send_video(update.user.0, video, &caption, &none, VideoShape::default())
                .await;
            if let Err(error) = sent {
                tracing::warn!(kind = kind.name(), %error, "the example was not sent; its file id must belong to this bot");
            }
        }
    }

    /// Sends a delivered video once more by its file id. A file id that Telegram refuses for good is refused at every tap: then
    /// the sender sends the film in the media store.
    async fn resend(&self, update: &IncomingUpdate, job: &Job, file_id: &str, locale: Locale) -> Option<Notice> {
        let caption = locale.resent(job.order.kind);
        let order = domain::job::Order { locale, ..job.order.clone() };
        let keyboard = delivered_keyboard(&order, job.id, &self.settings.catalog);
        let to = Repeat { chat: update.user.0, thread: update.thread, caption: &caption, keyboard: &keyboard };
        match self.send_file_id(job, file_id, &to).await {
            Ok(_) => {
                tracing::info!(job = %job.id, "the delivered video was sent once more");
                None
            }
            Err(error) if error.is_refusal_of_file() => {
                tracing::info!(job = %job.id, %error, "Telegram refused the file id; the sender sends the kept film");
                self.hand_to_sender(update, job, false).await
            }
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "the delivered video could not be sent once more; the screen says so");
                Some(Notice::ResendLater)
            }
        }
    }

    /// Requests the repeat from the sender. The notice says that the film comes, or that the request was lost.
    async fn hand_to_sender(&self, update: &IncomingUpdate, job: &Job, as_file: bool) -> Option<Notice> {
        let message = JobMessage { repeat: Some(0), as_file, thread: update.thread, ..job.message() };
        let queues = self.jobs.queues.with_trace(self.trace.header().as_deref());
        match queues.send(Queue::Send, &message.body(), Duration::ZERO).await {
            Ok(()) => Some(Notice::ResentSoon),
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "the repeat could not be enqueued; the screen says so");
                Some(Notice::ResendLater)
            }
        }
    }

    /// Sends a file id as what Telegram made of it. Release 0.1.0 did not store that, so a refused video is tried as each other kind.
    async fn send_file_id(&self, job: &Job, file_id: &str, to: &Repeat<'_>) -> Result<SentVideo, TelegramError> {
        let stored = if let State::Delivered { sent_as, .. } = job.state { sent_as } else { SentAs::Video };
        let others = [SentAs::Animation, SentAs::Document];
        let others = if stored == SentAs::Video && job.making.film.is_none() { &others[..] } else { &[] };
        let telegram = self.telegram.in_thread(to.thread);
        let mut sent = telegram.send_again(to.chat, file_id, stored, to.caption, to.keyboard).await;
        for other in others {
            if !matches!(sent, Err(TelegramError::FileUnavailable(_))) {
                break;
            }
            sent = telegram.send_again(to.chat, file_id, *other, to.caption, to.keyboard).await;
            if let Ok(sent) = &sent {
                self.jobs.keep_file_id(job, sent.clone().into()).await;
            }
        }
        sent
    }
}

/// The chat, caption and buttons of a repeated video.
struct Repeat<'a> {
    chat: i64,
    thread: Option<i64>,
    caption: &'a str,
    keyboard: &'a Keyboard,
}
