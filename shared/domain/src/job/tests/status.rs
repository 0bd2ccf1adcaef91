//! Tests of ended jobs whose end the order's status message does not show yet.

use super::samples::*;
use crate::rules::STATUS_EDITS_MAX;

/// The sample job, whose order has a status message.
fn with_message(job: Job) -> Job {
    Job { order: Order { status_message: Some(11), ..job.order.clone() }, ..job }
}

fn just_delivered() -> Job {
    with_message(sending(1)).delivered(receipt(), at(10), &rules()).unwrap().0
}

#[test]
fn a_delivered_job_is_due_until_its_end_is_shown() {
    let job = just_delivered();
    assert_eq!((job.unshown, job.due_at, job.lease_until), (Some(0), Some(at(130)), None));
    assert_eq!(job.next(at(129), &rules()), Next::Nothing(Idle::Until(at(130))), "the handler that delivered shows it first");
    assert_eq!(job.next(at(130), &rules()), Next::ShowEnd);
    let shown = job.end_shown().unwrap();
    assert_eq!((shown.unshown, shown.due_at, shown.version), (None, None, job.version + 1));
    assert_eq!(shown.next(at(9999), &rules()), Next::Nothing(Idle::Closed));
    assert!(shown.end_shown().is_err());
}

#[test]
fn an_edit_that_failed_is_repeated_after_growing_delays_a_bounded_number_of_times() {
    let (mut job, mut now, mut edits) = (just_delivered(), at(10), 0);
    for delay in [15, 60, 240, 240] {
        job = job.end_not_shown(None, now, &rules()).unwrap();
        edits += 1;
        assert_eq!((job.unshown, job.due_at), (Some(edits), Some(now + secs(delay))));
        now += secs(delay);
        assert_eq!(job.next(now, &rules()), Next::ShowEnd);
    }
    let asked = job.end_not_shown(Some(secs(77)), now, &rules()).unwrap();
    assert_eq!(asked.due_at, Some(now + secs(77)), "Telegram's own wait comes first");
    while job.unshown.is_some() {
        job = job.end_not_shown(None, now, &rules()).unwrap();
        edits += 1;
    }
    assert_eq!((edits, job.due_at), (STATUS_EDITS_MAX, None));
}

#[test]
fn the_end_of_a_failed_job_is_shown_after_its_notification() {
    let (ended, _) = with_message(generating(1, 0)).ended(&broken(), at(10), &rules()).unwrap();
    assert_eq!((ended.unshown, ended.next(at(130), &rules())), (Some(0), Next::Notify));
    let later = ended.notification_postponed(None, at(20), &rules()).unwrap();
    for job in [&ended, &later] {
        assert!(job.end_shown().is_err() && job.end_not_shown(None, at(21), &rules()).is_err(), "due until notified");
    }
    let notified = ended.notified(Notified::Yes, at(20), &rules()).unwrap();
    assert_eq!((notified.due_at, notified.next(at(140), &rules())), (Some(at(140)), Next::ShowEnd));
    let unreachable = ended.notified(Notified::Unreachable, at(20), &rules()).unwrap();
    assert_eq!((unreachable.unshown, unreachable.due_at), (None, None));
}

#[test]
fn a_job_without_a_status_message_has_nothing_to_show() {
    let (delivered, _) = sending(1).delivered(receipt(), at(10), &rules()).unwrap();
    assert_eq!((delivered.unshown, delivered.due_at), (None, None));
    let (ended, _) = generating(1, 0).ended(&broken(), at(10), &rules()).unwrap();
    assert_eq!(ended.notified(Notified::Yes, at(20), &rules()).unwrap().due_at, None);
}
