//! The SQS queues. The job in the table is the truth, and a queue message is only a hint to handle it: a message that is lost or
//! sent twice costs only time.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

pub use aws_sdk_sqs::Client as SqsClient;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
    SendMessageBatchRequestEntry,
};

use crate::{aws::describe, trace};

/// Longest delay of a message, seconds. SQS: `DelaySeconds`, 0-900.
pub const DELAY_MAX_SECS: u64 = 900;
/// Longest visibility time-out, seconds. SQS: `VisibilityTimeout`, 0-43200.
pub const VISIBILITY_MAX_SECS: u64 = 43_200;
/// Most messages in one batch. SQS: `SendMessageBatch`.
pub const BATCH_MAX: usize = 10;
/// Most attributes of one message. SQS: `MessageAttributes`.
pub const ATTRIBUTES_MAX: usize = 10;
/// Most characters kept of an attribute's value. Operators read the attributes in the AWS console.
const ATTRIBUTE_MAX_CHARS: usize = 256;
/// How long a receive waits for dead letters, seconds. A receive that does not wait asks only some of SQS's servers.
const LETTERS_WAIT_SECS: i32 = 1;

/// One of our queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Messages to the generator: submit a job, poll its task, fetch the result.
    Generate,
    /// Messages to the sender: send a video to its chat.
    Send,
    /// Dead letters kept for inspection; no function consumes this queue.
    Parked,
}

/// A parked dead letter that was received and is hidden from other readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The message's id.
    pub id: String,
    /// The receipt handle with which the letter is released or deleted.
    pub receipt: String,
    /// The message's body.
    pub body: String,
    /// The message's attributes.
    pub attributes: BTreeMap<String, String>,
}

/// A call on a queue failed. A message may or may not be in the queue; sending the message again does no harm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// This function's environment has no URL of the queue: nothing was sent.
    #[error("nothing was sent: the environment has no URL of the {0:?} queue")]
    NotConfigured(Queue),
    /// The call failed after its retries.
    #[error("the call on the {0:?} queue failed: {1}; repeat it")]
    Failed(Queue, String),
}

/// Some messages may not be in the queue; the others are. Send the unconfirmed messages again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} queue messages were not confirmed as sent: {reason}", unsent.len())]
pub struct PartlySent {
    /// The indices of the messages that were not confirmed.
    pub unsent: Vec<usize>,
    /// Why the first of these messages was not confirmed.
    pub reason: String,
}

/// The queues this function may write to.
#[derive(Clone, Debug)]
pub struct Queues {
    sqs: SqsClient,
    generate: Option<String>,
    send: Option<String>,
    parked: Option<String>,
    trace: Option<String>,
}

impl Queues {
    /// The queues whose URLs are given.
    #[must_use]
    pub fn new(sqs: SqsClient, generate: Option<String>, send: Option<String>, parked: Option<String>) -> Self {
        Self { sqs, generate, send, parked, trace: None }
    }

    /// The same queues. Messages sent over them carry this trace header.
    #[must_use]
    pub fn with_trace(&self, trace: Option<&str>) -> Self {
        Self { trace: trace.map(str::to_owned), ..self.clone() }
    }

    /// The message attribute that carries the trace header; `None` without a trace header.
    fn trace_attribute(&self) -> Option<HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>> {
        let value = MessageSystemAttributeValue::builder().data_type("String").string_value(self.trace.clone()?);
        Some(HashMap::from([(trace::ATTRIBUTE.into(), value.build().ok()?)]))
    }

    fn url(&self, queue: Queue) -> Result<&str, QueueError> {
        let url = match queue {
            Queue::Generate => &self.generate,
            Queue::Send => &self.send,
            Queue::Parked => &self.parked,
        };
        url.as_deref().ok_or(QueueError::NotConfigured(queue))
    }

