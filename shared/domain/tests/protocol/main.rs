//! The job's protocol, explored state by state: every order in which the handlers of one job, the queues, KIE, Telegram, the
//! clock and a few faults can act, over the domain's own decisions.
//!
//! **What is modelled** (`model.rs`, `state.rs`, `handler.rs`, `handlers.rs`,
//! `outside.rs`): one person, one job just confirmed and charged. The table as a conditional
//! write by version and a settlement key that is unique. The queues as a bag: any order, any delay, duplicates, lost sends, a
//! receive count a message, dead letters. Up to two handlers at once, each in the middle of what it does: generator, sender,
//! refunder, sweeper, callback, step by step as in `functions/*` and `app`, every decision made by
//! [`Job::next`](domain::job::Job::next) and the transitions themselves. A handler may die between any two steps and is dead before
//! its lease ends. KIE: a task made or not, its reply lost, its callback early, late, twice or never. Telegram: sent, refused,
//! sent but the reply lost, 429, blocked. The clock in ticks: timeout < lease < visibility = retry < callback wait < deadline.
//!
//! **What is not:** the confirmation itself (the conversation's and the webhook's tests), several jobs of one person, a
//! table whose reply is lost (it does what a crash after the write does), clocks that disagree, a sweep that is more than a
//! tick late, more faults than the budget. What is equal but for the numbers of versions and looks counts as one state: they
//! are only compared and counted up.
//!
//! **What is checked** (`invariants.rs`, `explore.rs`): in every state the invariants of money and the promises to the person; from every state, that
//! the sweeper alone ends the job in time (invariant 5); over the whole graph, that an end can be reached from everywhere. Then the
//! exploration itself is put to the test: planted mistakes, each of which it has to find.

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
        assert_eq!(explored.broken, None);
        explored
    }

    /// The invariant that a planted mistake breaks first; the shortest story is printed.
    fn broken_by(mistake: Mistake, budget: Budget) -> String {
        let explored = explore(&Model { budget, pace: Pace::Prompt, mistake: Some(mistake) });
        println!("{mistake:?}: {explored}\n");
        explored.broken.map_or_else(|| "nothing".into(), |broken| broken.violated)
    }

    #[test]
    fn without_a_fault_a_job_is_delivered_unless_it_took_too_long() {
        let calm = sound(Pace::Lazy, Budget::none());
        assert!(calm.delivered > 0 && calm.failed > 0);
    }

    #[test]
    fn one_fault_of_any_kind_and_queues_of_any_slowness_break_no_law() {
        sound(Pace::Lazy, Budget::any(1));
    }

    #[test]
    fn two_faults_of_any_kinds_break_no_law() {
        let explored = sound(Pace::Prompt, Budget::any(2));
        let rare = ["adopts", "raced", "superseded", "rests", "wakes", "left to redrive", "a message is a dead letter", "dies"];
        for event in rare {
            assert!(explored.seen.contains(event), "{event:?} never happened: {:?}", explored.seen);
        }
    }

    #[cfg(feature = "deep")]
    #[test]
    fn three_faults_of_any_kinds_and_two_with_slow_queues_break_no_law() {
        sound(Pace::Prompt, Budget::any(3));
        sound(Pace::Lazy, Budget::any(2));
    }

    #[test]
    fn a_write_that_ignores_the_version_is_found() {
        let budget = Budget { duplicates: 1, troubles: 1, total: 2, ..Budget::none() };
        assert!(broken_by(Mistake::VersionIgnored, budget).contains("invariant 4"));
        assert!(broken_by(Mistake::VersionAndKeyIgnored, budget).contains("invariant"));
    }

    #[test]
    fn the_settlement_key_is_a_second_lock_behind_the_version() {
        assert_eq!(broken_by(Mistake::KeyIgnored, Budget::any(1)), "nothing");
    }

    #[test]
    fn an_end_that_ignores_the_lease_is_found() {
        let budget = Budget { duplicates: 1, troubles: 1, total: 2, ..Budget::none() };
        assert!(broken_by(Mistake::LeaseIgnoredByEnd, budget).contains("refunded under a video that arrived"));
    }

    #[test]
    fn a_sweeper_that_is_off_is_found() {
        let budget = Budget { losses: 1, total: 1, ..Budget::none() };
        assert!(broken_by(Mistake::SweeperOff, budget).contains("no end can be reached"));
    }

    #[test]
    fn a_task_submitted_before_its_claim_is_recorded_is_found() {
        let budget = Budget { crashes: 1, total: 1, ..Budget::none() };
        assert!(broken_by(Mistake::IntentNotRecorded, budget).contains("two tasks for one attempt"));
    }

    #[test]
    fn a_person_noted_as_told_before_they_are_is_found() {
        let budget = Budget { crashes: 1, troubles: 1, total: 2, ..Budget::none() };
        assert!(broken_by(Mistake::ToldBeforeSent, budget).contains("nobody was"));
    }

    #[test]
    fn a_wait_past_the_deadline_is_found() {
        let budget = Budget { crashes: 1, troubles: 1, total: 2, ..Budget::none() };
        assert!(broken_by(Mistake::RestsPastTheDeadline, budget).contains("invariant 5"));
    }

    #[test]
    fn a_task_adopted_for_another_attempt_is_found() {
        let budget = Budget { lost_replies: 1, total: 1, ..Budget::none() };
        assert!(broken_by(Mistake::AnyAttemptAdopted, budget).contains("a task of another attempt"));
    }
}
