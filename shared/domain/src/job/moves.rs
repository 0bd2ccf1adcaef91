//! What may happen to a job. Each move takes the job as it was read and gives the job to write; none of them waits or calls.

use std::time::Duration;

use jiff::Timestamp;

use super::{Job, State, TaskId, Told};
use crate::{
    classify::{Class, Diagnosis, Retry},
    credits::{self, Entry},
    rules::{Rules, WAIT_MAX},
    wake::Wake,
};

/// A move that the job's stage does not allow; nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{job} cannot {what}: it is {stage}")]
pub struct Misfit {
    /// The job.
    pub job: String,
    /// What was tried.
    pub what: &'static str,
    /// The stage it is in.
    pub stage: &'static str,
}

/// A job moved to the next link of its chain of looks: write it, then send its message with this delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The job to write.
    pub job: Job,
    /// How long the message should wait.
    pub delay: Duration,
}

/// What a failed attempt means for the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It is tried again, quietly.
    Again(Box<Moved>),
    /// It has to end.
    End(Diagnosis),
}

/// What Telegram gave back for a video that is in the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id, to send it again; `None` if Telegram did not tell one.
    pub file_id: Option<String>,
    /// The message it is in.
    pub message_id: i64,
}

impl Moved {
    /// The message for this link of the chain.
    #[must_use]
    pub fn wake(&self) -> Wake {
        self.job.wake()
    }
}

impl Job {
    /// The message that wakes this job at the link its chain is at.
    #[must_use]
    pub fn wake(&self) -> Wake {
        Wake { user: self.user, job: self.id, look: self.look }
    }

    pub(super) fn misfit(&self, what: &'static str) -> Misfit {
        Misfit { job: self.id.to_string(), what, stage: self.state.name() }
    }

    /// The same job, one version on, held by nobody.
    fn released(&self) -> Self {
        Self { version: self.version + 1, lease_until: None, ..self.clone() }
    }

    /// The same job, one version on, held until the lease ends; the sweeper takes over there.
    fn leased(&self, now: Timestamp, rules: &Rules) -> Self {
        let until = now + rules.lease;
        Self { version: self.version + 1, lease_until: Some(until), due_at: Some(until), ..self.clone() }
    }

    /// The job with its chain moved on by one: the message comes after `delay`, the sweeper one lease later.
    fn moved(mut self, delay: Duration, now: Timestamp, rules: &Rules) -> Moved {
        self.look += 1;
        self.due_in(delay + rules.lease, now, rules);
        Moved { job: self, delay }
    }

    /// Holds a queued job while its photo is brought over and its prompt written.
    ///
    /// # Errors
    /// The job is not queued.
    pub fn claim_preparation(&self, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        match self.state {
            State::Queued { .. } => Ok(self.leased(now, rules)),
            _ => Err(self.misfit("be prepared")),
        }
    }

    /// A preparation that could not be finished just now: later, without an attempt.
    ///
    /// # Errors
    /// The job is not queued.
    pub fn preparation_postponed(&self, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        let State::Queued { attempts, postponed } = self.state else { return Err(self.misfit("be put off")) };
        let job = Self { state: State::Queued { attempts, postponed: postponed + 1 }, ..self.released() };
        Ok(job.moved(rules.retry_delays.after(postponed), now, rules))
    }

