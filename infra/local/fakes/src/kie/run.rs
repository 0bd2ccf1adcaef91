//! Runs a task from its creation to its end.

use std::sync::Arc;

use super::checks::Ordered;
use super::outcome::{Callback, Outcome, TaskEnding};
use super::photos::Failure;
use super::task::{Film, TaskState};
use super::{Kie, callback};
use crate::film::{Order, Photo};
use crate::lock;

impl Kie {
    /// Runs a task to its end and posts its callback.
    pub(super) async fn run(self, id: String, ordered: Ordered, outcome: Outcome) {
        let duration = outcome.duration.unwrap_or(self.inner.settings.duration);
        tokio::time::sleep(duration / 2).await;
        if let Some(task) = lock(&self.inner.books).tasks.get_mut(&id) {
            task.view.state = TaskState::Generating;
        }
        if outcome.callback == Callback::Forged {
            callback::post_forged(&self, &id).await;
        }
        let photo = self.fetch_photos(&ordered.images, ordered.photo_limits).await;
        tokio::time::sleep(duration - duration / 2).await;
        if matches!(outcome.ending, TaskEnding::NeverAnswers) {
            return;
        }
        self.finish(&id, &ordered, &outcome, photo);
        callback::post_as_scripted(&self, &id, outcome.callback).await;
    }

    /// Ends a task. A failure costs nothing unless its outcome says so: `creditsConsumed` reads 0, as users see on most failures, and
    /// the account has its credits back.
    fn finish(&self, id: &str, ordered: &Ordered, outcome: &Outcome, photo: Result<Photo, Failure>) {
        let settings = &self.inner.settings;
        let now = self.inner.clock.now_ms();
        let mut books = lock(&self.inner.books);
        let Some(task) = books.tasks.get_mut(id) else {
            return;
        };
        task.completed_ms = Some(now);
        task.view.state = match (&outcome.ending, photo) {
            (TaskEnding::Fail { code, message }, _) => TaskState::Fail { code: code.clone(), message: message.clone() },
            (_, Err((code, message))) => TaskState::Fail { code: code.into(), message },
            (TaskEnding::SuccessWithoutUrls, _) => TaskState::Success,
            (_, Ok(photo)) => {
                let seed = u64::from_str_radix(id.get(..16).unwrap_or("0"), 16).unwrap_or(0);
                let Ordered { shape, seconds, sound, .. } = *ordered;
                let shape = outcome.shape.unwrap_or(shape);
                let order = Order { shape, seconds, seed, detail: settings.detail, sound };
                task.film = Some(Arc::new(Film::new(photo, order, outcome.video_bytes)));
                let base = outcome.result.base.as_ref().unwrap_or(&settings.public_url);
                task.result_urls = vec![format!("{base}/results/{id}.mp4")];
                TaskState::Success
            }
        };
        if matches!(task.view.state, TaskState::Fail { .. }) && !outcome.failure_is_charged {
            let refunded = std::mem::take(&mut task.credits);
            books.spent -= refunded;
        }
    }
}
