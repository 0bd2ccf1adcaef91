//! After-commit effects: the example videos, or a delivered video once more. Best effort: both are free, so a failure owes the
//! user no credits.

use std::time::Duration;

use adapters::{
    media::{Media, MediaError},
    telegram::{SentVideo, TelegramError, Video, VideoShape},
};
use domain::{
    conversation::{AfterCommit, Notice, Profile},
    job::{Job, Receipt, SentAs, State},
    view::{Keyboard, delivered_keyboard},
};

use crate::{IncomingUpdate, Webhook};

/// Longest that an after-commit effect may delay the screen.
const EFFECTS_TIMEOUT: Duration = Duration::from_secs(9);

/// How long Telegram may fetch a kept film from its presigned address.
const KEPT_VIDEO_URL_LIFETIME: Duration = Duration::from_secs(60);

impl Webhook {
    /// Runs the effect that a step requests after its commit.
    ///
    /// # Errors
    /// The requested video was not sent. The error is the notice that the screen shows.
    pub(crate) async fn run_after_commit(
        &self,
        update: &IncomingUpdate,
        effect: &AfterCommit,
        profile: &Profile,
        job: Option<&Job>,
    ) -> Result<(), Notice> {
        let sent = tokio::time::timeout(EFFECTS_TIMEOUT, async {
            match effect {
                AfterCommit::Examples => {
                    self.send_examples(update, profile).await;
                    Ok(())
                }
                AfterCommit::Resend(_, file_id) => match job {
                    Some(job) => self.resend(update, job, file_id, profile).await,
                    None => Err(Notice::CannotResend),
                },
            }
        });
        match (sent.await, effect) {
            (Ok(sent), _) => sent,
            (Err(_), AfterCommit::Examples) => Ok(()),
            (Err(_), AfterCommit::Resend(..)) => Err(Notice::ResendLater),
        }
    }

    async fn send_examples(&self, update: &IncomingUpdate, profile: &Profile) {
        for (kind, file_id) in &self.settings.examples {
            let (video, caption) = (Video::FileId(file_id.clone()), profile.locale.example(*kind));
            let none = Keyboard::default();
            let sent = self.telegram.send_video(update.user.0, video, &caption, &none, VideoShape::default()).await;
            if let Err(error) = sent {
                tracing::warn!(kind = kind.name(), %error, "the example was not sent; its file id must belong to this bot");
            }
        }
    }

    /// Sends a delivered video once more: by its file id, else the kept film itself.
    async fn resend(&self, update: &IncomingUpdate, job: &Job, file_id: &str, profile: &Profile) -> Result<(), Notice> {
        let caption = profile.locale.resent(job.order.kind);
        let order = domain::job::Order { locale: profile.locale, ..job.order.clone() };
        let keyboard = delivered_keyboard(&order, job.id, &self.settings.catalog);
        let to = Repeat { chat: update.user.0, caption: &caption, keyboard: &keyboard };
        let mut sent = self.send_file_id(job, file_id, &to).await;
        // A file id that Telegram refuses for good is refused at every tap: the film in the media store replaces it while it is there.
        let is_refused = sent.as_ref().is_err_and(is_refused_for_good);
        if is_refused && let Ok(media) = self.services.media() {
            tracing::info!(job = %job.id, "Telegram refused the file id; the kept film is sent");
            sent = self.send_kept_film(&media, job, &to).await;
        }
        match sent {
            Ok(sent) => {
                tracing::info!(job = %job.id, "the delivered video was sent once more");
                if is_refused {
                    self.keep_file_id(job, sent).await;
                }
                Ok(())
            }
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "the delivered video could not be sent once more; the screen says so");
                Err(if is_refused_for_good(&error) { Notice::CannotResend } else { Notice::ResendLater })
            }
        }
    }

    /// Sends a file id as what Telegram made of it. Release 0.1.0 did not store that, so a refused video is tried as each other kind.
    async fn send_file_id(&self, job: &Job, file_id: &str, to: &Repeat<'_>) -> Result<SentVideo, TelegramError> {
        let stored = if let State::Delivered { sent_as, .. } = job.state { sent_as } else { SentAs::Video };
        let others = [SentAs::Animation, SentAs::Document];
        let others = if stored == SentAs::Video && job.making.film.is_none() { &others[..] } else { &[] };
        let mut sent = self.telegram.send_again(to.chat, file_id, stored, to.caption, to.keyboard).await;
        for other in others {
            if !matches!(sent, Err(TelegramError::FileUnavailable(_))) {
                break;
            }
            sent = self.telegram.send_again(to.chat, file_id, *other, to.caption, to.keyboard).await;
            if let Ok(sent) = &sent {
                self.keep_file_id(job, sent.clone()).await;
            }
        }
        sent
    }

    /// Sends the film in the media store, by address or, if it has no sound, as an upload (docs/silent-films.md).
    async fn send_kept_film(&self, media: &Media, job: &Job, to: &Repeat<'_>) -> Result<SentVideo, TelegramError> {
        let key = Job::video_key(job.user, job.id);
        let shape = job.making.film.map(VideoShape::of).unwrap_or_default();
        let unavailable = |error: MediaError| match error {
            // The webhook may not list the bucket, so S3 answers 403 for a film that is no longer kept.
            MediaError::Missing | MediaError::Refused(_) => {
                TelegramError::FileUnavailable("the film is no longer kept".to_owned())
            }
            transient @ MediaError::Transient(_) => TelegramError::Transient(transient.to_string()),
        };
        let video = if job.making.film.is_some_and(|film| film.sound) {
            Video::Url(media.presigned_get(&key, KEPT_VIDEO_URL_LIFETIME).await.map_err(unavailable)?)
        } else {
            let (length, body) = media.get(&key).await.map_err(unavailable)?;
            Video::Upload { body, length, file_name: format!("{}.mp4", job.order.kind.name()) }
        };
        self.telegram.send_video(to.chat, video, to.caption, to.keyboard, shape).await
    }

    /// Stores the file id of a repeat and what Telegram made of it on the job, so that the next repeat uses them. Best effort:
    /// without them the next repeat tries again what was refused.
    async fn keep_file_id(&self, job: &Job, sent: SentVideo) {
        if sent.file_id.is_none() {
            return;
        }
        let receipt = Receipt { file_id: sent.file_id, message_id: sent.message_id, sent_as: sent.sent_as };
        let Ok(job) = job.sent_again(receipt) else { return };
        if let Err(error) = self.jobs.save(&job).await {
            tracing::warn!(job = %job.id, %error, "the file id of the repeated video was not stored");
        }
    }
}

/// The chat, caption and buttons of a repeated video.
struct Repeat<'a> {
    chat: i64,
    caption: &'a str,
    keyboard: &'a Keyboard,
}

fn is_refused_for_good(error: &TelegramError) -> bool {
    matches!(
        error,
        TelegramError::FileUnavailable(_)
            | TelegramError::BadUrl(_)
            | TelegramError::TooLarge(_)
            | TelegramError::Refused { code: 400, .. }
    )
}
