//! A job's moves: each from the stages that allow it, and what each makes of time, counts, leases and the chain of looks.

use super::*;
use crate::{
    classify::{Diagnosis, Retry},
    credits::{Entry, EntryKey, EntryKind},
    ids::DraftId,
    rules::Delays,
    wake::Wake,
};
use proptest::prelude::*;

const START: Timestamp = Timestamp::UNIX_EPOCH;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn at(n: u64) -> Timestamp {
    START + secs(n)
}

fn rules() -> Rules {
    Rules::default()
}

fn task(name: &str) -> TaskId {
    TaskId(name.into())
}

fn diagnosis(class: Class, retry: Retry) -> Diagnosis {
    Diagnosis { class, why: None, retry }
}

fn busy() -> Diagnosis {
    diagnosis(Class::Overloaded, Retry::Patiently)
}

fn broken() -> Diagnosis {
    diagnosis(Class::BrokenUpstream, Retry::Attempts)
}

fn receipt() -> Receipt {
    Receipt { file_id: Some("video".into()), message_id: 7 }
}

fn queued() -> Job {
    let order = Order { price: Credits(3), ..sample_order(Kind::Reels) };
    let id = JobId { draft: DraftId(uuid::Uuid::from_u128(1)), n: 1 };
    Job::confirmed(UserId(5), id, order, START, &rules())
}

/// The same job in another state, as if nobody held it.
fn in_state(state: State) -> Job {
    let (photo_key, prompt) = (Some("photo".into()), Some("a mug".into()));
    Job { state, photo_key, prompt, due_at: Some(at(500)), ..queued() }
}

fn submitting(attempt: u32) -> Job {
    in_state(State::Submitting { attempt, postponed: 0, claimed_at: START })
}

fn generating(attempt: u32, looks: u32) -> Job {
    in_state(State::Generating { attempt, task: task("t"), looks })
}

fn ready(attempts: u32) -> Job {
    in_state(State::Ready { video_key: "video".into(), ready_at: START, attempts })
}

fn sending(attempt: u32) -> Job {
    in_state(State::Sending { video_key: "video".into(), ready_at: START, attempt })
}

fn delivered() -> Job {
    Job { due_at: None, ..in_state(State::Delivered { file_id: None, message_id: 1 }) }
}

fn failed(told: Told) -> Job {
    let due_at = matches!(told, Told::NotYet(_)).then(|| at(500));
    Job { due_at, ..in_state(State::Failed { class: Class::TookTooLong, why: None, told }) }
}

/// One job of every stage, by its name.
fn every_stage() -> [Job; 7] {
    [queued(), submitting(1), generating(1, 0), ready(0), sending(1), delivered(), failed(Told::NotYet(0))]
}

fn again(retried: Retried) -> Moved {
    match retried {
        Retried::Again(moved) => *moved,
        Retried::End(diagnosis) => panic!("ended with {diagnosis:?}"),
    }
}

// ---- Every move, by one name.

/// What a move makes of a job: the job to write, with the message's delay if one is sent, and the entry if one is written.
#[derive(Debug)]
struct Made {
    job: Job,
    sent: Option<Duration>,
    entry: Option<Entry>,
}

type Tried = Result<Option<Made>, Misfit>;
type Move = fn(&Job, Timestamp, &Rules) -> Tried;

fn silent(job: Result<Job, Misfit>) -> Tried {
    Ok(Some(Made { job: job?, sent: None, entry: None }))
}

fn chained(moved: Result<Moved, Misfit>) -> Tried {
    let Moved { job, delay } = moved?;
    Ok(Some(Made { job, sent: Some(delay), entry: None }))
}

fn settled(settled: Result<(Job, Entry), Misfit>) -> Tried {
    let (job, entry) = settled?;
    Ok(Some(Made { job, sent: None, entry: Some(entry) }))
}

fn retried(retried: Result<Retried, Misfit>) -> Tried {
    match retried? {
        Retried::Again(moved) => chained(Ok(*moved)),
        Retried::End(_) => Ok(None),
    }
}

