//! Tests of the fetch and the sending of a video.

use super::samples::*;

#[test]
fn a_fetched_video_clears_the_last_failure_and_starts_the_delivery_deadline() {
    let job = Job { last_failure: Some(Class::Overloaded), ..generating(2, 5) };
    let transition = job.fetched("key".into(), film(), at(1790), &rules()).unwrap();
    assert_eq!(transition.job.state, State::Ready { video_key: "key".into(), ready_at: at(1790), attempts: 0 });
    assert_eq!((transition.delay, transition.job.last_failure), (Duration::ZERO, None));
    assert_eq!(transition.job.deadline(&rules()), Some(at(2690)));
    assert_eq!(transition.job.next(at(1800), &rules()), Next::Send);
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
        let transition = sending(attempt).send_failed(at(10), &rules()).unwrap();
        assert_eq!(transition.delay, secs(delay), "attempt {attempt}");
        assert_eq!(transition.job.due_at, Some(at(10 + delay + 120)));
        assert_eq!(transition.job.sequence, 1, "the queue delivers the old message again: the job sends no new one");
        assert_eq!(transition.job.state, State::Ready { video_key: "video".into(), ready_at: START, attempts: attempt });
    }
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
    let transition = sending(1).send_postponed(secs(40), at(10), &rules()).unwrap();
    assert_eq!(transition.job.state, State::Ready { video_key: "video".into(), ready_at: START, attempts: 0 });
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
        let (delivered, entry) = job.delivered(receipt(), at(10)).unwrap();
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
