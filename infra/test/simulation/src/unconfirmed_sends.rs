//! The jobs that were refunded although their video arrived. Telegram has no idempotency key, so some are unavoidable: its acceptance
//! was never recorded (its reply was lost, or the process died after it), and no attempt that was left was confirmed. Each such job is
//! counted with the fault that caused it; a job without such a fault is a defect, and so is an attempt that was used up although
//! Telegram cannot have been reached.

use std::collections::BTreeMap;

use domain::ids::JobId;
use testkit::fault::FaultKind;

use crate::{
    allowed_anomalies::{jobs_struck_by, kills},
    effects::PAST_THE_LEASE,
    event::Event,
    fault_point::{Aws, Service},
    oracle::RefundedThoughSent,
};

/// The longest time between an acceptance and the fault that keeps it from being recorded, in milliseconds: a lease.
const RECORDED_WITHIN_MS: i64 = 120_000;
/// The longest time between a call of Telegram and the arrival of its video, in milliseconds: Telegram fetches the video first.
const FETCH_MAX_MS: i64 = 60_000;
/// The name of the cause of a death that the scenario itself brings about.
const SCENARIO_DEATH: &str = "a death in the scenario";
/// The name of the cause of a reply that the scenario itself loses.
const SCENARIO_REPLY: &str = "a reply lost in the scenario";

/// The verdict on the refunded jobs of a run whose video arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unconfirmed {
    /// How many jobs each fault caused.
    pub causes: BTreeMap<String, u64>,
    /// The refunds that the faults of the run did not make unavoidable.
    pub avoidable: Vec<String>,
}

/// Examines the refunded jobs of a run whose video arrived. `began_ms` is the begin of the run in milliseconds since 1970, `deaths` the
/// number of process deaths that the scenario itself causes.
#[must_use]
pub fn examine(jobs: &[RefundedThoughSent], events: &[Event], began_ms: i64, deaths: usize) -> Unconfirmed {
    let mut found = Unconfirmed::default();
    let mut struck = BTreeMap::<usize, usize>::new();
    for job in jobs {
        let mut cause = None;
        for arrived_ms in &job.arrivals_ms {
            let at = events.iter().position(|event| leaves_unrecorded(event, job.job, arrived_ms - began_ms));
            let name = match at.and_then(|at| events.get(at)) {
                Some(Event { point, fault: Some(fault), .. }) => Some(format!("{} at {point}", fault.name())),
                _ if job.unanswered_ms.iter().any(|at_ms| (arrived_ms - FETCH_MAX_MS..=*arrived_ms).contains(at_ms)) => {
                    Some(SCENARIO_REPLY.to_owned())
                }
                _ if deaths > 0 => Some(SCENARIO_DEATH.to_owned()),
                _ => None,
            };
            if name.is_none() {
                found
                    .avoidable
                    .push(format!("job {} was refunded although its video arrived, and no fault explains it", job.job));
            }
            if let (Some(at), None) = (at, &cause) {
                *struck.entry(at).or_default() += 1;
            }
            cause = cause.or(name);
        }
        if let Some(cause) = cause {
            *found.causes.entry(cause).or_default() += 1;
        }
        if job.gave_up {
            found
                .avoidable
                .push(format!("job {} was refunded although its video arrived, with an attempt and time left", job.job));
        }
        let reached = events.iter().filter(|event| may_reach_telegram(event, job.job)).count();
        let spent = usize::try_from(job.attempts).unwrap_or(usize::MAX);
        if spent > reached && deaths == 0 {
            found.avoidable.push(format!(
                "job {} was refunded although its video arrived: {spent} attempts were used up, but at most {reached} reached Telegram",
                job.job
            ));
        }
    }
    for (at, jobs) in struck {
        let Some(fault) = events.get(at).and_then(|event| event.fault) else { continue };
        // A call that outlasts its time-out ends the whole batch, like a death.
        if jobs > jobs_struck_by(if fault == FaultKind::Late { FaultKind::KilledBefore } else { fault }) {
            found
                .avoidable
                .push(format!("{jobs} jobs were refunded although their video arrived, after one fault: {}", fault.name()));
        }
    }
    found
}

/// Whether a fault may have kept the acceptance of a job's video from being recorded. `arrived_ms` is the time of its arrival since the
/// begin of the run.
fn leaves_unrecorded(event: &Event, job: JobId, arrived_ms: i64) -> bool {
    let Some(fault) = event.fault.filter(|_| event.point.caller == "sender") else { return false };
    let at_ms = i64::try_from(event.at_ms).unwrap_or(i64::MAX);
    let is_about = event.job == Some(job);
    if event.point.service == Service::Telegram && event.point.operation == "sendVideo" && is_about {
        let late_ms = i64::try_from(PAST_THE_LEASE.as_millis()).unwrap_or(i64::MAX);
        let loses = matches!(fault, FaultKind::ReplyLost | FaultKind::Late | FaultKind::KilledAfter);
        return loses && (at_ms..=at_ms + late_ms + 2).contains(&arrived_ms);
    }
    let follows = (arrived_ms - 2..=arrived_ms + RECORDED_WITHIN_MS).contains(&at_ms);
    let records = event.point.service == Service::Aws(Aws::DynamoDb) && event.point.writes() && is_about;
    // The death of a process, or a call that outlasts its time-out, ends the handling of the whole batch.
    follows && (kills(fault) || records) || fault == FaultKind::Late && (at_ms..=at_ms + RECORDED_WITHIN_MS).contains(&arrived_ms)
}

