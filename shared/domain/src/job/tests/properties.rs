//! Properties of any sequence of transitions at any times.

use super::samples::*;
use proptest::prelude::*;

fn any_rules() -> impl Strategy<Value = Rules> {
    let delays = || prop::collection::vec(1..900u64, 1..5).prop_map(|list| Delays(list.into_iter().map(secs).collect()));
    let lists = (delays(), delays(), delays(), delays());
    (1..300u64, lists, 1..3000u64, 1..3000u64, 1..3000u64, 1..5u32, 1..5u32, 1..9000u64).prop_map(
        |(lease, lists, callback_wait, generation, delivery, generate_attempts, send_attempts, hold)| Rules {
            lease: secs(lease),
            poll_delays: lists.0,
            retry_delays: lists.1,
            send_delays: lists.2,
            hold: secs(4 * lease + delivery + hold),
            hold_checks: lists.3,
            callback_wait: secs(callback_wait),
            generation_deadline: secs(lease + generation),
            delivery_deadline: secs(3 * lease + delivery),
            generate_attempts,
            send_attempts,
        },
    )
}

/// The transition that a handler makes of the job it read: the one that `next` asks for, with the outcome that `choice` picks.
fn handle(job: &Job, now: Timestamp, rules: &Rules, choice: u8) -> Vec<Made> {
    let pick = |outcomes: &[Tried]| {
        let Some(Ok(Some(made))) = outcomes.get(usize::from(choice) % outcomes.len()) else { return vec![] };
        vec![Made { job: made.job.clone(), sent: made.sent, entry: made.entry.clone() }]
    };
    let end = |diagnosis: &Diagnosis| settled(job.ended(diagnosis, now, rules));
    match job.next(now, rules) {
        Next::Nothing(Idle::Until(until)) => pick(&[silent(Ok(job.resting(until)))]),
        Next::Nothing(Idle::Closed) => vec![],
        Next::Nothing(Idle::Leased(_)) => match job.state {
            State::Queued { .. } => pick(&[
                chained(job.preparation_postponed(now, rules)),
                silent(job.claim_submission("p", "q", now, rules)),
                end(&Diagnosis::of(Class::BadPhoto)),
            ]),
            State::Submitting { attempt, .. } => pick(&[
                chained(job.submitted(task("t"), now, rules)),
                silent(job.submission_lost(now, rules)),
                chained(job.adopted(attempt, task("t"), now, rules)),
                retried(job.attempt_failed(busy(), None, now, rules)),
                retried(job.attempt_failed(broken(), None, now, rules)),
            ]),
            State::Generating { .. } => {
                pick(&[chained(job.fetched("v".into(), film(), now, rules)), chained(job.polled(now, rules))])
            }
            State::Sending { .. } => pick(&[
                after_send(job.send_failed(now, rules)),
                chained(job.send_not_begun(now, rules)),
                silent(job.held(now, rules)),
                chained(job.send_postponed(secs(u64::from(choice)), now, rules)),
                settled(job.delivered(receipt(), now, rules)),
                end(&Diagnosis::of(Class::Unreachable)),
            ]),
            State::Failed { .. } => {
                pick(&[silent(job.notified(Notified::Yes, now, rules)), silent(job.notification_postponed(None, now, rules))])
            }
            State::Ready { .. } | State::Held { .. } | State::Delivered { .. } => vec![],
        },
        Next::Prepare => pick(&[silent(job.claim_preparation(now, rules))]),
        Next::Submit(_) => pick(&[silent(job.claim_submission("p", "q", now, rules))]),
        Next::Poll(_) => pick(&[
            chained(job.polled(now, rules)),
            silent(job.claim_fetch(now, rules)),
            retried(job.attempt_failed(broken(), None, now, rules)),
        ]),
        Next::Send => pick(&[silent(job.claim_send(now, rules)), chained(job.send_not_begun(now, rules))]),
        Next::Hold => pick(&[silent(job.held(now, rules))]),
        Next::Recheck => pick(&[silent(job.still_held(now, rules)), chained(job.reopened_by_check(now, rules))]),
        Next::End(class, _) => pick(&[end(&Diagnosis::of(class))]),
        Next::Notify => pick(&[silent(job.claim_notification(now, rules))]),
        Next::ShowEnd => pick(&[silent(job.end_shown()), silent(job.end_not_shown(None, now, rules))]),
    }
}

proptest! {
    #[test]
    fn any_sequence_of_transitions_at_any_times_keeps_due_times_and_counts_right(
        rules in any_rules(),
        has_status_message in any::<bool>(),
        steps in prop::collection::vec((0..400u64, any::<u8>()), 1..60),
    ) {
        let (mut job, mut now, mut settlements) = (queued(), START, 0);
        let order = Order { status_message: has_status_message.then_some(11), ..job.order };
        job = Job::confirmed(job.user, job.id, order, now, &rules);
        for (wait, choice) in steps {
            now += secs(wait);
            for made in handle(&job, now, &rules, choice) {
                prop_assert_eq!(made.job.version, job.version + 1);
                prop_assert_eq!(made.job.sequence, job.sequence + u32::from(made.sent.is_some()));
                settlements += u32::from(made.entry.is_some());
                job = made.job;
            }
            prop_assert_eq!(settlements, u32::from(job.has_ended()));
            let closed = job.next(now, &rules) == Next::Nothing(Idle::Closed);
            prop_assert_eq!(job.due_at.is_none(), closed, "due exactly until it is closed: {:?}", job);
            if let (Some(due), Some(deadline)) = (job.due_at, job.deadline(&rules)) {
                // Only a second claim by the handler that holds the job may set a due time after the deadline.
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
        for (wait, choice) in steps {
            now += secs(wait);
            let free = !job.is_leased(now);
            for made in handle(&job, now, &rules, choice) {
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
        for (wait, choice) in steps {
            now += secs(wait);
            job = handle(&job, now, &rules, choice).pop().map_or(job, |made| made.job);
        }
        // Telegram's wait holds a film beyond its deadline, as long as any film is held.
        let last = match &job.state {
            State::Ready { ready_at, delivery, .. } if delivery.flooded => Some(*ready_at + rules.hold),
            _ => job.deadline(&rules),
        };
        let by = last.unwrap_or(now).max(now) + rules.lease + secs(60);
        while now <= by && !job.has_ended() {
            if job.due_at.is_some_and(|due| due <= now) {
                job = match job.next(now, &rules) {
                    Next::Nothing(Idle::Until(until)) => job.resting(until),
                    Next::End(class, _) => job.ended(&Diagnosis::of(class), now, &rules).unwrap().0,
                    _ => job.requeued(now, &rules).job,
                };
            }
            now += secs(60);
        }
        prop_assert!(job.has_ended(), "{:?}", job);
    }
}
