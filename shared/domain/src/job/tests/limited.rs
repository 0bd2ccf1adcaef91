//! Tests of submissions beyond the rate limit.

use super::samples::*;

/// One window of the rate limiter.
const WINDOW: Duration = Duration::from_millis(2500);

#[test]
fn a_postponed_submission_keeps_the_stage_the_attempts_the_photo_and_the_prompt() {
    let (rules, now) = (rules(), START);
    let queued = queued();
    let held = queued.claim_preparation(now, &rules).unwrap();
    let lost = held.claim_submission("p", "q", now, &rules).unwrap().submission_lost(now, &rules).unwrap();
    for job in [held, lost] {
        let Transition { job: postponed, delay } = job.rate_limited("photo", "prompt", WINDOW, now, &rules);
        assert_eq!((&postponed.state, postponed.version, postponed.sequence), (&job.state, job.version + 1, job.sequence + 1));
        assert_eq!((delay, postponed.due_at, postponed.lease_until), (WINDOW, Some(now + WINDOW + rules.lease), None));
        assert_eq!((postponed.photo_key.as_deref(), postponed.prompt.as_deref()), (Some("photo"), Some("prompt")));
        let back = now + rules.callback_wait;
        assert_eq!(postponed.next(back, &rules), Next::Submit(Prepared { photo_key: "photo".into(), prompt: "prompt".into() }));
        let Next::End(class, _) = postponed.next(now + rules.generation_deadline, &rules) else { panic!("not ended") };
        assert_eq!(class, Class::Overloaded);
    }
    let late = now + rules.generation_deadline - Duration::from_secs(1);
    let postponed = queued.rate_limited("photo", "prompt", WINDOW, late, &rules).job;
    assert_eq!(postponed.due_at, postponed.deadline(&rules), "never later than the deadline");
    assert!(matches!(postponed.state, State::Queued { attempts: 0, postponed: 0 }));
}
