//! How a job begins: a seller pays for it, or an operator replays a failed job for free.

use jiff::Timestamp;

use super::transition::InvalidTransition;
use crate::{
    credits::Credits,
    ids::{JobId, UserId},
    job::{entity::Job, making::Making, order::Order, state::State},
    rules::Rules,
};

impl Job {
    /// A new job that the seller has paid for. Write it in the same transaction as its charge.
    #[must_use]
    pub fn confirmed(user: UserId, id: JobId, order: Order, now: Timestamp, rules: &Rules) -> Self {
        let mut job = Self {
            user,
            id,
            order,
            confirmed_at: now,
            version: 1,
            sequence: 1,
            state: State::Queued { attempts: 0, postponed: 0 },
            lease_until: None,
            due_at: None,
            photo_key: None,
            prompt: None,
            last_failure: None,
            making: Making::default(),
            trace: None,
        };
        job.due_in(rules.poll_delays.after(0), now, rules);
        job
    }

    /// Replays a failed job for free, under an id of its own. The replay sends the kept video, or makes a new one if none is
    /// kept. The replay is also an order of its own, so the first order's status message does not change.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn replayed(
        &self,
        id: JobId,
        kept_video: Option<String>,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Self, InvalidTransition> {
        let State::Failed { .. } = self.state else { return Err(self.invalid("be replayed")) };
        let order = Order { price: Credits(0), count: 1, status_message: None, ..self.order.clone() };
        let mut job = Self::confirmed(self.user, id, order, now, rules);
        if let Some(video_key) = kept_video {
            job.state = State::Ready { video_key, ready_at: now, attempts: 0 };
            job.making.film = self.making.film;
            job.due_in(rules.poll_delays.after(0), now, rules);
        }
        Ok(job)
    }
}
