//! Reads the queues from the same process, for tests that must see messages without receiving them.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::message::{Attribute, Message};
use super::queue::{Depth, MessageState};
use super::{Sqs, queue_name};

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The message id.
    pub id: String,
    /// The body as sent.
    pub body: String,
    /// The text of each message attribute; base64 for binary ones.
    pub attributes: BTreeMap<String, String>,
    /// How often the message was received, in all its queues.
    pub receive_count: u32,
    /// When the message was sent, in milliseconds since the Unix epoch.
    pub sent_at_ms: u64,
    /// Whether the message is visible, delayed or in flight.
    pub state: MessageState,
}

impl Sqs {
    /// Every message of a queue (by name, URL or ARN), in the order sent; empty for an unknown queue.
    pub fn messages(&self, queue: &str) -> Vec<Seen> {
        let now = Instant::now();
        let state = self.state();
        let queue = state.queues.get(queue_name(queue));
        queue.into_iter().flat_map(|queue| &queue.messages).map(|message| seen(message, now)).collect()
    }

    /// The number of a queue's messages in each state.
    pub fn depth(&self, queue: &str) -> Depth {
        let now = Instant::now();
        self.state().queues.get(queue_name(queue)).map(|queue| queue.depth(now)).unwrap_or_default()
    }

    /// Deletes every message of a queue, in flight or not, and returns their number.
    pub fn drop_all(&self, queue: &str) -> usize {
        let mut state = self.state();
        let messages = state.queues.get_mut(queue_name(queue)).map(|queue| std::mem::take(&mut queue.messages));
        messages.map_or(0, |messages| messages.len())
    }

    /// The names of all queues.
    pub fn queues(&self) -> Vec<String> {
        self.state().queues.keys().cloned().collect()
    }
}

fn seen(message: &Message, now: Instant) -> Seen {
    let text = |attribute: &Attribute| {
        let value = attribute.string_value.as_ref().or(attribute.binary_value.as_ref());
        value.cloned().unwrap_or_default()
    };
    Seen {
        id: message.id.clone(),
        body: message.body.clone(),
        attributes: message.attributes.iter().map(|(name, attribute)| (name.clone(), text(attribute))).collect(),
        receive_count: message.receives,
        sent_at_ms: message.sent_at_ms,
        state: message.state(now),
    }
}
