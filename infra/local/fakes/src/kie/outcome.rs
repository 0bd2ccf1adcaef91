//! The scripted outcome of one task.

use std::time::Duration;

use crate::film::Shape;

/// The outcome of one createTask call and its task, built by a constructor and the `with` methods.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub(super) ending: TaskEnding,
    /// Whether KIE keeps the price of a task that fails.
    pub(super) failure_is_charged: bool,
    pub(super) duration: Option<Duration>,
    pub(super) callback: Callback,
    pub(super) video_bytes: usize,
    pub(super) shape: Option<Shape>,
    pub(super) result: ResultFaults,
    pub(super) reply: Reply,
}

/// How the result of a task that succeeded stays away for a while. The faults strike in the order of the fields.
#[derive(Clone, Debug, Default)]
pub(super) struct ResultFaults {
    /// The number of polls that see the success without its URLs.
    pub polls_without_urls: usize,
    /// How long after the success the address answers 404.
    pub delay: Duration,
    /// An HTML page with status 200, and how often it is left.
    pub page: Option<(String, usize)>,
    /// An HTTP status, and how often it is left.
    pub failures: Option<(u16, usize)>,
    /// The scheme and host of the film's address, if it is not on the fake's own host.
    pub base: Option<String>,
}

/// Whether createTask's answer arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Arrives,
    Lost,
}

#[derive(Clone, Debug)]
pub(super) enum TaskEnding {
    Success,
    SuccessWithoutUrls,
    Fail { code: String, message: String },
    Refuse { code: i64, message: String },
    Http { status: u16, body: String },
    Hang,
    NeverAnswers,
}

/// How the callback of a task is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback {
    /// The callback is posted when the task ends.
    Once,
    /// The callback is never posted.
    Lost,
    /// The callback is posted twice when the task ends.
    Twice,
    /// The callback is posted this long after the task's end.
    Late(Duration),
    /// While the task runs, another sender posts a success with another film and a wrong signature. The true callback follows
    /// when the task ends.
    Forged,
}

impl Outcome {
    const fn of(ending: TaskEnding) -> Self {
        let result = ResultFaults { polls_without_urls: 0, delay: Duration::ZERO, page: None, failures: None, base: None };
        let (callback, reply) = (Callback::Once, Reply::Arrives);
        Self { ending, failure_is_charged: false, duration: None, callback, video_bytes: 0, shape: None, result, reply }
    }

    /// The task succeeds with a film.
    #[must_use]
    pub const fn success() -> Self {
        Self::of(TaskEnding::Success)
    }

    /// The task succeeds and never has result URLs.
    #[must_use]
    pub const fn success_without_urls() -> Self {
        Self::of(TaskEnding::SuccessWithoutUrls)
    }

    /// The task is accepted and fails.
    #[must_use]
    pub fn fail(fail_code: impl Into<String>, fail_msg: impl Into<String>) -> Self {
        Self::of(TaskEnding::Fail { code: fail_code.into(), message: fail_msg.into() })
    }

    /// createTask is refused: HTTP 200 with this `code` and `msg`. No task is created.
    #[must_use]
    pub fn refuse(code: i64, msg: impl Into<String>) -> Self {
        Self::of(TaskEnding::Refuse { code, message: msg.into() })
    }

    /// createTask answers with this HTTP status and body, which need not be JSON. No task is created.
    #[must_use]
    pub fn http(status: u16, body: impl Into<String>) -> Self {
        Self::of(TaskEnding::Http { status, body: body.into() })
    }

    /// createTask never answers. No task is created.
    #[must_use]
    pub const fn hang() -> Self {
        Self::of(TaskEnding::Hang)
    }

    /// The task stays in the state generating for ever.
    #[must_use]
    pub const fn never_answers() -> Self {
        Self::of(TaskEnding::NeverAnswers)
    }

    /// KIE keeps the price of the task although it fails.
    #[must_use]
    pub const fn with_charged_failure(mut self) -> Self {
        self.failure_is_charged = true;
        self
    }

    /// The task is created, but the connection drops before createTask's answer.
    #[must_use]
    pub const fn with_lost_reply(mut self) -> Self {
        self.reply = Reply::Lost;
        self
    }

    /// Sets the time from the task's creation to its end.
    #[must_use]
    pub const fn after(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Sets how the callback is delivered.
    #[must_use]
    pub const fn with_callback(mut self, callback: Callback) -> Self {
        self.callback = callback;
        self
    }

    /// Makes the film at least this many bytes long, for tests of Telegram's limits of 20 and 50 MB.
    #[must_use]
    pub const fn with_video_bytes(mut self, bytes: usize) -> Self {
        self.video_bytes = bytes;
        self
    }

    /// Gives the film other proportions than ordered.
    #[must_use]
    pub const fn with_shape(mut self, wide: u32, high: u32) -> Self {
        self.shape = Some(Shape::Ratio(wide, high));
        self
    }

    /// The first `times` downloads of the film answer with this HTTP status: 403 and 404 with a short text, 200 and 202 with an empty
    /// body.
    #[must_use]
    pub const fn with_result_failures(mut self, status: u16, times: usize) -> Self {
        self.result.failures = Some((status, times));
        self
    }

    /// The address of the film is on another host: `base` and the path at the fake. The host has to be mounted by the test.
    #[must_use]
    pub fn with_result_at(mut self, base: impl Into<String>) -> Self {
        self.result.base = Some(base.into());
        self
    }

    /// The first `times` downloads of the film answer 200 with this HTML page.
    #[must_use]
    pub fn with_result_page(mut self, html: impl Into<String>, times: usize) -> Self {
        self.result.page = Some((html.into(), times));
        self
    }

    /// The address of the film answers 404 until this long after the task's success.
    #[must_use]
    pub const fn with_result_delay(mut self, delay: Duration) -> Self {
        self.result.delay = delay;
        self
    }

    /// The first `polls` calls of recordInfo after the success see it without result URLs, and so does a callback before them.
    #[must_use]
    pub const fn with_urls_after_polls(mut self, polls: usize) -> Self {
        self.result.polls_without_urls = polls;
        self
    }
}