    /// Sends one message that becomes visible after `delay` (rounded up to a second, [`DELAY_MAX_SECS`] at most).
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn send(&self, queue: Queue, body: &str, delay: Duration) -> Result<(), QueueError> {
        let message = self.sqs.send_message().queue_url(self.url(queue)?).message_body(body);
        let message = message.set_message_system_attributes(self.trace_attribute());
        let sent = message.delay_seconds(seconds(delay, DELAY_MAX_SECS)).send().await;
        sent.map(drop).map_err(|error| QueueError::Failed(queue, describe(&error)))
    }

    /// Sends many messages, [`BATCH_MAX`] a request, delays as in [`Self::send`].
    ///
    /// # Errors
    /// [`PartlySent`] has the index of every message that was not confirmed; the others are in the queue.
    pub async fn send_all(&self, queue: Queue, messages: &[(String, Duration)]) -> Result<(), PartlySent> {
        let mut failed = PartlySent { unsent: Vec::new(), reason: String::new() };
        for (number, batch) in messages.chunks(BATCH_MAX).enumerate() {
            let first = number * BATCH_MAX;
            let refused = match self.send_batch(queue, batch).await {
                Ok(refused) => refused,
                Err(error) => (0..batch.len()).map(|at| (at, error.to_string())).collect(),
            };
            for (at, reason) in refused {
                failed.unsent.push(first + at);
                if failed.reason.is_empty() {
                    failed.reason = reason;
                }
            }
        }
        if failed.unsent.is_empty() { Ok(()) } else { Err(failed) }
    }