/// Every move, and the stages that allow it.
const MOVES: &[(&str, Move, &[&str])] = &[
    ("claim_preparation", |job, now, rules| silent(job.claim_preparation(now, rules)), &["queued"]),
    ("preparation_postponed", |job, now, rules| chained(job.preparation_postponed(now, rules)), &["queued"]),
    ("claim_submission", |job, now, rules| silent(job.claim_submission("p", "q", now, rules)), &["queued", "submitting"]),
    ("submitted", |job, now, rules| chained(job.submitted(task("t"), now, rules)), &["submitting"]),
    ("submission_lost", |job, now, rules| silent(job.submission_lost(now, rules)), &["submitting"]),
    ("adopted", |job, now, rules| chained(job.adopted(job.state.attempts(), task("t"), now, rules)), &["submitting"]),
    ("looked", |job, now, rules| chained(job.looked(now, rules)), &["generating"]),
    ("claim_fetch", |job, now, rules| silent(job.claim_fetch(now, rules)), &["generating"]),
    ("fetched", |job, now, rules| chained(job.fetched("v".into(), now, rules)), &["generating"]),
    ("attempt_failed", |job, now, rules| retried(job.attempt_failed(broken(), now, rules)), &["submitting", "generating"]),
    ("put_off", |job, now, rules| retried(job.attempt_failed(busy(), now, rules)), &["submitting", "generating"]),
    ("claim_send", |job, now, rules| silent(job.claim_send(now, rules)), &["ready", "sending"]),
    // Its message is not sent: it comes back, with the number it had.
    ("send_failed", |job, now, rules| silent(job.send_failed(now, rules).map(|moved| moved.job)), &["sending"]),
    ("send_postponed", |job, now, rules| chained(job.send_postponed(secs(40), now, rules)), &["sending"]),
    ("delivered", |job, now, _| settled(job.delivered(receipt(), now)), &["ready", "sending"]),
    (
        "ended",
        |job, now, rules| settled(job.ended(&broken(), now, rules)),
        &["queued", "submitting", "generating", "ready", "sending"],
    ),
    ("claim_telling", |job, now, rules| silent(job.claim_telling(now, rules)), &["failed"]),
    ("told", |job, _, _| silent(job.told(Told::Yes)), &["failed"]),
    ("telling_postponed", |job, now, rules| silent(job.telling_postponed(None, now, rules)), &["failed"]),
];

#[test]
fn each_move_is_made_from_its_own_stages_and_is_a_misfit_from_every_other() {
    for (name, make, stages) in MOVES {
        for job in every_stage() {
            let stage = job.state.name();
            match make(&job, at(10), &rules()) {
                Ok(_) => assert!(stages.contains(&stage), "{name} was made while {stage}"),
                Err(misfit) => {
                    assert!(!stages.contains(&stage), "{misfit}");
                    assert_eq!((misfit.stage, misfit.job), (stage, job.id.to_string()));
                }
            }
        }
    }
}

#[test]
fn who_knows_or_cannot_be_told_is_not_told_later() {
    for told in [Told::Yes, Told::Unreachable] {
        assert!(failed(told).claim_telling(at(10), &rules()).is_err());
        assert!(failed(told).telling_postponed(None, at(10), &rules()).is_err());
    }
}

#[test]
fn a_misfit_says_which_job_cannot_do_what_and_why() {
    let misfit = queued().delivered(receipt(), at(1)).unwrap_err();
    assert_eq!(misfit.to_string(), format!("{} cannot be delivered: it is queued", queued().id));
}

#[test]
fn the_version_grows_by_one_with_every_move_and_the_look_exactly_when_a_message_is_sent() {
    let woken = |job: &Job| Made { job: job.woken(at(10), &rules()).job, sent: Some(Duration::ZERO), entry: None };
    let resting = |job: &Job| Made { job: job.resting(at(10)), sent: None, entry: None };
    for job in every_stage() {
        let moves = MOVES.iter().filter_map(|(_, make, _)| make(&job, at(10), &rules()).ok().flatten());
        for made in moves.chain([woken(&job), resting(&job)]) {
            assert_eq!(made.job.version, job.version + 1, "{made:?}");
            assert_eq!(made.job.look, job.look + u32::from(made.sent.is_some()), "{made:?}");
        }
    }
}

