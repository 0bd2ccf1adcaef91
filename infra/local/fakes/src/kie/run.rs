//! Runs a task from its creation to its end.

use std::sync::Arc;

use super::checks::Ordered;
use super::outcome::{Callback, Outcome, TaskEnding};
use super::photos::Failure;
use super::task::{Film, TaskState};
use super::{Kie, callback};
use crate::film::{Detail, Order, Photo};
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
        let film = photo.map(|photo| self.film(&id, &ordered, &outcome, photo));
        if let (Ok(film), Detail::Smooth) = (&film, self.inner.settings.detail) {
            let film = film.clone();
            if let Some(task) = lock(&self.inner.books).tasks.get_mut(&id) {
                task.making = Some(film.clone());
            }
            // A film to watch takes seconds of computing. If that fails, the download renders it.
            let _rendered = tokio::task::spawn_blocking(move || film.bytes()).await;
        }
        self.finish(&id, &outcome, film);
        callback::post_as_scripted(&self, &id, outcome.callback).await;
    }

    /// The film of a task, as it was ordered.
    fn film(&self, id: &str, ordered: &Ordered, outcome: &Outcome, photo: Photo) -> Arc<Film> {
        let seed = u64::from_str_radix(id.get(..16).unwrap_or("0"), 16).unwrap_or(0);
        let Ordered { shape, seconds, sound, .. } = *ordered;
        let shape = outcome.shape.unwrap_or(shape);
        let order = Order { shape, seconds, seed, detail: self.inner.settings.detail, sound };
        Arc::new(Film::new(photo, order, outcome.video_bytes))
    }

    /// Ends a task. A failure costs nothing unless its outcome says so: `creditsConsumed` reads 0, as users see on most failures, and
    /// the account has its credits back.
    fn finish(&self, id: &str, outcome: &Outcome, film: Result<Arc<Film>, Failure>) {
        let now = self.inner.clock.now_ms();
        let mut books = lock(&self.inner.books);
        let Some(task) = books.tasks.get_mut(id) else {
            return;
        };
        task.completed_ms = Some(now);
        task.making = None;
        task.view.state = match (&outcome.ending, film) {
            (TaskEnding::Fail { code, message }, _) => TaskState::Fail { code: code.clone(), message: message.clone() },
            (_, Err((code, message))) => TaskState::Fail { code: code.into(), message },
            (TaskEnding::SuccessWithoutUrls, _) => TaskState::Success,
            (_, Ok(film)) => {
                task.film = Some(film);
                let base = outcome.result.base.as_ref().unwrap_or(&self.inner.settings.public_url);
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
