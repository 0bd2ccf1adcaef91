//! The faults that are armed on the wire of the sandbox.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapters::callback_url::CallbackSealer;
use bytes::Bytes;
use domain::ids::UserId;
use local_aws::{
    dynamodb::DynamoDb,
    errors::{conflict, json_reply},
    net::{Action, CallInfo, Interceptor, Moment, Response},
};
use serde_json::{Value, json};

use crate::{attempts::user_of_task, lambda::death, names::TABLE};

/// The armed faults. A fault is disarmed when it strikes; lost messages and the seeded bug stay armed.
#[derive(Clone, Debug)]
pub struct ArmedFaults {
    armed: Arc<Mutex<Armed>>,
    callbacks: CallbackSealer,
}

#[derive(Debug, Default)]
struct Armed {
    kills: Vec<(Kill, i64)>,
    deaths: usize,
    lost_messages_of: Vec<String>,
    conflicts: u32,
    no_refund: bool,
}

/// A fault that kills a function's process at one of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The function whose process dies.
    pub function: &'static str,
    /// The call at which the process dies: an AWS operation, or the end of a URL's path.
    pub call: &'static str,
    /// Whether the process dies before the call is sent, or after the call took effect.
    pub moment: Moment,
}

impl ArmedFaults {
    /// No fault is armed. The sealer of the callback addresses finds the person of a task.
    #[must_use]
    pub fn new(callbacks: CallbackSealer) -> Self {
        Self { armed: Arc::default(), callbacks }
    }

    /// Arms the death of a function's process at its next matching call whose body contains this person's id, or a callback address for one of their jobs.
    pub fn kill(&self, kill: Kill, user: i64) {
        self.armed().kills.push((kill, user));
    }

    /// Whether every kill armed for this person has struck.
    #[must_use]
    pub fn has_killed(&self, user: i64) -> bool {
        self.armed().kills.iter().all(|(_, of)| *of != user)
    }

    /// The number of processes killed so far.
    #[must_use]
    pub fn deaths(&self) -> usize {
        self.armed().deaths
    }

    /// Drops every queue message about this person, except the sweeper's messages.
    pub fn lose_messages_of(&self, user: i64) {
        self.armed().lost_messages_of.push(format!("\\\"user\\\":{user},"));
    }

    /// Arms a `TransactionConflict` for the next `times` settlements.
    pub fn conflict(&self, times: u32) {
        self.armed().conflicts = times;
    }

    /// Seeds a bug: the table answers every refund with success and does not write it.
    pub fn seed_no_refund(&self) {
        self.armed().no_refund = true;
    }

    fn armed(&self) -> MutexGuard<'_, Armed> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interceptor for ArmedFaults {
    fn before(&self, call: &CallInfo) -> Action {
        let mut armed = self.armed();
        let body = || String::from_utf8_lossy(&call.body);
        let is_about =
            |user: i64| body().contains(&user.to_string()) || user_of_task(&self.callbacks, &body()) == Some(UserId(user));
        let strikes = |(kill, user): &(Kill, i64)| strikes(kill, call) && is_about(*user);
        if let Some(at) = armed.kills.iter().position(strikes) {
            armed.deaths += 1;
            return Action::Kill { moment: armed.kills.swap_remove(at).0.moment, died: death() };
        }
        match call.operation.as_deref() {
            Some("SendMessage" | "SendMessageBatch")
                if call.caller != "sweeper" && armed.lost_messages_of.iter().any(|user| body().contains(user)) =>
            {
                Action::Reply(accepted_reply(&call.body))
            }
            Some("TransactWriteItems") if armed.conflicts > 0 && body().contains("LEDGER#SETTLEMENT#") => {
                armed.conflicts -= 1;
                Action::Reply(conflict(&call.body))
            }
            Some("TransactWriteItems") if armed.no_refund && body().contains("\"refund\"") => {
                Action::Reply(json_reply(200, &json!({})))
            }
            _ => Action::Pass,
        }
    }

    fn after(&self, _: &CallInfo, _: &Result<Response, local_aws::net::NetError>) {}
}

/// Adds credits to a balance without a ledger entry, past the table's guard. Returns whether the table accepted the update.
#[must_use]
pub fn mint(table: &DynamoDb, user: UserId, credits: i64) -> bool {
    let update = json!({
        "TableName": TABLE,
        "Key": { "pk": { "S": format!("USER#{user}") }, "sk": { "S": "PROFILE" } },
        "UpdateExpression": "ADD balance :credits",
        "ExpressionAttributeValues": { ":credits": { "N": credits.to_string() } },
    });
    let mut request = http::Request::new(Bytes::from(update.to_string()));
    request.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.UpdateItem"));
    table.unguarded().handle(&request).status().is_success()
}

fn strikes(kill: &Kill, call: &CallInfo) -> bool {
    let path = call.path.split('?').next().unwrap_or_default();
    call.caller == kill.function && (call.operation.as_deref() == Some(kill.call) || path.ends_with(kill.call))
}

/// SQS's answer to a message or a batch that it accepted.
fn accepted_reply(body: &Bytes) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let one = |id: Option<&Value>| json!({ "Id": id, "MessageId": "lost", "MD5OfMessageBody": "lost" });
    match request.get("Entries").and_then(Value::as_array) {
        Some(entries) => {
            let accepted: Vec<_> = entries.iter().map(|entry| one(entry.get("Id"))).collect();
            json_reply(200, &json!({ "Successful": accepted, "Failed": [] }))
        }
        None => json_reply(200, &one(None)),
    }
}
