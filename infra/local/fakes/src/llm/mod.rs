//! A fake for a language model behind OpenAI's API (platform.openai.com/docs/api-reference/chat/create), which many services
//! offer: chat completions without streaming, of a model that reads texts and images or texts only.
//!
//! Without a script the fake gives the same answer to the same request. The answer repeats the last words of the user's message,
//! so that a test sees to which request it belongs.

mod api;
mod checks;
mod content;
mod refusal;
mod reply;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;

use crate::clock::FakeClock;
use crate::lock;

pub use reply::Reply;

/// The settings of the fake and its account.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The accepted API key. `None` accepts any request, as local servers do.
    pub key: Option<String>,
    /// The name of the only model.
    pub model: String,
    /// Whether the model reads images. A text-only model refuses a request with an image.
    pub reads_images: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { key: Some("llm-test-key".into()), model: "test-model".into(), reads_images: true }
    }
}

/// The fake: a cloneable handle to one account.
#[derive(Clone)]
pub struct Llm {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clock: FakeClock,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    scripts: Vec<(String, VecDeque<Reply>)>,
    requests: Vec<Request>,
    refusals: Vec<String>,
}

/// A request that passed the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When the request came, in milliseconds since 1970.
    pub at_ms: i64,
    /// The requested model.
    pub model: String,
    /// The texts of all system and developer messages, a line each.
    pub system: String,
    /// The texts of all user messages, a line each.
    pub user: String,
    /// The addresses of the photos that the model saw.
    pub photos: Vec<String>,
}

impl Llm {
    /// A new account without requests.
    #[must_use]
    pub fn new(settings: Settings, clock: FakeClock) -> Self {
        Self { inner: Arc::new(Inner { settings, clock, books: Mutex::default() }) }
    }

    /// The API: `POST /v1/chat/completions`.
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// Sets the replies to the next requests with `needle` in their body or in a message: one each, then the fake's own answers.
    pub fn script(&self, needle: impl Into<String>, replies: Vec<Reply>) {
        lock(&self.inner.books).scripts.push((needle.into(), replies.into()));
    }

    /// Every request so far that passed the checks.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.inner.books).requests.clone()
    }

    /// The texts of all refusals. A scenario without deliberate mistakes has none.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        lock(&self.inner.books).refusals.clone()
    }
}
