//! The calls of the functions and of the fakes, as they happen, with their requests and answers. A body stays as it came until the page
//! shows it: [`mask`] then hides the secrets in it.

pub(crate) mod mask;
mod names;
mod owner;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use adapters::{callback_url::CallbackSealer, clock::Clock};
use bytes::Bytes;
use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
use tokio::time::Instant;

use names::{caller, is_shown, service, what};
use owner::Owners;

/// Calls that are kept.
const CALLS_KEPT: usize = 400;
/// Largest body that is kept, in bytes. Of a larger one, such as a photo, only the size is kept.
const BODY_KEPT_MAX_BYTES: usize = 32 * 1024;
/// Calls without an answer that are remembered. A killed process leaves one behind.
const BEGUN_MAX: usize = 500;

/// A call that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The number of the call.
    pub number: usize,
    /// When it was made, in milliseconds since 1970.
    pub at_ms: i64,
    /// The function, or the fake, that called.
    pub caller: &'static str,
    /// The service that was called.
    pub service: &'static str,
    /// The HTTP method.
    pub method: String,
    /// The path as it was sent, with its secrets.
    pub path: String,
    /// What was called for.
    pub what: String,
    /// The HTTP status; 0 if no answer came.
    pub status: u16,
    /// How long the call took, in milliseconds.
    pub ms: u128,
    /// The person that the call is about, if one is known.
    pub user: Option<i64>,
    /// The request's body.
    pub request: Kept,
    /// The answer's body.
    pub answer: Kept,
}

/// A body, with its secrets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// The size in bytes.
    pub size: usize,
    /// The bytes; empty if the body is larger than [`BODY_KEPT_MAX_BYTES`].
    pub bytes: Bytes,
}

impl Kept {
    fn of(body: &Bytes) -> Self {
        let size = body.len();
        Self { size, bytes: if size <= BODY_KEPT_MAX_BYTES { body.clone() } else { Bytes::new() } }
    }
}

/// The latest calls.
pub(crate) struct Calls {
    clock: Clock,
    callbacks: CallbackSealer,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ended: VecDeque<Call>,
    begun: BTreeMap<u64, Instant>,
    count: usize,
    owners: Owners,
    /// The calls about each person so far.
    counts: BTreeMap<i64, usize>,
}

impl Calls {
    /// No call has been made. The sealer of the callback addresses finds the person of a task.
    pub fn new(clock: Clock, callbacks: CallbackSealer) -> Self {
        Self { clock, callbacks, state: Mutex::default() }
    }

    /// The latest calls that are about this person or about no single person, the newest first.
    pub fn latest(&self, user: i64, most: usize) -> Vec<Call> {
        let state = self.state();
        let own = state.ended.iter().rev().filter(|call| call.user.is_none_or(|of| of == user));
        own.take(most).cloned().collect()
    }

    /// The call with this number, if it is kept, and is about this person or about no single person.
    pub fn get(&self, user: i64, number: usize) -> Option<Call> {
        let state = self.state();
        state.ended.iter().find(|call| call.number == number && call.user.is_none_or(|of| of == user)).cloned()
    }

    /// The number of calls about this person so far.
    pub fn count(&self, user: i64) -> usize {
        self.state().counts.get(&user).copied().unwrap_or_default()
    }

    /// The person of a task at KIE.
    pub fn user_of_task(&self, task: &str) -> Option<i64> {
        self.state().owners.of_task(task)
    }

    /// Whether this invocation works for this person, as far as its calls show.
    pub fn is_for(&self, invocation: (&'static str, u64), user: i64) -> bool {
        self.state().owners.of_invocation(invocation).contains(&user)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interceptor for Calls {
    fn before(&self, call: &CallInfo) -> Action {
        if is_shown(call) {
            let mut state = self.state();
            state.begun.insert(call.index, Instant::now());
            if state.begun.len() > BEGUN_MAX {
                state.begun.pop_first();
            }
            state.owners.learn(&self.callbacks, call, None);
        }
        Action::Pass
    }

    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        if !is_shown(call) {
            return;
        }
        let mut state = self.state();
        let ms = state.begun.remove(&call.index).map_or(0, |begun| begun.elapsed().as_millis());
        let answer = outcome.as_ref().ok();
        let user = state.owners.learn(&self.callbacks, call, answer.map(|answer| answer.body()));
        state.count += 1;
        if let Some(user) = user {
            *state.counts.entry(user).or_default() += 1;
        }
        let number = state.count;
        state.ended.push_back(Call {
            number,
            at_ms: self.clock.now().as_millisecond() - i64::try_from(ms).unwrap_or_default(),
            caller: caller(call),
            service: service(&call.host),
            method: call.method.to_string(),
            path: call.path.clone(),
            what: what(call),
            status: answer.map_or(0, |answer| answer.status().as_u16()),
            ms,
            user,
            request: Kept::of(&call.body),
            answer: answer.map(|answer| Kept::of(answer.body())).unwrap_or_default(),
        });
        if state.ended.len() > CALLS_KEPT {
            state.ended.pop_front();
        }
    }
}
