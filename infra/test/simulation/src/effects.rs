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
const PAST_THE_LEASE: Duration = Duration::from_secs(150);
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
        FaultKind::Conflict => Action::Reply(errors::conflict(&call.body)),
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
