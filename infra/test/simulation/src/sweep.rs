//! The sweep: every scenario is run clean, its calls are listed, and then it is run once for every call and every fault that can
//! strike there; then pairs of faults on the way of the money.

use scenarios::Scenario;
use testkit::fault::FaultKind;

use crate::{
    event::Event,
    fault_point::{Aws, FaultPoint, Service},
    plan::Plan,
    tally::{Example, Tally},
    task::Task,
};

/// Calls after a first fault that a second one strikes.
const CALLS_AFTER_THE_FIRST: usize = 3;

/// Which calls of a scenario are swept, or struck a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every call.
    Every,
    /// Of the calls at one fault point the first and the last; after a first fault the calls that follow.
    Ends,
}

/// The clean run of a scenario and one run for every call and fault. Lambda's empty polls and idle sweeps, which are hundreds,
/// count once a fault point and hundred.
#[must_use]
pub fn of_scenario(scenario: Scenario, depth: Depth) -> Vec<Task> {
    let clean = Task::clean(scenario);
    let events = clean.run(false).events;
    let mut tasks = vec![clean];
    for (at, event) in events.iter().enumerate().filter(|(at, event)| is_swept(&events, *at, event, depth)) {
        for fault in FaultKind::ALL.into_iter().filter(|fault| event.point.can_meet(*fault)) {
            tasks.push(Task { plan: Plan::At(vec![(at, fault)]), ..Task::clean(scenario) });
        }
    }
    tasks
}

/// Whether the call at `at` stands for itself, or is one of many that are all the same.
fn is_swept(events: &[Event], at: usize, event: &Event, depth: Depth) -> bool {
    let before = events.get(..at).unwrap_or_default();
    let same = before.iter().filter(|other| other.point == event.point).count();
    if event.point.is_idle() {
        return same.is_multiple_of(if depth == Depth::Every { 100 } else { 1000 });
    }
    let is_last = !events.get(at + 1..).unwrap_or_default().iter().any(|other| other.point == event.point);
    depth == Depth::Every || same == 0 || is_last
}

/// Runs for the cells that were missed: calls that are made only after another fault. Each is a run that came by, and this fault.
#[must_use]
pub fn of_missed(tally: &Tally) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (point, fault) in tally.missed() {
        let Some(Some(Example { task, at })) = tally.points.get(&point) else { continue };
        tasks.push(Task { also: Some((*at, fault)), ..task.clone() });
    }
    tasks
}

/// Pairs of faults on the way of the money in one scenario: the second strikes at each of the calls that follow the first, with
/// the three faults that leave things half done.
#[must_use]
pub fn pairs(scenario: Scenario, depth: Depth) -> Vec<Task> {
    const HALF_DONE: [FaultKind; 3] = [FaultKind::ReplyLost, FaultKind::KilledBefore, FaultKind::KilledAfter];
    let clean = Task::clean(scenario);
    let events = clean.run(false).events;
    let mut tasks = Vec::new();
    for (at, event) in events.iter().enumerate().filter(|(_, event)| moves_money(&event.point)) {
        for fault in HALF_DONE.into_iter().filter(|fault| event.point.can_meet(*fault)) {
            let first = Task { plan: Plan::At(vec![(at, fault)]), ..clean.clone() };
            let after = first.run(false).events;
            let later = after.iter().skip(at + 1).enumerate().filter(|(_, event)| moves_money(&event.point));
            for (gap, event) in later.take(if depth == Depth::Every { usize::MAX } else { CALLS_AFTER_THE_FIRST }) {
                for second in HALF_DONE.into_iter().filter(|fault| event.point.can_meet(*fault)) {
                    tasks.push(Task { plan: Plan::At(vec![(at, fault), (gap, second)]), ..clean.clone() });
                }
            }
        }
    }
    tasks
}

/// The calls that write a job or money, make a task, or send something.
fn moves_money(point: &FaultPoint) -> bool {
    match point.service {
        Service::Aws(Aws::DynamoDb) => {
            point.operation.starts_with("TransactWriteItems") || point.operation.starts_with("PutItem")
        }
        Service::Kie => point.operation == "createTask",
        Service::Telegram => point.operation == "sendVideo" || (point.operation == "sendMessage" && point.caller != "webhook"),
        Service::Aws(Aws::Sqs) => point.operation.starts_with("SendMessage"),
        _ => false,
    }
}