    /// Records that createTask is about to be called, with what it will be asked: it has no idempotency key.
    ///
    /// # Errors
    /// The job is neither queued nor waiting in vain for a lost reply.
    pub fn claim_submission(&self, photo_key: &str, prompt: &str, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        let (attempts, postponed) = match self.state {
            State::Queued { attempts, postponed } => (attempts, postponed),
            State::Submitting { attempt, .. } => (attempt, 0),
            _ => return Err(self.misfit("be submitted")),
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
    pub fn submitted(&self, task: TaskId, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        let State::Submitting { attempt, .. } = self.state else { return Err(self.misfit("have been submitted")) };
        let state = State::Generating { attempt, task, looks: 0 };
        let job = Self { state, trouble: None, ..self.released() };
        Ok(job.moved(rules.look_delays.after(0), now, rules))
    }

    /// Nobody knows whether KIE has a task: its callback is waited for before the next attempt.
    ///
    /// # Errors
    /// The job is not being submitted.
    pub fn submission_lost(&self, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        let State::Submitting { claimed_at, .. } = self.state else { return Err(self.misfit("wait for its callback")) };
        let mut job = self.released();
        let waited = now.duration_since(claimed_at).unsigned_abs();
        job.due_in(rules.callback_wait.saturating_sub(waited), now, rules);
        Ok(job)
    }

    /// A callback named the task of the attempt whose reply is still awaited, or was lost: it is adopted and looked at now.
    ///
    /// # Errors
    /// The job is not submitting that attempt.
    pub fn adopted(&self, attempt: u32, task: TaskId, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        match self.state {
            State::Submitting { attempt: own, .. } if own == attempt => {
                let state = State::Generating { attempt, task, looks: 0 };
                let job = Self { state, trouble: None, ..self.released() };
                Ok(job.moved(Duration::ZERO, now, rules))
            }
            _ => Err(self.misfit("adopt a task")),
        }
    }

    /// The task is still running, or its video could not be fetched just now: look again later.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn looked(&self, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        let State::Generating { attempt, ref task, looks } = self.state else { return Err(self.misfit("be looked at")) };
        let state = State::Generating { attempt, task: task.clone(), looks: looks + 1 };
        Ok(Self { state, ..self.released() }.moved(rules.look_delays.after(looks + 1), now, rules))
    }

    /// Holds the job while its video is brought to the media store.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn claim_fetch(&self, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        match self.state {
            State::Generating { .. } => Ok(self.leased(now, rules)),
            _ => Err(self.misfit("be fetched")),
        }
    }

    /// The video is in the media store: send it.
    ///
    /// # Errors
    /// The job is not generating.
    pub fn fetched(&self, video_key: String, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        let State::Generating { .. } = self.state else { return Err(self.misfit("have its video")) };
        let job = Self { state: State::Ready { video_key, ready_at: now, attempts: 0 }, trouble: None, ..self.released() };
        Ok(job.moved(Duration::ZERO, now, rules))
    }

    /// An attempt to make the video failed: again, or the end.
    ///
    /// # Errors
    /// The job is neither submitting nor generating.
    pub fn attempt_failed(&self, diagnosis: Diagnosis, now: Timestamp, rules: &Rules) -> Result<Retried, Misfit> {
        let (attempt, put_off) = match self.state {
            State::Submitting { attempt, postponed, .. } => (attempt, Some(postponed)),
            State::Generating { attempt, .. } => (attempt, None),
            _ => return Err(self.misfit("fail an attempt")),
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
        let trouble = Some(diagnosis.class);
        Ok(Retried::Again(Box::new(Self { state, trouble, ..self.released() }.moved(delay, now, rules))))
    }

    /// Holds the job while its video is sent. Counts the attempt now, so that a crash counts too.
    ///
    /// # Errors
    /// The job has no video to send.
    pub fn claim_send(&self, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        let (video_key, ready_at, attempts) = match &self.state {
            State::Ready { video_key, ready_at, attempts } => (video_key, ready_at, attempts),
            State::Sending { video_key, ready_at, attempt } => (video_key, ready_at, attempt),
            _ => return Err(self.misfit("be sent")),
        };
        let state = State::Sending { video_key: video_key.clone(), ready_at: *ready_at, attempt: attempts + 1 };
        Ok(Self { state, ..self.leased(now, rules) })
    }

    /// A send failed: its message comes back after the delay, with the same look number.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_failed(&self, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        let State::Sending { video_key, ready_at, attempt } = &self.state else { return Err(self.misfit("fail a send")) };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: *attempt };
        let mut job = Self { state, ..self.released() };
        // The last one is not kept waiting: its message is done for, and goes on to the dead letters.
        let spent = *attempt >= rules.send_attempts;
        let delay = if spent { Duration::ZERO } else { rules.retry_delays.after(attempt.saturating_sub(1)) };
        job.due_in(delay + rules.lease, now, rules);
        Ok(Moved { job, delay })
    }

    /// Telegram asked to wait: that is no attempt, and a new message comes after the wait.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_postponed(&self, wait: Duration, now: Timestamp, rules: &Rules) -> Result<Moved, Misfit> {
        let State::Sending { video_key, ready_at, attempt } = &self.state else { return Err(self.misfit("put off a send")) };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: attempt.saturating_sub(1) };
        Ok(Self { state, ..self.released() }.moved(wait.min(WAIT_MAX), now, rules))
    }

    /// The video is in the chat: the charge is captured, in the same transaction. Also from Ready: a send that was counted as
    /// failed, or put off by somebody else in the meantime, may still turn out to have arrived.
    ///
    /// # Errors
    /// The job has no video, or has ended.
    pub fn delivered(&self, receipt: Receipt, now: Timestamp) -> Result<(Self, Entry), Misfit> {
        let (State::Sending { .. } | State::Ready { .. }) = self.state else { return Err(self.misfit("be delivered")) };
        let Receipt { file_id, message_id } = receipt;
        let job = Self { state: State::Delivered { file_id, message_id }, due_at: None, ..self.released() };
        Ok((job, credits::capture(self.user, self.id, now)))
    }

    /// The one way to end without a delivery: the charge is given back in the same transaction.
    /// Whoever ends a job holds it a lease longer, to tell the person; to an unreachable one there is nothing to tell.
    ///
    /// # Errors
    /// The job has already ended.
    pub fn ended(&self, diagnosis: &Diagnosis, now: Timestamp, rules: &Rules) -> Result<(Self, Entry), Misfit> {
        if self.has_ended() {
            return Err(self.misfit("end"));
        }
        let Diagnosis { class, why, .. } = *diagnosis;
        let job = match class {
            Class::Unreachable => {
                Self { state: State::Failed { class, why, told: Told::Unreachable }, due_at: None, ..self.released() }
            }
            _ => Self { state: State::Failed { class, why, told: Told::NotYet(0) }, ..self.leased(now, rules) },
        };
        Ok((job, credits::refund(self.user, self.id, self.order.price, class.name(), now)))
    }

    /// Holds a failed job while its person is told.
    ///
    /// # Errors
    /// The job has not failed, or its person knows.
    pub fn claim_telling(&self, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        match self.state {
            State::Failed { told: Told::NotYet(_), .. } => Ok(self.leased(now, rules)),
            _ => Err(self.misfit("be told")),
        }
    }

    /// The person knows, or can never know: there is nothing left to do.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn told(&self, told: Told) -> Result<Self, Misfit> {
        let State::Failed { class, why, .. } = self.state else { return Err(self.misfit("have been told")) };
        Ok(Self { state: State::Failed { class, why, told }, due_at: None, ..self.released() })
    }

    /// The person could not be told just now: the sweeper tries again after the wait.
    ///
    /// # Errors
    /// The job has not failed.
    pub fn telling_postponed(&self, wait: Option<Duration>, now: Timestamp, rules: &Rules) -> Result<Self, Misfit> {
        let State::Failed { class, why, told: Told::NotYet(tries) } = self.state else {
            return Err(self.misfit("be told later"));
        };
        let state = State::Failed { class, why, told: Told::NotYet(tries.saturating_add(1)) };
        let mut job = Self { state, ..self.released() };
        job.due_in(wait.unwrap_or_else(|| rules.retry_delays.after(tries)).min(WAIT_MAX), now, rules);
        Ok(job)
    }

    /// The sweeper found the job past due: a new link of the chain, handled at once.
    #[must_use]
    pub fn woken(&self, now: Timestamp, rules: &Rules) -> Moved {
        self.released().moved(Duration::ZERO, now, rules)
    }

    /// Nothing is to be done before `until`.
    #[must_use]
    pub fn resting(&self, until: Timestamp) -> Self {
        Self { due_at: Some(until), ..self.released() }
    }
}

impl Diagnosis {
    /// A failure of this class, with nothing more to say and nothing to retry.
    #[must_use]
    pub fn of(class: Class) -> Self {
        Self { class, why: None, retry: Retry::Never }
    }
}
