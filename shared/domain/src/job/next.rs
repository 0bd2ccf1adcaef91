//! The one decision about what a job needs now. Every function acts on it.

use jiff::Timestamp;

use super::{
    entity::Job,
    state::{Notified, State, TaskId},
};
use crate::{
    classify::Class,
    rules::{FIRST_SEND_LEASES, Rules},
};

/// What a job needs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The job needs nothing now, for this reason.
    Nothing(Idle),
    /// Copy the photo to the media store and write the prompt, then submit a task.
    Prepare,
    /// Submit a task to KIE with the stored photo and prompt.
    Submit(Prepared),
    /// Ask KIE for the status of this task.
    Poll(TaskId),
    /// Send the video to the seller.
    Send,
    /// Hold the film: Telegram asked to wait until the window ended. A flood of messages must not lead to a refund.
    Hold,
    /// Check whether the seller of a held film can be reached.
    Recheck,
    /// End the job with this class and refund the charge.
    End(Class, EndReason),
    /// Notify the seller that the job failed.
    Notify,
    /// Show the end of the job in the order's status message.
    ShowEnd,
}

/// The input of a task. The job keeps it, so that every attempt sends the same input to KIE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Key of the product's photo in the media store.
    pub photo_key: String,
    /// The prompt for the model.
    pub prompt: String,
}

/// Why a job needs nothing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The job has ended and needs no notification.
    Closed,
    /// A handler holds the job until this time. If the handler dies, the sweeper takes the job over then.
    Leased(Timestamp),
    /// The job must not be processed before this time.
    Until(Timestamp),
}

/// Why a job must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The job has used all attempts of its stage.
    AttemptsSpent,
    /// The deadline of the job's stage has passed.
    DeadlinePassed,
}

impl Job {
    /// What this job needs at `now`.
    ///
    /// A handler claims a stage only while a whole lease fits before the stage's deadline. So a job never ends while a handler
    /// still holds it. The time of the next attempt is on the job, so it binds every handler, whatever brought it here.
    #[must_use]
    pub fn next(&self, now: Timestamp, rules: &Rules) -> Next {
        if let Some(until) = self.lease_until.filter(|until| now < *until) {
            return Next::Nothing(Idle::Leased(until));
        }
        match self.deadline(rules) {
            Some(deadline) if now >= deadline => {
                return if self.is_held_at_deadline(now, rules) {
                    Next::Hold
                } else {
                    Next::End(self.class_at_deadline(), EndReason::DeadlinePassed)
                };
            }
            Some(deadline) if !self.has_time_for_a_lease(now, rules) => return Next::Nothing(Idle::Until(deadline)),
            _ => {}
        }
        match &self.state {
            State::Delivered { .. } | State::Failed { notified: Notified::Yes | Notified::Unreachable, .. } => {
                match (self.unshown, self.due_at) {
                    (None, _) => Next::Nothing(Idle::Closed),
                    (Some(_), Some(due)) if now < due => Next::Nothing(Idle::Until(due)),
                    (Some(_), _) => Next::ShowEnd,
                }
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
            State::Ready { delivery, .. } | State::Sending { delivery, .. } => match delivery.next_at {
                Some(at) if now < at => Next::Nothing(Idle::Until(self.by_deadline(at, rules))),
                _ => Next::Send,
            },
            State::Held { next_at, .. } if now < *next_at => Next::Nothing(Idle::Until(self.by_deadline(*next_at, rules))),
            State::Held { .. } => Next::Recheck,
        }
    }

    /// The photo and the prompt; `None` unless the job has both, or if they are those of release 0.1.0: its photos were not prepared,
    /// and its prompts were for other models.
    fn prepared(&self) -> Option<Prepared> {
        if self.has_raw_photo() {
            return None;
        }
        Some(Prepared { photo_key: self.photo_key.clone()?, prompt: self.prompt.clone()? })
    }

    /// Whether a whole lease fits before the stage's deadline: only then may a handler claim the job. The first send needs
    /// [`FIRST_SEND_LEASES`], so that an unknown answer can be tried again.
    #[must_use]
    pub fn has_time_for_a_lease(&self, now: Timestamp, rules: &Rules) -> bool {
        let leases = if matches!(self.state, State::Ready { attempts: 0, .. }) { FIRST_SEND_LEASES } else { 1 };
        self.deadline(rules).is_none_or(|deadline| now + leases * rules.lease < deadline)
    }

    /// The moment, or the stage's deadline if that comes first.
    fn by_deadline(&self, at: Timestamp, rules: &Rules) -> Timestamp {
        self.deadline(rules).map_or(at, |deadline| deadline.min(at))
    }

    /// Whether a job whose deadline has passed is held: Telegram's last reply was a wait, and the film's hold has not ended.
    fn is_held_at_deadline(&self, now: Timestamp, rules: &Rules) -> bool {
        match &self.state {
            State::Ready { delivery, ready_at, .. } => delivery.flooded && now < *ready_at + rules.hold,
            _ => false,
        }
    }

    /// The class of a job whose deadline passed: its stage and its last failure decide.
    fn class_at_deadline(&self) -> Class {
        match self.state {
            State::Ready { .. } | State::Sending { .. } => Class::CouldNotDeliver,
            State::Held { .. } => Class::Unreachable,
            _ if self.last_failure == Some(Class::Overloaded) => Class::Overloaded,
            _ => Class::TookTooLong,
        }
    }
}