/// Whether an attempt to send a job's video may have reached Telegram by this call: the send itself, unless its connection was refused,
/// or the write of its intent, after which the process died.
fn may_reach_telegram(event: &Event, job: JobId) -> bool {
    if event.point.caller != "sender" || event.job != Some(job) {
        return false;
    }
    match event.point.service {
        Service::Telegram => event.point.operation == "sendVideo" && event.fault != Some(FaultKind::Refused),
        Service::Aws(Aws::DynamoDb) => {
            event.point.operation == "PutItem sending" && matches!(event.fault, Some(FaultKind::KilledAfter | FaultKind::Late))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fault_point::FaultPoint, history::tests::job};

    fn event(at_ms: u64, service: Service, operation: &str, fault: Option<FaultKind>) -> Event {
        let point = FaultPoint { caller: "sender", service, operation: operation.to_owned() };
        Event { at_ms, point, fault, status: 0, job: Some(job("a", 1)) }
    }

    fn send(at_ms: u64, fault: Option<FaultKind>) -> Event {
        event(at_ms, Service::Telegram, "sendVideo", fault)
    }

    /// The run began at 1000 s; the video arrived 100 s later. The job had used up this many attempts.
    fn examined(attempts: u32, events: &[Event]) -> Unconfirmed {
        let sent = RefundedThoughSent {
            job: job("a", 1),
            arrivals_ms: vec![1_100_000],
            attempts,
            gave_up: false,
            unanswered_ms: Vec::new(),
        };
        examine(&[sent], events, 1_000_000, 0)
    }

    #[test]
    fn a_refund_after_a_lost_acceptance_and_failed_sends_is_counted_with_its_cause() {
        let failed = [send(160_000, Some(FaultKind::ServerError)), send(300_000, Some(FaultKind::ServerError))];
        for (first, cause) in [
            (send(100_000, Some(FaultKind::ReplyLost)), "reply lost at sender · Telegram sendVideo"),
            (send(100_000, Some(FaultKind::KilledAfter)), "killed after at sender · Telegram sendVideo"),
        ] {
            let found = examined(3, &[vec![first], failed.to_vec()].concat());
            assert_eq!(found.avoidable, Vec::<String>::new());
            assert_eq!(found.causes, BTreeMap::from([(cause.to_owned(), 1)]));
        }
        let capture = event(100_000, Service::Aws(Aws::DynamoDb), "TransactWriteItems capture", Some(FaultKind::KilledBefore));
        let found = examined(3, &[vec![send(96_000, None), capture], failed.to_vec()].concat());
        assert_eq!(found.avoidable, Vec::<String>::new());
        assert!(found.causes.keys().all(|cause| cause.starts_with("killed before")), "{:?}", found.causes);
    }

    #[test]
    fn a_refund_without_a_fault_that_lost_the_acceptance_is_avoidable() {
        let before = send(20_000, Some(FaultKind::KilledBefore));
        for events in [
            vec![send(96_000, None)],
            vec![before, send(96_000, None)],
            vec![send(96_000, None), send(300_000, Some(FaultKind::ReplyLost))],
        ] {
            let found = examined(1, &events);
            assert_eq!((found.avoidable.len(), found.causes.len()), (1, 0), "{events:?}");
        }
    }

    #[test]
    fn an_attempt_that_was_used_up_without_a_call_is_avoidable() {
        let lost = send(100_000, Some(FaultKind::ReplyLost));
        assert_eq!(examined(1, std::slice::from_ref(&lost)).avoidable.len(), 0);
        assert_eq!(examined(3, std::slice::from_ref(&lost)).avoidable.len(), 1, "two deaths before the call");
        let refused = [lost.clone(), send(200_000, Some(FaultKind::Refused))];
        assert_eq!(examined(2, &refused).avoidable.len(), 1, "a refused connection used up an attempt");
        let died = [lost, event(200_000, Service::Aws(Aws::DynamoDb), "PutItem sending", Some(FaultKind::KilledAfter))];
        assert_eq!(examined(2, &died).avoidable.len(), 0, "the process died after the intent");
    }

    #[test]
    fn a_refund_with_an_attempt_left_is_avoidable() {
        let lost = [send(100_000, Some(FaultKind::ReplyLost))];
        let mut sent = RefundedThoughSent {
            job: job("a", 1),
            arrivals_ms: vec![1_100_000],
            attempts: 1,
            gave_up: false,
            unanswered_ms: vec![],
        };
        assert_eq!(examine(std::slice::from_ref(&sent), &lost, 1_000_000, 0).avoidable.len(), 0);
        sent.gave_up = true;
        assert_eq!(examine(&[sent], &lost, 1_000_000, 0).avoidable.len(), 1);
    }

    #[test]
    fn one_death_explains_no_more_jobs_than_a_batch_has() {
        let mut events = [1, 2, 3, 4, 5, 6].map(|n| Event { job: Some(job("a", n)), ..send(96_000, None) }).to_vec();
        events.push(Event { job: None, ..event(101_000, Service::Aws(Aws::S3), "HEAD video", Some(FaultKind::KilledBefore)) });
        let sent = |n| RefundedThoughSent {
            job: job("a", n),
            arrivals_ms: vec![1_100_000],
            attempts: 1,
            gave_up: false,
            unanswered_ms: Vec::new(),
        };
        let jobs: Vec<_> = (1..=6).map(sent).collect();
        assert_eq!(examine(&jobs[..5], &events, 1_000_000, 0).avoidable, Vec::<String>::new());
        assert_eq!(examine(&jobs, &events, 1_000_000, 0).avoidable.len(), 1);
    }
}
