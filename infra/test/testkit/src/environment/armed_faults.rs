//! The faults that a scenario arms on the wire of the sandbox.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::ids::UserId;
use local_aws::{
    dynamodb::DynamoDb,
    errors::{conflict, json_reply},
    net::{Action, CallInfo, Interceptor, Moment, Response},
};
use serde_json::{Value, json};

use super::{lambda::death, names::TABLE};

/// The faults that are armed. Each is used up when it strikes, but for the lost messages and the seeded bug.
#[derive(Clone, Debug, Default)]
pub struct ArmedFaults(Arc<Mutex<Armed>>);

#[derive(Debug, Default)]
struct Armed {
    kills: Vec<(Kill, i64)>,
    deaths: usize,
    lost_messages_of: Vec<String>,
    conflicts: u32,
    no_refund: bool,
}

/// The death of a function's process at one of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The function.
    pub function: &'static str,
    /// The call: an AWS operation, or the end of a path.
    pub call: &'static str,
    /// Whether the other side still did it.
    pub moment: Moment,
}

impl ArmedFaults {
    /// Kills a function's process at its next such call about this person.
    pub fn kill(&self, kill: Kill, user: i64) {
        self.armed().kills.push((kill, user));
    }

    /// Whether the death armed for this person has come.
    #[must_use]
    pub fn has_killed(&self, user: i64) -> bool {
        self.armed().kills.iter().all(|(_, of)| *of != user)
    }

    /// Processes that died so far.
    #[must_use]
    pub fn deaths(&self) -> usize {
        self.armed().deaths
    }

    /// Loses every message about this person, but those of the sweeper.
    pub fn lose_messages_of(&self, user: i64) {
        self.armed().lost_messages_of.push(format!("\\\"user\\\":{user},"));
    }

    /// Lets the next settlements collide with another transaction.
    pub fn conflict(&self, times: u32) {
        self.armed().conflicts = times;
    }

    /// Seeds a bug: every refund is answered as done, and not done.
    pub fn seed_no_refund(&self) {
        self.armed().no_refund = true;
    }

    fn armed(&self) -> MutexGuard<'_, Armed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interceptor for ArmedFaults {
    fn before(&self, call: &CallInfo) -> Action {
        let mut armed = self.armed();
        let body = || String::from_utf8_lossy(&call.body);
        let strikes = |(kill, user): &(Kill, i64)| strikes(kill, call) && body().contains(&user.to_string());
        if let Some(at) = armed.kills.iter().position(strikes) {
            armed.deaths += 1;
            return Action::Kill { moment: armed.kills.swap_remove(at).0.moment, died: death() };
        }
        match call.operation.as_deref() {
            Some("SendMessage" | "SendMessageBatch")
                if call.caller != "sweeper" && armed.lost_messages_of.iter().any(|user| body().contains(user)) =>
            {
                Action::Reply(taken(&call.body))
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

/// Adds credits out of nowhere, past the table's guard, which refuses what no function of ours may do. Whether the table took it.
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

/// SQS's answer to a message that it accepted.
fn taken(body: &Bytes) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let one = |id: Option<&Value>| json!({ "Id": id, "MessageId": "lost", "MD5OfMessageBody": "lost" });
    match request.get("Entries").and_then(Value::as_array) {
        Some(entries) => {
            let taken: Vec<_> = entries.iter().map(|entry| one(entry.get("Id"))).collect();
            json_reply(200, &json!({ "Successful": taken, "Failed": [] }))
        }
        None => json_reply(200, &one(None)),
    }
}
