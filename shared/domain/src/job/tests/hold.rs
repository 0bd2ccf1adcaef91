//! Tests of films that wait for their seller.

use super::samples::*;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[test]
fn a_blocked_send_holds_the_film_and_uses_no_attempt() {
    let job = claimed(0, at(10)).held(at(20), &rules()).unwrap();
    let State::Held { attempts: 0, checks: 0, next_at, ready_at, .. } = job.state else { panic!("{:?}", job.state) };
    assert_eq!((next_at, job.due_at, job.lease_until, ready_at), (at(140), Some(at(140)), None, START));
    assert!(!job.has_ended(), "the charge is neither captured nor refunded");
}

#[test]
fn a_held_film_is_checked_after_two_minutes_an_hour_and_then_daily_until_its_hold_ends() {
    let (mut job, mut now, mut checked) = (claimed(0, at(0)).held(at(0), &rules()).unwrap(), START, vec![]);
    let end = START + rules().hold;
    loop {
        match job.next(now, &rules()) {
            Next::Nothing(Idle::Until(until)) => now = until,
            Next::Recheck => {
                checked.push(now);
                job = job.still_held(now, &rules()).unwrap();
            }
            Next::End(class, because) => {
                assert_eq!((class, because, now), (Class::Unreachable, EndReason::DeadlinePassed, end));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(checked[..4], [at(120), at(120 + HOUR), at(120 + HOUR + DAY), at(120 + HOUR + 2 * DAY)]);
    assert_eq!(checked.len(), 30);
}

#[test]
fn a_reopened_delivery_has_a_new_window_that_never_outlasts_the_hold() {
    let reopened = held(3).reopened(secs(2), at(1000), &rules()).unwrap();
    assert_eq!((reopened.delay, reopened.job.deadline(&rules())), (secs(2), Some(at(1900))));
    assert_eq!(reopened.job.next(at(1001), &rules()), Next::Nothing(Idle::Until(at(1002))));
    assert_eq!(reopened.job.next(at(1002), &rules()), Next::Send);
    let end = START + rules().hold;
    let last = held(3).reopened(Duration::ZERO, end - secs(60), &rules()).unwrap();
    assert_eq!(last.job.deadline(&rules()), Some(end));
    // Blocked again: the hold still counts from the film's own date.
    let again = reopened.job.claim_send(at(1002), &rules()).unwrap().held(at(1003), &rules()).unwrap();
    assert_eq!(again.deadline(&rules()), Some(end));
}

#[test]
fn a_seller_who_seems_reachable_and_is_not_is_tried_as_rarely_as_any_other() {
    let mut job = claimed(0, at(10)).held(at(10), &rules()).unwrap();
    for wait in [120, HOUR, DAY, DAY] {
        let State::Held { next_at, .. } = job.state else { panic!("{:?}", job.state) };
        let now = next_at;
        assert_eq!(job.due_at, Some(now));
        let again = job.reopened_by_check(now, &rules()).unwrap().job.claim_send(now, &rules()).unwrap();
        job = again.held(now, &rules()).unwrap();
        let State::Held { next_at, checks, .. } = job.state else { panic!("{:?}", job.state) };
        assert!(next_at >= now + secs(wait), "{checks}: {next_at}");
    }
    let check = held(2).reopened_by_check(at(400), &rules()).unwrap().job;
    let flooded = check.claim_send(at(400), &rules()).unwrap().send_postponed(secs(5000), at(401), &rules()).unwrap().job;
    let State::Held { checks: 0, .. } = flooded.held(at(1400), &rules()).unwrap().state else {
        panic!("a flood says nothing about the seller")
    };
    let back = job.reopened(Duration::ZERO, at(20), &rules()).unwrap().job.claim_send(at(20), &rules()).unwrap();
    let State::Held { checks: 0, .. } = back.held(at(21), &rules()).unwrap().state else { panic!("a return begins anew") };
}

#[test]
fn nobody_floods_their_way_to_a_refund() {
    let flooded = claimed(0, at(5)).send_postponed(secs(5000), at(10), &rules()).unwrap().job;
    assert_eq!(flooded.next(at(899), &rules()), Next::Nothing(Idle::Until(at(900))));
    assert_eq!(flooded.next(at(900), &rules()), Next::Hold);
    // A film that was merely not sent in time is refunded, and so is a flooded one whose hold has ended.
    assert_eq!(ready(0).next(at(900), &rules()), Next::End(Class::CouldNotDeliver, EndReason::DeadlinePassed));
    let end = START + rules().hold;
    assert_eq!(flooded.next(end, &rules()), Next::End(Class::CouldNotDeliver, EndReason::DeadlinePassed));
}

#[test]
fn the_seller_is_notified_once_of_the_refund_at_the_end_of_a_hold_on_their_return() {
    let (ended, refund) = held(9).ended(&Diagnosis::of(Class::Unreachable), at(9), &rules()).unwrap();
    assert_eq!((refund.amount, ended.due_at, ended.waits_for_return()), (3, None, true));
    let back = ended.notified_on_return(at(50), &rules()).unwrap();
    assert_eq!((back.job.next(at(50), &rules()), back.job.waits_for_return()), (Next::Notify, false));
    assert!(back.job.notified_on_return(at(60), &rules()).is_err());
    let gone_again = back.job.notified(Notified::Unreachable, at(51), &rules()).unwrap();
    assert!(gone_again.waits_for_return(), "who left again before the notification is notified on the next return");
    let notified = back.job.notified(Notified::Yes, at(51), &rules()).unwrap();
    assert!(!notified.waits_for_return());
    let deactivated = sending(1).ended(&Diagnosis::of(Class::Unreachable), at(9), &rules()).unwrap().0;
    assert!(!deactivated.waits_for_return());
}

#[test]
fn release_0_1_0_reads_a_held_film_as_ready_and_refunds_it() {
    let stored = serde_json::to_value(held(2)).unwrap();
    assert_eq!((&stored["stage"], &stored["attempts"], &stored["video_key"]), (&"ready".into(), &1.into(), &"video".into()));
    assert_eq!(serde_json::from_value::<Job>(stored).unwrap(), held(2));
    let kept = serde_json::to_value(ready(0)).unwrap();
    assert!(kept.get("delivery").is_none(), "an ordinary job is stored as release 0.1.0 stores it");
}
