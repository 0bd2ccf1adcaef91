//! Properties that every transition has.

use super::samples::*;

#[test]
fn each_transition_is_valid_in_its_own_stages_and_invalid_in_every_other() {
    for (name, make, stages) in TRANSITIONS {
        for job in every_stage() {
            let stage = job.state.name();
            match make(&job, at(10), &rules()) {
                Ok(_) => assert!(stages.contains(&stage), "{name} was made while {stage}"),
                Err(invalid) => {
                    assert!(!stages.contains(&stage), "{invalid}");
                    assert_eq!((invalid.stage, invalid.job), (stage, job.id.to_string()));
                }
            }
        }
    }
}

#[test]
fn a_notified_or_unreachable_seller_is_not_notified_later() {
    for notified in [Notified::Yes, Notified::Unreachable] {
        assert!(failed(notified).claim_notification(at(10), &rules()).is_err());
        assert!(failed(notified).notification_postponed(None, at(10), &rules()).is_err());
    }
}

#[test]
fn an_invalid_transition_names_job_transition_and_stage() {
    let invalid = queued().delivered(receipt(), at(1), &rules()).unwrap_err();
    let expected = format!("invalid transition: job {} cannot be delivered while it is queued; nothing was written", queued().id);
    assert_eq!(invalid.to_string(), expected);
}

#[test]
fn the_version_grows_with_every_transition_and_the_sequence_number_with_every_message() {
    let requeued = |job: &Job| Made { job: job.requeued(at(10), &rules()).job, sent: Some(Duration::ZERO), entry: None };
    let resting = |job: &Job| Made { job: job.resting(at(10)), sent: None, entry: None };
    for job in every_stage() {
        let transitions = TRANSITIONS.iter().filter_map(|(_, make, _)| make(&job, at(10), &rules()).ok().flatten());
        for made in transitions.chain([requeued(&job), resting(&job)]) {
            assert_eq!(made.job.version, job.version + 1, "{made:?}");
            assert_eq!(made.job.sequence, job.sequence + u32::from(made.sent.is_some()), "{made:?}");
        }
    }
}

#[test]
fn a_settlement_is_written_exactly_when_a_job_ends() {
    for job in every_stage() {
        for made in TRANSITIONS.iter().filter_map(|(_, make, _)| make(&job, at(10), &rules()).ok().flatten()) {
            assert_eq!(made.entry.is_some(), made.job.has_ended() && !job.has_ended(), "{made:?}");
        }
    }
}

#[test]
fn a_retry_begins_with_the_claim_of_a_second_attempt_and_not_with_what_follows() {
    let claimed = |job: Job| Job { lease_until: Some(at(60)), ..job };
    let begun = |job: Job| job.begins_a_retry();
    assert!(begun(claimed(submitting(2))) && begun(claimed(submitting(3))) && begun(claimed(sending(2))));
    assert!(!begun(claimed(submitting(1))) && !begun(claimed(sending(1))), "the first is no retry");
    assert!(!begun(submitting(2)) && !begun(sending(2)), "no handler holds the job");
    assert!(!begun(claimed(generating(2, 0))) && !begun(claimed(queued())) && !begun(delivered()));
}

#[test]
fn a_resting_job_is_due_at_the_given_time_and_has_no_lease() {
    let held = Job { lease_until: Some(at(60)), ..ready(0) };
    let rested = held.resting(at(777));
    assert_eq!((rested.due_at, rested.lease_until, &rested.state), (Some(at(777)), None, &held.state));
}