#[test]
fn a_settlement_is_written_exactly_when_a_job_ends() {
    for job in every_stage() {
        for made in MOVES.iter().filter_map(|(_, make, _)| make(&job, at(10), &rules()).ok().flatten()) {
            assert_eq!(made.entry.is_some(), made.job.has_ended() && !job.has_ended(), "{made:?}");
        }
    }
}

// ---- Confirmed, prepared, submitted.

#[test]
fn a_new_job_is_due_when_its_first_look_would_be() {
    let job = queued();
    assert_eq!((job.version, job.look, job.due_at), (1, 1, Some(at(30))));
    assert_eq!(job.next(START, &rules()), Next::Prepare);
}

#[test]
fn a_claim_holds_the_job_for_one_lease_and_the_sweeper_takes_over_there() {
    let claims = [
        queued().claim_preparation(at(10), &rules()),
        queued().claim_submission("p", "q", at(10), &rules()),
        generating(1, 0).claim_fetch(at(10), &rules()),
        ready(0).claim_send(at(10), &rules()),
        failed(Told::NotYet(0)).claim_telling(at(10), &rules()),
    ];
    for claimed in claims.map(Result::unwrap) {
        assert_eq!((claimed.lease_until, claimed.due_at), (Some(at(130)), Some(at(130))));
        assert_eq!(claimed.next(at(129), &rules()), Next::Nothing(Rest::Leased(at(130))));
        assert!(claimed.is_leased(at(129)) && !claimed.is_leased(at(130)));
        assert!(!matches!(claimed.next(at(130), &rules()), Next::Nothing(Rest::Leased(_))));
    }
}

#[test]
fn a_photo_that_cannot_be_had_just_now_is_put_off_longer_and_longer_without_an_attempt() {
    let mut job = queued();
    for (postponed, delay) in [(1, 15), (2, 60), (3, 240), (4, 240)] {
        let moved = job.preparation_postponed(at(10), &rules()).unwrap();
        assert_eq!(moved.job.state, State::Queued { attempts: 0, postponed });
        assert_eq!((moved.delay, moved.job.due_at), (secs(delay), Some(at(10 + delay + 120))));
        job = moved.job;
    }
}

#[test]
fn what_the_model_is_asked_is_recorded_before_it_is_asked() {
    let job = queued().claim_submission("photo", "a mug", at(10), &rules()).unwrap();
    assert_eq!(job.state, State::Submitting { attempt: 1, postponed: 0, claimed_at: at(10) });
    assert_eq!((job.photo_key.as_deref(), job.prompt.as_deref()), (Some("photo"), Some("a mug")));
}

#[test]
fn a_photo_and_a_prompt_that_are_there_are_not_brought_again() {
    let moved = again(submitting(1).attempt_failed(broken(), at(10), &rules()).unwrap());
    assert_eq!(moved.job.next(at(30), &rules()), Next::Submit);
    let half = Job { prompt: None, ..moved.job };
    assert_eq!(half.next(at(30), &rules()), Next::Prepare);
}

#[test]
fn an_accepted_task_is_looked_at_after_growing_delays() {
    let moved = submitting(2).submitted(task("k"), at(10), &rules()).unwrap();
    assert_eq!(moved.job.state, State::Generating { attempt: 2, task: task("k"), looks: 0 });
    assert_eq!((moved.delay, moved.job.due_at), (secs(30), Some(at(160))));
    assert_eq!(moved.wake(), Wake { user: UserId(5), job: moved.job.id, look: 2 });
    for (looks, delay) in [(0, 60), (1, 120), (2, 240), (9, 240)] {
        let moved = generating(1, looks).looked(at(10), &rules()).unwrap();
        assert_eq!((moved.delay, moved.job.due_at), (secs(delay), Some(at(10 + delay + 120))));
        assert_eq!(moved.job.state, State::Generating { attempt: 1, task: task("t"), looks: looks + 1 });
    }
}

#[test]
fn a_lost_reply_waits_for_its_callback_and_then_makes_the_next_attempt() {
    let job = submitting(1).submission_lost(at(20), &rules()).unwrap();
    assert_eq!((job.lease_until, job.due_at, job.look), (None, Some(at(600)), 1));
    assert_eq!(job.next(at(599), &rules()), Next::Nothing(Rest::Until(at(600))));
    assert_eq!(job.next(at(600), &rules()), Next::Submit);
    let next = job.claim_submission("p", "q", at(600), &rules()).unwrap();
    assert_eq!(next.state, State::Submitting { attempt: 2, postponed: 0, claimed_at: at(600) });
}

