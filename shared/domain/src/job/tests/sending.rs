//! Tests of the fetch and the sending of a video.

use super::samples::*;

#[test]
fn a_fetched_video_clears_the_last_failure_and_starts_the_delivery_deadline() {
    let job = Job { last_failure: Some(Class::Overloaded), ..generating(2, 5) };
    let transition = job.fetched("key".into(), film(), at(1790), &rules()).unwrap();
    assert_eq!(
        transition.job.state,
        State::Ready { video_key: "key".into(), ready_at: at(1790), attempts: 0, delivery: Delivery::default() }
    );
    assert_eq!((transition.delay, transition.job.last_failure), (Duration::ZERO, None));
    assert_eq!(transition.job.deadline(&rules()), Some(at(2690)));
    assert_eq!(transition.job.next(at(1800), &rules()), Next::Send);
}

#[test]
fn a_send_is_counted_by_its_claim_which_is_the_last_write_before_the_call() {
    let first = claimed(0, at(10));
    assert_eq!(first.state.attempts(), 1);
    assert_eq!(first.next(at(130), &rules()), Next::Send, "the handler died: the second attempt may begin");
    assert_eq!(first.claim_send(at(200), &rules()).unwrap().state.attempts(), 2);
}

/// The times at which three failing attempts begin, if each takes `secs_each` and every handler comes as early as it can.
fn begins(secs_each: u64) -> Vec<i64> {
    let (mut job, mut now, mut begins) = (ready(0), START, vec![]);
    while let Next::Send = job.next(now, &rules()) {
        begins.push(now.as_second());
        let claimed = job.claim_send(now, &rules()).unwrap();
        now += secs(secs_each);
        job = match claimed.send_failed(now, &rules()).unwrap() {
            AfterSend::Spent(_) => break,
            AfterSend::Again(transition) => {
                assert!(transition.job.sequence > claimed.sequence, "the next attempt has a message of its own");
                now += transition.delay;
                transition.job
            }
        };
    }
    begins
}

#[test]
fn three_attempts_are_spread_over_the_window_so_that_they_outlast_ten_minutes_without_telegram() {
    assert_eq!(begins(1), [0, 90, 630]);
    assert_eq!(begins(70), [0, 90, 630]);
}

#[test]
fn the_time_of_the_next_attempt_binds_every_handler() {
    let AfterSend::Again(again) = claimed(0, at(10)).send_failed(at(20), &rules()).unwrap() else { panic!("it is spent") };
    assert_eq!((again.delay, again.job.due_at), (secs(80), Some(at(220))));
    assert_eq!(again.job.next(at(99), &rules()), Next::Nothing(Idle::Until(at(100))));
    assert_eq!(again.job.next(at(100), &rules()), Next::Send);
    // The third attempt of a handler that died waits too.
    let second = again.job.claim_send(at(100), &rules()).unwrap();
    assert_eq!(second.next(at(220), &rules()), Next::Nothing(Idle::Until(at(640))));
}

#[test]
fn the_last_attempt_begins_two_leases_before_the_deadline_at_the_latest() {
    let late = claimed(1, at(400));
    let AfterSend::Again(again) = late.send_failed(at(410), &rules()).unwrap() else { panic!("it is spent") };
    assert_eq!(again.job.next(at(659), &rules()), Next::Nothing(Idle::Until(at(660))));
    assert_eq!(again.job.next(at(660), &rules()), Next::Send);
}

#[test]
fn the_first_send_needs_time_for_a_second() {
    assert_eq!(ready(0).next(at(539), &rules()), Next::Send);
    assert_eq!(ready(0).next(at(540), &rules()), Next::Nothing(Idle::Until(at(900))));
    assert_eq!(ready(1).next(at(779), &rules()), Next::Send);
    assert_eq!(ready(1).next(at(780), &rules()), Next::Nothing(Idle::Until(at(900))));
}

#[test]
fn the_last_failed_send_leaves_its_message_to_the_redrive() {
    let AfterSend::Spent(job) = claimed(2, at(10)).send_failed(at(20), &rules()).unwrap() else { panic!("another attempt") };
    assert_eq!((job.state.attempts(), job.sequence, job.due_at), (3, 1, Some(at(140))));
    assert_eq!(job.next(at(20), &rules()), Next::End(Class::CouldNotDeliver, EndReason::AttemptsSpent));
}

#[test]
fn a_send_that_did_not_reach_telegram_uses_no_attempt() {
    let later = claimed(1, at(10)).send_not_begun(at(20), &rules()).unwrap();
    assert_eq!((later.job.state.attempts(), later.delay, later.job.sequence), (1, secs(15), 2));
    assert_eq!(later.job.next(at(34), &rules()), Next::Nothing(Idle::Until(at(35))));
    // A job that is not claimed yet, and one whose handler died, keep their attempts.
    assert_eq!(ready(1).send_not_begun(at(20), &rules()).unwrap().job.state.attempts(), 1);
    assert_eq!(claimed(1, at(10)).send_not_begun(at(200), &rules()).unwrap().job.state.attempts(), 2);
}

#[test]
fn a_job_whose_sends_are_spent_has_to_end() {
    let spent = Next::End(Class::CouldNotDeliver, EndReason::AttemptsSpent);
    assert_eq!(ready(3).next(at(10), &rules()), spent);
    assert_eq!(sending(3).next(at(10), &rules()), spent);
    assert_eq!(ready(2).next(at(10), &rules()), Next::Send);
    assert_eq!(sending(2).next(at(10), &rules()), Next::Send);
}

#[test]
fn a_send_postponed_by_telegram_uses_no_attempt() {
    let transition = claimed(0, at(5)).send_postponed(secs(40), at(10), &rules()).unwrap();
    let State::Ready { attempts: 0, delivery, .. } = &transition.job.state else { panic!("{:?}", transition.job.state) };
    assert_eq!((delivery.next_at, delivery.flooded), (Some(at(50)), true));
    assert_eq!((transition.delay, transition.job.sequence, transition.job.due_at), (secs(40), 2, Some(at(170))));
}

#[test]
fn an_absurdly_long_wait_is_shortened() {
    for wait in [secs(u64::MAX), secs(1 << 40)] {
        let transition = sending(1).send_postponed(wait, at(10), &rules()).unwrap();
        assert_eq!(transition.job.due_at, Some(at(900)), "the delivery deadline");
        let later = failed(Notified::NotYet(0)).notification_postponed(Some(wait), at(10), &rules()).unwrap();
        assert_eq!(later.due_at, Some(at(10) + crate::rules::WAIT_MAX));
    }
}

#[test]
fn a_video_that_arrived_is_captured_even_if_its_send_was_counted_as_failed() {
    for job in [sending(2), ready(2)] {
        let (delivered, entry) = job.delivered(receipt(), at(10), &rules()).unwrap();
        assert_eq!(
            delivered.state,
            State::Delivered {
                file_id: Some("video".into()),
                message_id: 7,
                sent_as: SentAs::Video,
                video_key: Some("video".into())
            }
        );
        assert_eq!((delivered.due_at, delivered.lease_until), (None, None));
        assert_eq!((entry.kind, entry.amount, entry.key), (EntryKind::Capture, 0, EntryKey::Settlement(job.id)));
        assert_eq!(delivered.next(at(9999), &rules()), Next::Nothing(Idle::Closed));
    }
}
