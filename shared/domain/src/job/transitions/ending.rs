//! Transitions of a job that ends without a delivery: the refund, and the notification of the seller.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::InvalidTransition;
use crate::{
    classify::{Class, Diagnosis},
    credits::{self, Entry},
    job::{
        entity::Job,
        making::{KeptFilm, Making},
        state::{Notified, State},
    },
    rules::{Rules, WAIT_MAX},
};

impl Job {
    /// Ends the job without a delivery and refunds the charge; write both in one transaction. No other transition does this.
    /// The handler that ends the job keeps it for one lease to notify the seller. An unreachable seller gets no notification; at the
    /// end of a hold the notification waits for their return.
    ///
    /// # Errors
    /// The job has already ended.
    pub fn ended(&self, diagnosis: &Diagnosis, now: Timestamp, rules: &Rules) -> Result<(Self, Entry), InvalidTransition> {
        if self.has_ended() {
            return Err(self.invalid("end"));
        }
        let Diagnosis { class, why, .. } = *diagnosis;
        let failed = |notified, on_return| State::Failed { class, why, notified, on_return };
        let job = match class {
            Class::Unreachable => {
                let on_return = matches!(self.state, State::Held { .. });
                Self { state: failed(Notified::Unreachable, on_return), due_at: None, ..self.released() }
            }
            _ => Self { state: failed(Notified::NotYet(0), false), ..self.leased(now, rules) }.with_end_unshown(),
        };
        let making = Making { kept: self.undelivered_film(class), ..job.making.clone() };
        let job = Self { making, ..job };
        Ok((job, credits::refund(self.user, self.id, self.order.price, class.name(), now)))
    }

    /// The film of a job that fails because the film could not be delivered. Without its index the film is not in the media store.
    fn undelivered_film(&self, class: Class) -> Option<KeptFilm> {
        match &self.state {
            State::Ready { video_key, ready_at, .. } | State::Sending { video_key, ready_at, .. }
                if class == Class::CouldNotDeliver && self.making.film.is_some() =>
            {
                Some(KeptFilm { key: video_key.clone(), stored_at: *ready_at })
            }
            _ => None,
        }
    }

    /// Claims a failed job to notify the seller.
    ///
    /// # Errors
    /// The job has not failed, or its notification is closed: the seller is notified or unreachable.
    pub fn claim_notification(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Failed { notified: Notified::NotYet(_), .. } => Ok(self.leased(now, rules)),
            _ => Err(self.invalid("be claimed for its notification")),
        }
    }

    /// Records that the seller is notified, or is unreachable. The handler has one lease to show the end in the order's status
    /// message; the message of an unreachable seller is left as it is.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn notified(&self, notified: Notified, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let State::Failed { class, why, on_return, .. } = self.state else { return Err(self.invalid("be marked as notified")) };
        let is_unreachable = notified == Notified::Unreachable;
        // A seller who left again before the notification is notified on the next return.
        let (unshown, on_return) = (self.unshown.filter(|_| !is_unreachable), on_return && is_unreachable);
        Ok(Self { state: State::Failed { class, why, notified, on_return }, unshown, ..self.released() }.closed(now, rules))
    }

    /// Records that the film of a refunded job is in the chat. No credits move.
    ///
    /// # Errors
    /// The job has not failed, its seller is not notified yet, or the record exists: a film counts once, however often it is tapped.
    pub fn arrived_unpaid(&self) -> Result<Self, InvalidTransition> {
        if !matches!(self.state, State::Failed { .. }) || !self.is_settled() || self.making.arrived_unpaid {
            return Err(self.invalid("be found in the chat"));
        }
        Ok(Self { making: Making { arrived_unpaid: true, ..self.making.clone() }, ..self.released() })
    }

    /// Postpones a notification that failed: the sweeper tries again after the wait.
    ///
    /// # Errors
    /// The job has not failed, or its notification is closed.
    pub fn notification_postponed(
        &self,
        wait: Option<Duration>,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Self, InvalidTransition> {
        let State::Failed { class, why, notified: Notified::NotYet(tries), on_return } = self.state else {
            return Err(self.invalid("postpone its notification"));
        };
        let state = State::Failed { class, why, notified: Notified::NotYet(tries.saturating_add(1)), on_return };
        let mut job = Self { state, ..self.released() };
        job.due_in(wait.unwrap_or_else(|| rules.retry_delays.after(tries)).min(WAIT_MAX), now, rules);
        Ok(job)
    }
}