    async fn send_batch(&self, queue: Queue, batch: &[(String, Duration)]) -> Result<Vec<(usize, String)>, QueueError> {
        let failed = |problem| QueueError::Failed(queue, problem);
        let mut request = self.sqs.send_message_batch().queue_url(self.url(queue)?);
        for (at, (body, delay)) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .message_body(body)
                .set_message_system_attributes(self.trace_attribute())
                .delay_seconds(seconds(*delay, DELAY_MAX_SECS));
            request = request.entries(entry.build().map_err(|error| failed(error.to_string()))?);
        }
        let reply = request.send().await.map_err(|error| failed(describe(&error)))?;
        let refused = reply.failed().iter().filter_map(|entry| {
            let reason = format!("{}: {}", entry.code(), entry.message().unwrap_or("no message"));
            entry.id().parse().ok().map(|at| (at, reason))
        });
        Ok(refused.collect())
    }

    /// Puts a dead letter into the parked queue, with up to [`ATTRIBUTES_MAX`] attributes; further ones are dropped. SQS refuses
    /// empty values and control characters: they become `-` and a space.
    ///
    /// # Errors
    /// [`QueueError`]: the letter may not be parked, so do not delete it from the queue it came from.
    pub async fn park(&self, body: &str, attributes: &[(&str, String)]) -> Result<(), QueueError> {
        let failed = |problem| QueueError::Failed(Queue::Parked, problem);
        let mut message = self.sqs.send_message().queue_url(self.url(Queue::Parked)?).message_body(readable(body));
        for (name, value) in attributes.iter().take(ATTRIBUTES_MAX) {
            let short: String = value.chars().take(ATTRIBUTE_MAX_CHARS).collect();
            let value = MessageAttributeValue::builder().data_type("String").string_value(readable(&short)).build();
            message = message.message_attributes(*name, value.map_err(|error| failed(error.to_string()))?);
        }
        message.send().await.map(drop).map_err(|error| failed(describe(&error)))
    }

    /// Receives at most `max` parked letters. They stay hidden from other readers until `hold` is over or they are released.
    ///
    /// # Errors
    /// [`QueueError`]: the letters received so far become visible again after `hold`.
    pub async fn parked(&self, max: usize, hold: Duration) -> Result<Vec<Letter>, QueueError> {
        let mut letters = BTreeMap::new();
        while letters.len() < max {
            let receive = self.sqs.receive_message().queue_url(self.url(Queue::Parked)?).max_number_of_messages(10);
            let receive = receive.message_attribute_names("All").wait_time_seconds(LETTERS_WAIT_SECS);
            let received = receive.visibility_timeout(seconds(hold, VISIBILITY_MAX_SECS)).send().await;
            let received = received.map_err(|error| QueueError::Failed(Queue::Parked, describe(&error)))?;
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            let text = |value: MessageAttributeValue| value.string_value.unwrap_or_default();
            // A letter that is received twice was hidden too briefly: only its newest receipt handle is valid.
            letters.extend(messages.into_iter().map(|message| {
                let attributes = message.message_attributes.unwrap_or_default();
                let letter = Letter {
                    id: message.message_id.unwrap_or_default(),
                    receipt: message.receipt_handle.unwrap_or_default(),
                    body: message.body.unwrap_or_default(),
                    attributes: attributes.into_iter().map(|(name, value)| (name, text(value))).collect(),
                };
                (letter.id.clone(), letter)
            }));
        }
        Ok(letters.into_values().collect())
    }

    /// Makes letters visible to other readers at once. A failure is ignored: SQS shows the letter again when its hold ends.
    pub async fn release(&self, letters: &[Letter]) {
        for letter in letters {
            let _comes_back_by_itself = self.change_visibility(Queue::Parked, &letter.receipt, Duration::ZERO).await;
        }
    }

    /// Deletes a parked letter.
    ///
    /// # Errors
    /// [`QueueError`]: the letter may still be in the queue.
    pub async fn delete_parked(&self, letter: &Letter) -> Result<(), QueueError> {
        let delete = self.sqs.delete_message().queue_url(self.url(Queue::Parked)?).receipt_handle(&letter.receipt);
        delete.send().await.map(drop).map_err(|error| QueueError::Failed(Queue::Parked, describe(&error)))
    }

    /// The approximate number of messages in a queue, hidden ones included.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn depth(&self, queue: Queue) -> Result<u64, QueueError> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible,
        };
        let names = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible];
        let asked = self.sqs.get_queue_attributes().queue_url(self.url(queue)?).set_attribute_names(Some(names.into()));
        let reply = asked.send().await.map_err(|error| QueueError::Failed(queue, describe(&error)))?;
        let counts = reply.attributes.unwrap_or_default().into_values();
        Ok(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
    }

    /// Makes a received message visible again after `delay` (rounded up to a second, [`VISIBILITY_MAX_SECS`] at most).
    ///
    /// # Errors
    /// [`QueueError`]: the message becomes visible when its present visibility time-out ends.
    pub async fn change_visibility(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), QueueError> {
        let change = self.sqs.change_message_visibility().queue_url(self.url(queue)?).receipt_handle(receipt);
        let changed = change.visibility_timeout(seconds(delay, VISIBILITY_MAX_SECS)).send().await;
        changed.map(drop).map_err(|error| QueueError::Failed(queue, describe(&error)))
    }
}

fn seconds(delay: Duration, max: u64) -> i32 {
    let whole = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    i32::try_from(whole.min(max)).unwrap_or(i32::MAX)
}

