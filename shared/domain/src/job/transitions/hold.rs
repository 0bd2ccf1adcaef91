//! Transitions of a made film whose seller cannot be reached: it is held, checked, and sent or refunded.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    job::{
        entity::Job,
        state::{Delivery, Notified, State},
    },
    rules::Rules,
};

impl Job {
    /// Holds the film: the seller cannot be reached, or Telegram asked to wait until the window ended. The charge stays. A send
    /// that Telegram refused did not arrive, so it uses no attempt.
    ///
    /// # Errors
    /// The job has no video to send.
    pub fn held(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let (video_key, ready_at, attempts, checks) = match &self.state {
            // Telegram asked to wait until the window ended, which says nothing about the seller: the checks begin anew.
            State::Ready { video_key, ready_at, attempts, .. } => (video_key, ready_at, *attempts, 0),
            State::Sending { video_key, ready_at, attempt, delivery } => {
                (video_key, ready_at, attempt.saturating_sub(1), delivery.checks)
            }
            _ => return Err(self.invalid("be held")),
        };
        Ok(self.rests(video_key.clone(), *ready_at, attempts, checks, now, rules))
    }

    /// Records a check after which the seller still cannot be reached.
    ///
    /// # Errors
    /// The job is not held.
    pub fn still_held(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let State::Held { video_key, ready_at, attempts, checks, .. } = &self.state else { return Err(self.invalid("rest")) };
        Ok(self.rests(video_key.clone(), *ready_at, *attempts, checks.saturating_add(1), now, rules))
    }

    fn rests(&self, video_key: String, ready_at: Timestamp, attempts: u32, checks: u32, now: Timestamp, rules: &Rules) -> Self {
        let wait = rules.hold_checks.after(checks);
        let state = State::Held { video_key, ready_at, attempts, checks, next_at: now + wait };
        let mut job = Self { state, ..self.released() };
        job.due_in(wait, now, rules);
        job
    }

    /// Opens a delivery window for a held film, because its seller is back. The film is sent after `wait`.
    ///
    /// # Errors
    /// The job is not held.
    pub fn reopened(&self, wait: Duration, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        self.opened(wait, 0, now, rules)
    }

    /// Opens a delivery window for a held film, because a check found that the seller can be reached. If the send finds otherwise, the
    /// film waits as long as after any other check.
    ///
    /// # Errors
    /// The job is not held.
    pub fn reopened_by_check(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let checks = if let State::Held { checks, .. } = self.state { checks.saturating_add(1) } else { 0 };
        self.opened(Duration::ZERO, checks, now, rules)
    }

    fn opened(&self, wait: Duration, checks: u32, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Held { video_key, ready_at, attempts, .. } = &self.state else { return Err(self.invalid("be reopened")) };
        let next_at = Some(now + wait).filter(|_| !wait.is_zero());
        let delivery = Delivery { opened_at: Some(now), next_at, checks, ..Delivery::default() };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: *attempts, delivery };
        Ok(Self { state, ..self.released() }.with_message(wait, now, rules))
    }

    /// Lets the seller, who is back, be notified of a refund that was made while they could not be reached.
    ///
    /// # Errors
    /// The job did not fail at the end of its hold, or its seller is notified already.
    pub fn notified_on_return(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Failed { class, why, notified: Notified::Unreachable, on_return: true } = self.state else {
            return Err(self.invalid("have a notification for a return"));
        };
        let state = State::Failed { class, why, notified: Notified::NotYet(0), on_return: true };
        Ok(Self { state, ..self.released() }.with_end_unshown().with_message(Duration::ZERO, now, rules))
    }

    /// Whether the job waits for its seller's return: a held film, or the news of its refund.
    #[must_use]
    pub fn waits_for_return(&self) -> bool {
        matches!(self.state, State::Held { .. } | State::Failed { notified: Notified::Unreachable, on_return: true, .. })
    }
}