#[test]
fn a_lost_reply_of_the_last_attempt_ends_the_job_when_no_callback_comes() {
    let job = submitting(3).submission_lost(at(20), &rules()).unwrap();
    assert_eq!(job.next(at(599), &rules()), Next::Nothing(Rest::Until(at(600))));
    assert_eq!(job.next(at(600), &rules()), Next::End(Class::BrokenUpstream, Because::AttemptsSpent));
}

#[test]
fn a_crash_while_submitting_waits_like_a_lost_reply() {
    let claimed = queued().claim_submission("p", "q", START, &rules()).unwrap();
    assert_eq!(claimed.next(at(120), &rules()), Next::Nothing(Rest::Until(at(600))));
}

#[test]
fn waiting_for_a_callback_ends_where_the_deadline_does() {
    let claimed_at = at(1500);
    let job = in_state(State::Submitting { attempt: 1, postponed: 0, claimed_at });
    assert_eq!(job.next(at(1640), &rules()), Next::Nothing(Rest::Until(at(1800))));
    assert_eq!(job.submission_lost(at(1600), &rules()).unwrap().due_at, Some(at(1800)));
}

#[test]
fn a_reply_lost_after_its_callback_was_waited_for_is_due_at_once() {
    let job = submitting(1).submission_lost(at(700), &rules()).unwrap();
    assert_eq!(job.due_at, Some(at(700)));
}

#[test]
fn a_task_is_adopted_for_the_attempt_it_belongs_to_only() {
    let moved = submitting(2).adopted(2, task("k"), at(50), &rules()).unwrap();
    assert_eq!(moved.job.state, State::Generating { attempt: 2, task: task("k"), looks: 0 });
    assert_eq!((moved.delay, moved.job.lease_until, moved.job.due_at), (Duration::ZERO, None, Some(at(170))));
    for other in [0, 1, 3] {
        assert!(submitting(2).adopted(other, task("k"), at(50), &rules()).is_err());
    }
}

// ---- Failed attempts.

#[test]
fn a_broken_attempt_is_repeated_after_growing_delays_until_the_attempts_are_spent() {
    for (attempt, delay) in [(1, 15), (2, 60)] {
        for job in [submitting(attempt), generating(attempt, 4)] {
            let moved = again(job.attempt_failed(broken(), at(10), &rules()).unwrap());
            assert_eq!(moved.job.state, State::Queued { attempts: attempt, postponed: 0 });
            assert_eq!((moved.delay, moved.job.trouble), (secs(delay), Some(Class::BrokenUpstream)));
        }
    }
    for job in [submitting(3), generating(3, 0)] {
        assert_eq!(job.attempt_failed(broken(), at(10), &rules()), Ok(Retried::End(broken())));
    }
}

#[test]
fn what_would_happen_again_is_not_repeated_and_what_may_pass_once_is_repeated_once() {
    let never = diagnosis(Class::ContentRejected, Retry::Never);
    assert_eq!(generating(1, 0).attempt_failed(never, at(10), &rules()), Ok(Retried::End(never)));
    let once = diagnosis(Class::BadPhoto, Retry::Once);
    assert!(matches!(generating(1, 0).attempt_failed(once, at(10), &rules()), Ok(Retried::Again(_))));
    assert_eq!(generating(2, 0).attempt_failed(once, at(10), &rules()), Ok(Retried::End(once)));
}

#[test]
fn a_busy_provider_costs_no_attempt_however_often_and_ends_at_the_deadline_as_overloaded() {
    let (rules, mut job, mut now) = (rules(), submitting(1), at(1));
    let mut waits = Vec::new();
    loop {
        let moved = again(job.attempt_failed(busy(), now, &rules).unwrap());
        waits.push(moved.delay.as_secs());
        now += moved.delay;
        job = moved.job;
        assert_eq!(job.state, State::Queued { attempts: 0, postponed: u32::try_from(waits.len()).unwrap() });
        if job.next(now, &rules) != Next::Submit {
            break;
        }
        job = job.claim_submission("p", "q", now, &rules).unwrap();
        assert_eq!(job.state.attempts(), 1);
    }
    assert_eq!(waits, [15, 60, 240, 240, 240, 240, 240, 240, 240]);
    assert_eq!(job.next(now, &rules), Next::Nothing(Rest::Until(at(1800))));
    assert_eq!(job.due_at, Some(at(1800)));
    assert_eq!(job.next(at(1800), &rules), Next::End(Class::Overloaded, Because::DeadlinePassed));
}

