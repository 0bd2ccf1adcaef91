//! The events outside the functions: the clock ticks, queues deliver messages, KIE works, the schedule starts the sweeper.

use domain::job::State;

use crate::{
    decisions::Decisions,
    handler::Actor,
    handlers::{begin, step},
    model::{Budget, GRANTED, HORIZON, Mistake, Model, ModelFault, PRICE, Pace, RECEIVES_MAX, TIMEOUT},
    parts::{KieFailure, Ledger, ModelMessage, ModelQueue, SentMessages, TaskStatus},
    state::ModelState,
};

/// An event, in words.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Why the handler began; empty if it began before this event.
    pub cause: &'static str,
    /// The function whose handler acted; `None` for an event outside the functions.
    pub actor: Option<Actor>,
    /// The event.
    pub what: &'static str,
}

/// The first states: the job is confirmed and charged, and its first message is sent or lost.
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

/// Every event that may happen next, with the state after it.
pub fn nexts(state: &ModelState, model: &Model, decisions: &mut Decisions) -> Vec<(Event, ModelState)> {
    let mut out = Vec::new();
    for at in 0..state.handlers.len() {
        let actor = Some(state.handlers[at].actor);
        let steps = step(state, at, model, decisions).into_iter();
        out.extend(steps.map(|(what, state)| (Event { cause: "", actor, what }, state)));
    }
    if may_tick(state, model, decisions) {
        out.push((happens("the clock ticks"), ModelState { now: state.now + 1, ..state.clone() }));
    }
    let held = matches!(decisions.job(state.job).state, State::Held { .. });
    let mut begun = |cause, actor, message, state| {
        let steps = begin(state, actor, message, model, decisions).into_iter();
        out.extend(steps.map(|(what, state)| (Event { cause, actor: Some(actor), what }, state)));
    };
    for at in 0..state.bag.len() {
        receive(state, at, &mut begun);
    }
    for at in 0..state.tasks.len() {
        calls_back(state, at, &mut begun);
    }
    if held {
        begun("the seller writes: ", Actor::Webhook, None, state.clone());
    }
    let sweeping = state.handlers.iter().any(|handler| handler.actor == Actor::Sweeper);
    if !sweeping && !model.has(Mistake::SweeperOff) {
        begun("scheduled: ", Actor::Sweeper, None, state.clone());
    }
    out.extend((0..state.bag.len()).filter_map(|at| redriven(state, at)));
    out.extend((0..state.tasks.len()).flat_map(|at| task_ends(state, at)));
    out
}

fn happens(what: &'static str) -> Event {
    Event { cause: "", actor: None, what }
}

/// Whether the clock may tick. It must not tick if a handler would outlive its time-out, if a due job would stay unswept for more
/// than a tick, or if nothing is left to wait for.
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

/// A queue delivers a visible message, once or twice.
fn receive(state: &ModelState, at: usize, begun: &mut impl FnMut(&'static str, Actor, Option<ModelMessage>, ModelState)) {
    let message = state.bag[at];
    if message.visible_at > state.now || is_spent(&message) {
        return;
    }
    let (actor, receives) = match message.queue {
        ModelQueue::Generate => (Actor::Generator, message.receives + 1),
        ModelQueue::Send => (Actor::Sender, message.receives + 1),
        // A queue delivers a dead letter until it is handled, so its receives are not counted.
        ModelQueue::Dead => (Actor::Refunder, 0),
    };
    let held = ModelMessage { receives, ..message };
    let mut without = state.clone();
    without.bag.remove(at);
    if let Some(left) = state.left.after(ModelFault::Duplicate) {
        let mut twice = ModelState { left, ..without.clone() };
        twice.bag.push(held);
        begun("a message that will be delivered again: ", actor, Some(held), twice);
    }
    begun("a message: ", actor, Some(held), without);
}

/// Whether the message has used up its receives.
fn is_spent(message: &ModelMessage) -> bool {
    message.queue != ModelQueue::Dead && message.receives >= RECEIVES_MAX
}

/// A message that has used up its receives becomes a dead letter.
fn redriven(state: &ModelState, at: usize) -> Option<(Event, ModelState)> {
    let message = state.bag[at];
    if message.visible_at > state.now || !is_spent(&message) {
        return None;
    }
    let mut state = state.clone();
    state.bag[at] = ModelMessage { queue: ModelQueue::Dead, receives: 0, ..message };
    Some((happens("a message is a dead letter"), state))
}

/// KIE calls back for a task, once or twice. The callback may also never come.
fn calls_back(state: &ModelState, at: usize, begun: &mut impl FnMut(&'static str, Actor, Option<ModelMessage>, ModelState)) {
    let task = state.tasks[at];
    if !task.calling {
        return;
    }
    let actor = Actor::Callback(task.attempt, u8::try_from(at).unwrap());
    if let Some(left) = state.left.after(ModelFault::Duplicate) {
        begun("a callback that will be delivered again: ", actor, None, ModelState { left, ..state.clone() });
    }
    let mut called = state.clone();
    called.tasks[at].calling = false;
    begun("a callback: ", actor, None, called);
}

/// The states after a running task ends.
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
        out.push(ended("a task fails", left, TaskStatus::Failed(KieFailure::Internal)));
        out.push(ended("a task is rejected", left, TaskStatus::Failed(KieFailure::Rejected)));
    }
    out
}
