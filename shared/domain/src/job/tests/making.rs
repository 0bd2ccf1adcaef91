//! Confirmed, prepared, submitted, and attempts that failed.

use super::samples::*;

#[test]
fn a_new_job_is_due_when_its_first_look_would_be() {
    let job = queued();
    assert_eq!((job.version, job.sequence, job.due_at), (1, 1, Some(at(30))));
    assert_eq!(job.next(START, &rules()), Next::Prepare);
}

#[test]
fn a_claim_holds_the_job_for_one_lease_and_the_sweeper_takes_over_there() {
    let claims = [
        queued().claim_preparation(at(10), &rules()),
        queued().claim_submission("p", "q", at(10), &rules()),
        generating(1, 0).claim_fetch(at(10), &rules()),
        ready(0).claim_send(at(10), &rules()),
        failed(Notified::NotYet(0)).claim_notification(at(10), &rules()),
    ];
    for claimed in claims.map(Result::unwrap) {
        assert_eq!((claimed.lease_until, claimed.due_at), (Some(at(130)), Some(at(130))));
        assert_eq!(claimed.next(at(129), &rules()), Next::Nothing(Idle::Leased(at(130))));
        assert!(claimed.is_leased(at(129)) && !claimed.is_leased(at(130)));
        assert!(!matches!(claimed.next(at(130), &rules()), Next::Nothing(Idle::Leased(_))));
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
    assert_eq!(moved.job.next(at(30), &rules()), Next::Submit(prepared()));
    let half = Job { prompt: None, ..moved.job };
    assert_eq!(half.next(at(30), &rules()), Next::Prepare);
}

#[test]
fn an_accepted_task_is_looked_at_after_growing_delays() {
    let moved = submitting(2).submitted(task("k"), at(10), &rules()).unwrap();
    assert_eq!(moved.job.state, State::Generating { attempt: 2, task: task("k"), polls: 0 });
    assert_eq!((moved.delay, moved.job.due_at), (secs(30), Some(at(160))));
    assert_eq!(moved.message(), JobMessage { user: UserId(5), job: moved.job.id, sequence: 2 });
    for (polls, delay) in [(0, 60), (1, 120), (2, 240), (9, 240)] {
        let moved = generating(1, polls).polled(at(10), &rules()).unwrap();
        assert_eq!((moved.delay, moved.job.due_at), (secs(delay), Some(at(10 + delay + 120))));
        assert_eq!(moved.job.state, State::Generating { attempt: 1, task: task("t"), polls: polls + 1 });
    }
}

#[test]
fn a_lost_reply_waits_for_its_callback_and_then_makes_the_next_attempt() {
    let job = submitting(1).submission_lost(at(20), &rules()).unwrap();
    assert_eq!((job.lease_until, job.due_at, job.sequence), (None, Some(at(600)), 1));
    assert_eq!(job.next(at(599), &rules()), Next::Nothing(Idle::Until(at(600))));
    assert_eq!(job.next(at(600), &rules()), Next::Submit(prepared()));
    let next = job.claim_submission("p", "q", at(600), &rules()).unwrap();
    assert_eq!(next.state, State::Submitting { attempt: 2, postponed: 0, claimed_at: at(600) });
}

#[test]
fn a_lost_reply_of_the_last_attempt_ends_the_job_when_no_callback_comes() {
    let job = submitting(3).submission_lost(at(20), &rules()).unwrap();
    assert_eq!(job.next(at(599), &rules()), Next::Nothing(Idle::Until(at(600))));
    assert_eq!(job.next(at(600), &rules()), Next::End(Class::BrokenUpstream, EndReason::AttemptsSpent));
}

#[test]
fn a_crash_while_submitting_waits_like_a_lost_reply() {
    let claimed = queued().claim_submission("p", "q", START, &rules()).unwrap();
    assert_eq!(claimed.next(at(120), &rules()), Next::Nothing(Idle::Until(at(600))));
}

#[test]
fn waiting_for_a_callback_ends_where_the_deadline_does() {
    let claimed_at = at(1500);
    let job = in_state(State::Submitting { attempt: 1, postponed: 0, claimed_at });
    assert_eq!(job.next(at(1640), &rules()), Next::Nothing(Idle::Until(at(1800))));
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
    assert_eq!(moved.job.state, State::Generating { attempt: 2, task: task("k"), polls: 0 });
    assert_eq!((moved.delay, moved.job.lease_until, moved.job.due_at), (Duration::ZERO, None, Some(at(170))));
    for other in [0, 1, 3] {
        assert!(submitting(2).adopted(other, task("k"), at(50), &rules()).is_err());
    }
}

#[test]
fn a_broken_attempt_is_repeated_after_growing_delays_until_the_attempts_are_spent() {
    for (attempt, delay) in [(1, 15), (2, 60)] {
        for job in [submitting(attempt), generating(attempt, 4)] {
            let moved = again(job.attempt_failed(broken(), at(10), &rules()).unwrap());
            assert_eq!(moved.job.state, State::Queued { attempts: attempt, postponed: 0 });
            assert_eq!((moved.delay, moved.job.last_failure), (secs(delay), Some(Class::BrokenUpstream)));
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
        if !matches!(job.next(now, &rules), Next::Submit(_)) {
            break;
        }
        job = job.claim_submission("p", "q", now, &rules).unwrap();
        assert_eq!(job.state.attempts(), 1);
    }
    assert_eq!(waits, [15, 60, 240, 240, 240, 240, 240, 240, 240]);
    assert_eq!(job.next(now, &rules), Next::Nothing(Idle::Until(at(1800))));
    assert_eq!(job.due_at, Some(at(1800)));
    assert_eq!(job.next(at(1800), &rules), Next::End(Class::Overloaded, EndReason::DeadlinePassed));
}

#[test]
fn a_task_that_failed_because_the_provider_was_busy_is_an_attempt() {
    let moved = again(generating(1, 0).attempt_failed(busy(), at(10), &rules()).unwrap());
    assert_eq!(moved.job.state, State::Queued { attempts: 1, postponed: 0 });
    assert_eq!(generating(3, 0).attempt_failed(busy(), at(10), &rules()), Ok(Retried::End(busy())));
}

#[test]
fn a_task_that_kie_accepted_or_that_is_adopted_forgets_the_trouble_before_it() {
    let troubled = Job { last_failure: Some(Class::BrokenUpstream), ..submitting(2) };
    let submitted = troubled.submitted(task("t"), at(5), &rules()).unwrap().job;
    let adopted = troubled.adopted(2, task("t"), at(5), &rules()).unwrap().job;
    assert_eq!((submitted.last_failure, adopted.last_failure), (None, None));
}
