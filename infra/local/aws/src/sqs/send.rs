//! SendMessage and SendMessageBatch.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::error::SqsError;
use super::message::{self, Attributes, Message};
use super::{Reply, Sqs, batch};

/// A message to send, alone or as an entry of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: Attributes,
    #[serde(default)]
    message_system_attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Outgoing,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessageBatch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    #[serde(flatten)]
    message: Outgoing,
}

impl Sqs {
    pub(super) fn send_message(&self, request: SendMessage) -> Reply {
        self.enqueue(&request.queue_url, request.message)
    }

    pub(super) fn send_message_batch(&self, request: SendMessageBatch) -> Reply {
        self.state().queue(&request.queue_url)?;
        batch::check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let sizes = request.entries.iter().map(|entry| entry.message.message_body.len());
        let total: usize = sizes.sum();
        if total > message::SIZE_MAX_BYTES {
            return Err(SqsError::batch_too_long(total));
        }
        let send = |entry: Entry| (entry.id, self.enqueue(&request.queue_url, entry.message));
        batch::reply(request.entries.into_iter().map(send))
    }

    fn enqueue(&self, queue_url: &str, outgoing: Outgoing) -> Reply {
        let now_ms = self.0.clock.now_millis();
        let mut state = self.state();
        let settings = &state.queue(queue_url)?.settings;
        let size = message::check(&outgoing.message_body, &outgoing.message_attributes)?;
        if size > settings.size_max_bytes as usize {
            let reason = format!("Reason: Message must be shorter than {} bytes.", settings.size_max_bytes);
            return Err(SqsError::invalid_parameter(format!("One or more parameters are invalid. {reason}")));
        }
        let delay = delay(outgoing.delay_seconds, settings.delay_secs)?;
        state.ids += 1;
        let md5_of_system = message::md5_of_attributes(&outgoing.message_system_attributes);
        let message = new_message(outgoing, message_id(state.ids), now_ms, delay);
        let reply = json!({
            "MessageId": message.id,
            "MD5OfMessageBody": message::md5_of_body(&message.body),
            "MD5OfMessageAttributes": message::md5_of_attributes(&message.attributes),
            "MD5OfMessageSystemAttributes": md5_of_system,
        });
        state.queue(queue_url)?.messages.push(message);
        self.0.changed.notify_waiters();
        Ok(reply)
    }
}

fn delay(asked_secs: Option<i64>, default_secs: u32) -> Result<Duration, SqsError> {
    let secs = asked_secs.unwrap_or(default_secs.into());
    let in_range = u64::try_from(secs).ok().filter(|secs| *secs <= 900);
    let in_range = in_range.ok_or_else(|| SqsError::out_of_range("DelaySeconds", secs, ">= 0 and <= 900"))?;
    Ok(Duration::from_secs(in_range))
}

fn new_message(outgoing: Outgoing, id: String, now_ms: u64, delay: Duration) -> Message {
    let now = Instant::now();
    let system = outgoing.message_system_attributes.into_iter();
    Message {
        id,
        body: outgoing.message_body,
        attributes: outgoing.message_attributes,
        system: system.filter_map(|(name, value)| Some((name, value.string_value?))).collect(),
        sent_at_ms: now_ms,
        enqueued_at: now,
        visible_at: now + delay,
        first_received_at_ms: None,
        receives: 0,
        receives_here: 0,
        receipt: None,
    }
}

/// An id in the form of a random UUID. It is a running number, so that a run can be repeated.
fn message_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}
