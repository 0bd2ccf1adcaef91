//! Sample jobs of every stage, and a table of the transitions that depend on the stage alone.

pub(super) use std::time::Duration;

pub(super) use jiff::Timestamp;

pub(super) use super::super::*;
pub(super) use crate::{
    catalog::Kind,
    classify::{Class, Diagnosis, Remedy, Retry},
    credits::{Credits, Entry, EntryKey, EntryKind},
    ids::{DraftId, JobId, UserId},
    job_message::JobMessage,
    rules::{Delays, Rules},
};

pub(super) const START: Timestamp = Timestamp::UNIX_EPOCH;

pub(super) fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(super) fn at(n: u64) -> Timestamp {
    START + secs(n)
}

pub(super) fn rules() -> Rules {
    Rules::default()
}

pub(super) fn task(name: &str) -> TaskId {
    TaskId(name.into())
}

pub(super) fn diagnosis(class: Class, retry: Retry) -> Diagnosis {
    Diagnosis { class, why: None, retry, remedy: None }
}

pub(super) fn busy() -> Diagnosis {
    diagnosis(Class::Overloaded, Retry::Patiently)
}

pub(super) fn broken() -> Diagnosis {
    diagnosis(Class::BrokenUpstream, Retry::Attempts)
}

/// A refusal of one model alone.
pub(super) fn refused_by_the_model() -> Diagnosis {
    Diagnosis { remedy: Some(Remedy::OtherModel), ..diagnosis(Class::ContentRejected, Retry::Never) }
}

/// The photo and prompt of the sample jobs.
pub(super) fn prepared() -> Prepared {
    Prepared { photo_key: "photo".into(), prompt: "a mug".into() }
}

pub(super) fn film() -> Film {
    Film { width: 720, height: 1280, millis: 8_040, sound: true }
}

pub(super) fn receipt() -> Receipt {
    Receipt { file_id: Some("video".into()), message_id: 7, sent_as: SentAs::Video }
}

pub(super) fn queued() -> Job {
    let order = Order { price: Credits(3), ..sample_order(Kind::Reels) };
    let id = JobId { draft: DraftId(uuid::Uuid::from_u128(1)), n: 1 };
    Job::confirmed(UserId(5), id, order, START, &rules())
}

/// The queued sample job, transition to another state without a lease.
pub(super) fn in_state(state: State) -> Job {
    let (photo_key, prompt) = (Some("photo".into()), Some("a mug".into()));
    Job { state, photo_key, prompt, due_at: Some(at(500)), ..queued() }
}

pub(super) fn submitting(attempt: u32) -> Job {
    in_state(State::Submitting { attempt, postponed: 0, claimed_at: START })
}

pub(super) fn generating(attempt: u32, polls: u32) -> Job {
    in_state(State::Generating { attempt, task: task("t"), polls })
}

pub(super) fn ready(attempts: u32) -> Job {
    in_state(State::Ready { video_key: "video".into(), ready_at: START, attempts, delivery: Delivery::default() })
}

pub(super) fn sending(attempt: u32) -> Job {
    in_state(State::Sending { video_key: "video".into(), ready_at: START, attempt, delivery: Delivery::default() })
}

/// A job whose sender claimed it at this time.
pub(super) fn claimed(attempts: u32, now: Timestamp) -> Job {
    ready(attempts).claim_send(now, &rules()).unwrap()
}

pub(super) fn held(checks: u32) -> Job {
    let state = State::Held { video_key: "video".into(), ready_at: START, attempts: 1, checks, next_at: at(400) };
    Job { due_at: Some(at(400)), ..in_state(state) }
}

pub(super) fn delivered() -> Job {
    Job { due_at: None, ..in_state(State::Delivered { file_id: None, message_id: 1, sent_as: SentAs::Video, video_key: None }) }
}

pub(super) fn failed(notified: Notified) -> Job {
    let due_at = matches!(notified, Notified::NotYet(_)).then(|| at(500));
    Job { due_at, ..in_state(State::Failed { class: Class::TookTooLong, why: None, notified, on_return: false }) }
}

/// One job of every stage.
pub(super) fn every_stage() -> [Job; 8] {
    [queued(), submitting(1), generating(1, 0), ready(0), sending(1), held(0), delivered(), failed(Notified::NotYet(0))]
}

pub(super) fn again(retried: Retried) -> Transition {
    match retried {
        Retried::Again(transition) => *transition,
        Retried::End(diagnosis) => panic!("ended with {diagnosis:?}"),
    }
}

/// The result of a transition: the job to write, the delay of its message if it sends one, and the ledger entry if it writes one.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) job: Job,
    pub(super) sent: Option<Duration>,
    pub(super) entry: Option<Entry>,
}

pub(super) type Tried = Result<Option<Made>, InvalidTransition>;
pub(super) type Make = fn(&Job, Timestamp, &Rules) -> Tried;

