//! Transitions from the photo to the finished video: preparation, submission to KIE, polling, and the end of an attempt.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    classify::{Class, Diagnosis, Remedy, Retry},
    job::{
        entity::Job,
        making::{Making, PhotoRoute},
        state::{State, TaskId},
    },
    rules::Rules,
};

/// The consequence of a failed attempt for the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// The job is tried again; the seller is not notified.
    Again(Box<Transition>),
    /// The job must end with this diagnosis.
    End(Diagnosis),
}

impl Job {
    /// Claims a job to make its photo and to write its prompt. A job whose createTask reply was lost is queued again for it if its
    /// photo is one of release 0.1.0; the attempt stays counted.
    ///
    /// # Errors
    /// The job is neither queued nor submitting.
    pub fn claim_preparation(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Queued { .. } => Ok(self.leased(now, rules)),
            State::Submitting { attempt, .. } => {
                Ok(Self { state: State::Queued { attempts: attempt, postponed: 0 }, ..self.leased(now, rules) })
            }
            _ => Err(self.invalid("be prepared")),
        }
    }

    /// Postpones a preparation that failed for now. It uses no attempt.
    ///
    /// # Errors
    /// The job is not queued.
    pub fn preparation_postponed(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Queued { attempts, postponed } = self.state else { return Err(self.invalid("postpone its preparation")) };
        let job = Self { state: State::Queued { attempts, postponed: postponed + 1 }, ..self.released() };
        Ok(job.with_message(rules.retry_delays.after(postponed), now, rules))
    }

    /// Lets a preparation wait for the photos of other jobs. It uses no attempt and counts as no postponement.
    ///
    /// # Errors
    /// The job is not queued.
    pub fn preparation_waits(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Queued { .. } = self.state else { return Err(self.invalid("wait for its preparation")) };
        Ok(self.released().with_message(rules.retry_delays.after(0), now, rules))
    }

    /// Records the attempt and its input before createTask is called, because createTask has no idempotency key.
    ///
    /// # Errors
    /// The job is neither queued nor submitting.
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
            making: Making { absent: 0, unusable: 0, ..self.making.clone() },
            ..self.leased(now, rules)
        })
    }

    /// Records the task that KIE accepted; a poll of the task follows.
    ///
    /// # Errors
    /// The job is not being submitted.
    pub fn submitted(&self, task: TaskId, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Submitting { attempt, .. } = self.state else { return Err(self.invalid("record its task")) };
        let state = State::Generating { attempt, task, polls: 0 };
        let job = Self { state, last_failure: None, ..self.released() };
        Ok(job.with_message(rules.poll_delays.after(0), now, rules))
    }

    /// Records that createTask's reply was lost, so KIE may have a task. The job waits for KIE's callback before the next
    /// attempt.
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

    /// Adopts the task that KIE's callback named for this attempt, whose createTask reply is pending or lost. A poll follows at
    /// once.
    ///
    /// # Errors
    /// The job is not submitting that attempt.
    pub fn adopted(&self, attempt: u32, task: TaskId, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        match self.state {
            State::Submitting { attempt: own, .. } if own == attempt => {
                let state = State::Generating { attempt, task, polls: 0 };
                let job = Self { state, last_failure: None, ..self.released() };
                Ok(job.with_message(Duration::ZERO, now, rules))
            }
            _ => Err(self.invalid("adopt a task")),
        }
    }

    /// Records a poll after which the job still waits: the task is running, or its video could not be fetched. Another poll
    /// follows.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn polled(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Generating { attempt, ref task, polls } = self.state else { return Err(self.invalid("be polled")) };
        let state = State::Generating { attempt, task: task.clone(), polls: polls + 1 };
        Ok(Self { state, ..self.released() }.with_message(rules.poll_delays.after(polls + 1), now, rules))
    }

    /// Records a failed attempt to make the video: the job is tried again, or it must end. `spare` is the id of the row that makes
    /// the last attempt if the order's own row is broken or alone refuses the photo; the spare prepares photo and prompt anew.
    ///
    /// # Errors
    /// The job is neither submitting nor generating.
    pub fn attempt_failed(
        &self,
        diagnosis: Diagnosis,
        spare: Option<&str>,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Retried, InvalidTransition> {
        let (attempt, postponed_before) = match self.state {
            State::Submitting { attempt, postponed, .. } => (attempt, Some(postponed)),
            State::Generating { attempt, .. } => (attempt, None),
            _ => return Err(self.invalid("fail an attempt")),
        };
        let (retry, remedy) = (diagnosis.retry, diagnosis.remedy);
        let again = |job: Self, delay| {
            let last_failure = Some(diagnosis.class);
            Ok(Retried::Again(Box::new(Self { last_failure, ..job }.with_message(delay, now, rules))))
        };
        // KIE was too busy to accept the task, so no attempt was used. Only the deadline ends these retries.
        if let (Retry::Patiently, Some(n)) = (retry, postponed_before) {
            let state = State::Queued { attempts: attempt.saturating_sub(1), postponed: n + 1 };
            return again(Self { state, ..self.released() }, rules.retry_delays.after(n));
        }
        // An upload may help where the presigned address did not, also at a later attempt.
        let may_upload = remedy == Some(Remedy::UploadPhoto) && self.making.photo_route == PhotoRoute::Presigned;
        let is_over = match retry {
            _ if may_upload => attempt >= rules.generate_attempts,
            Retry::Never => true,
            Retry::Once => attempt >= 2 || attempt >= rules.generate_attempts,
            Retry::Attempts | Retry::Patiently => attempt >= rules.generate_attempts,
        };
        let delay = rules.retry_delays.after(attempt.saturating_sub(1));
        let is_broken = diagnosis.class == Class::BrokenUpstream && (is_over || attempt + 1 == rules.generate_attempts);
        let wants_spare = remedy == Some(Remedy::OtherModel) || is_broken;
        let has_spare_attempt = self.making.spare.is_none() && attempt < rules.generate_attempts;
        if let Some(spare) = spare.filter(|_| wants_spare && has_spare_attempt) {
            let state = State::Queued { attempts: rules.generate_attempts.saturating_sub(1), postponed: 0 };
            let making = Making { spare: Some(spare.to_owned()), ..self.making.clone() };
            return again(Self { state, making, photo_key: None, prompt: None, ..self.released() }, delay);
        }
        if is_over {
            return Ok(Retried::End(diagnosis));
        }
        let photo_route = if remedy == Some(Remedy::UploadPhoto) { PhotoRoute::Uploaded } else { self.making.photo_route };
        let making = Making { photo_route, ..self.making.clone() };
        again(Self { state: State::Queued { attempts: attempt, postponed: 0 }, making, ..self.released() }, delay)
    }

    /// Postpones a submission that the rate limiter refused: the job keeps its photo and prompt, and its next message follows
    /// after the wait. It uses no attempt. If the deadline passes first, the job ends as [`Class::Overloaded`].
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
