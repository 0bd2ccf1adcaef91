//! What is sent besides the screen: examples, and a video once more. After the commit and best effort; it is free, so a failure
//! owes nobody anything.

use std::time::Duration;

use adapters::telegram::{TelegramError, Video, VideoShape};
use domain::{
    conversation::{Afterwards, Notice, Profile},
    job::Job,
    view::{Keyboard, delivered_keyboard},
};

use crate::{Said, Webhook};

/// Longest that all of it may hold back the screen.
const BESIDES_TIMEOUT: Duration = Duration::from_secs(8);

impl Webhook {
    /// Sends what a step wants sent besides its screen.
    ///
    /// # Errors
    /// What the screen has to say instead: a video that was asked for did not go out.
    pub(crate) async fn send_besides(
        &self,
        said: &Said,
        what: &Afterwards,
        profile: &Profile,
        job: Option<&Job>,
    ) -> Result<(), Notice> {
        let sent = tokio::time::timeout(BESIDES_TIMEOUT, async {
            match what {
                Afterwards::Examples => {
                    self.send_examples(said, profile).await;
                    Ok(())
                }
                Afterwards::Resend(_, file_id) => match job {
                    Some(job) => self.resend(said, job, file_id, profile).await,
                    None => Err(Notice::CannotResend),
                },
            }
        });
        match (sent.await, what) {
            (Ok(sent), _) => sent,
            (Err(_), Afterwards::Examples) => Ok(()),
            (Err(_), Afterwards::Resend(..)) => Err(Notice::ResendLater),
        }
    }

    async fn send_examples(&self, said: &Said, profile: &Profile) {
        for (kind, file_id) in &self.settings.examples {
            let (video, caption) = (Video::FileId(file_id.clone()), profile.locale.example(*kind));
            let none = Keyboard::default();
            let sent = self.telegram.send_video(said.user.0, video, &caption, &none, VideoShape::default()).await;
            if let Err(error) = sent {
                tracing::warn!(kind = kind.name(), %error, "an example was not sent; is its file id of this bot?");
            }
        }
    }

    async fn resend(&self, said: &Said, job: &Job, file_id: &str, profile: &Profile) -> Result<(), Notice> {
        let (video, caption) = (Video::FileId(file_id.to_owned()), profile.locale.resent(job.order.kind));
        let order = domain::job::Order { locale: profile.locale, ..job.order.clone() };
        let keyboard = delivered_keyboard(&order, job.id, &self.settings.catalog);
        let sent = self.telegram.send_video(said.user.0, video, &caption, &keyboard, VideoShape::default()).await;
        match sent {
            Ok(_) => {
                tracing::info!(job = %job.id, "sent once more");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "could not be sent once more");
                let is_gone = matches!(error, TelegramError::FileUnavailable(_));
                Err(if is_gone { Notice::CannotResend } else { Notice::ResendLater })
            }
        }
    }
}
