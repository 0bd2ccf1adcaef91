//! Tests of confirmation, preparation, submission, polls and failed attempts.

use super::samples::*;
use crate::rules::ABSENT_CHECKS_MAX;

#[test]
fn a_new_job_is_due_when_its_first_poll_would_be() {
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
fn a_photo_that_cannot_be_downloaded_postpones_the_job_ever_longer_without_an_attempt() {
    let mut job = queued();
    for (postponed, delay) in [(1, 15), (2, 60), (3, 240), (4, 240)] {
        let transition = job.preparation_postponed(at(10), &rules()).unwrap();
        assert_eq!(transition.job.state, State::Queued { attempts: 0, postponed });
        assert_eq!((transition.delay, transition.job.due_at), (secs(delay), Some(at(10 + delay + 120))));
        job = transition.job;
    }
}

#[test]
fn the_input_of_a_task_is_recorded_before_the_call() {
    let job = queued().claim_submission("photo", "a mug", at(10), &rules()).unwrap();
    assert_eq!(job.state, State::Submitting { attempt: 1, postponed: 0, claimed_at: at(10) });
    assert_eq!((job.photo_key.as_deref(), job.prompt.as_deref()), (Some("photo"), Some("a mug")));
}

#[test]
fn a_stored_photo_and_prompt_are_not_prepared_again() {
    let transition = again(submitting(1).attempt_failed(broken(), None, at(10), &rules()).unwrap());
    assert_eq!(transition.job.next(at(30), &rules()), Next::Submit(prepared()));
    let half = Job { prompt: None, ..transition.job };
    assert_eq!(half.next(at(30), &rules()), Next::Prepare);
}

#[test]
fn an_accepted_task_is_polled_after_growing_delays() {
    let transition = submitting(2).submitted(task("k"), at(10), &rules()).unwrap();
    assert_eq!(transition.job.state, State::Generating { attempt: 2, task: task("k"), polls: 0 });
    assert_eq!((transition.delay, transition.job.due_at), (secs(30), Some(at(160))));
    assert_eq!(
        transition.message(),
        JobMessage { user: UserId(5), job: transition.job.id, sequence: 2, repeat: None, as_file: false, thread: None }
    );
    for (polls, delay) in [(0, 60), (1, 120), (2, 240), (9, 240)] {
        let transition = generating(1, polls).polled(at(10), &rules()).unwrap();
        assert_eq!((transition.delay, transition.job.due_at), (secs(delay), Some(at(10 + delay + 120))));
        assert_eq!(transition.job.state, State::Generating { attempt: 1, task: task("t"), polls: polls + 1 });
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
    let transition = submitting(2).adopted(2, task("k"), at(50), &rules()).unwrap();
    assert_eq!(transition.job.state, State::Generating { attempt: 2, task: task("k"), polls: 0 });
    assert_eq!((transition.delay, transition.job.lease_until, transition.job.due_at), (Duration::ZERO, None, Some(at(170))));
    for other in [0, 1, 3] {
        assert!(submitting(2).adopted(other, task("k"), at(50), &rules()).is_err());
    }
}

#[test]
fn a_broken_attempt_is_repeated_after_growing_delays_until_the_attempts_are_spent() {
    for (attempt, delay) in [(1, 15), (2, 60)] {
        for job in [submitting(attempt), generating(attempt, 4)] {
            let transition = again(job.attempt_failed(broken(), None, at(10), &rules()).unwrap());
            assert_eq!(transition.job.state, State::Queued { attempts: attempt, postponed: 0 });
            assert_eq!((transition.delay, transition.job.last_failure), (secs(delay), Some(Class::BrokenUpstream)));
        }
    }
    for job in [submitting(3), generating(3, 0)] {
        assert_eq!(job.attempt_failed(broken(), None, at(10), &rules()), Ok(Retried::End(broken())));
    }
}

#[test]
fn a_permanent_failure_is_not_retried_and_a_passing_one_is_retried_once() {
    let never = diagnosis(Class::ContentRejected, Retry::Never);
    assert_eq!(generating(1, 0).attempt_failed(never, None, at(10), &rules()), Ok(Retried::End(never)));
    let once = diagnosis(Class::BadPhoto, Retry::Once);
    assert!(matches!(generating(1, 0).attempt_failed(once, None, at(10), &rules()), Ok(Retried::Again(_))));
    assert_eq!(generating(2, 0).attempt_failed(once, None, at(10), &rules()), Ok(Retried::End(once)));
}

#[test]
fn a_busy_provider_costs_no_attempt_however_often_and_ends_at_the_deadline_as_overloaded() {
    let (rules, mut job, mut now) = (rules(), submitting(1), at(1));
    let mut waits = Vec::new();
    loop {
        let transition = again(job.attempt_failed(busy(), None, now, &rules).unwrap());
        waits.push(transition.delay.as_secs());
        now += transition.delay;
        job = transition.job;
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
    let transition = again(generating(1, 0).attempt_failed(busy(), None, at(10), &rules()).unwrap());
    assert_eq!(transition.job.state, State::Queued { attempts: 1, postponed: 0 });
    assert_eq!(generating(3, 0).attempt_failed(busy(), None, at(10), &rules()), Ok(Retried::End(busy())));
}

#[test]
fn an_accepted_or_adopted_task_clears_the_last_failure() {
    let after_a_failure = Job { last_failure: Some(Class::BrokenUpstream), ..submitting(2) };
    let submitted = after_a_failure.submitted(task("t"), at(5), &rules()).unwrap().job;
    let adopted = after_a_failure.adopted(2, task("t"), at(5), &rules()).unwrap().job;
    assert_eq!((submitted.last_failure, adopted.last_failure), (None, None));
}

#[test]
fn the_spare_makes_the_last_attempt_when_the_model_is_broken() {
    let first = again(generating(1, 0).attempt_failed(broken(), Some("spare"), at(10), &rules()).unwrap());
    assert_eq!((first.job.row(), first.job.prompt.as_deref()), ("reels-ugc", Some("a mug")));
    let second = again(generating(2, 0).attempt_failed(broken(), Some("spare"), at(10), &rules()).unwrap());
    assert_eq!(second.job.state, State::Queued { attempts: 2, postponed: 0 });
    assert_eq!((second.job.row(), second.delay), ("spare", secs(60)));
    assert_eq!(second.job.next(at(200), &rules()), Next::Prepare, "the spare needs a photo and a prompt of its own");
    let making = second.job.making.clone();
    let last = Job { making, ..generating(3, 0) };
    assert_eq!(last.attempt_failed(broken(), Some("spare"), at(10), &rules()), Ok(Retried::End(broken())));
}

#[test]
fn the_spare_takes_over_at_once_when_its_model_alone_refuses_the_photo() {
    let refused = refused_by_the_model();
    for job in [submitting(1), generating(1, 0), generating(2, 3)] {
        let transition = again(job.attempt_failed(refused, Some("spare"), at(10), &rules()).unwrap());
        assert_eq!((transition.job.row(), transition.job.state.attempts()), ("spare", 2));
        let spare = Job { state: generating(3, 0).state, ..transition.job };
        assert_eq!(spare.attempt_failed(refused, Some("spare"), at(10), &rules()), Ok(Retried::End(refused)));
    }
    assert_eq!(generating(1, 0).attempt_failed(refused, None, at(10), &rules()), Ok(Retried::End(refused)));
    assert_eq!(generating(3, 0).attempt_failed(refused, Some("spare"), at(10), &rules()), Ok(Retried::End(refused)));
}

#[test]
fn other_failures_never_go_to_the_spare() {
    for retry in [Retry::Never, Retry::Once] {
        let rejected = diagnosis(Class::ContentRejected, retry);
        let ended = generating(2, 0).attempt_failed(rejected, Some("spare"), at(10), &rules());
        assert_eq!(ended, Ok(Retried::End(rejected)));
    }
    let one_attempt = Rules { generate_attempts: 1, ..rules() };
    assert_eq!(generating(1, 0).attempt_failed(broken(), Some("spare"), at(10), &one_attempt), Ok(Retried::End(broken())));
}

#[test]
fn a_photo_that_kie_could_not_fetch_is_uploaded_at_the_next_attempt() {
    let unfetched = Diagnosis { remedy: Some(Remedy::UploadPhoto), ..diagnosis(Class::BadPhoto, Retry::Once) };
    let next = again(generating(1, 0).attempt_failed(unfetched, Some("spare"), at(10), &rules()).unwrap()).job;
    assert_eq!((next.making.photo_route, next.row()), (PhotoRoute::Uploaded, "reels-ugc"));
    assert_eq!(next.photo_key.as_deref(), Some("photo"), "the prepared photo is kept");
    let later = again(Job { making: next.making, ..generating(1, 0) }.attempt_failed(broken(), None, at(10), &rules()).unwrap());
    assert_eq!(later.job.making.photo_route, PhotoRoute::Uploaded, "what helped once is kept");
}

#[test]
fn a_result_is_given_five_minutes_before_another_task_is_bought() {
    let (rules, mut job, mut now, mut checks) = (rules(), generating(1, 3), at(0), 0);
    loop {
        checks += 1;
        let Some(transition) = job.film_missing(NoFilm::Absent, now, &rules).unwrap() else { break };
        assert_eq!((transition.delay, transition.job.sequence), (secs(30), job.sequence + 1));
        now += transition.delay;
        job = transition.job;
    }
    assert_eq!((checks, now), (ABSENT_CHECKS_MAX, at(300)));
    let next = again(job.attempt_failed(broken(), None, now, &rules).unwrap()).job;
    let claimed = next.claim_submission("p", "q", now + secs(60), &rules).unwrap();
    assert_eq!((claimed.making.absent, claimed.making.unusable), (0, 0), "the next task has checks of its own");
}

#[test]
fn a_file_that_is_no_film_gets_three_checks() {
    let rules = rules();
    let second = generating(1, 0).film_missing(NoFilm::Unusable, at(0), &rules).unwrap().unwrap().job;
    let third = second.film_missing(NoFilm::Unusable, at(30), &rules).unwrap().unwrap().job;
    assert_eq!(third.film_missing(NoFilm::Unusable, at(60), &rules), Ok(None));
    assert!(third.film_missing(NoFilm::Absent, at(60), &rules).unwrap().is_some(), "each kind of check has its own count");
}

#[test]
fn what_kie_took_is_summed_over_the_tasks_of_a_job() {
    let spent = |job: &Job| (job.making.kie_millicredits, job.making.kie_films);
    let first = generating(1, 0).having_spent(0.0).having_spent(-1.0).having_spent(f64::NAN);
    assert_eq!(spent(&first), (0, 0), "a task for which KIE took nothing is no paid film");
    let first = first.having_spent(65.6);
    assert_eq!(spent(&first), (65_600, 1));
    let second = Job { making: first.making, ..generating(2, 0) }.having_spent(0.5);
    assert_eq!(spent(&second), (66_100, 2));
    let third = Job { making: second.making, ..generating(3, 0) }.having_spent(f64::INFINITY);
    assert_eq!(spent(&third), (u64::MAX, 3));
}

#[test]
fn a_task_whose_result_is_read_again_counts_once() {
    let rules = rules();
    let claimed = generating(1, 0).having_spent(45.0).claim_fetch(at(10), &rules).unwrap();
    let polled = claimed.polled(at(20), &rules).unwrap().job;
    let again = polled.having_spent(45.0).claim_fetch(at(60), &rules).unwrap();
    assert_eq!((again.making.kie_millicredits, again.making.kie_films), (45_000, 1));
    let stored = again.fetched("v".into(), film(), at(70), &rules).unwrap().job;
    assert_eq!(stored.having_spent(45.0).making, stored.making, "only a generating job has a task");
}

#[test]
fn a_photo_of_an_earlier_release_is_prepared_before_the_next_attempt() {
    let queued =
        Job { photo_key: Some("photos/7000000001/AQADyL0xG5".into()), ..in_state(State::Queued { attempts: 1, postponed: 0 }) };
    assert!(queued.has_raw_photo());
    assert_eq!(queued.next(at(30), &rules()), Next::Prepare);
    let lost = Job { photo_key: queued.photo_key.clone(), ..submitting(1) };
    assert_eq!(lost.next(at(601), &rules()), Next::Prepare);
    let claimed = lost.claim_preparation(at(601), &rules()).unwrap();
    assert_eq!(claimed.state, State::Queued { attempts: 1, postponed: 0 }, "the attempt stays counted");
    let prepared = Job { photo_key: Some("photos/02168bce.jpg".into()), ..queued };
    assert!(matches!(prepared.next(at(30), &rules()), Next::Submit(_)));
}

#[test]
fn a_photo_that_kie_could_not_fetch_is_uploaded_while_an_attempt_remains() {
    let unfetched = Diagnosis { remedy: Some(Remedy::UploadPhoto), ..diagnosis(Class::BadPhoto, Retry::Once) };
    let next = again(generating(2, 0).attempt_failed(unfetched, None, at(10), &rules()).unwrap()).job;
    assert_eq!((next.making.photo_route, next.state), (PhotoRoute::Uploaded, State::Queued { attempts: 2, postponed: 0 }));
    assert_eq!(generating(3, 0).attempt_failed(unfetched, None, at(10), &rules()), Ok(Retried::End(unfetched)));
    let uploaded = Job { making: next.making, ..generating(2, 0) };
    assert_eq!(uploaded.attempt_failed(unfetched, None, at(10), &rules()), Ok(Retried::End(unfetched)));
}

#[test]
fn a_delivered_video_keeps_the_file_id_of_its_last_repeat() {
    let again = delivered().sent_again(Receipt { sent_as: SentAs::Document, ..receipt() }).unwrap();
    assert_eq!(
        again.state,
        State::Delivered { file_id: Some("video".into()), message_id: 1, sent_as: SentAs::Document, video_key: None }
    );
    assert_eq!((again.version, again.due_at), (delivered().version + 1, None));
    assert!(ready(0).sent_again(receipt()).is_err());
}
