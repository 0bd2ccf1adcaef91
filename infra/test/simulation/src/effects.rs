//! The effect of each kind of fault on a call.

use std::time::Duration;

use bytes::Bytes;
use local_aws::{
    errors::{self, reply},
    net::{Action, CallInfo, Moment, Response},
};
use serde_json::{Value, json};
use testkit::{environment::death, fault::FaultKind};

use crate::fault_point::{FaultPoint, Service};

/// The delay of a late call. Every lease that was live when the call began has expired by then.
pub const PAST_THE_LEASE: Duration = Duration::from_secs(150);
/// The delay of a delayed message or update.
const DELAY: Duration = Duration::from_secs(240);
/// The time between the two deliveries of a message or update that comes twice.
const AGAIN: Duration = Duration::from_secs(1);

/// What the interceptor does to a call at which a fault strikes.
#[must_use]
pub fn effect(fault: FaultKind, point: &FaultPoint, call: &CallInfo) -> Action {
    match fault {
        FaultKind::Refused => Action::RefuseNotSent,
        FaultKind::ReplyLost => Action::LoseReply,
        FaultKind::Late => Action::Late(PAST_THE_LEASE),
        FaultKind::KilledBefore => Action::Kill { moment: Moment::BeforeSent, died: death() },
        FaultKind::KilledAfter => Action::Kill { moment: Moment::AfterApplied, died: death() },
        FaultKind::Twice => Action::Twice(AGAIN),
        FaultKind::Delayed => Action::Late(DELAY),
        FaultKind::ServerError => Action::Reply(server_error(point)),
        FaultKind::Throttled => Action::Reply(throttled(point)),
        FaultKind::Conflict | FaultKind::Contended => Action::Reply(errors::conflict(&call.body)),
        FaultKind::PartlyFailed => Action::Rewrite(with_one_bad_entry(&call.body)),
        FaultKind::Forged => Action::Rewrite(forged(&call.body)),
        // The injector answers these calls itself, because it keeps the earlier replies.
        FaultKind::OldImage => Action::Pass,
        FaultKind::DeadLetter => Action::Rewrite(dead_letter(&call.body)),
    }
}

/// The same request, but with the dead-letter queue as its target.
fn dead_letter(body: &Bytes) -> Bytes {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(url) = request.get_mut("QueueUrl") {
        *url = Value::String(format!("{}-dead", url.as_str().unwrap_or_default()));
    }
    // A dead letter is delivered at once, without the delay of the original message.
    if let Some(request) = request.as_object_mut() {
        request.remove("DelaySeconds");
    }
    Bytes::from(request.to_string())
}

/// The same batch, but SQS refuses its last entry: a delay that is too long, or a receipt that it never gave.
fn with_one_bad_entry(body: &Bytes) -> Bytes {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    let last = request.get_mut("Entries").and_then(Value::as_array_mut).and_then(|entries| entries.last_mut());
    if let Some(entry) = last.and_then(Value::as_object_mut) {
        if entry.contains_key("ReceiptHandle") {
            entry.insert("ReceiptHandle".to_owned(), json!("never-given"));
        } else {
            entry.insert("DelaySeconds".to_owned(), json!(901));
        }
    }
    Bytes::from(request.to_string())
}

/// The same callback, but its sender says the opposite: a task that succeeded has failed, any other task has succeeded, with a film of
/// the sender. KIE signs the task's id alone, so the signature stays right.
fn forged(body: &Bytes) -> Bytes {
    let mut callback: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(data) = callback.get_mut("data").and_then(Value::as_object_mut) {
        let succeeded = data.get("state").and_then(Value::as_str) == Some("success");
        let film = json!({ "resultUrls": ["http://kie.local/results/forged.mp4"] }).to_string();
        data.insert("state".to_owned(), json!(if succeeded { "fail" } else { "success" }));
        data.insert("resultJson".to_owned(), if succeeded { Value::Null } else { Value::String(film) });
        data.insert("failCode".to_owned(), if succeeded { json!("422") } else { Value::Null });
    }
    Bytes::from(callback.to_string())
}

fn server_error(point: &FaultPoint) -> Response {
    match point.service {
        Service::Aws(service) => errors::server_error(service),
        Service::Telegram => reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"),
        // KIE reports most of its errors with HTTP 200 and an error code in the body.
        Service::Kie => {
            reply(200, "application/json", r#"{"code":500,"msg":"generate playground failed, task id is blank","data":null}"#)
        }
        Service::Writer => reply(503, "application/json", r#"{"error":{"message":"The server is overloaded."}}"#),
        Service::Webhook | Service::Callback => reply(502, "text/plain", ""),
    }
}

fn throttled(point: &FaultPoint) -> Response {
    match point.service {
        Service::Aws(service) => errors::throttled(service),
        Service::Telegram => {
            let body = json!({
                "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 35",
                "parameters": { "retry_after": 35 },
            });
            reply(429, "application/json", body.to_string())
        }
        Service::Kie => reply(
            200,
            "application/json",
            r#"{"code":429,"msg":"Your call frequency is too high. Please try again later.","data":null}"#,
        ),
        Service::Writer => reply(429, "application/json", r#"{"error":{"message":"Rate limit reached"}}"#),
        Service::Webhook | Service::Callback => reply(429, "text/plain", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(body: &Value, by: fn(&Bytes) -> Bytes) -> Value {
        serde_json::from_slice(&by(&Bytes::from(body.to_string()))).unwrap()
    }

    #[test]
    fn only_the_last_entry_of_a_batch_fails() {
        let entry = |id: &str| json!({ "Id": id, "MessageBody": "{}", "DelaySeconds": 0 });
        let sent = changed(&json!({ "Entries": [entry("0"), entry("1")] }), with_one_bad_entry);
        assert_eq!((&sent["Entries"][0], &sent["Entries"][1]["DelaySeconds"]), (&entry("0"), &json!(901)));
        let entry = |id: &str| json!({ "Id": id, "ReceiptHandle": "given" });
        let deleted = changed(&json!({ "Entries": [entry("0"), entry("1")] }), with_one_bad_entry);
        assert_eq!((&deleted["Entries"][0], &deleted["Entries"][1]["ReceiptHandle"]), (&entry("0"), &json!("never-given")));
    }

    #[test]
    fn a_forged_callback_says_the_opposite_of_its_task() {
        for (state, opposite) in [("success", "fail"), ("fail", "success")] {
            let body = changed(&json!({ "data": { "taskId": "7", "state": state } }), forged);
            assert_eq!((&body["data"]["taskId"], &body["data"]["state"]), (&json!("7"), &json!(opposite)));
        }
    }
}