#[test]
fn a_task_that_failed_because_the_provider_was_busy_is_an_attempt() {
    let moved = again(generating(1, 0).attempt_failed(busy(), at(10), &rules()).unwrap());
    assert_eq!(moved.job.state, State::Queued { attempts: 1, postponed: 0 });
    assert_eq!(generating(3, 0).attempt_failed(busy(), at(10), &rules()), Ok(Retried::End(busy())));
}

// ---- Fetched and sent.

#[test]
fn a_fetched_video_forgets_the_trouble_and_starts_the_delivery_deadline() {
    let job = Job { trouble: Some(Class::Overloaded), ..generating(2, 5) };
    let moved = job.fetched("key".into(), at(1790), &rules()).unwrap();
    assert_eq!(moved.job.state, State::Ready { video_key: "key".into(), ready_at: at(1790), attempts: 0 });
    assert_eq!((moved.delay, moved.job.trouble), (Duration::ZERO, None));
    assert_eq!(moved.job.deadline(&rules()), Some(at(2690)));
    assert_eq!(moved.job.next(at(1800), &rules()), Next::Send);
}

#[test]
fn a_send_is_counted_when_it_is_claimed_so_that_a_crash_counts_too() {
    let first = ready(0).claim_send(at(10), &rules()).unwrap();
    assert_eq!(first.state.attempts(), 1);
    let after_a_crash = first.claim_send(at(200), &rules()).unwrap();
    assert_eq!(after_a_crash.state.attempts(), 2);
}

#[test]
fn a_failed_send_comes_back_after_growing_delays_and_the_last_one_at_once() {
    for (attempt, delay) in [(1, 15), (2, 60), (3, 0)] {
        let moved = sending(attempt).send_failed(at(10), &rules()).unwrap();
        assert_eq!(moved.delay, secs(delay), "attempt {attempt}");
        assert_eq!(moved.job.due_at, Some(at(10 + delay + 120)));
        assert_eq!(moved.job.look, 1, "its message comes back: no new one is sent");
        assert_eq!(moved.job.state, State::Ready { video_key: "video".into(), ready_at: START, attempts: attempt });
    }
}

#[test]
fn a_job_whose_sends_are_spent_has_to_end() {
    let spent = Next::End(Class::CouldNotDeliver, Because::AttemptsSpent);
    assert_eq!(ready(3).next(at(10), &rules()), spent);
    assert_eq!(sending(3).next(at(10), &rules()), spent);
    assert_eq!(ready(2).next(at(10), &rules()), Next::Send);
    assert_eq!(sending(2).next(at(10), &rules()), Next::Send);
}

#[test]
fn being_asked_to_wait_is_no_attempt() {
    let moved = sending(1).send_postponed(secs(40), at(10), &rules()).unwrap();
    assert_eq!(moved.job.state, State::Ready { video_key: "video".into(), ready_at: START, attempts: 0 });
    assert_eq!((moved.delay, moved.job.look, moved.job.due_at), (secs(40), 2, Some(at(170))));
}

#[test]
fn an_absurd_wait_is_no_reason_to_fall_over() {
    for wait in [secs(u64::MAX), secs(1 << 40)] {
        let moved = sending(1).send_postponed(wait, at(10), &rules()).unwrap();
        assert_eq!(moved.job.due_at, Some(at(900)), "the delivery deadline");
        let later = failed(Told::NotYet(0)).telling_postponed(Some(wait), at(10), &rules()).unwrap();
        assert_eq!(later.due_at, Some(at(10) + crate::rules::WAIT_MAX));
    }
}

