//! Transitions of sending the video. The delivery captures the charge.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{InvalidTransition, Transition};
use crate::{
    credits::{self, Entry},
    job::{
        entity::Job,
        state::{Delivery, SentAs, State},
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

/// The consequence of a failed send for the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterSend {
    /// The video is sent again: write the job, then send its message.
    Again(Box<Transition>),
    /// The attempts are used up: write the job, and leave the present message to the queue's redrive.
    Spent(Box<Job>),
}

impl Job {
    /// Claims the job to send its video. This is the last write before the call to Telegram, so the attempt counts from here: a
    /// handler that dies earlier uses none. The earliest time of the next attempt is set too, so that it binds every handler.
    ///
    /// # Errors
    /// The job has no video to send.
    pub fn claim_send(&self, now: Timestamp, rules: &Rules) -> Result<Self, InvalidTransition> {
        let (State::Ready { video_key, ready_at, attempts, delivery }
        | State::Sending { video_key, ready_at, attempt: attempts, delivery }) = &self.state
        else {
            return Err(self.invalid("be sent"));
        };
        let next_at = self.next_send_at(*attempts, now, rules);
        let delivery = Delivery { next_at: Some(next_at), flooded: false, ..delivery.clone() };
        let state = State::Sending { video_key: video_key.clone(), ready_at: *ready_at, attempt: attempts + 1, delivery };
        Ok(Self { state, ..self.leased(now, rules) })
    }

    /// When the attempt after the one that begins now may begin. The attempts are spread over the window, so that they outlast an
    /// outage of Telegram; two leases before the deadline the last one has to begin.
    fn next_send_at(&self, attempts: u32, now: Timestamp, rules: &Rules) -> Timestamp {
        let spread = now + rules.send_delays.after(attempts);
        self.deadline(rules).map_or(spread, |deadline| spread.min(deadline - 2 * rules.lease))
    }

    /// Records a failed send. The next attempt has a message of its own. After the last attempt the present message is left to the
    /// queue's redrive, which makes a dead letter of it: [`Job::next`] then ends the job.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_failed(&self, now: Timestamp, rules: &Rules) -> Result<AfterSend, InvalidTransition> {
        let State::Sending { video_key, ready_at, attempt, delivery } = &self.state else {
            return Err(self.invalid("fail a send"));
        };
        let (video_key, delivery) = (video_key.clone(), delivery.clone());
        let wait = delivery.next_at.and_then(|at| at.duration_since(now).try_into().ok()).unwrap_or_default();
        let state = State::Ready { video_key, ready_at: *ready_at, attempts: *attempt, delivery };
        let mut job = Self { state, ..self.released() };
        if *attempt < rules.send_attempts {
            return Ok(AfterSend::Again(Box::new(job.with_message(wait, now, rules))));
        }
        job.due_in(rules.lease, now, rules);
        Ok(AfterSend::Spent(Box::new(job)))
    }

    /// Records a send that certainly did not reach Telegram. It uses no attempt, and is repeated after the first retry delay. The job
    /// may not be claimed yet.
    ///
    /// # Errors
    /// The job has no video to send.
    pub fn send_not_begun(&self, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        self.send_taken_back(rules.retry_delays.after(0), false, now, rules)
    }

    /// Postpones the send because Telegram asked to wait. The send uses no attempt; a new message follows after the wait.
    ///
    /// # Errors
    /// The job is not being sent.
    pub fn send_postponed(&self, wait: Duration, now: Timestamp, rules: &Rules) -> Result<Transition, InvalidTransition> {
        self.send_taken_back(wait.min(WAIT_MAX), true, now, rules)
    }

    fn send_taken_back(
        &self,
        wait: Duration,
        flooded: bool,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Transition, InvalidTransition> {
        let (video_key, ready_at, attempts, delivery) = match &self.state {
            State::Ready { video_key, ready_at, attempts, delivery } => (video_key, ready_at, *attempts, delivery),
            // A lease that has ended belongs to an earlier attempt, whose handler died: that attempt stays counted.
            State::Sending { video_key, ready_at, attempt, delivery } if !self.is_leased(now) => {
                (video_key, ready_at, *attempt, delivery)
            }
            State::Sending { video_key, ready_at, attempt, delivery } => {
                (video_key, ready_at, attempt.saturating_sub(1), delivery)
            }
            _ => return Err(self.invalid("take a send back")),
        };
        let delivery = Delivery { next_at: Some(now + wait), flooded, ..delivery.clone() };
        let state = State::Ready { video_key: video_key.clone(), ready_at: *ready_at, attempts, delivery };
        Ok(Self { state, ..self.released() }.with_message(wait, now, rules))
    }

    /// Records the delivery and captures the charge; write both in one transaction. The handler has one lease to show the end in the
    /// order's status message. A ready or held job can be delivered too: a send that was recorded as failed, or that another handler
    /// postponed, may have arrived after all.
    ///
    /// # Errors
    /// The job has no video, or has ended.
    pub fn delivered(&self, receipt: Receipt, now: Timestamp, rules: &Rules) -> Result<(Self, Entry), InvalidTransition> {
        let (State::Sending { video_key, .. } | State::Ready { video_key, .. } | State::Held { video_key, .. }) = &self.state
        else {
            return Err(self.invalid("be delivered"));
        };
        let Receipt { file_id, message_id, sent_as } = receipt;
        let video_key = Some(video_key.clone()).filter(|key| *key != Self::video_key(self.user, self.id));
        let state = State::Delivered { file_id, message_id, sent_as, video_key };
        let job = Self { state, ..self.released() }.with_end_unshown().closed(now, rules);
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
