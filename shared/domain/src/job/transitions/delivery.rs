//! Sending the video. The delivery captures the charge.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    credits::{self, Entry},
    job::{entity::Job, state::State},
    rules::{Rules, WAIT_MAX},
};

/// What Telegram gave back for a video that is in the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id, to send it again; `None` if Telegram did not tell one.
    pub file_id: Option<String>,
    /// The message it is in.
    pub message_id: i64,
}

impl Job {
    /// Holds the job while its video is sent. Counts the attempt now, so that a crash counts too.
    ///
    /// # Errors
    /// The job has no video to send.
    pub fn claim_send(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let (video_key, ready_at, attempts) = match &self.state {
            State::Ready { video_key, ready_at, attempts } => (video_key, ready_at, attempts),
            State::Sending { video_key, ready_at, attempt } => (video_key, ready_at, attempt),
            _ => return Err(self.invalid("be sent")),
        };
        let state = State::Sending { video_key: video_key.clone(), ready_at: *ready_at, attempt: attempts + 1 };
        Ok(Self { state, ..self.leased(now, rules) })
    }

    /// A send failed: its message comes back after the delay, with the same look number.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_failed(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Sending { video_key, ready_at, attempt } = &self.state else { return Err(self.invalid("fail a send")) };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: *attempt };
        let mut job = Self { state, ..self.released() };
        // The last one is not kept waiting: its message is done for, and goes on to the dead letters.
        let spent = *attempt >= rules.send_attempts;
        let delay = if spent { Duration::ZERO } else { rules.retry_delays.after(attempt.saturating_sub(1)) };
        job.due_in(delay + rules.lease, now, rules);
        Ok(Transition { job, delay })
    }

    /// Telegram asked to wait: that is no attempt, and a new message comes after the wait.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_postponed(&self, wait: Duration, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Sending { video_key, ready_at, attempt } = &self.state else { return Err(self.invalid("put off a send")) };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: attempt.saturating_sub(1) };
        Ok(Self { state, ..self.released() }.moved(wait.min(WAIT_MAX), now, rules))
    }

    /// The video is in the chat: the charge is captured, in the same transaction. Also from Ready: a send that was counted as
    /// failed, or put off by somebody else in the meantime, may still turn out to have arrived.
    ///
    /// # Errors
    /// The job has no video, or has ended.
    pub fn delivered(&self, receipt: Receipt, now: Timestamp) -> Result<(Self, Entry), InvalidTransition> {
        let (State::Sending { .. } | State::Ready { .. }) = self.state else { return Err(self.invalid("be delivered")) };
        let Receipt { file_id, message_id } = receipt;
        let job = Self { state: State::Delivered { file_id, message_id }, due_at: None, ..self.released() };
        Ok((job, credits::capture(self.user, self.id, now)))
    }
}