#[test]
fn a_video_that_arrived_is_captured_even_if_its_send_was_counted_as_failed() {
    for job in [sending(2), ready(2)] {
        let (delivered, entry) = job.delivered(receipt(), at(10)).unwrap();
        assert_eq!(delivered.state, State::Delivered { file_id: Some("video".into()), message_id: 7 });
        assert_eq!((delivered.due_at, delivered.lease_until), (None, None));
        assert_eq!((entry.kind, entry.amount, entry.key), (EntryKind::Capture, 0, EntryKey::Settlement(job.id)));
        assert_eq!(delivered.next(at(9999), &rules()), Next::Nothing(Rest::Closed));
    }
}

// ---- Ended and told.

#[test]
fn whatever_ends_a_job_gives_back_exactly_what_was_charged_and_holds_it_to_tell() {
    for job in [queued(), submitting(1), generating(1, 0), ready(1), sending(1)] {
        let (ended, entry) = job.ended(&Diagnosis::of(Class::BadPhoto), at(10), &rules()).unwrap();
        assert_eq!((entry.kind, entry.amount, entry.note.as_str()), (EntryKind::Refund, 3, "bad_photo"));
        assert_eq!(ended.state, State::Failed { class: Class::BadPhoto, why: None, told: Told::NotYet(0) });
        assert_eq!((ended.lease_until, ended.due_at), (Some(at(130)), Some(at(130))));
        assert_eq!(ended.next(at(130), &rules()), Next::Tell);
    }
}

#[test]
fn somebody_unreachable_needs_no_telling() {
    let (ended, entry) = sending(1).ended(&Diagnosis::of(Class::Unreachable), at(10), &rules()).unwrap();
    assert_eq!(ended.state, State::Failed { class: Class::Unreachable, why: None, told: Told::Unreachable });
    assert_eq!((ended.due_at, ended.lease_until, entry.amount), (None, None, 3));
    assert_eq!(ended.next(at(10), &rules()), Next::Nothing(Rest::Closed));
}

#[test]
fn a_person_who_was_told_is_left_alone() {
    for told in [Told::Yes, Told::Unreachable] {
        let job = failed(Told::NotYet(2)).told(told).unwrap();
        assert_eq!((job.due_at, job.lease_until), (None, None));
        assert_eq!(job.next(at(9999), &rules()), Next::Nothing(Rest::Closed));
    }
}

#[test]
fn telling_is_tried_again_after_growing_delays_or_when_telegram_says() {
    for (tries, delay) in [(0, 15), (1, 60), (2, 240), (50, 240)] {
        let job = failed(Told::NotYet(tries)).telling_postponed(None, at(10), &rules()).unwrap();
        assert_eq!((job.due_at, job.lease_until), (Some(at(10 + delay)), None));
        assert_eq!(job.state, failed(Told::NotYet(tries + 1)).state);
    }
    let asked = failed(Told::NotYet(0)).telling_postponed(Some(secs(77)), at(10), &rules()).unwrap();
    assert_eq!(asked.due_at, Some(at(87)));
}

// ---- Deadlines.

#[test]
fn a_stage_is_begun_only_while_a_whole_lease_fits_before_its_deadline() {
    let (lease, making, sending_) = (120, 1800, 900);
    let cases = [(queued(), making), (generating(1, 0), making), (ready(0), sending_), (sending(1), sending_)];
    for (job, deadline) in cases {
        let last = job.next(at(deadline - lease - 1), &rules());
        assert!(!matches!(last, Next::Nothing(_) | Next::End(..)), "{last:?}");
        for now in [deadline - lease, deadline - 1] {
            assert_eq!(job.next(at(now), &rules()), Next::Nothing(Rest::Until(at(deadline))));
        }
        assert!(matches!(job.next(at(deadline), &rules()), Next::End(_, Because::DeadlinePassed)));
    }
}

#[test]
fn a_job_past_its_deadline_is_named_by_its_stage() {
    let named = |job: Job| job.next(at(1800), &rules());
    for job in [queued(), submitting(1), generating(1, 0)] {
        assert_eq!(named(job), Next::End(Class::TookTooLong, Because::DeadlinePassed));
    }
    for job in [ready(0), sending(1)] {
        assert_eq!(named(job), Next::End(Class::CouldNotDeliver, Because::DeadlinePassed));
    }
    let broken = Job { trouble: Some(Class::BrokenUpstream), ..queued() };
    assert_eq!(named(broken), Next::End(Class::TookTooLong, Because::DeadlinePassed));
}

