//! Tests of ended jobs, notifications and deadlines.

use super::samples::*;

#[test]
fn a_job_that_ends_is_refunded_exactly_and_held_for_its_notification() {
    for job in [queued(), submitting(1), generating(1, 0), ready(1), sending(1)] {
        let (ended, entry) = job.ended(&Diagnosis::of(Class::BadPhoto), at(10), &rules()).unwrap();
        assert_eq!((entry.kind, entry.amount, entry.note.as_str()), (EntryKind::Refund, 3, "bad_photo"));
        assert_eq!(
            ended.state,
            State::Failed { class: Class::BadPhoto, why: None, notified: Notified::NotYet(0), on_return: false }
        );
        assert_eq!((ended.lease_until, ended.due_at), (Some(at(130)), Some(at(130))));
        assert_eq!(ended.next(at(130), &rules()), Next::Notify);
    }
}

#[test]
fn an_unreachable_seller_needs_no_notification() {
    let (ended, entry) = sending(1).ended(&Diagnosis::of(Class::Unreachable), at(10), &rules()).unwrap();
    assert_eq!(
        ended.state,
        State::Failed { class: Class::Unreachable, why: None, notified: Notified::Unreachable, on_return: false }
    );
    assert_eq!((ended.due_at, ended.lease_until, entry.amount), (None, None, 3));
    assert_eq!(ended.next(at(10), &rules()), Next::Nothing(Idle::Closed));
}

#[test]
fn a_notified_seller_is_not_notified_again() {
    for notified in [Notified::Yes, Notified::Unreachable] {
        let job = failed(Notified::NotYet(2)).notified(notified, at(10), &rules()).unwrap();
        assert_eq!((job.due_at, job.lease_until), (None, None));
        assert_eq!(job.next(at(9999), &rules()), Next::Nothing(Idle::Closed));
    }
}

#[test]
fn a_film_that_arrived_unpaid_counts_once() {
    let job = failed(Notified::Yes);
    let found = job.arrived_unpaid().unwrap();
    assert_eq!((found.making.arrived_unpaid, &found.state, found.due_at), (true, &job.state, None));
    assert!(found.arrived_unpaid().is_err());
    assert!(failed(Notified::NotYet(0)).arrived_unpaid().is_err(), "the handler that notifies holds the job");
    assert!(delivered().arrived_unpaid().is_err());
}

#[test]
fn a_notification_is_tried_again_after_growing_delays_or_after_telegram_s_wait() {
    for (tries, delay) in [(0, 15), (1, 60), (2, 240), (50, 240)] {
        let job = failed(Notified::NotYet(tries)).notification_postponed(None, at(10), &rules()).unwrap();
        assert_eq!((job.due_at, job.lease_until), (Some(at(10 + delay)), None));
        assert_eq!(job.state, failed(Notified::NotYet(tries + 1)).state);
    }
    let asked = failed(Notified::NotYet(0)).notification_postponed(Some(secs(77)), at(10), &rules()).unwrap();
    assert_eq!(asked.due_at, Some(at(87)));
}

#[test]
fn a_stage_is_begun_only_while_a_whole_lease_fits_before_its_deadline() {
    let (lease, making, sending_) = (120, 1800, 900);
    let cases = [(queued(), making), (generating(1, 0), making), (ready(1), sending_), (sending(1), sending_)];
    for (job, deadline) in cases {
        let last = job.next(at(deadline - lease - 1), &rules());
        assert!(!matches!(last, Next::Nothing(_) | Next::End(..)), "{last:?}");
        for now in [deadline - lease, deadline - 1] {
            assert_eq!(job.next(at(now), &rules()), Next::Nothing(Idle::Until(at(deadline))));
        }
        assert!(matches!(job.next(at(deadline), &rules()), Next::End(_, EndReason::DeadlinePassed)));
    }
}

#[test]
fn a_job_past_its_deadline_is_classified_by_its_stage() {
    let next = |job: Job| job.next(at(1800), &rules());
    for job in [queued(), submitting(1), generating(1, 0)] {
        assert_eq!(next(job), Next::End(Class::TookTooLong, EndReason::DeadlinePassed));
    }
    for job in [ready(0), sending(1)] {
        assert_eq!(next(job), Next::End(Class::CouldNotDeliver, EndReason::DeadlinePassed));
    }
    let broken = Job { last_failure: Some(Class::BrokenUpstream), ..queued() };
    assert_eq!(next(broken), Next::End(Class::TookTooLong, EndReason::DeadlinePassed));
}

#[test]
fn a_live_lease_keeps_even_the_deadline_waiting() {
    let held = Job { lease_until: Some(at(1900)), ..sending(1) };
    assert_eq!(held.next(at(1850), &rules()), Next::Nothing(Idle::Leased(at(1900))));
    assert_eq!(held.next(at(1900), &rules()), Next::End(Class::CouldNotDeliver, EndReason::DeadlinePassed));
}

#[test]
fn a_job_that_has_ended_has_no_deadline() {
    for job in [delivered(), failed(Notified::NotYet(0)), failed(Notified::Yes)] {
        assert_eq!(job.deadline(&rules()), None);
    }
}
