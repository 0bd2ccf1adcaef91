//! What costs nobody a credit and is accepted only where a fault explains it: a video sent twice, a video in the chat of a
//! refunded job, the news of a refund told twice. Without such a fault it is a defect.

use std::collections::BTreeMap;

use standins::kie::TaskView;
use testkit::environment::BATCH_SIZE;

use crate::{
    fault::Fault,
    injector::Event,
    judge::Ended,
    site::{Aws, Service, Site},
};

/// Faults after which a caller does not know what its call did.
const UNKNOWN: [Fault; 2] = [Fault::ReplyLost, Fault::Late];

/// Whether a fault at a site explains something.
type Explains = fn(&Site, Fault) -> bool;

/// What of a run's side effects no fault of it explains; `counts` are theirs, over all jobs, and `deaths` the story's own.
#[must_use]
pub fn unexcused(counts: &BTreeMap<Ended, usize>, events: &[Event], deaths: usize) -> Vec<String> {
    let explained = |by: Explains| {
        let struck = events.iter().filter_map(|event| event.fault.map(|fault| (&event.site, fault)));
        struck.filter(|(site, fault)| by(site, *fault)).map(|(_, fault)| jobs_struck_by(fault)).sum::<usize>()
    };
    let kinds: [(Ended, &str, Explains); 3] = [
        (Ended::SentAgain, "videos were sent again", leaves_a_send_unknown),
        (Ended::RefundedThoughSent, "jobs were refunded though their video is in the chat", leaves_a_send_unknown),
        (Ended::ToldAgain, "refunds were told again", leaves_a_telling_unknown),
    ];
    let mut wrong = Vec::new();
    for (kind, what, by) in kinds {
        let (count, reasons) = (counts.get(&kind).copied().unwrap_or_default(), explained(by) + deaths);
        if count > reasons {
            wrong.push(format!("{count} {what}, and {reasons} faults explain it"));
        }
    }
    wrong
}

/// How many jobs a fault can strike: a process that dies takes its whole batch along.
fn jobs_struck_by(fault: Fault) -> usize {
    if kills(fault) { usize::try_from(BATCH_SIZE).unwrap_or(1) } else { 1 }
}

fn kills(fault: Fault) -> bool {
    matches!(fault, Fault::KilledBefore | Fault::KilledAfter)
}

/// The sender does not know what became of its video, or cannot write it down.
fn leaves_a_send_unknown(site: &Site, fault: Fault) -> bool {
    let sends = site.service == Service::Telegram && site.operation == "sendVideo" && UNKNOWN.contains(&fault);
    site.caller == "sender" && (sends || notes(site) || kills(fault))
}

/// Whoever tells does not know whether it arrived, or cannot write it down.
fn leaves_a_telling_unknown(site: &Site, fault: Fault) -> bool {
    let tells = site.service == Service::Telegram && site.operation == "sendMessage" && UNKNOWN.contains(&fault);
    site.is_ours() && (tells || notes(site) || kills(fault))
}

fn notes(site: &Site) -> bool {
    site.service == Service::Aws(Aws::DynamoDb) && site.writes()
}

/// Attempts that have more than one task at KIE: each attempt has a callback address of its own.
#[must_use]
pub fn attempts_with_two_tasks(tasks: &[TaskView]) -> Vec<String> {
    let mut by_attempt = BTreeMap::<&str, usize>::new();
    for url in tasks.iter().filter_map(|task| task.callback_url.as_deref()) {
        *by_attempt.entry(url).or_default() += 1;
    }
    let twice = by_attempt.into_iter().filter(|(_, tasks)| *tasks > 1);
    twice.map(|(url, tasks)| format!("{tasks} tasks of one attempt: {url}")).collect()
}