#[test]
fn a_live_lease_keeps_even_the_deadline_waiting() {
    let held = Job { lease_until: Some(at(1900)), ..sending(1) };
    assert_eq!(held.next(at(1850), &rules()), Next::Nothing(Rest::Leased(at(1900))));
    assert_eq!(held.next(at(1900), &rules()), Next::End(Class::CouldNotDeliver, Because::DeadlinePassed));
}

#[test]
fn a_job_that_has_ended_has_no_deadline() {
    for job in [delivered(), failed(Told::NotYet(0)), failed(Told::Yes)] {
        assert_eq!(job.deadline(&rules()), None);
    }
}

// ---- Stored.

#[test]
fn every_stage_reads_back_from_its_json_as_it_was_written() {
    let leased = queued().claim_preparation(at(3), &rules()).unwrap();
    for job in every_stage().into_iter().chain([leased, failed(Told::Yes), failed(Told::Unreachable)]) {
        let json = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<Job>(&json).unwrap(), job);
    }
}

#[test]
fn a_job_is_stored_like_this() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&every_stage()).unwrap());
}

// ---- Any sequence of moves.

fn any_rules() -> impl Strategy<Value = Rules> {
    let delays = || prop::collection::vec(1..900u64, 1..5).prop_map(|list| Delays(list.into_iter().map(secs).collect()));
    (1..300u64, delays(), delays(), 1..3000u64, 1..3000u64, 1..3000u64, 1..5u32, 1..5u32).prop_map(
        |(lease, look_delays, retry_delays, callback_wait, generation, delivery, generate_attempts, send_attempts)| Rules {
            lease: secs(lease),
            look_delays,
            retry_delays,
            callback_wait: secs(callback_wait),
            generation_deadline: secs(lease + generation),
            delivery_deadline: secs(lease + delivery),
            generate_attempts,
            send_attempts,
        },
    )
}

/// What some handler does with the job it read: what `next` asks for, with an outcome picked by `dice`. Several moves where
/// one handler makes several.
fn handle(job: &Job, now: Timestamp, rules: &Rules, dice: u8) -> Vec<Made> {
    let pick = |moves: &[Tried]| {
        let Some(Ok(Some(made))) = moves.get(usize::from(dice) % moves.len()) else { return vec![] };
        vec![Made { job: made.job.clone(), sent: made.sent, entry: made.entry.clone() }]
    };
    let end = |diagnosis: &Diagnosis| settled(job.ended(diagnosis, now, rules));
    match job.next(now, rules) {
        Next::Nothing(Rest::Until(until)) => pick(&[silent(Ok(job.resting(until)))]),
        Next::Nothing(Rest::Closed) => vec![],
        Next::Nothing(Rest::Leased(_)) => match job.state {
            State::Queued { .. } => pick(&[
                chained(job.preparation_postponed(now, rules)),
                silent(job.claim_submission("p", "q", now, rules)),
                end(&Diagnosis::of(Class::BadPhoto)),
            ]),
            State::Submitting { attempt, .. } => pick(&[
                chained(job.submitted(task("t"), now, rules)),
                silent(job.submission_lost(now, rules)),
                chained(job.adopted(attempt, task("t"), now, rules)),
                retried(job.attempt_failed(busy(), now, rules)),
                retried(job.attempt_failed(broken(), now, rules)),
            ]),
            State::Generating { .. } => pick(&[chained(job.fetched("v".into(), now, rules)), chained(job.looked(now, rules))]),
            State::Sending { .. } => pick(&[
                silent(job.send_failed(now, rules).map(|moved| moved.job)),
                chained(job.send_postponed(secs(u64::from(dice)), now, rules)),
                settled(job.delivered(receipt(), now)),
                end(&Diagnosis::of(Class::Unreachable)),
            ]),
            State::Failed { .. } => pick(&[silent(job.told(Told::Yes)), silent(job.telling_postponed(None, now, rules))]),
            State::Ready { .. } | State::Delivered { .. } => vec![],
        },
        Next::Prepare => pick(&[silent(job.claim_preparation(now, rules))]),
        Next::Submit => pick(&[silent(job.claim_submission("p", "q", now, rules))]),
        Next::Look(_) => pick(&[
            chained(job.looked(now, rules)),
            silent(job.claim_fetch(now, rules)),
            retried(job.attempt_failed(broken(), now, rules)),
        ]),
        Next::Send => pick(&[silent(job.claim_send(now, rules))]),
        Next::End(class, _) => pick(&[end(&Diagnosis::of(class))]),
        Next::Tell => pick(&[silent(job.claim_telling(now, rules))]),
    }
}

