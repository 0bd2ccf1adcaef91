//! An exploration of the job protocol, state by state. It visits every order in which the handlers of one job, the queues, KIE,
//! Telegram, the clock and a few faults can act. The domain's own code makes every decision.
//!
//! **The model** (`model.rs`, `state.rs`, `handler.rs`, `handlers.rs`, `outside.rs`) has one seller with one confirmed job.
//! - The table has conditional writes by version, and a unique settlement key.
//! - The queues are a bag of messages: any order, any delay, duplicates, lost sends, a receive count per message, dead letters.
//! - Up to two handlers run at once: generator, sender, refunder, sweeper, callback, step by step as in `functions/*` and `app`.
//!   [`Job::next`](domain::job::Job::next) and the transitions make every decision. A handler may die between any two steps, and
//!   always ends before its lease does.
//! - KIE makes a task or not, loses a reply, and calls back early, late, twice or never.
//! - Telegram accepts, refuses, loses a reply, answers 429, or reports that the seller blocked the bot.
//! - The clock counts ticks: time-out < lease < visibility = retry < callback wait < deadline.
//!
//! **Not in the model:** the confirmation (the tests of the conversation and the webhook cover it), several jobs of one seller, a
//! lost reply of the table (the same as a crash after the write), clocks that disagree, a sweep more than a tick late, and more
//! faults than the budget. States that differ only in the numbering of versions and sequence numbers count as one state.
//!
//! **The checks** (`invariants.rs`, `explore.rs`): every state keeps the money invariants and the promises to the seller. From
//! every state the sweeper alone ends the job in time (invariant 5). From every state of the graph an end can be reached. Seeded
//! mistakes test the exploration itself: it must find each of them.

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod explore;
#[cfg(test)]
mod handler;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod mix;
#[cfg(test)]
mod model;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod state;

#[cfg(test)]
mod tests {
    use crate::{
        explore::{Explored, explore},
        model::{Budget, Mistake, Model, Pace},
    };

    fn sound(pace: Pace, budget: Budget) -> Explored {
        let explored = explore(&Model { budget, pace, mistake: None });
        println!("{pace:?}, {budget:?}: {explored}");
        assert_eq!(explored.counterexample, None);
        explored
    }

    /// The invariant that a seeded mistake violates first. The test prints the shortest sequence of events.
    fn violated_by(mistake: Mistake, budget: Budget) -> String {
        let explored = explore(&Model { budget, pace: Pace::Prompt, mistake: Some(mistake) });
        println!("{mistake:?}: {explored}\n");
        explored.counterexample.map_or_else(|| "nothing".into(), |counterexample| counterexample.violated)
    }

    #[test]
    fn without_a_fault_a_job_is_delivered_unless_it_took_too_long() {
        let calm = sound(Pace::Lazy, Budget::none());
        assert!(calm.delivered > 0 && calm.failed > 0);
    }

    #[test]
    fn one_fault_of_any_kind_and_queues_of_any_slowness_violate_no_invariant() {
        sound(Pace::Lazy, Budget::any(1));
    }

    #[test]
    fn two_faults_of_any_kinds_violate_no_invariant() {
        let explored = sound(Pace::Prompt, Budget::any(2));
        let rare =
            ["adopts", "raced", "superseded", "rests", "requeues", "left to redrive", "a message is a dead letter", "dies"];
        for event in rare {
            assert!(explored.seen.contains(event), "{event:?} never happened: {:?}", explored.seen);
        }
    }

    #[cfg(feature = "deep")]
    #[test]
    fn three_faults_of_any_kinds_and_two_with_slow_queues_violate_no_invariant() {
        sound(Pace::Prompt, Budget::any(3));
        sound(Pace::Lazy, Budget::any(2));
    }

    #[test]
    fn a_write_that_ignores_the_version_is_found() {
        let budget = Budget { duplicates: 1, refusals: 1, total: 2, ..Budget::none() };
        assert!(violated_by(Mistake::VersionIgnored, budget).contains("invariant 4"));
        assert!(violated_by(Mistake::VersionAndKeyIgnored, budget).contains("invariant"));
    }

    #[test]
    fn the_settlement_key_is_a_second_lock_behind_the_version() {
        assert_eq!(violated_by(Mistake::KeyIgnored, Budget::any(1)), "nothing");
    }

    #[test]
    fn an_end_that_ignores_the_lease_is_found() {
        let budget = Budget { duplicates: 1, refusals: 1, total: 2, ..Budget::none() };
        assert!(violated_by(Mistake::LeaseIgnoredByEnd, budget).contains("refunded under a video that arrived"));
    }

    #[test]
    fn a_sweeper_that_is_off_is_found() {
        let budget = Budget { losses: 1, total: 1, ..Budget::none() };
        assert!(violated_by(Mistake::SweeperOff, budget).contains("no end can be reached"));
    }

    #[test]
    fn a_task_submitted_before_its_claim_is_recorded_is_found() {
        let budget = Budget { crashes: 1, total: 1, ..Budget::none() };
        assert!(violated_by(Mistake::IntentNotRecorded, budget).contains("two tasks for one attempt"));
    }

    #[test]
    fn a_notification_recorded_before_it_is_sent_is_found() {
        let budget = Budget { crashes: 1, refusals: 1, total: 2, ..Budget::none() };
        assert!(violated_by(Mistake::RecordedBeforeSent, budget).contains("a notification that was not sent"));
    }

    #[test]
    fn a_wait_past_the_deadline_is_found() {
        let budget = Budget { crashes: 1, refusals: 1, total: 2, ..Budget::none() };
        assert!(violated_by(Mistake::RestsPastTheDeadline, budget).contains("invariant 5"));
    }

    #[test]
    fn a_task_adopted_for_another_attempt_is_found() {
        let budget = Budget { lost_replies: 1, total: 1, ..Budget::none() };
        assert!(violated_by(Mistake::AnyAttemptAdopted, budget).contains("a task of another attempt"));
    }
}
