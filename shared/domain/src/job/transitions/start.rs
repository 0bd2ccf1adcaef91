//! How a job begins: a seller pays for it, or an operator replays a failed job for free.

use jiff::Timestamp;

use super::transition::InvalidTransition;
use crate::{
    credits::Credits,
    ids::{JobId, UserId},
    job::{
        entity::Job,
        making::Making,
        order::Order,
        state::{Delivery, State},
    },
    rules::Rules,
};

/// A film that is still in the media store, for a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFilm {
    /// Key of the film in the media store.
    pub key: String,
    /// When the film was stored: its hold counts from here.
    pub stored_at: Timestamp,
}

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
            unshown: None,
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
    pub fn replayed(&self, id: JobId, kept: Option<KeptFilm>, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let State::Failed { .. } = self.state else { return Err(self.invalid("be replayed")) };
        let order = Order { price: Credits(0), count: 1, status_message: None, ..self.order.clone() };
        let mut job = Self::confirmed(self.user, id, order, now, rules);
        if let Some(KeptFilm { key, stored_at }) = kept {
            let delivery = Delivery { opened_at: Some(now), ..Delivery::default() };
            job.state = State::Ready { video_key: key, ready_at: stored_at, attempts: 0, delivery };
            job.making.film = self.making.film;
            job.due_in(rules.poll_delays.after(0), now, rules);
        }
        Ok(job)
    }
}
