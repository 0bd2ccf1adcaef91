//! Runs a task from its creation to its end.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;

use super::models::Ordered;
use super::outcome::{Callback, Outcome, TaskEnding};
use super::task::{Film, Task, TaskState};
use super::{Kie, callback};
use crate::film::{Order, Photo, Shape};
use crate::lock;

/// Largest photo that KIE takes, in bytes.
const PHOTO_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Longest wait for the server of a photo. KIE does not document its limit.
const PHOTO_PATIENCE: Duration = Duration::from_secs(60);

/// KIE's `failMsg` if it cannot fetch or read the photo.
const FETCH_FAILED: &str = "Image fetch failed. Check access settings or use our File Upload API instead.";

impl Kie {
    /// Runs a task to its end and posts its callback.
    pub(super) async fn run(self, id: String, ordered: Ordered, outcome: Outcome) {
        let duration = outcome.duration.unwrap_or(self.inner.settings.duration);
        tokio::time::sleep(duration / 2).await;
        self.change(&id, |task| task.view.state = TaskState::Generating);
        if outcome.callback == Callback::Forged {
            callback::post_forged(&self, &id).await;
        }
        let photo = self.fetch_photos(&ordered.images).await;
        tokio::time::sleep(duration - duration / 2).await;
        if matches!(outcome.ending, TaskEnding::NeverAnswers) {
            return;
        }
        self.finish(&id, &ordered, &outcome, photo);
        callback::post_as_scripted(&self, &id, outcome.callback).await;
    }

    fn finish(&self, id: &str, ordered: &Ordered, outcome: &Outcome, photo: Result<Photo, String>) {
        let settings = &self.inner.settings;
        let now = self.inner.clock.now_ms();
        let failed = |code: &str, message: &str| TaskState::Fail { code: code.into(), message: message.into() };
        self.change(id, |task| {
            task.completed_ms = Some(now);
            task.view.state = match (&outcome.ending, photo) {
                (TaskEnding::Fail { code, message }, _) => failed(code, message),
                (_, Err(_)) => failed("400", FETCH_FAILED),
                (TaskEnding::SuccessWithoutUrls, _) => TaskState::Success,
                (_, Ok(photo)) => {
                    let requested = ordered.ratio.unwrap_or(Shape::Photo);
                    let follows = ordered.follows_photo && settings.aspect_from_photo;
                    let shape = if follows { Shape::Photo } else { requested };
                    let seed = u64::from_str_radix(id.get(..16).unwrap_or("0"), 16).unwrap_or(0);
                    let order = Order { shape, seconds: ordered.seconds, seed, detail: settings.detail };
                    task.film = Some(Arc::new(Film::new(photo, order, outcome.video_bytes)));
                    task.result_urls = vec![format!("{}/results/{id}.mp4", settings.public_url)];
                    TaskState::Success
                }
            };
        });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Task)) {
        if let Some(task) = lock(&self.inner.books).tasks.get_mut(id) {
            change(task);
        }
    }

    /// Fetches and decodes every photo, and returns the first, which the film shows.
    async fn fetch_photos(&self, urls: &[String]) -> Result<Photo, String> {
        let mut first = None;
        for url in urls {
            let photo = self.fetch_photo(url).await?;
            first.get_or_insert(photo);
        }
        first.ok_or_else(|| "the order has no photo".into())
    }

    async fn fetch_photo(&self, url: &str) -> Result<Photo, String> {
        let request = Request::get(url).body(Bytes::new()).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(PHOTO_PATIENCE, self.inner.outbound.send(request)).await;
        let answer = answer.map_err(|_| "the server of the photo did not answer in time")??;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("the server of the photo answered HTTP {}", answer.status()));
        }
        if answer.body().len() > PHOTO_BYTES_MAX {
            return Err("the photo is larger than 10 MB".into());
        }
        Photo::decode(answer.body())
    }
}
