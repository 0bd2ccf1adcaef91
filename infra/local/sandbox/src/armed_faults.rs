//! The faults that are armed on the wire of the sandbox.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use adapters::callback_url::CallbackSealer;
use bytes::Bytes;
use domain::ids::UserId;
use local_aws::{
    dynamodb::DynamoDb,
    errors::{Service, conflict, json_reply, throttled},
    net::{Action, CallInfo, Interceptor, Moment, Response},
};
use serde_json::{Value, json};

use crate::{attempts::user_of_task, invocations::death, names::TABLE};

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
    /// The write calls that are left to be throttled, by person.
    throttled_writes: BTreeMap<i64, u32>,
    /// The people of whom the next process dies in the middle of its work.
    interrupted: BTreeSet<i64>,
    no_refund: bool,
}

/// The functions that make a film and send it: [`ArmedFaults::kill_next_of`] kills one of them.
const MAKERS: [&str; 2] = ["generator", "sender"];
/// The operations that write the table.
const WRITES: [&str; 3] = ["PutItem", "UpdateItem", "TransactWriteItems"];

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

    /// Throttles the next `times` writes of the table about this person.
    pub fn throttle_writes_of(&self, user: i64, times: u32) {
        self.armed().throttled_writes.insert(user, times);
    }

    /// Arms the death of the next process of the generator or the sender that works for this person: it dies after its first write of the
    /// table took effect, so that its lease stays behind.
    pub fn kill_next_of(&self, user: i64) {
        self.armed().interrupted.insert(user);
    }

    /// Seeds a bug: the table answers every refund with success and does not write it.
    pub fn seed_no_refund(&self) {
        self.armed().no_refund = true;
    }

    fn armed(&self) -> MutexGuard<'_, Armed> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    /// What happens to a write of the table, if a fault of its person is armed.
    fn strike_write(&mut self, call: &CallInfo, body: &str) -> Option<Action> {
        let is_about = |user: &i64| body.contains(&format!("\"USER#{user}\""));
        if MAKERS.contains(&call.caller)
            && let Some(user) = self.interrupted.iter().copied().find(is_about)
        {
            self.interrupted.remove(&user);
            self.deaths += 1;
            return Some(Action::Kill { moment: Moment::AfterApplied, died: death() });
        }
        let (_, left) = self.throttled_writes.iter_mut().find(|(user, left)| **left > 0 && is_about(user))?;
        *left -= 1;
        Some(Action::Reply(throttled(Service::DynamoDb)))
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
        let is_write = call.operation.as_deref().is_some_and(|operation| WRITES.contains(&operation));
        if is_write && let Some(action) = armed.strike_write(call, &body()) {
            return action;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fakes::film::Detail;

    use crate::{Chance, Opening, Sandbox, Times};

    async fn sandbox() -> Sandbox {
        Sandbox::open(Opening::new(Chance::real(), Times::production(), Detail::Sketch)).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_writes_are_repeated_by_the_sdk_and_nothing_is_lost() {
        let sandbox = sandbox().await;
        sandbox.faults.throttle_writes_of(7, 2);
        let person = sandbox.telegram.clone().unwrap().person(7, "en", "Ann");
        assert!(person.say("/start").await.taken());
        assert!(sandbox.faults.armed().throttled_writes.values().all(|left| *left == 0), "both throttles struck");
        assert_eq!(sandbox.everything().keys().filter(|key| key.starts_with("USER#7 LEDGER#")).count(), 1, "the welcome credits");
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_dies_after_its_first_write_and_the_film_arrives_once() {
        let sandbox = sandbox().await;
        let telegram = sandbox.telegram.clone().unwrap();
        let person = telegram.person(7, "en", "Ann");
        person.say("/start").await;
        person.tap_label("Accept").await;
        person.tap_label("Reels").await;
        person.send_photo(fakes::film::sketch_photo()).await;
        sandbox.faults.kill_next_of(7);
        person.tap_label("Make").await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!((sandbox.faults.deaths(), telegram.videos(7).len()), (1, 1), "{}", telegram.transcript(7));
        let died = sandbox.latest_invocations()["generator"]
            .iter()
            .filter(|one| matches!(one.ended, Some((_, crate::Ended::Died))))
            .count();
        assert_eq!(died, 1);
    }
}
