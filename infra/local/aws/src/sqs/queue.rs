//! One queue: when each message is visible, and how a receive changes it.

use std::time::Duration;

use tokio::time::Instant;

use super::message::Message;
use super::settings::Settings;

/// The state of a message in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// The next receive returns the message.
    Visible,
    /// The message was sent with a delay that is not over, and was never received.
    Delayed,
    /// The message was received and not deleted, and its visibility timeout is not over.
    InFlight,
}

/// The number of messages in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// ApproximateNumberOfMessages.
    pub visible: usize,
    /// ApproximateNumberOfMessagesDelayed.
    pub delayed: usize,
    /// ApproximateNumberOfMessagesNotVisible.
    pub in_flight: usize,
}

/// The result of a receive.
#[derive(Default)]
pub(super) struct Taken {
    pub messages: Vec<Message>,
    /// Messages that exceeded maxReceiveCount, for the dead-letter queue.
    pub dead: Vec<Message>,
}

pub(super) struct Queue {
    pub settings: Settings,
    pub messages: Vec<Message>,
}

impl Queue {
    pub fn new(settings: Settings) -> Self {
        Self { settings, messages: vec![] }
    }

    /// Drops messages older than the retention period. A dead letter keeps its age.
    pub fn expire(&mut self, now: Instant) {
        let retention = self.settings.retention();
        self.messages.retain(|message| now.duration_since(message.enqueued_at) < retention);
    }

    /// Receives up to `max` visible messages, in the order they were sent.
    pub fn take(&mut self, max: usize, visibility: Duration, now: Instant, now_ms: u64, receipts: &mut u64) -> Taken {
        let mut taken = Taken::default();
        let receives_max = self.settings.redrive.as_ref().map_or(u32::MAX, |redrive| redrive.receive_count_max);
        let mut kept = Vec::with_capacity(self.messages.len());
        for mut message in self.messages.drain(..) {
            if message.visible_at > now || taken.messages.len() == max {
                kept.push(message);
            } else if message.receives_here >= receives_max {
                taken.dead.push(message);
            } else {
                receive(&mut message, now + visibility, now_ms, receipts);
                taken.messages.push(message.clone());
                kept.push(message);
            }
        }
        self.messages = kept;
        taken
    }

    /// When the next hidden message becomes visible.
    pub fn next_visible_at(&self, now: Instant) -> Option<Instant> {
        self.messages.iter().map(|message| message.visible_at).filter(|at| *at > now).min()
    }

    pub fn depth(&self, now: Instant) -> Depth {
        let count = |state| self.messages.iter().filter(|message| message.state(now) == state).count();
        Depth {
            visible: count(MessageState::Visible),
            delayed: count(MessageState::Delayed),
            in_flight: count(MessageState::InFlight),
        }
    }
}

impl Message {
    pub fn state(&self, now: Instant) -> MessageState {
        match (self.visible_at <= now, self.receives_here) {
            (true, _) => MessageState::Visible,
            (false, 0) => MessageState::Delayed,
            (false, _) => MessageState::InFlight,
        }
    }
}

fn receive(message: &mut Message, visible_at: Instant, now_ms: u64, receipts: &mut u64) {
    *receipts += 1;
    message.receipt = Some(*receipts);
    message.visible_at = visible_at;
    message.receives += 1;
    message.receives_here += 1;
    message.first_received_at_ms.get_or_insert(now_ms);
}
