//! One task from creation to its end.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::models::Ordered;
use super::outcome::{Callback, Outcome, TaskEnding};
use super::{Kie, callback};
use crate::film::{self, Order, Photo, Shape};
use crate::lock;

/// Largest photo that KIE takes, in bytes.
const PHOTO_BYTES_MAX: usize = 10 * 1024 * 1024;

/// How long a photo's server may take. Not documented by KIE.
const PHOTO_PATIENCE: Duration = Duration::from_secs(60);

/// KIE's word when it can't get the photo, or get anything out of it.
pub const FETCH_FAILED: &str = "Image fetch failed. Check access settings or use our File Upload API instead.";

/// Where a task is, as the wire says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Accepted, not begun.
    Waiting,
    /// Being made.
    Generating,
    /// Made.
    Success,
    /// Given up.
    Fail {
        /// `failCode`.
        code: String,
        /// `failMsg`.
        message: String,
    },
}

impl TaskState {
    /// `state` on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Generating => "generating",
            Self::Success => "success",
            Self::Fail { .. } => "fail",
        }
    }
}

/// A task as a story sees it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// 32 hex digits.
    pub id: String,
    /// When it was accepted, in milliseconds since 1970.
    pub created_ms: i64,
    /// The model ordered.
    pub model: String,
    /// The model's input as it was sent.
    pub input: Value,
    /// Where the caller wants to be told.
    pub callback_url: Option<String>,
    /// Where the task is.
    pub state: TaskState,
    /// HTTP statuses that the callbacks met, in order; 0 for no answer.
    pub callbacks: Vec<u16>,
}

pub(super) struct Task {
    pub view: TaskView,
    pub completed_ms: Option<i64>,
    pub credits: f64,
    pub result_urls: Vec<String>,
    pub film: Option<Arc<Film>>,
    pub result_failures: Option<(u16, usize)>,
}

/// A film that is rendered when first downloaded.
pub(super) struct Film {
    photo: Photo,
    order: Order,
    size_min: usize,
    rendered: OnceLock<Bytes>,
}

impl Film {
    pub fn bytes(&self) -> Bytes {
        self.rendered.get_or_init(|| film::padded(&film::render(&self.photo, &self.order), self.size_min)).clone()
    }
}

impl Task {
    pub fn view(&self) -> TaskView {
        self.view.clone()
    }

    /// `data` of recordInfo, which is also the callback's but for `updateTime`.
    pub fn record(&self) -> Value {
        let (fail_code, fail_msg) = match &self.view.state {
            TaskState::Fail { code, message } => (json!(code), json!(message)),
            _ => (Value::Null, Value::Null),
        };
        let result = match &self.view.state {
            TaskState::Success if self.result_urls.is_empty() => json!("{}"),
            TaskState::Success => json!(json!({ "resultUrls": self.result_urls }).to_string()),
            TaskState::Fail { .. } => Value::Null,
            _ => json!(""),
        };
        // `input` is JSON text inside `param`, which is JSON text itself.
        let param = json!({
            "model": self.view.model,
            "callBackUrl": self.view.callback_url,
            "input": self.view.input.to_string(),
        });
        json!({
            "taskId": self.view.id,
            "model": self.view.model,
            "state": self.view.state.name(),
            "param": param.to_string(),
            "resultJson": result,
            "failCode": fail_code,
            "failMsg": fail_msg,
            "costTime": self.completed_ms.map(|completed| (completed - self.view.created_ms) / 1000),
            "completeTime": self.completed_ms,
            "createTime": self.view.created_ms,
            "creditsConsumed": self.credits,
        })
    }
}

impl Kie {
    /// Brings a task to its end and tells of it.
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
        callback::post_as_told(&self, &id, outcome.callback).await;
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
                    let asked = ordered.ratio.unwrap_or(Shape::Photo);
                    let follows = ordered.follows_photo && settings.aspect_from_photo;
                    let shape = if follows { Shape::Photo } else { asked };
                    let seed = u64::from_str_radix(id.get(..16).unwrap_or("0"), 16).unwrap_or(0);
                    let order = Order { shape, seconds: ordered.seconds, seed, detail: settings.detail };
                    let film = Film { photo, order, size_min: outcome.video_bytes, rendered: OnceLock::new() };
                    task.film = Some(Arc::new(film));
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

    /// Fetches and decodes every photo; the first is what the film shows.
    async fn fetch_photos(&self, urls: &[String]) -> Result<Photo, String> {
        let mut first = None;
        for url in urls {
            let photo = self.fetch_photo(url).await?;
            first.get_or_insert(photo);
        }
        first.ok_or_else(|| "no photo".into())
    }

    async fn fetch_photo(&self, url: &str) -> Result<Photo, String> {
        let request = Request::get(url).body(Bytes::new()).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(PHOTO_PATIENCE, self.inner.outbound.send(request)).await;
        let answer = answer.map_err(|_| "no answer in time")??;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("HTTP {}", answer.status()));
        }
        if answer.body().len() > PHOTO_BYTES_MAX {
            return Err("larger than 10 MB".into());
        }
        Photo::decode(answer.body())
    }
}
