//! ReceiveMessage: short and long polls, and the move to the dead-letter queue.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until};

use super::error::SqsError;
use super::message::{self, Message};
use super::queue::Taken;
use super::{ARN_PREFIX, Reply, Sqs, State, queue_name};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    /// The older name of `message_system_attribute_names`.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// The limits of a receive: from the request, or the queue's defaults.
struct Terms {
    max: usize,
    visibility: Duration,
    wait: Duration,
}

impl Sqs {
    pub(super) async fn receive_message(&self, request: ReceiveMessage) -> Reply {
        let terms = self.terms(&request)?;
        let wait = if terms.wait.is_zero() { terms.wait } else { terms.wait.max(self.0.wait_min) };
        let deadline = Instant::now() + wait;
        loop {
            // The poll listens for changes before it receives, so that it does not miss a message sent in between.
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let (messages, next_visible_at) = self.take(&request.queue_url, &terms)?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(reply(&request, &messages));
            }
            let until = next_visible_at.map_or(deadline, |at| at.min(deadline));
            tokio::select! {
                () = changed => {}
                () = sleep_until(until) => {}
            }
        }
    }

    fn terms(&self, request: &ReceiveMessage) -> Result<Terms, SqsError> {
        let mut state = self.state();
        let settings = &state.queue(&request.queue_url)?.settings;
        let visibility = request.visibility_timeout.unwrap_or(settings.visibility_secs.into());
        let wait = request.wait_time_seconds.unwrap_or(settings.wait_secs.into());
        let max = in_range("MaxNumberOfMessages", request.max_number_of_messages.unwrap_or(1), 1, 10)?;
        Ok(Terms {
            max: usize::try_from(max).unwrap_or(1),
            visibility: Duration::from_secs(in_range("VisibilityTimeout", visibility, 0, 43_200)?),
            wait: Duration::from_secs(in_range("WaitTimeSeconds", wait, 0, 20)?),
        })
    }

    fn take(&self, queue_url: &str, terms: &Terms) -> Result<(Vec<Message>, Option<Instant>), SqsError> {
        let (now, now_ms) = (Instant::now(), self.0.clock.now_millis());
        let mut guard = self.state();
        let state = &mut *guard;
        let queue = state.queues.get_mut(queue_name(queue_url)).ok_or_else(SqsError::queue_does_not_exist)?;
        queue.expire(now);
        let Taken { messages, dead } = queue.take(terms.max, terms.visibility, now, now_ms, &mut state.receipts);
        let next_visible_at = queue.next_visible_at(now);
        if !dead.is_empty() {
            move_dead(state, queue_url, dead);
            self.0.changed.notify_waiters();
        }
        Ok((messages, next_visible_at))
    }
}

pub(super) fn in_range(name: &str, value: i64, min: i64, max: i64) -> Result<u64, SqsError> {
    let number = u64::try_from(value).ok().filter(|_| (min..=max).contains(&value));
    number.ok_or_else(|| SqsError::out_of_range(name, value, &format!(">= {min} and <= {max}, if provided")))
}

/// Moves messages to the dead-letter queue of `source`. If that queue was deleted they stay in `source`.
fn move_dead(state: &mut State, source: &str, dead: Vec<Message>) {
    let source = queue_name(source).to_owned();
    let redrive = state.queues.get(&source).and_then(|queue| queue.settings.redrive.clone());
    let target = redrive.map(|redrive| queue_name(&redrive.target_arn).to_owned());
    let target = target.filter(|target| state.queues.contains_key(target)).unwrap_or_else(|| source.clone());
    let Some(queue) = state.queues.get_mut(&target) else {
        return;
    };
    for mut message in dead {
        if target != source {
            message.receives_here = 0;
            message.receipt = None;
            message.system.insert("DeadLetterQueueSourceArn".to_owned(), format!("{ARN_PREFIX}{source}"));
        }
        queue.messages.push(message);
    }
}

fn reply(request: &ReceiveMessage, messages: &[Message]) -> Value {
    if messages.is_empty() {
        return Value::Null;
    }
    let messages: Vec<Value> = messages.iter().map(|message| received(request, message)).collect();
    json!({"Messages": messages})
}

fn received(request: &ReceiveMessage, message: &Message) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("MessageId", message.id.as_str().into());
    add("ReceiptHandle", message.receipt_handle().into());
    add("Body", message.body.as_str().into());
    add("MD5OfBody", message::md5_of_body(&message.body).into());
    let system = system_attributes(request, message);
    if !system.is_empty() {
        add("Attributes", system.into());
    }
    let mut attributes = message.attributes.clone();
    attributes.retain(|name, _| request.message_attribute_names.iter().any(|wanted| selects(wanted, name)));
    if let Some(md5) = message::md5_of_attributes(&attributes) {
        add("MessageAttributes", json!(attributes));
        add("MD5OfMessageAttributes", md5.into());
    }
    Value::Object(fields)
}

/// A name selects itself, `prefix.*` the names with that prefix, and `All` and `.*` every name.
fn selects(wanted: &str, name: &str) -> bool {
    let prefix = wanted.strip_suffix(".*");
    wanted == "All" || wanted == name || prefix.is_some_and(|prefix| name.starts_with(prefix))
}

fn system_attributes(request: &ReceiveMessage, message: &Message) -> Map<String, Value> {
    let first = message.first_received_at_ms.unwrap_or_default();
    let mut all = message.system.clone();
    all.insert("SenderId".to_owned(), "AIDALOCAL".to_owned());
    all.insert("SentTimestamp".to_owned(), message.sent_at_ms.to_string());
    all.insert("ApproximateReceiveCount".to_owned(), message.receives.to_string());
    all.insert("ApproximateFirstReceiveTimestamp".to_owned(), first.to_string());
    let mut wanted = request.attribute_names.iter().chain(&request.message_system_attribute_names);
    let everything = wanted.any(|name| name == "All");
    let is_wanted = |name: &String| {
        everything || request.attribute_names.contains(name) || request.message_system_attribute_names.contains(name)
    };
    all.into_iter().filter(|(name, _)| is_wanted(name)).map(|(name, value)| (name, value.into())).collect()
}
