//! A fake for a language model behind OpenAI's API (platform.openai.com/docs/api-reference/chat/create), which many
//! services speak: chat completions, all at once. Streams are not played.
//!
//! What it says by itself is the same for the same request, and repeats the last words of the user's message: a test sees
//! which request a text came from.

mod api;
mod checks;
mod reply;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;

use crate::clock::FakeClock;
use crate::lock;

pub use reply::Reply;

/// How this account and this fake are set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API key that is accepted. `None`: everybody is let in, as local servers do.
    pub key: Option<String>,
    /// The one model there is.
    pub model: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { key: Some("llm-test-key".into()), model: "test-model".into() }
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

/// One request that passed the checks, whatever was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it came, in milliseconds since 1970.
    pub at_ms: i64,
    /// The model asked.
    pub model: String,
    /// What it was told to be: the texts of all system and developer messages, a line each.
    pub system: String,
    /// What it was told by the user: the texts of all user messages, a line each.
    pub user: String,
}

impl Llm {
    /// A new account that was never asked.
    #[must_use]
    pub fn new(settings: Settings, clock: FakeClock) -> Self {
        Self { inner: Arc::new(Inner { settings, clock, books: Mutex::default() }) }
    }

    /// The API: `POST /v1/chat/completions`.
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// What becomes of the next requests with `needle` in their body or in a message: one reply each, then its own words.
    pub fn script(&self, needle: impl Into<String>, replies: Vec<Reply>) {
        lock(&self.inner.books).scripts.push((needle.into(), replies.into()));
    }

    /// Every request so far that passed the checks.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.inner.books).requests.clone()
    }

    /// The texts of the other requests' refusals. A story that makes no mistakes on purpose has none.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        lock(&self.inner.books).refusals.clone()
    }
}