proptest! {
    #[test]
    fn any_sequence_of_moves_at_any_times_keeps_the_clockwork_right(
        rules in any_rules(),
        steps in prop::collection::vec((0..400u64, any::<u8>()), 1..60),
    ) {
        let (mut job, mut now, mut settlements) = (Job { due_at: None, ..queued() }, START, 0);
        job = Job::confirmed(job.user, job.id, job.order, now, &rules);
        for (wait, dice) in steps {
            now += secs(wait);
            for made in handle(&job, now, &rules, dice) {
                prop_assert_eq!(made.job.version, job.version + 1);
                prop_assert_eq!(made.job.look, job.look + u32::from(made.sent.is_some()));
                settlements += u32::from(made.entry.is_some());
                job = made.job;
            }
            prop_assert_eq!(settlements, u32::from(job.has_ended()));
            let closed = job.next(now, &rules) == Next::Nothing(Rest::Closed);
            prop_assert_eq!(job.due_at.is_none(), closed, "due exactly until it is closed: {:?}", job);
            if let (Some(due), Some(deadline)) = (job.due_at, job.deadline(&rules)) {
                // A handler that holds the job may go on under a second claim; nobody else's due time is after the deadline.
                let held = job.lease_until == Some(due);
                prop_assert!(due <= deadline.max(now) || held && due <= now + rules.lease, "{:?}", job);
            }
            if let State::Submitting { attempt, .. } | State::Generating { attempt, .. } = job.state {
                prop_assert!((1..=rules.generate_attempts).contains(&attempt), "{:?}", job);
            }
            if let State::Sending { attempt, .. } = job.state {
                prop_assert!((1..=rules.send_attempts).contains(&attempt), "{:?}", job);
            }
        }
    }

    #[test]
    fn a_claim_made_when_asked_for_always_ends_before_the_deadline(
        rules in any_rules(),
        steps in prop::collection::vec((0..400u64, any::<u8>()), 1..60),
    ) {
        let mut now = START;
        let mut job = Job::confirmed(UserId(5), queued().id, queued().order, now, &rules);
        for (wait, dice) in steps {
            now += secs(wait);
            let free = !job.is_leased(now);
            for made in handle(&job, now, &rules, dice) {
                if let (true, Some(until), Some(deadline)) = (free, made.job.lease_until, made.job.deadline(&rules)) {
                    prop_assert!(until < deadline, "{:?}", made.job);
                }
                job = made.job;
            }
        }
    }

    #[test]
    fn a_job_that_only_the_sweeper_remembers_ends_by_its_deadline_plus_a_lease_and_a_sweep(
        rules in any_rules(),
        steps in prop::collection::vec((0..400u64, any::<u8>()), 0..40),
    ) {
        let mut now = START;
        let mut job = Job::confirmed(UserId(5), queued().id, queued().order, now, &rules);
        for (wait, dice) in steps {
            now += secs(wait);
            job = handle(&job, now, &rules, dice).pop().map_or(job, |made| made.job);
        }
        let by = job.deadline(&rules).unwrap_or(now).max(now) + rules.lease + secs(60);
        while now <= by && !job.has_ended() {
            if job.due_at.is_some_and(|due| due <= now) {
                job = match job.next(now, &rules) {
                    Next::Nothing(Rest::Until(until)) => job.resting(until),
                    Next::End(class, _) => job.ended(&Diagnosis::of(class), now, &rules).unwrap().0,
                    _ => job.woken(now, &rules).job,
                };
            }
            now += secs(60);
        }
        prop_assert!(job.has_ended(), "{:?}", job);
    }
}
