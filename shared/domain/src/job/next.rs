//! What a job needs now. One decision, read by every function.

use jiff::Timestamp;

use super::{
    entity::Job,
    state::{Notified, State, TaskId},
};
use crate::{classify::Class, rules::Rules};

/// What a job needs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing, for this reason.
    Nothing(Idle),
    /// The photo brought over and the prompt written, then a task submitted.
    Prepare,
    /// A task submitted, with the photo and the prompt that are there.
    Submit(Prepared),
    /// A look at the task.
    Poll(TaskId),
    /// The video sent.
    Send,
    /// The charge given back.
    End(Class, EndReason),
    /// The person told that it failed.
    Notify,
}

/// What a task is submitted with. It is kept on the job, so every attempt asks KIE for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Key of the photo in the media store.
    pub photo_key: String,
    /// What the model is asked for.
    pub prompt: String,
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The job is over and everybody knows.
    Closed,
    /// Somebody holds it; its due time covers them.
    Leased(Timestamp),
    /// It may not be touched before this time.
    Until(Timestamp),
}

/// Why a job has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its attempts are used up.
    AttemptsSpent,
    /// Its stage took too long.
    DeadlinePassed,
}

impl Job {
    /// What this job needs at `now`.
    ///
    /// A stage is claimed only while a whole lease fits before its deadline, so that a job is never ended under a handler
    /// that still holds it.
    #[must_use]
    pub fn next(&self, now: Timestamp, rules: &Rules) -> Next {
        if let Some(until) = self.lease_until.filter(|until| now < *until) {
            return Next::Nothing(Idle::Leased(until));
        }
        match self.deadline(rules) {
            Some(deadline) if now >= deadline => return Next::End(self.class_at_deadline(), EndReason::DeadlinePassed),
            Some(deadline) if !self.has_time_for_a_lease(now, rules) => return Next::Nothing(Idle::Until(deadline)),
            _ => {}
        }
        match &self.state {
            State::Delivered { .. } | State::Failed { notified: Notified::Yes | Notified::Unreachable, .. } => {
                Next::Nothing(Idle::Closed)
            }
            State::Failed { notified: Notified::NotYet(_), .. } => Next::Notify,
            State::Queued { .. } => self.prepared().map_or(Next::Prepare, Next::Submit),
            State::Submitting { attempt, claimed_at, .. } => {
                let waited = *claimed_at + rules.callback_wait;
                let answered_by = self.deadline(rules).map_or(waited, |deadline| waited.min(deadline));
                if now < answered_by {
                    Next::Nothing(Idle::Until(answered_by))
                } else if *attempt < rules.generate_attempts {
                    self.prepared().map_or(Next::Prepare, Next::Submit)
                } else {
                    Next::End(Class::BrokenUpstream, EndReason::AttemptsSpent)
                }
            }
            State::Generating { task, .. } => Next::Poll(task.clone()),
            State::Ready { attempts, .. } | State::Sending { attempt: attempts, .. } if *attempts >= rules.send_attempts => {
                Next::End(Class::CouldNotDeliver, EndReason::AttemptsSpent)
            }
            State::Ready { .. } | State::Sending { .. } => Next::Send,
        }
    }

    /// The photo and the prompt, if both are there.
    fn prepared(&self) -> Option<Prepared> {
        Some(Prepared { photo_key: self.photo_key.clone()?, prompt: self.prompt.clone()? })
    }

    /// Whether a whole lease fits before the stage's deadline: only then may the job be claimed.
    #[must_use]
    pub fn has_time_for_a_lease(&self, now: Timestamp, rules: &Rules) -> bool {
        self.deadline(rules).is_none_or(|deadline| now + rules.lease < deadline)
    }

    /// What a job is called that ran out of time: the stage it was in says it.
    fn class_at_deadline(&self) -> Class {
        match self.state {
            State::Ready { .. } | State::Sending { .. } => Class::CouldNotDeliver,
            _ if self.last_failure == Some(Class::Overloaded) => Class::Overloaded,
            _ => Class::TookTooLong,
        }
    }
}
