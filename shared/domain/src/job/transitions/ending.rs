//! The end without a delivery: the refund, and the message that says so.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::InvalidTransition;
use crate::{
    classify::{Class, Diagnosis},
    credits::{self, Entry},
    job::{
        entity::Job,
        state::{Notified, State},
    },
    rules::{Rules, WAIT_MAX},
};

impl Job {
    /// The one way to end without a delivery: the charge is given back in the same transaction.
    /// Whoever ends a job holds it a lease longer, to tell the person; to an unreachable one there is nothing to tell.
    ///
    /// # Errors
    /// The job has already ended.
    pub fn ended(&self, diagnosis: &Diagnosis, now: Timestamp, rules: &Rules) -> Result<(Self, Entry), InvalidTransition> {
        if self.has_ended() {
            return Err(self.invalid("end"));
        }
        let Diagnosis { class, why, .. } = *diagnosis;
        let job = match class {
            Class::Unreachable => {
                Self { state: State::Failed { class, why, notified: Notified::Unreachable }, due_at: None, ..self.released() }
            }
            _ => Self { state: State::Failed { class, why, notified: Notified::NotYet(0) }, ..self.leased(now, rules) },
        };
        Ok((job, credits::refund(self.user, self.id, self.order.price, class.name(), now)))
    }

    /// Holds a failed job while its person is told.
    ///
    /// # Errors
    /// The job has not failed, or its person knows.
    pub fn claim_notification(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Failed { notified: Notified::NotYet(_), .. } => Ok(self.leased(now, rules)),
            _ => Err(self.invalid("be told")),
        }
    }

    /// The person knows, or can never know: there is nothing left to do.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn notified(&self, notified: Notified) -> Result<Self, InvalidTransition> {
        let State::Failed { class, why, .. } = self.state else { return Err(self.invalid("have been told")) };
        Ok(Self { state: State::Failed { class, why, notified }, due_at: None, ..self.released() })
    }

    /// The person could not be told just now: the sweeper tries again after the wait.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn notification_postponed(
        &self,
        wait: Option<Duration>,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Self, InvalidTransition> {
        let State::Failed { class, why, notified: Notified::NotYet(tries) } = self.state else {
            return Err(self.invalid("be told later"));
        };
        let state = State::Failed { class, why, notified: Notified::NotYet(tries.saturating_add(1)) };
        let mut job = Self { state, ..self.released() };
        job.due_in(wait.unwrap_or_else(|| rules.retry_delays.after(tries)).min(WAIT_MAX), now, rules);
        Ok(job)
    }
}
