//! Transitions of a task that succeeded: its film is fetched, or its result is checked again.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    job::{
        entity::Job,
        making::{Film, Making},
        state::{Delivery, State},
    },
    rules::{ABSENT_CHECKS_MAX, Rules, UNUSABLE_CHECKS_MAX},
};

/// Why a check of a task's result found no film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFilm {
    /// Nothing: the task names no address, or nothing is at the address yet.
    Absent,
    /// A file that is no whole film.
    Unusable,
}

impl Job {
    /// Claims the job to copy its video to the media store.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn claim_fetch(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Generating { .. } => Ok(self.leased(now, rules)),
            _ => Err(self.invalid("be claimed for the fetch of its video")),
        }
    }

    /// Records that the video is in the media store: the sender comes next.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn fetched(&self, video_key: String, film: Film, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Generating { .. } = self.state else { return Err(self.invalid("record its video")) };
        let state = State::Ready { video_key, ready_at: now, attempts: 0, delivery: Delivery::default() };
        let making = Making { film: Some(film), ..self.making.clone() };
        Ok(Self { state, making, last_failure: None, ..self.released() }.with_message(Duration::ZERO, now, rules))
    }

    /// Records a check of a succeeded task's result that found no film. The film is given time, because another task
    /// would be bought; `None` once the checks are used up: the attempt has failed.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn film_missing(&self, why: NoFilm, now: Timestamp, rules: &Rules) -> Result<Option<Transition>, InvalidTransition> {
        let State::Generating { attempt, ref task, polls } = self.state else {
            return Err(self.invalid("have its result checked"));
        };
        let mut making = self.making.clone();
        let (checks, checks_max) = match why {
            NoFilm::Absent => (&mut making.absent, ABSENT_CHECKS_MAX),
            NoFilm::Unusable => (&mut making.unusable, UNUSABLE_CHECKS_MAX),
        };
        *checks += 1;
        if *checks >= checks_max {
            return Ok(None);
        }
        let state = State::Generating { attempt, task: task.clone(), polls: polls + 1 };
        Ok(Some(Self { state, making, ..self.released() }.with_message(rules.poll_delays.after(0), now, rules)))
    }

    /// The same job with what KIE took for its present task. A task counts once, however often its result is read. A figure that
    /// is zero, negative or no number changes nothing: a later reading of the same task may have one.
    #[must_use]
    pub fn having_spent(&self, kie_credits: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates; NaN becomes zero")]
        let millis = (kie_credits * 1000.0).round() as u64;
        match self.state {
            State::Generating { attempt, .. } if millis > 0 && self.making.kie_attempt != attempt => {
                let making = Making {
                    kie_millicredits: self.making.kie_millicredits.saturating_add(millis),
                    kie_films: self.making.kie_films.saturating_add(1),
                    kie_attempt: attempt,
                    ..self.making.clone()
                };
                Self { making, ..self.clone() }
            }
            _ => self.clone(),
        }
    }
}
