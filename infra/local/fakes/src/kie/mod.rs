//! A fake for KIE.AI (docs.kie.ai): createTask, recordInfo, credit, callbacks, result files, uploads, and the discovery of models.
//!
//! Like the real KIE, it answers nearly every request with HTTP 200 and puts the real status into the JSON's `code`.

mod api;
mod callback;
mod checks;
mod discovery;
mod entry;
mod kept;
mod models;
mod outcome;
mod photos;
mod results;
mod run;
mod schema;
mod task;
mod uploads;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use tokio::time::Instant;

use crate::clock::FakeClock;
use crate::film::Detail;
use crate::lock;
use crate::outbound::Outbound;

pub use callback::signature;
pub use discovery::Drift;
pub use outcome::{Callback, Outcome};
use task::Task;
pub use task::{FilmBeingMade, TaskState, TaskView};
pub use uploads::UPLOAD_BYTES_MAX;

/// The settings of the fake and its KIE account.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API key that is accepted.
    pub key: String,
    /// `webhookHmacKey` of the account. If it is set, callbacks are signed.
    pub hmac_key: Option<String>,
    /// The address of this fake's router, without a trailing slash. Result URLs begin with it.
    pub public_url: String,
    /// Most createTask calls in a time window; further calls are refused. KIE allows an account 20 in 10 s. `None`: no limit.
    pub rate_limit: Option<(usize, Duration)>,
    /// The least time between two calls of the discovery endpoints; a call before it is refused. KIE allows one a second. `None`: no
    /// limit.
    pub discovery_pace: Option<Duration>,
    /// The time from a task's creation to its end, unless its outcome sets another. KIE takes one to five minutes.
    pub duration: Duration,
    /// How long recordInfo answers "recordInfo is null" for a new task.
    pub record_lag: Duration,
    /// The account's credits at the start.
    pub credits: f64,
    /// The quality of the films.
    pub detail: Detail,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: "kie-test-key".into(),
            hmac_key: None,
            public_url: "http://kie.local".into(),
            rate_limit: None,
            discovery_pace: None,
            duration: Duration::from_millis(300),
            record_lag: Duration::ZERO,
            credits: 100_000.0,
            detail: Detail::Demo,
        }
    }
}

/// The newest tasks among which [`Kie::being_made`] finds the open ones.
const OPEN_TASKS_SOUGHT: usize = 200;

/// The fake: a cloneable handle to one KIE account.
#[derive(Clone)]
pub struct Kie {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clock: FakeClock,
    outbound: Arc<dyn Outbound>,
    books: Mutex<Books>,
}

/// Whether a script is for the createTask call with this body.
type Matches = Box<dyn Fn(&str) -> bool + Send + Sync>;

#[derive(Default)]
struct Books {
    tasks: BTreeMap<String, Task>,
    /// Task ids in the order of creation.
    order: Vec<String>,
    scripts: Vec<(Matches, VecDeque<Outcome>)>,
    recent_creates: VecDeque<Instant>,
    spent: f64,
    credits: f64,
    counts: BTreeMap<&'static str, usize>,
    models: Vec<models::Model>,
    /// Uploads by path and name.
    uploads: BTreeMap<String, uploads::Upload>,
    last_discovery: Option<Instant>,
    refusals: Vec<String>,
}

impl Kie {
    /// A new account. Callbacks and photo fetches go through `outbound`.
    #[must_use]
    pub fn new(settings: Settings, clock: FakeClock, outbound: Arc<dyn Outbound>) -> Self {
        let books = Mutex::new(Books { credits: settings.credits, models: models::all(), ..Books::default() });
        Self { inner: Arc::new(Inner { settings, clock, outbound, books }) }
    }

    /// The jobs API, the result files, the upload API with its files, and the discovery endpoints.
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// Sets the outcomes of the next createTask calls whose body contains `needle`: one each, then successes.
    pub fn script(&self, needle: impl Into<String>, outcomes: Vec<Outcome>) {
        let needle = needle.into();
        self.script_if(move |body| body.contains(&needle), outcomes);
    }

    /// Sets the outcomes of the next createTask calls whose body `matches`: one each, then successes.
    pub fn script_if(&self, matches: impl Fn(&str) -> bool + Send + Sync + 'static, outcomes: Vec<Outcome>) {
        lock(&self.inner.books).scripts.push((Box::new(matches), outcomes.into()));
    }

    /// All tasks in the order of creation.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskView> {
        let books = lock(&self.inner.books);
        books.order.iter().filter_map(|id| books.tasks.get(id)).map(Task::view).collect()
    }

    /// The task with this id.
    #[must_use]
    pub fn task(&self, task_id: &str) -> Option<TaskView> {
        lock(&self.inner.books).tasks.get(task_id).map(Task::view)
    }

    /// The films of the tasks that have not ended, in the order of creation.
    #[must_use]
    pub fn being_made(&self) -> Vec<FilmBeingMade> {
        let books = lock(&self.inner.books);
        let tasks = books.order.iter().rev().take(OPEN_TASKS_SOUGHT).rev().filter_map(|id| books.tasks.get(id));
        let open = tasks.filter(|task| matches!(task.view.state, TaskState::Waiting | TaskState::Generating));
        let film = |task: &Task| FilmBeingMade {
            task_id: task.view.id.clone(),
            callback_url: task.view.callback_url.clone(),
            percent: task.making.as_ref().map(|film| film.progress().percent()),
        };
        open.map(film).collect()
    }

    /// The film of a finished task, rendered at its first use.
    #[must_use]
    pub fn result(&self, task_id: &str) -> Option<Bytes> {
        let film = lock(&self.inner.books).tasks.get(task_id)?.film.clone()?;
        Some(film.bytes())
    }

    /// SHA-256 of the film of a finished task, in hex.
    #[must_use]
    pub fn result_sha256(&self, task_id: &str) -> Option<String> {
        let film = lock(&self.inner.books).tasks.get(task_id)?.film.clone()?;
        Some(film.sha256())
    }

    /// The number of calls of "createTask", "recordInfo", "credit", "results", "callback", "upload" or "models" (the discovery
    /// endpoints) so far, refused ones included.
    #[must_use]
    pub fn count(&self, what: &str) -> usize {
        lock(&self.inner.books).counts.get(what).copied().unwrap_or(0)
    }

    /// Every refusal's text so far. A scenario without scripted refusals has none.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        lock(&self.inner.books).refusals.clone()
    }

    /// Credits left on the account.
    #[must_use]
    pub fn credits(&self) -> f64 {
        let books = lock(&self.inner.books);
        books.credits - books.spent
    }

    /// Sets the credits on the account.
    pub fn set_credits(&self, credits: f64) {
        let mut books = lock(&self.inner.books);
        books.credits = credits;
        books.spent = 0.0;
    }

    fn counted(&self, what: &'static str) {
        *lock(&self.inner.books).counts.entry(what).or_default() += 1;
    }
}
