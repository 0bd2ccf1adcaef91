//! From the photo to the finished video: preparation, submission to KIE, polling, and the fetch of the video.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    classify::{Class, Diagnosis, Retry},
    job::{
        entity::Job,
        state::{State, TaskId},
    },
    rules::Rules,
};

/// What a failed attempt means for the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It is tried again, quietly.
    Again(Box<Transition>),
    /// It has to end.
    End(Diagnosis),
}

impl Job {
    /// Holds a queued job while its photo is brought over and its prompt written.
    ///
    /// # Errors
    /// The job is not queued.
    pub fn claim_preparation(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Queued { .. } => Ok(self.leased(now, rules)),
            _ => Err(self.invalid("be prepared")),
        }
    }

    /// A preparation that could not be finished just now: later, without an attempt.
    ///
    /// # Errors
    /// The job is not queued.
    pub fn preparation_postponed(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Queued { attempts, postponed } = self.state else { return Err(self.invalid("be put off")) };
        let job = Self { state: State::Queued { attempts, postponed: postponed + 1 }, ..self.released() };
        Ok(job.moved(rules.retry_delays.after(postponed), now, rules))
    }

    /// Records that createTask is about to be called, with what it will be asked: it has no idempotency key.
    ///
    /// # Errors
    /// The job is neither queued nor waiting in vain for a lost reply.
    pub fn claim_submission(
        &self,
        photo_key: &str,
        prompt: &str,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Self, InvalidTransition> {
        let (attempts, postponed) = match self.state {
            State::Queued { attempts, postponed } => (attempts, postponed),
            State::Submitting { attempt, .. } => (attempt, 0),
            _ => return Err(self.invalid("be submitted")),
        };
        Ok(Self {
            state: State::Submitting { attempt: attempts + 1, postponed, claimed_at: now },
            photo_key: Some(photo_key.to_owned()),
            prompt: Some(prompt.to_owned()),
            ..self.leased(now, rules)
        })
    }

    /// KIE accepted the task: look at it later.
    ///
    /// # Errors
    /// The job is not being submitted.
    pub fn submitted(&self, task: TaskId, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Submitting { attempt, .. } = self.state else { return Err(self.invalid("have been submitted")) };
        let state = State::Generating { attempt, task, polls: 0 };
        let job = Self { state, last_failure: None, ..self.released() };
        Ok(job.moved(rules.poll_delays.after(0), now, rules))
    }

    /// Nobody knows whether KIE has a task: its callback is waited for before the next attempt.
    ///
    /// # Errors
    /// The job is not being submitted.
    pub fn submission_lost(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let State::Submitting { claimed_at, .. } = self.state else { return Err(self.invalid("wait for its callback")) };
        let mut job = self.released();
        let waited = now.duration_since(claimed_at).unsigned_abs();
        job.due_in(rules.callback_wait.saturating_sub(waited), now, rules);
        Ok(job)
    }

    /// A callback named the task of the attempt whose reply is still awaited, or was lost: it is adopted and looked at now.
    ///
    /// # Errors
    /// The job is not submitting that attempt.
    pub fn adopted(&self, attempt: u32, task: TaskId, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        match self.state {
            State::Submitting { attempt: own, .. } if own == attempt => {
                let state = State::Generating { attempt, task, polls: 0 };
                let job = Self { state, last_failure: None, ..self.released() };
                Ok(job.moved(Duration::ZERO, now, rules))
            }
            _ => Err(self.invalid("adopt a task")),
        }
    }

    /// The task is still running, or its video could not be fetched just now: look again later.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn polled(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Generating { attempt, ref task, polls } = self.state else { return Err(self.invalid("be looked at")) };
        let state = State::Generating { attempt, task: task.clone(), polls: polls + 1 };
        Ok(Self { state, ..self.released() }.moved(rules.poll_delays.after(polls + 1), now, rules))
    }

    /// Holds the job while its video is brought to the media store.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn claim_fetch(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Generating { .. } => Ok(self.leased(now, rules)),
            _ => Err(self.invalid("be fetched")),
        }
    }

    /// The video is in the media store: send it.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn fetched(&self, video_key: String, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Generating { .. } = self.state else { return Err(self.invalid("have its video")) };
        let job = Self { state: State::Ready { video_key, ready_at: now, attempts: 0 }, last_failure: None, ..self.released() };
        Ok(job.moved(Duration::ZERO, now, rules))
    }

    /// An attempt to make the video failed: the job is tried again or has to end.
    ///
    /// # Errors
    /// The job is neither submitting nor generating.
    pub fn attempt_failed(&self, diagnosis: Diagnosis, now: Timestamp, rules: &Rules) -> Result<Retried, InvalidTransition> {
        let (attempt, put_off) = match self.state {
            State::Submitting { attempt, postponed, .. } => (attempt, Some(postponed)),
            State::Generating { attempt, .. } => (attempt, None),
            _ => return Err(self.invalid("fail an attempt")),
        };
        let (state, delay) = match (diagnosis.retry, put_off) {
            // KIE was too busy to take it: nothing was tried, and only the deadline ends the patience.
            (Retry::Patiently, Some(n)) => {
                (State::Queued { attempts: attempt.saturating_sub(1), postponed: n + 1 }, rules.retry_delays.after(n))
            }
            (Retry::Never, _) => return Ok(Retried::End(diagnosis)),
            (Retry::Once, _) if attempt >= 2 => return Ok(Retried::End(diagnosis)),
            _ if attempt >= rules.generate_attempts => return Ok(Retried::End(diagnosis)),
            _ => (State::Queued { attempts: attempt, postponed: 0 }, rules.retry_delays.after(attempt.saturating_sub(1))),
        };
        let last_failure = Some(diagnosis.class);
        Ok(Retried::Again(Box::new(Self { state, last_failure, ..self.released() }.moved(delay, now, rules))))
    }

    /// It is not this job's turn: what was prepared is kept, and the chain's next message comes after the wait. That is no
    /// attempt; if the deadline comes first, KIE was too busy.
    #[must_use]
    pub fn rate_limited(&self, photo_key: &str, prompt: &str, wait: Duration, now: Timestamp, rules: &Rules) -> Transition {
        let Transition { job, .. } = self.requeued(now, rules);
        let due = now + wait + rules.lease;
        let job = Self {
            photo_key: Some(photo_key.to_owned()),
            prompt: Some(prompt.to_owned()),
            last_failure: Some(Class::Overloaded),
            due_at: Some(self.deadline(rules).map_or(due, |deadline| due.min(deadline))),
            ..job
        };
        Transition { job, delay: wait }
    }
}
