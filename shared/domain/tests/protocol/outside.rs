//! What happens outside the functions: the clock, the queues handing out messages, KIE at work, the schedule.

use crate::{
    decisions::Decisions,
    handler::Who,
    handlers::{begin, step},
    model::{Budget, GRANTED, HORIZON, Mistake, Model, ModelFault, PRICE, Pace, RECEIVES_MAX, TIMEOUT},
    parts::{KieFailure, Ledger, ModelMessage, ModelQueue, SentMessages, TaskStatus},
    state::ModelState,
};

/// What happened, in words, and to whom.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Why it came, if it came just now.
    pub cause: &'static str,
    /// The handler, if it was one.
    pub who: Option<Who>,
    /// What.
    pub what: &'static str,
}

/// The job is confirmed and charged, and its first message is sent, or lost.
pub fn starts(budget: Budget, decisions: &mut Decisions) -> Vec<ModelState> {
    let job = decisions.confirmed();
    let state = ModelState {
        now: 0,
        job,
        ledger: Ledger { balance: GRANTED - PRICE, settled: vec![] },
        bag: vec![ModelMessage { queue: ModelQueue::Generate, sequence: job.sequence, receives: 0, visible_at: 0 }],
        handlers: vec![],
        tasks: vec![],
        chat: SentMessages::default(),
        left: budget,
        invalid: None,
    };
    let lost = budget.after(ModelFault::Loss).map(|left| ModelState { left, bag: vec![], ..state.clone() });
    std::iter::once(state).chain(lost).collect()
}

/// Everything that may happen next.
pub fn nexts(state: &ModelState, model: &Model, decisions: &mut Decisions) -> Vec<(Event, ModelState)> {
    let mut out = Vec::new();
    for at in 0..state.handlers.len() {
        let who = Some(state.handlers[at].who);
        let steps = step(state, at, model, decisions).into_iter();
        out.extend(steps.map(|(what, state)| (Event { cause: "", who, what }, state)));
    }
    if may_tick(state, model, decisions) {
        out.push((happens("the clock ticks"), ModelState { now: state.now + 1, ..state.clone() }));
    }
    let mut begun = |cause, who, message, state| {
        let steps = begin(state, who, message, model, decisions).into_iter();
        out.extend(steps.map(|(what, state)| (Event { cause, who: Some(who), what }, state)));
    };
    for at in 0..state.bag.len() {
        receive(state, at, &mut begun);
    }
    for at in 0..state.tasks.len() {
        calls_back(state, at, &mut begun);
    }
    let sweeping = state.handlers.iter().any(|handler| handler.who == Who::Sweeper);
    if !sweeping && !model.has(Mistake::SweeperOff) {
        begun("scheduled: ", Who::Sweeper, None, state.clone());
    }
    out.extend((0..state.bag.len()).filter_map(|at| redriven(state, at)));
    out.extend((0..state.tasks.len()).flat_map(|at| task_ends(state, at)));
    out
}

fn happens(what: &'static str) -> Event {
    Event { cause: "", who: None, what }
}

/// Time passes unless a handler would outlive its time-out or a due job would be left unswept for more than a tick. It stands
/// still once there is nothing to wait for.
fn may_tick(state: &ModelState, model: &Model, decisions: &mut Decisions) -> bool {
    let in_time = state.handlers.iter().all(|handler| state.now < handler.started + TIMEOUT);
    let hidden = state.bag.iter().any(|message| message.visible_at > state.now);
    let waited_for = match decisions.due_at(state.job) {
        Some(_) if model.has(Mistake::SweeperOff) => state.now < HORIZON,
        Some(due) => due >= state.now,
        None => hidden,
    };
    let received = model.pace == Pace::Lazy || state.bag.iter().all(|message| message.visible_at > state.now);
    in_time && waited_for && received
}

/// A visible message is received, perhaps twice.
fn receive(state: &ModelState, at: usize, begun: &mut impl FnMut(&'static str, Who, Option<ModelMessage>, ModelState)) {
    let message = state.bag[at];
    if message.visible_at > state.now || is_spent(&message) {
        return;
    }
    let (who, receives) = match message.queue {
        ModelQueue::Generate => (Who::Generator, message.receives + 1),
        ModelQueue::Send => (Who::Sender, message.receives + 1),
        // Dead letters are brought until they are handled: how often makes no difference.
        ModelQueue::Dead => (Who::Refunder, 0),
    };
    let held = ModelMessage { receives, ..message };
    let mut without = state.clone();
    without.bag.remove(at);
    if let Some(left) = state.left.after(ModelFault::Duplicate) {
        let mut twice = ModelState { left, ..without.clone() };
        twice.bag.push(held);
        begun("a message, and it will come again: ", who, Some(held), twice);
    }
    begun("a message: ", who, Some(held), without);
}

/// Received too often already.
fn is_spent(message: &ModelMessage) -> bool {
    message.queue != ModelQueue::Dead && message.receives >= RECEIVES_MAX
}

/// A message that was received too often is a dead letter.
fn redriven(state: &ModelState, at: usize) -> Option<(Event, ModelState)> {
    let message = state.bag[at];
    if message.visible_at > state.now || !is_spent(&message) {
        return None;
    }
    let mut state = state.clone();
    state.bag[at] = ModelMessage { queue: ModelQueue::Dead, receives: 0, ..message };
    Some((happens("a message is a dead letter"), state))
}

/// A callback comes, perhaps twice; perhaps never.
fn calls_back(state: &ModelState, at: usize, begun: &mut impl FnMut(&'static str, Who, Option<ModelMessage>, ModelState)) {
    let task = state.tasks[at];
    if !task.calling {
        return;
    }
    let who = Who::Callback(task.attempt, u8::try_from(at).unwrap());
    if let Some(left) = state.left.after(ModelFault::Duplicate) {
        begun("called back, and it will be again: ", who, None, ModelState { left, ..state.clone() });
    }
    let mut called = state.clone();
    called.tasks[at].calling = false;
    begun("called back: ", who, None, called);
}

/// A running task ends.
fn task_ends(state: &ModelState, at: usize) -> Vec<(Event, ModelState)> {
    if state.tasks[at].status != TaskStatus::Running {
        return vec![];
    }
    let ended = |what, left, status| {
        let mut state = ModelState { left, ..state.clone() };
        state.tasks[at].status = status;
        state.tasks[at].calling = true;
        (happens(what), state)
    };
    let mut out = vec![ended("a task is done", state.left, TaskStatus::Done)];
    if let Some(left) = state.left.after(ModelFault::Refusal) {
        out.push(ended("a task breaks", left, TaskStatus::Failed(KieFailure::Broken)));
        out.push(ended("a task is rejected", left, TaskStatus::Failed(KieFailure::Rejected)));
    }
    out
}