pub(super) fn silent(job: Result<Job, InvalidTransition>) -> Tried {
    Ok(Some(Made { job: job?, sent: None, entry: None }))
}

pub(super) fn chained(transition: Result<Transition, InvalidTransition>) -> Tried {
    let Transition { job, delay } = transition?;
    Ok(Some(Made { job, sent: Some(delay), entry: None }))
}

pub(super) fn settled(settled: Result<(Job, Entry), InvalidTransition>) -> Tried {
    let (job, entry) = settled?;
    Ok(Some(Made { job, sent: None, entry: Some(entry) }))
}

pub(super) fn retried(retried: Result<Retried, InvalidTransition>) -> Tried {
    match retried? {
        Retried::Again(transition) => chained(Ok(*transition)),
        Retried::End(_) => Ok(None),
    }
}

pub(super) fn after_send(sent: Result<AfterSend, InvalidTransition>) -> Tried {
    match sent? {
        AfterSend::Again(transition) => chained(Ok(*transition)),
        // The present message is left to the queue's redrive.
        AfterSend::Spent(job) => silent(Ok(*job)),
    }
}

/// Every transition: its name, its function, and the stages that allow it.
pub(super) const TRANSITIONS: &[(&str, Make, &[&str])] = &[
    ("claim_preparation", |job, now, rules| silent(job.claim_preparation(now, rules)), &["queued", "submitting"]),
    ("preparation_waits", |job, now, rules| chained(job.preparation_waits(now, rules)), &["queued"]),
    ("preparation_postponed", |job, now, rules| chained(job.preparation_postponed(now, rules)), &["queued"]),
    ("claim_submission", |job, now, rules| silent(job.claim_submission("p", "q", now, rules)), &["queued", "submitting"]),
    ("submitted", |job, now, rules| chained(job.submitted(task("t"), now, rules)), &["submitting"]),
    ("submission_lost", |job, now, rules| silent(job.submission_lost(now, rules)), &["submitting"]),
    ("adopted", |job, now, rules| chained(job.adopted(job.state.attempts(), task("t"), now, rules)), &["submitting"]),
    ("polled", |job, now, rules| chained(job.polled(now, rules)), &["generating"]),
    ("claim_fetch", |job, now, rules| silent(job.claim_fetch(now, rules)), &["generating"]),
    ("fetched", |job, now, rules| chained(job.fetched("v".into(), film(), now, rules)), &["generating"]),
    (
        "film_missing",
        |job, now, rules| match job.film_missing(NoFilm::Absent, now, rules)? {
            Some(transition) => chained(Ok(transition)),
            None => Ok(None),
        },
        &["generating"],
    ),
    (
        "attempt_failed, to the spare",
        |job, now, rules| retried(job.attempt_failed(refused_by_the_model(), Some("spare"), now, rules)),
        &["submitting", "generating"],
    ),
    ("attempt_failed", |job, now, rules| retried(job.attempt_failed(broken(), None, now, rules)), &["submitting", "generating"]),
    ("busy", |job, now, rules| retried(job.attempt_failed(busy(), None, now, rules)), &["submitting", "generating"]),
    ("claim_send", |job, now, rules| silent(job.claim_send(now, rules)), &["ready", "sending"]),
    ("send_failed", |job, now, rules| after_send(job.send_failed(now, rules)), &["sending"]),
    ("send_not_begun", |job, now, rules| chained(job.send_not_begun(now, rules)), &["ready", "sending"]),
    ("send_postponed", |job, now, rules| chained(job.send_postponed(secs(40), now, rules)), &["ready", "sending"]),
    ("held", |job, now, rules| silent(job.held(now, rules)), &["ready", "sending"]),
    ("still_held", |job, now, rules| silent(job.still_held(now, rules)), &["held"]),
    ("reopened", |job, now, rules| chained(job.reopened(secs(2), now, rules)), &["held"]),
    ("reopened_by_check", |job, now, rules| chained(job.reopened_by_check(now, rules)), &["held"]),
    ("delivered", |job, now, rules| settled(job.delivered(receipt(), now, rules)), &["ready", "sending", "held"]),
    ("sent_again", |job, _, _| silent(job.sent_again(receipt())), &["delivered"]),
    (
        "ended",
        |job, now, rules| settled(job.ended(&broken(), now, rules)),
        &["queued", "submitting", "generating", "ready", "sending", "held"],
    ),
    ("claim_notification", |job, now, rules| silent(job.claim_notification(now, rules)), &["failed"]),
    ("notified", |job, now, rules| silent(job.notified(Notified::Yes, now, rules)), &["failed"]),
    ("notification_postponed", |job, now, rules| silent(job.notification_postponed(None, now, rules)), &["failed"]),
];
