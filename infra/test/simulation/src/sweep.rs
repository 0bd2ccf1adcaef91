//! The sweep runs every scenario without a fault, lists its calls, and then runs it once for every call and every fault that can
//! strike there. Pairs of faults follow for the calls that move credits.

use scenarios::Scenario;
use testkit::fault::FaultKind;

use crate::{
    event::Event,
    fault_point::{Aws, FaultPoint, Service},
    plan::Plan,
    tally::{Example, Tally},
    task::Task,
};

/// The number of calls after a first fault at which a second fault strikes.
const CALLS_AFTER_THE_FIRST: usize = 3;

/// Which calls of a scenario get a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every call.
    Every,
    /// The first and the last call at each fault point. For pairs: only the few calls that follow the first fault.
    Ends,
}

/// One run of a scenario without a fault, and one run for every call and fault. Lambda's empty polls and idle sweeps are hundreds
/// of equal calls, so only one in a hundred of them is swept.
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

/// Whether the sweep injects faults at the call number `at`. Equal idle calls are represented by a few of them.
fn is_swept(events: &[Event], at: usize, event: &Event, depth: Depth) -> bool {
    let before = events.get(..at).unwrap_or_default();
    let same = before.iter().filter(|other| other.point == event.point).count();
    if event.point.is_idle() {
        return same.is_multiple_of(if depth == Depth::Every { 100 } else { 1000 });
    }
    let is_last = !events.get(at + 1..).unwrap_or_default().iter().any(|other| other.point == event.point);
    depth == Depth::Every || same == 0 || is_last
}

/// Runs for the cells that no run has hit: calls that are made only after another fault. Each repeats a run that made the call,
/// and adds the missing fault.
#[must_use]
pub fn of_missed(tally: &Tally) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (point, fault) in tally.missed() {
        let Some(Some(Example { task, at })) = tally.points.get(&point) else { continue };
        tasks.push(Task { also: Some((*at, fault)), ..task.clone() });
    }
    tasks
}

/// Pairs of faults at the calls of one scenario that move credits. The second fault strikes at each of the calls after the first.
/// Both are faults that can leave an operation half done.
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

/// Whether a call writes a job or credits, creates a task at KIE, or sends a message.
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
