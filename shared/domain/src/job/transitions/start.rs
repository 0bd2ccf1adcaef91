//! How a job begins: a seller pays for it, or an operator replays a failed job for free.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::transition::InvalidTransition;
use crate::{
    credits::Credits,
    ids::{JobId, UserId},
    job::{
        entity::Job,
        making::{Film, KeptFilm, Making},
        order::Order,
        state::{Delivery, State},
    },
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
        let job = Self::confirmed(self.user, id, order, now, rules);
        Ok(match kept {
            Some(kept) => job.with_film(kept, self.making.film, now, rules),
            None => job,
        })
    }

    /// A new job that sends a film which an earlier job could not deliver. The seller has paid for it, as for any order: write it in the
    /// same transaction as its charge. The film is never made again.
    #[must_use]
    pub fn of_finished(user: UserId, id: JobId, order: Order, finished: &Finished, now: Timestamp, rules: &Rules) -> Self {
        Self::confirmed(user, id, order, now, rules).with_film(finished.kept.clone(), Some(finished.film), now, rules)
    }

    /// The job with a film that is in the media store: its delivery window opens now.
    fn with_film(mut self, kept: KeptFilm, film: Option<Film>, now: Timestamp, rules: &Rules) -> Self {
        let delivery = Delivery { opened_at: Some(now), ..Delivery::default() };
        self.making.kept = Some(kept.clone());
        self.state = State::Ready { video_key: kept.key, ready_at: kept.stored_at, attempts: 0, delivery };
        self.making.film = film;
        self.due_in(rules.poll_delays.after(0), now, rules);
        self
    }
}

/// A finished video that could not be delivered, as an order of it needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// The job that sends it: one for each failed job, whoever begins it.
    pub id: JobId,
    /// What the seller ordered.
    pub order: Order,
    /// The film in the media store.
    pub kept: KeptFilm,
    /// What the film's index says of it.
    pub film: Film,
}

impl Finished {
    /// The finished video of a failed job; `None` if the job has none, was free, or a tap proved that the film arrived, or its hold ends within a delivery window.
    #[must_use]
    pub fn of(job: &Job, now: Timestamp, rules: &Rules) -> Option<Self> {
        let (State::Failed { .. }, Some(kept), Some(film)) = (&job.state, &job.making.kept, job.making.film) else { return None };
        let finished = Self { id: job.id.replay(), order: Order { count: 1, ..job.order.clone() }, kept: kept.clone(), film };
        let is_offered = !job.order.is_free() && !job.making.arrived_unpaid && finished.is_kept(now, rules);
        is_offered.then_some(finished)
    }

    /// Whether the film is kept for a whole delivery window from now on.
    #[must_use]
    pub fn is_kept(&self, now: Timestamp, rules: &Rules) -> bool {
        now + rules.delivery_deadline <= self.kept.stored_at + rules.hold
    }
}
