//! The sweep: every story is run clean, its calls are listed, and then it is run once for every call and every fault that can
//! strike there; then pairs of faults on the way of the money.

use scenarios::list::Story;

use crate::{
    fault::Fault,
    injector::{Event, Plan},
    run::Play,
    site::{Aws, Service, Site},
    tally::{Example, Tally},
    work::Task,
};

/// The world of every run of the sweep.
pub const SEED: u64 = 1;

/// Calls after a first fault that a second one strikes.
const CALLS_AFTER_THE_FIRST: usize = 3;

/// Which calls of a story are swept, or struck a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every call.
    Every,
    /// Of the calls at one site the first and the last; after a first fault the calls that follow.
    Ends,
}

/// A story without faults.
#[must_use]
pub fn clean(story: Story) -> Task {
    Task { play: Play::Story(story), seed: SEED, plan: Plan::Clean, also: None }
}

/// The clean run of a story and one run for every call and fault. Lambda's empty polls and idle sweeps, which are hundreds, count
/// once a site and hundred.
#[must_use]
pub fn of_story(story: Story, depth: Depth) -> Vec<Task> {
    let clean = clean(story);
    let events = clean.run(false).events;
    let mut tasks = vec![clean];
    for (at, event) in events.iter().enumerate().filter(|(at, event)| is_swept(&events, *at, event, depth)) {
        for fault in Fault::ALL.into_iter().filter(|fault| fault.strikes(&event.site)) {
            tasks.push(Task { play: Play::Story(story), seed: SEED, plan: Plan::At(vec![(at, fault)]), also: None });
        }
    }
    tasks
}

/// Whether the call at `at` stands for itself, or is one of many that are all the same.
fn is_swept(events: &[Event], at: usize, event: &Event, depth: Depth) -> bool {
    let before = events.get(..at).unwrap_or_default();
    let same = before.iter().filter(|other| other.site == event.site).count();
    if is_idle(&event.site) {
        return same.is_multiple_of(if depth == Depth::Every { 100 } else { 1000 });
    }
    let is_last = !events.get(at + 1..).unwrap_or_default().iter().any(|other| other.site == event.site);
    depth == Depth::Every || same == 0 || is_last
}

/// What goes on while nothing happens.
pub(crate) fn is_idle(site: &Site) -> bool {
    (site.caller == "mapping" && site.operation.starts_with("ReceiveMessage")) || site.operation == "Query due"
}

/// Runs for the cells that were missed: calls that are made only after another fault. Each is a run that came by, and this fault.
#[must_use]
pub fn of_missed(tally: &Tally) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (site, fault) in tally.missed() {
        let Some(Some(Example { task, at })) = tally.sites.get(&site) else { continue };
        tasks.push(Task { also: Some((*at, fault)), ..task.clone() });
    }
    tasks
}

/// Pairs of faults on the way of the money in one story: the second strikes at each of the calls that follow the first, with the
/// three faults that leave things half done.
#[must_use]
pub fn pairs(story: Story, depth: Depth) -> Vec<Task> {
    const HALF_DONE: [Fault; 3] = [Fault::ReplyLost, Fault::KilledBefore, Fault::KilledAfter];
    let clean = clean(story);
    let events = clean.run(false).events;
    let mut tasks = Vec::new();
    for (at, event) in events.iter().enumerate().filter(|(_, event)| moves_money(&event.site)) {
        for fault in HALF_DONE.into_iter().filter(|fault| fault.strikes(&event.site)) {
            let first = Task { plan: Plan::At(vec![(at, fault)]), ..clean.clone() };
            let after = first.run(false).events;
            let later = after.iter().skip(at + 1).enumerate().filter(|(_, event)| moves_money(&event.site));
            for (gap, event) in later.take(if depth == Depth::Every { usize::MAX } else { CALLS_AFTER_THE_FIRST }) {
                for second in HALF_DONE.into_iter().filter(|fault| fault.strikes(&event.site)) {
                    tasks.push(Task { plan: Plan::At(vec![(at, fault), (gap, second)]), ..clean.clone() });
                }
            }
        }
    }
    tasks
}

/// The calls that write a job or money, make a task, or send something.
fn moves_money(site: &Site) -> bool {
    match site.service {
        Service::Aws(Aws::DynamoDb) => site.operation.starts_with("TransactWriteItems") || site.operation.starts_with("PutItem"),
        Service::Kie => site.operation == "createTask",
        Service::Telegram => site.operation == "sendVideo" || (site.operation == "sendMessage" && site.caller != "webhook"),
        Service::Aws(Aws::Sqs) => site.operation.starts_with("SendMessage"),
        _ => false,
    }
}
