//! What happens outside the functions: the clock, the queues handing out messages, KIE at work, the schedule.

use crate::{
    decisions::Decisions,
    handlers::{Who, begin, step},
    model::{Budget, Fault, GRANTED, HORIZON, Mistake, Model, PRICE, Pace, RECEIVES_MAX, TIMEOUT},
    world::{Chat, Ledger, Message, Queue, Status, Trouble, World},
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
pub fn starts(budget: Budget, decisions: &mut Decisions) -> Vec<World> {
    let job = decisions.confirmed();
    let world = World {
        now: 0,
        job,
        ledger: Ledger { balance: GRANTED - PRICE, settled: vec![] },
        bag: vec![Message { queue: Queue::Generate, look: job.look, receives: 0, visible_at: 0 }],
        handlers: vec![],
        tasks: vec![],
        chat: Chat::default(),
        left: budget,
        misfit: None,
    };
    let lost = budget.after(Fault::Loss).map(|left| World { left, bag: vec![], ..world.clone() });
    std::iter::once(world).chain(lost).collect()
}

/// Everything that may happen next.
pub fn nexts(world: &World, model: &Model, decisions: &mut Decisions) -> Vec<(Event, World)> {
    let mut out = Vec::new();
    for at in 0..world.handlers.len() {
        let who = Some(world.handlers[at].who);
        let steps = step(world, at, model, decisions).into_iter();
        out.extend(steps.map(|(what, world)| (Event { cause: "", who, what }, world)));
    }
    if may_tick(world, model, decisions) {
        out.push((happens("the clock ticks"), World { now: world.now + 1, ..world.clone() }));
    }
    let mut begun = |cause, who, message, world| {
        let steps = begin(world, who, message, model, decisions).into_iter();
        out.extend(steps.map(|(what, world)| (Event { cause, who: Some(who), what }, world)));
    };
    for at in 0..world.bag.len() {
        receive(world, at, &mut begun);
    }
    for at in 0..world.tasks.len() {
        calls_back(world, at, &mut begun);
    }
    let sweeping = world.handlers.iter().any(|handler| handler.who == Who::Sweeper);
    if !sweeping && !model.has(Mistake::SweeperOff) {
        begun("scheduled: ", Who::Sweeper, None, world.clone());
    }
    out.extend((0..world.bag.len()).filter_map(|at| redriven(world, at)));
    out.extend((0..world.tasks.len()).flat_map(|at| task_ends(world, at)));
    out
}

fn happens(what: &'static str) -> Event {
    Event { cause: "", who: None, what }
}

/// Time passes unless a handler would outlive its time-out or a due job would be left unswept for more than a tick. It stands
/// still once there is nothing to wait for.
fn may_tick(world: &World, model: &Model, decisions: &mut Decisions) -> bool {
    let in_time = world.handlers.iter().all(|handler| world.now < handler.started + TIMEOUT);
    let hidden = world.bag.iter().any(|message| message.visible_at > world.now);
    let waited_for = match decisions.due_at(world.job) {
        Some(_) if model.has(Mistake::SweeperOff) => world.now < HORIZON,
        Some(due) => due >= world.now,
        None => hidden,
    };
    let received = model.pace == Pace::Lazy || world.bag.iter().all(|message| message.visible_at > world.now);
    in_time && waited_for && received
}

/// A visible message is received, perhaps twice.
fn receive(world: &World, at: usize, begun: &mut impl FnMut(&'static str, Who, Option<Message>, World)) {
    let message = world.bag[at];
    if message.visible_at > world.now || is_spent(&message) {
        return;
    }
    let (who, receives) = match message.queue {
        Queue::Generate => (Who::Generator, message.receives + 1),
        Queue::Send => (Who::Sender, message.receives + 1),
        // Dead letters are brought until they are handled: how often makes no difference.
        Queue::Dead => (Who::Refunder, 0),
    };
    let held = Message { receives, ..message };
    let mut without = world.clone();
    without.bag.remove(at);
    if let Some(left) = world.left.after(Fault::Duplicate) {
        let mut twice = World { left, ..without.clone() };
        twice.bag.push(held);
        begun("a message, and it will come again: ", who, Some(held), twice);
    }
    begun("a message: ", who, Some(held), without);
}

/// Received too often already.
fn is_spent(message: &Message) -> bool {
    message.queue != Queue::Dead && message.receives >= RECEIVES_MAX
}

/// A message that was received too often is a dead letter.
fn redriven(world: &World, at: usize) -> Option<(Event, World)> {
    let message = world.bag[at];
    if message.visible_at > world.now || !is_spent(&message) {
        return None;
    }
    let mut world = world.clone();
    world.bag[at] = Message { queue: Queue::Dead, receives: 0, ..message };
    Some((happens("a message is a dead letter"), world))
}

/// A callback comes, perhaps twice; perhaps never.
fn calls_back(world: &World, at: usize, begun: &mut impl FnMut(&'static str, Who, Option<Message>, World)) {
    let task = world.tasks[at];
    if !task.calling {
        return;
    }
    let who = Who::Callback(task.attempt, u8::try_from(at).unwrap());
    if let Some(left) = world.left.after(Fault::Duplicate) {
        begun("called back, and it will be again: ", who, None, World { left, ..world.clone() });
    }
    let mut called = world.clone();
    called.tasks[at].calling = false;
    begun("called back: ", who, None, called);
}

/// A running task ends.
fn task_ends(world: &World, at: usize) -> Vec<(Event, World)> {
    if world.tasks[at].status != Status::Running {
        return vec![];
    }
    let ended = |what, left, status| {
        let mut world = World { left, ..world.clone() };
        world.tasks[at].status = status;
        world.tasks[at].calling = true;
        (happens(what), world)
    };
    let mut out = vec![ended("a task is done", world.left, Status::Done)];
    if let Some(left) = world.left.after(Fault::Trouble) {
        out.push(ended("a task breaks", left, Status::Failed(Trouble::Broken)));
        out.push(ended("a task is rejected", left, Status::Failed(Trouble::Rejected)));
    }
    out
}
