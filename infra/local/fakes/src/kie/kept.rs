//! Keeps the tasks in a file, so that they outlast the process: KIE goes on while the bot is stopped.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::start;
use super::outcome::Outcome;
use super::task::{TaskState, TaskView};
use super::{Kie, checks};
use crate::lock;

/// Tasks that are kept: those of this time, in milliseconds. The bot waits for no task that long.
const KEPT_MS: i64 = 600_000;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct KeptTask {
    id: String,
    created_ms: i64,
    model: String,
    input: Value,
    callback_url: Option<String>,
    /// Code and message of a task that failed.
    failed: Option<(String, String)>,
}

impl Kie {
    /// The tasks as the text of a file.
    #[must_use]
    pub fn kept(&self) -> String {
        let since = self.inner.clock.now_ms() - KEPT_MS;
        let recent = self.tasks().into_iter().filter(|task| task.created_ms > since);
        let tasks: Vec<KeptTask> = recent.map(KeptTask::of).collect();
        serde_json::to_string(&tasks).unwrap_or_default()
    }

    /// Writes such a text. A kill leaves the former file or the new one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(path: &Path, text: &str) -> io::Result<()> {
        crate::kept_file::write(path, text.as_bytes())
    }

    /// Goes on with the tasks of an earlier process; nothing if there is no file. A task that was not known to have failed is made again,
    /// as the same film, and its callback is posted.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read_kept(&self, path: &Path) -> io::Result<()> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read?,
        };
        let tasks: Vec<KeptTask> = serde_json::from_slice(&text)?;
        let since = self.inner.clock.now_ms() - KEPT_MS;
        let mut books = lock(&self.inner.books);
        for task in tasks.into_iter().filter(|task| task.created_ms > since) {
            let KeptTask { id, created_ms, model, input, callback_url, failed } = task;
            let known = books.models.iter().find(|known| known.id == model);
            let checked = known.zip(input.as_object()).and_then(|(known, input)| checks::check(known, input).ok());
            let Some(ordered) = checked else { continue };
            let outcome = failed.map_or_else(Outcome::success, |(code, message)| Outcome::fail(code, message));
            let view = TaskView { id, created_ms, model, input, callback_url, state: TaskState::Waiting, callbacks: Vec::new() };
            start(self, &mut books, view, ordered, outcome);
        }
        Ok(())
    }
}

impl KeptTask {
    fn of(task: TaskView) -> Self {
        let TaskView { id, created_ms, model, input, callback_url, state, .. } = task;
        let failed = if let TaskState::Fail { code, message } = state { Some((code, message)) } else { None };
        Self { id, created_ms, model, input, callback_url, failed }
    }
}
