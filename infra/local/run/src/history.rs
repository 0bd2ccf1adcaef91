//! What the writes of the table say: the states of each job with their times, and the newest accounts.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use adapters::clock::Clock;
use local_aws::net::{CallInfo, Interceptor, NetError, Response};
use sandbox::Sandbox;
use serde_json::Value;

/// Jobs whose states are remembered.
const JOBS_KEPT: usize = 500;
/// Changes that are remembered of one job.
const CHANGES_KEPT: usize = 40;
/// Accounts that the page of a real Telegram lists.
pub(crate) const ACCOUNTS_SHOWN: usize = 40;

/// A job's change to a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// When the table accepted it, in milliseconds since 1970.
    pub at_ms: i64,
    /// The name of the state.
    pub state: String,
    /// The function that wrote it.
    pub by: &'static str,
}

/// The states of the jobs since this program started, and the newest accounts.
pub(crate) struct History {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    jobs: BTreeMap<String, Vec<Change>>,
    order: VecDeque<String>,
    /// The people with an account, the newest last.
    accounts: VecDeque<i64>,
    /// The changes so far, by person.
    changes: BTreeMap<i64, usize>,
}

impl History {
    /// Nothing was written yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Finds the newest accounts of an earlier run. It reads the whole table, so it is done once.
    pub fn read_accounts(&self, sandbox: &Sandbox) {
        let mut found: Vec<(String, i64)> = Vec::new();
        for (key, item) in sandbox.everything() {
            if let Some(user) = user_of(key.strip_suffix(" PROFILE").unwrap_or_default()) {
                found.push((text(&item, "created_at"), user));
            }
        }
        found.sort();
        let newest = found.iter().rev().take(ACCOUNTS_SHOWN).rev().map(|(_, user)| *user);
        self.state().accounts.extend(newest);
    }

    /// The newest accounts, the newest first.
    pub fn accounts(&self) -> Vec<i64> {
        self.state().accounts.iter().rev().copied().collect()
    }

    /// The states of a job that this program saw, oldest first.
    pub fn of_job(&self, job: &str) -> Vec<Change> {
        self.state().jobs.get(job).cloned().unwrap_or_default()
    }

    /// The number of changes of this person's jobs and account so far.
    pub fn count(&self, user: i64) -> usize {
        self.state().changes.get(&user).copied().unwrap_or_default()
    }

    fn wrote(&self, by: &'static str, item: &Value) {
        let (key, now_ms) = (text(item, "sk"), self.clock.now().as_millisecond());
        let Some(user) = user_of(&text(item, "pk")) else { return };
        let mut state = self.state();
        if key == "PROFILE" {
            state.accounts.retain(|known| *known != user);
            state.accounts.push_back(user);
            if state.accounts.len() > ACCOUNTS_SHOWN {
                state.accounts.pop_front();
            }
            *state.changes.entry(user).or_default() += 1;
        }
        let Some(job) = key.strip_prefix("JOB#") else { return };
        // A held film is stored as a ready one with its checks.
        let is_held = item.pointer("/delivery/M/held").is_some();
        let name = if is_held { "held".to_owned() } else { text(item, "stage") };
        if !state.jobs.contains_key(job) {
            state.order.push_back(job.to_owned());
        }
        if let Some(oldest) = (state.order.len() > JOBS_KEPT).then(|| state.order.pop_front()).flatten() {
            state.jobs.remove(&oldest);
        }
        let changes = state.jobs.entry(job.to_owned()).or_default();
        if changes.last().is_none_or(|last| last.state != name) && changes.len() < CHANGES_KEPT {
            changes.push(Change { at_ms: now_ms, state: name, by });
            *state.changes.entry(user).or_default() += 1;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interceptor for History {
    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        let is_done = outcome.as_ref().is_ok_and(|answer| answer.status() == 200);
        if !is_done || !matches!(call.operation.as_deref(), Some("PutItem" | "TransactWriteItems")) {
            return;
        }
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let actions = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
        let items = actions.filter_map(|action| action.pointer("/Put/Item"));
        items.chain(body.get("Item")).for_each(|item| self.wrote(call.caller, item));
    }
}

fn text(item: &Value, name: &str) -> String {
    item.get(name).and_then(|value| value.get("S")).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn user_of(pk: &str) -> Option<i64> {
    pk.strip_prefix("USER#")?.parse().ok()
}
