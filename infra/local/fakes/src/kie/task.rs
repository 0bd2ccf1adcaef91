//! A task, and its form in recordInfo and callbacks.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Value, json};

use super::outcome::ResultFaults;
use crate::digest;
use crate::film::{self, Order, Photo, Progress};

/// The state of a task, as recordInfo and callbacks give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// KIE accepted the task and has not begun it.
    Waiting,
    /// KIE is making the film.
    Generating,
    /// The film is made.
    Success,
    /// The task failed.
    Fail {
        /// `failCode`.
        code: String,
        /// `failMsg`.
        message: String,
    },
}

impl TaskState {
    /// The value of `state` on the wire.
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

/// A film that KIE is making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmBeingMade {
    /// The id of its task.
    pub task_id: String,
    /// The callback address of its task.
    pub callback_url: Option<String>,
    /// How far the film is; `None` if its task waits, or never ends.
    pub percent: Option<u32>,
}

/// A task as a test sees it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// The task's id: 32 hex digits.
    pub id: String,
    /// When KIE accepted the task, in milliseconds since 1970.
    pub created_ms: i64,
    /// The requested model.
    pub model: String,
    /// The model's input as it was sent.
    pub input: Value,
    /// The callback address.
    pub callback_url: Option<String>,
    /// The state of the task.
    pub state: TaskState,
    /// The HTTP statuses of the answers to the callbacks, in order; 0 if no answer came.
    pub callbacks: Vec<u16>,
}

pub(super) struct Task {
    pub view: TaskView,
    pub completed_ms: Option<i64>,
    /// The price, in KIE's credits: set from the start, 0 after a failure.
    pub credits: f64,
    pub result_urls: Vec<String>,
    pub film: Option<Arc<Film>>,
    /// The film while it is being made.
    pub making: Option<Arc<Film>>,
    pub result: ResultFaults,
}

/// A film that is rendered when first downloaded.
pub(super) struct Film {
    photo: Photo,
    order: Order,
    size_min: usize,
    progress: Progress,
    rendered: OnceLock<Bytes>,
    sha256: OnceLock<String>,
}

impl Film {
    pub fn new(photo: Photo, order: Order, size_min: usize) -> Self {
        Self { photo, order, size_min, progress: Progress::default(), rendered: OnceLock::new(), sha256: OnceLock::new() }
    }

    pub fn bytes(&self) -> Bytes {
        self.rendered.get_or_init(|| film::padded(&self.render(), self.size_min)).clone()
    }

    fn render(&self) -> Bytes {
        film::render_with(&self.photo, &self.order, &self.progress)
    }

    /// How far the film is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// SHA-256 of the film's bytes, in hex.
    pub fn sha256(&self) -> String {
        self.sha256.get_or_init(|| digest(&self.bytes())).clone()
    }
}

impl Task {
    pub fn view(&self) -> TaskView {
        self.view.clone()
    }

    /// The `data` of one call of recordInfo.
    pub fn polled(&mut self) -> Value {
        let record = self.record();
        if self.view.state == TaskState::Success {
            self.result.polls_without_urls = self.result.polls_without_urls.saturating_sub(1);
        }
        record
    }

    /// The `data` of recordInfo as it is now. A callback has the same `data` with an `updateTime`.
    pub fn record(&self) -> Value {
        let (fail_code, fail_msg) = match &self.view.state {
            TaskState::Fail { code, message } => (json!(code), json!(message)),
            _ => (Value::Null, Value::Null),
        };
        let result = match &self.view.state {
            TaskState::Success if self.result_urls.is_empty() || self.result.polls_without_urls > 0 => json!("{}"),
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
