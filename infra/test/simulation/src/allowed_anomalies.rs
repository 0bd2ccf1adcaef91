//! The allowed anomalies: a video sent twice, a second notification of a refund. None costs a seller a credit. Each is allowed only if
//! a fault of the run explains it; otherwise it is a defect. A video in the chat of a refunded job is judged job by job, in
//! [`crate::unconfirmed_sends`].

use std::collections::BTreeMap;

use fakes::kie::TaskView;
use testkit::{environment::BATCH_SIZE, fault::FaultKind};

use crate::{
    event::Event,
    fault_point::{Aws, FaultPoint, Service},
    oracle::JobEnding,
};

/// Faults after which the caller does not know whether its call took effect.
const UNKNOWN: [FaultKind; 2] = [FaultKind::ReplyLost, FaultKind::Late];

/// Decides whether a fault at a fault point explains an anomaly.
type Explains = fn(&FaultPoint, FaultKind) -> bool;

/// The anomalies of a run that no fault explains. `counts` has the endings of all jobs; `scripted` is the number of process deaths
/// and lost replies that the scenario itself causes.
#[must_use]
pub fn unexplained(counts: &BTreeMap<JobEnding, usize>, events: &[Event], scripted: usize) -> Vec<String> {
    let explained = |by: Explains| {
        let struck = events.iter().filter_map(|event| event.fault.map(|fault| (&event.point, fault)));
        struck.filter(|(point, fault)| by(point, *fault)).map(|(_, fault)| jobs_struck_by(fault)).sum::<usize>()
    };
    let kinds: [(JobEnding, &str, Explains); 2] = [
        (JobEnding::SentAgain, "videos were sent more than once", leaves_a_send_unknown),
        (JobEnding::NotifiedAgain, "refunds were notified more than once", leaves_a_notification_unknown),
    ];
    let mut wrong = Vec::new();
    for (kind, what, by) in kinds {
        let (count, reasons) = (counts.get(&kind).copied().unwrap_or_default(), explained(by) + scripted);
        if count > reasons {
            wrong.push(format!("{count} {what}, but only {reasons} faults explain it"));
        }
    }
    wrong
}

/// How many jobs a fault can strike: the death of a process fails its whole batch.
pub(crate) fn jobs_struck_by(fault: FaultKind) -> usize {
    if kills(fault) { usize::try_from(BATCH_SIZE).unwrap_or(1) } else { 1 }
}

pub(crate) fn kills(fault: FaultKind) -> bool {
    matches!(fault, FaultKind::KilledBefore | FaultKind::KilledAfter)
}

/// Whether the fault leaves the sender unsure that its video arrived, or unable to record it.
fn leaves_a_send_unknown(point: &FaultPoint, fault: FaultKind) -> bool {
    let sends = point.service == Service::Telegram && point.operation == "sendVideo" && UNKNOWN.contains(&fault);
    point.caller == "sender" && (sends || records(point) || kills(fault))
}

/// Whether the fault leaves a function unsure that its notification arrived, or unable to record it.
fn leaves_a_notification_unknown(point: &FaultPoint, fault: FaultKind) -> bool {
    let notifies = point.service == Service::Telegram && point.operation == "sendMessage" && UNKNOWN.contains(&fault);
    point.is_ours() && (notifies || records(point) || kills(fault))
}

fn records(point: &FaultPoint) -> bool {
    point.service == Service::Aws(Aws::DynamoDb) && point.writes()
}

/// The attempts that have more than one task at KIE. Each attempt has one callback URL of its own, so two tasks with one URL
/// are a defect.
#[must_use]
pub fn attempts_with_two_tasks(tasks: &[TaskView]) -> Vec<String> {
    let mut by_attempt = BTreeMap::<&str, usize>::new();
    for url in tasks.iter().filter_map(|task| task.callback_url.as_deref()) {
        *by_attempt.entry(url).or_default() += 1;
    }
    let twice = by_attempt.into_iter().filter(|(_, tasks)| *tasks > 1);
    twice.map(|(url, tasks)| format!("KIE has {tasks} tasks of one attempt: {url}")).collect()
}
