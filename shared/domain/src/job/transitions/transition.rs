//! What a transition gives, and what all of them are made of: version, lease, sequence number and due time change here.

use std::time::Duration;

use jiff::Timestamp;

use crate::{job::entity::Job, job_message::JobMessage, rules::Rules};

/// The stage of the job does not allow what was tried; the job is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{job} cannot {what}: it is {stage}")]
pub struct InvalidTransition {
    /// The job.
    pub job: String,
    /// What was tried.
    pub what: &'static str,
    /// The stage it is in.
    pub stage: &'static str,
}

/// The job after a transition, with a new sequence number: write it, then send its message with this delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The job to write.
    pub job: Job,
    /// How long the message should wait.
    pub delay: Duration,
}

impl Transition {
    /// The message with the new sequence number.
    #[must_use]
    pub fn message(&self) -> JobMessage {
        self.job.message()
    }
}

impl Job {
    /// The message that wakes this job, with its sequence number.
    #[must_use]
    pub fn message(&self) -> JobMessage {
        JobMessage { user: self.user, job: self.id, sequence: self.sequence }
    }

    pub(super) fn invalid(&self, what: &'static str) -> InvalidTransition {
        InvalidTransition { job: self.id.to_string(), what, stage: self.state.name() }
    }

    /// The same job, one version on, held by nobody.
    pub(super) fn released(&self) -> Self {
        Self { version: self.version + 1, lease_until: None, ..self.clone() }
    }

    /// The same job, one version on, held until the lease ends; the sweeper takes over there.
    pub(super) fn leased(&self, now: Timestamp, rules: &Rules) -> Self {
        let until = now + rules.lease;
        Self { version: self.version + 1, lease_until: Some(until), due_at: Some(until), ..self.clone() }
    }

    /// The job with its sequence number raised by one: the message comes after `delay`, the sweeper one lease later.
    pub(super) fn moved(mut self, delay: Duration, now: Timestamp, rules: &Rules) -> Transition {
        self.sequence += 1;
        self.due_in(delay + rules.lease, now, rules);
        Transition { job: self, delay }
    }
}