fn readable(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::AwsConfig;
    use crate::config::Env;
    use crate::testing::{Answer, Script};
    use serde_json::json;

    fn queues(script: &Script) -> Queues {
        let vars = [("AWS_REGION", "r"), ("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "SK")];
        let sqs = AwsConfig::from_env(&Env::from_map(vars)).unwrap().sqs_client(&script.wire());
        Queues::new(sqs, Some("http://sqs/1/generate".into()), None, Some("http://sqs/1/parked".into()))
    }

    fn sent() -> Answer {
        Answer::json(200, r#"{"MessageId":"m","MD5OfMessageBody":"x"}"#)
    }

    #[tokio::test]
    async fn a_message_waits_no_longer_than_sqs_allows() {
        let script = Script::new([sent(), sent()]);
        let queues = queues(&script);
        queues.send(Queue::Generate, "a", Duration::from_millis(1200)).await.unwrap();
        queues.send(Queue::Generate, "b", Duration::from_secs(4000)).await.unwrap();
        let asked: Vec<_> = script.seen().iter().map(|seen| seen.json()).collect();
        assert_eq!(asked[0], json!({"QueueUrl": "http://sqs/1/generate", "MessageBody": "a", "DelaySeconds": 2}));
        assert_eq!(asked[1]["DelaySeconds"], DELAY_MAX_SECS);
    }

    #[tokio::test]
    async fn a_message_carries_its_trace() {
        let all = json!({"Successful": [], "Failed": []}).to_string();
        let script = Script::new([sent(), Answer::json(200, all), sent()]);
        let queues = queues(&script);
        let traced = queues.with_trace(Some("Root=1-a-b;Sampled=1"));
        traced.send(Queue::Generate, "a", Duration::ZERO).await.unwrap();
        traced.send_all(Queue::Generate, &[("b".to_owned(), Duration::ZERO)]).await.unwrap();
        queues.send(Queue::Generate, "c", Duration::ZERO).await.unwrap();
        let asked: Vec<_> = script.seen().iter().map(|seen| seen.json()).collect();
        let carried = json!({"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-a-b;Sampled=1"}});
        assert_eq!(asked[0]["MessageSystemAttributes"], carried);
        assert_eq!(asked[1]["Entries"][0]["MessageSystemAttributes"], carried);
        assert!(asked[2].get("MessageSystemAttributes").is_none());
    }

    #[tokio::test]
    async fn a_batch_lists_the_messages_that_were_refused() {
        let refused = json!({"Successful": [], "Failed": [{"Id": "1", "Code": "Throttled", "SenderFault": false}]});
        let script = Script::new([
            Answer::json(200, json!({"Successful": [], "Failed": []}).to_string()),
            Answer::json(200, refused.to_string()),
        ]);
        let messages: Vec<_> = (0..12).map(|n| (n.to_string(), Duration::ZERO)).collect();
        let error = queues(&script).send_all(Queue::Generate, &messages).await.unwrap_err();
        assert_eq!(error, PartlySent { unsent: vec![11], reason: "Throttled: no message".into() });
        assert_eq!(script.seen()[0].json()["Entries"].as_array().unwrap().len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_got_no_reply_is_wholly_unconfirmed() {
        let script = Script::new([Answer::Lost, Answer::Lost, Answer::Lost]);
        let messages = [("a".to_owned(), Duration::ZERO), ("b".to_owned(), Duration::ZERO)];
        assert_eq!(queues(&script).send_all(Queue::Generate, &messages).await.unwrap_err().unsent, [0, 1]);
    }

    #[tokio::test]
    async fn a_parked_letter_has_no_value_that_sqs_refuses() {
        let script = Script::new([sent()]);
        queues(&script).park("{}", &[("user", "7".into()), ("class", String::new()), ("why", "a\0b".into())]).await.unwrap();
        let attributes = &script.seen()[0].json()["MessageAttributes"];
        let value = |name| attributes[name]["StringValue"].as_str().unwrap().to_owned();
        assert_eq!([value("user"), value("class"), value("why")], ["7", "-", "a b"]);
    }

    #[tokio::test]
    async fn a_queue_without_an_address_is_not_configured() {
        let error = queues(&Script::new([])).send(Queue::Send, "x", Duration::ZERO).await.unwrap_err();
        assert_eq!(error, QueueError::NotConfigured(Queue::Send));
    }

    #[tokio::test]
    async fn a_message_can_be_hidden_for_longer() {
        let script = Script::new([Answer::json(200, "{}")]);
        queues(&script).change_visibility(Queue::Generate, "rh", Duration::from_secs(90)).await.unwrap();
        assert_eq!(script.seen()[0].json()["VisibilityTimeout"], 90);
    }
}
