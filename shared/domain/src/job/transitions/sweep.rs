//! The transitions that the sweeper makes of a job past its due time.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::Transition;
use crate::{job::entity::Job, rules::Rules};

impl Job {
    /// Requeues the job: a new message with the next sequence number goes to the job's queue without delay.
    #[must_use]
    pub fn requeued(&self, now: Timestamp, rules: &Rules) -> Transition {
        self.released().with_message(Duration::ZERO, now, rules)
    }

    /// Takes a closed job off the index: it needs nothing, although it has a due time.
    #[must_use]
    pub fn without_due_time(&self) -> Self {
        Self { due_at: None, ..self.released() }
    }

    /// Sets the job's due time to `until`: the job needs nothing before that. The lease ends.
    #[must_use]
    pub fn resting(&self, until: Timestamp) -> Self {
        Self { due_at: Some(until), ..self.released() }
    }
}
