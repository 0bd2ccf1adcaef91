//! What the sweeper does to a job past due.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::Transition;
use crate::{job::entity::Job, rules::Rules};

impl Job {
    /// The sweeper found the job past due: a new link of the chain, handled at once.
    #[must_use]
    pub fn requeued(&self, now: Timestamp, rules: &Rules) -> Transition {
        self.released().moved(Duration::ZERO, now, rules)
    }

    /// Nothing is to be done before `until`.
    #[must_use]
    pub fn resting(&self, until: Timestamp) -> Self {
        Self { due_at: Some(until), ..self.released() }
    }
}
