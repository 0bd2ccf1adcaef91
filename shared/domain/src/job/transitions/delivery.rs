//! Transitions of sending the video. The delivery captures the charge.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    credits::{self, Entry},
    job::{
        entity::Job,
        state::{SentAs, State},
    },
    rules::{Rules, WAIT_MAX},
};

/// Telegram's reply to a video that it accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Telegram's id of the video, to send the video again; `None` if Telegram's reply had none.
    pub file_id: Option<String>,
    /// Telegram's id of the message that holds the video.
    pub message_id: i64,
    /// What Telegram made of the video.
    pub sent_as: SentAs,
}

impl Job {
    /// Claims the job to send its video. The attempt counts from the claim, so that an attempt that crashes counts too.
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

    /// Records a failed send. The queue delivers the same message again after the delay, with the same sequence number.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_failed(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Sending { video_key, ready_at, attempt } = &self.state else { return Err(self.invalid("fail a send")) };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: *attempt };
        let mut job = Self { state, ..self.released() };
        // After the last send there is no delay: the message goes to the dead-letter queue next.
        let spent = *attempt >= rules.send_attempts;
        let delay = if spent { Duration::ZERO } else { rules.retry_delays.after(attempt.saturating_sub(1)) };
        job.due_in(delay + rules.lease, now, rules);
        Ok(Transition { job, delay })
    }

    /// Postpones the send because Telegram asked to wait. The send uses no attempt; a new message follows after the wait.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_postponed(&self, wait: Duration, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        let State::Sending { video_key, ready_at, attempt } = &self.state else { return Err(self.invalid("postpone its send")) };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts: attempt.saturating_sub(1) };
        Ok(Self { state, ..self.released() }.with_message(wait.min(WAIT_MAX), now, rules))
    }

    /// Records the delivery and captures the charge; write both in one transaction. A ready job can be delivered too: a send that
    /// was recorded as failed, or that another handler postponed, may have arrived after all.
    ///
    /// # Errors
    /// The job has no video, or has ended.
    pub fn delivered(&self, receipt: Receipt, now: Timestamp) -> Result<(Self, Entry), InvalidTransition> {
        let (State::Sending { video_key, .. } | State::Ready { video_key, .. }) = &self.state else {
            return Err(self.invalid("be delivered"));
        };
        let Receipt { file_id, message_id, sent_as } = receipt;
        let video_key = Some(video_key.clone()).filter(|key| *key != Self::video_key(self.user, self.id));
        let job = Self { state: State::Delivered { file_id, message_id, sent_as, video_key }, due_at: None, ..self.released() };
        Ok((job, credits::capture(self.user, self.id, now)))
    }

    /// Records a free repeat of a delivered video: its file id, and what Telegram made of it, replace those that Telegram refused.
    ///
    /// # Errors
    /// The job is not delivered.
    pub fn sent_again(&self, receipt: Receipt) -> Result<Self, InvalidTransition> {
        let State::Delivered { message_id, video_key, .. } = &self.state else { return Err(self.invalid("be sent again")) };
        let Receipt { file_id, sent_as, .. } = receipt;
        let (message_id, video_key) = (*message_id, video_key.clone());
        Ok(Self { state: State::Delivered { file_id, message_id, sent_as, video_key }, ..self.released() })
    }
}
