//! The operations with a receipt handle: DeleteMessage and ChangeMessageVisibility.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::error::SqsError;
use super::message::parse_receipt_handle;
use super::queue::MessageState;
use super::receive::in_range;
use super::{Reply, Sqs, batch};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<E> {
    queue_url: String,
    entries: Vec<E>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteEntry {
    id: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeEntry {
    id: String,
    receipt_handle: String,
    #[serde(default)]
    visibility_timeout: i64,
}

impl Sqs {
    pub(super) fn delete_message(&self, request: &DeleteMessage) -> Reply {
        self.delete(&request.queue_url, &request.receipt_handle)
    }

    pub(super) fn delete_message_batch(&self, request: &Batch<DeleteEntry>) -> Reply {
        self.state().queue(&request.queue_url)?;
        batch::check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let delete = |entry: &DeleteEntry| (entry.id.clone(), self.delete(&request.queue_url, &entry.receipt_handle));
        batch::reply(request.entries.iter().map(delete))
    }

    pub(super) fn change_message_visibility(&self, request: &ChangeVisibility) -> Reply {
        self.change(&request.queue_url, &request.receipt_handle, request.visibility_timeout)
    }

    pub(super) fn change_message_visibility_batch(&self, request: &Batch<ChangeEntry>) -> Reply {
        self.state().queue(&request.queue_url)?;
        batch::check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
        let change = |entry: &ChangeEntry| {
            (entry.id.clone(), self.change(&request.queue_url, &entry.receipt_handle, entry.visibility_timeout))
        };
        batch::reply(request.entries.iter().map(change))
    }

    /// Deletes by the newest handle. With an older handle it succeeds without effect, as SQS does.
    fn delete(&self, queue_url: &str, handle: &str) -> Reply {
        let mut state = self.state();
        let queue = state.queue(queue_url)?;
        let (id, receipt) = parse_receipt_handle(handle)?;
        queue.messages.retain(|message| message.id != id || message.receipt != Some(receipt));
        Ok(Value::Null)
    }

    fn change(&self, queue_url: &str, handle: &str, timeout_secs: i64) -> Reply {
        let now = Instant::now();
        let mut state = self.state();
        let queue = state.queue(queue_url)?;
        let timeout = Duration::from_secs(in_range("VisibilityTimeout", timeout_secs, 0, 43_200)?);
        let (id, receipt) = parse_receipt_handle(handle)?;
        let held = queue.messages.iter_mut().find(|message| message.id == id && message.receipt == Some(receipt));
        let message = held.ok_or_else(|| not_available(handle))?;
        if message.state(now) != MessageState::InFlight {
            return Err(SqsError::message_not_inflight());
        }
        message.visible_at = now + timeout;
        self.0.changed.notify_waiters();
        Ok(Value::Null)
    }
}

fn not_available(handle: &str) -> SqsError {
    let reason = "Message does not exist or is not available for visibility timeout change.";
    SqsError::invalid_parameter(format!("Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}"))
}
