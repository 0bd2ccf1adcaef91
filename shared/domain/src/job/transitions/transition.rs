//! The result of a transition, and the steps that all transitions share. Version, lease, sequence number and due time change
//! here.

use std::time::Duration;

use jiff::Timestamp;

use crate::{job::entity::Job, job_message::JobMessage, rules::Rules};

/// The job's stage does not allow this transition. The job is unchanged and nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid transition: job {job} cannot {what} while it is {stage}; nothing was written")]
pub struct InvalidTransition {
    /// The job's id.
    pub job: String,
    /// The refused transition, as a verb phrase: "be delivered".
    pub what: &'static str,
    /// The job's stage.
    pub stage: &'static str,
}

/// The job after a transition that sends a message. The job has a new sequence number: write the job, then send its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The job to write.
    pub job: Job,
    /// The delay of the message.
    pub delay: Duration,
}

impl Transition {
    /// The message to send, with the job's new sequence number.
    #[must_use]
    pub fn message(&self) -> JobMessage {
        self.job.message()
    }
}

impl Job {
    /// The queue message for this job, with the job's sequence number.
    #[must_use]
    pub fn message(&self) -> JobMessage {
        JobMessage { user: self.user, job: self.id, sequence: self.sequence, repeat: None, as_file: false, thread: None }
    }

    pub(super) fn invalid(&self, what: &'static str) -> InvalidTransition {
        InvalidTransition { job: self.id.to_string(), what, stage: self.state.name() }
    }

    /// The same job with the next version and without a lease.
    pub(super) fn released(&self) -> Self {
        Self { version: self.version + 1, lease_until: None, ..self.clone() }
    }

    /// The same job with the next version and a new lease. The sweeper takes the job over when the lease ends.
    pub(super) fn leased(&self, now: Timestamp, rules: &Rules) -> Self {
        let until = now + rules.lease;
        Self { version: self.version + 1, lease_until: Some(until), due_at: Some(until), ..self.clone() }
    }

    /// The job with the next sequence number. Its message arrives after `delay`; the sweeper takes the job over one lease later.
    pub(super) fn with_message(mut self, delay: Duration, now: Timestamp, rules: &Rules) -> Transition {
        self.sequence += 1;
        self.due_in(delay + rules.lease, now, rules);
        Transition { job: self, delay }
    }
}
