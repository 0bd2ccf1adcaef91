//! After-commit effects: the example videos, or a delivered video once more. Best effort: both are free, so a failure owes the
//! user no credits.

use std::time::Duration;

use adapters::telegram::{TelegramError, Video, VideoShape};
use domain::{
    conversation::{AfterCommit, Notice, Profile},
    job::{Job, SentAs, State},
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

    /// The presigned address of the job's film; `None` if it cannot be signed. Telegram finds out whether the film is still there.
    async fn kept_video(&self, job: &Job) -> Option<String> {
        // The client of the media store is built only here, because hardly any update needs it.
        let media = self.services.media().ok()?;
        media.presigned_get(&Job::video_key(job.user, job.id), KEPT_VIDEO_URL_LIFETIME).await.ok()
    }

    async fn resend(&self, update: &IncomingUpdate, job: &Job, file_id: &str, profile: &Profile) -> Result<(), Notice> {
        let caption = profile.locale.resent(job.order.kind);
        let order = domain::job::Order { locale: profile.locale, ..job.order.clone() };
        let keyboard = delivered_keyboard(&order, job.id, &self.settings.catalog);
        let sent_as = if let State::Delivered { sent_as, .. } = job.state { sent_as } else { SentAs::Video };
        let mut sent = self.telegram.send_again(update.user.0, file_id, sent_as, &caption, &keyboard).await;
        // A file id that Telegram refuses for good is refused at every tap: the film in the media store replaces it while it is there.
        if let Err(TelegramError::FileUnavailable(_) | TelegramError::Refused { code: 400, .. } | TelegramError::TooLarge(_)) =
            &sent
            && let Some(url) = self.kept_video(job).await
        {
            tracing::info!(job = %job.id, "Telegram refused the file id; the film in the media store is sent");
            let shape = job.making.film.map(VideoShape::of).unwrap_or_default();
            sent = self.telegram.send_video(update.user.0, Video::Url(url), &caption, &keyboard, shape).await;
        }
        match sent {
            Ok(_) => {
                tracing::info!(job = %job.id, "the delivered video was sent once more");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "the delivered video could not be sent once more; the screen says so");
                let is_gone = matches!(
                    error,
                    TelegramError::FileUnavailable(_) | TelegramError::BadUrl(_) | TelegramError::Refused { code: 400, .. }
                );
                Err(if is_gone { Notice::CannotResend } else { Notice::ResendLater })
            }
        }
    }
}
