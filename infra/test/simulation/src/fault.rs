//! What goes wrong at a call.

use std::time::Duration;

use bytes::Bytes;
use local_aws::{
    errors::{self, reply},
    net::{CallInfo, Moment, Response, Verdict},
};
use serde_json::{Value, json};

use crate::site::{Aws, Service, Site};

/// A fault at one call. The first five strike the SDK's own retries of the call as well: the operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The connection is refused: nothing arrives.
    Refused,
    /// The other side answers with an error of its own: 500, 502, or what it says instead.
    ServerError,
    /// The other side says that it was too much.
    Throttled,
    /// Another transaction is at the same item.
    Conflict,
    /// It is done, but the reply is lost.
    ReplyLost,
    /// It is done long after the caller gave up, past the lease.
    Late,
    /// The caller's process dies before the call leaves.
    KilledBefore,
    /// The caller's process dies when the call is done and its reply was not read.
    KilledAfter,
    /// It arrives twice.
    Twice,
    /// It arrives minutes later.
    Delayed,
    /// It is answered as it would have been earlier: a copy that lags.
    OldImage,
    /// The message burns its receives before anybody handles it, as when Lambda is throttled: it is a dead letter at once.
    DeadLetter,
}

/// After this long nobody holds a lease that was live.
const PAST_THE_LEASE: Duration = Duration::from_secs(150);
/// How late a delayed message or update comes.
const DELAY: Duration = Duration::from_secs(240);
/// How much later the second of two comes.
const AGAIN: Duration = Duration::from_secs(1);

impl Fault {
    /// Every fault, in the order of the matrix' columns.
    pub const ALL: [Self; 12] = [
        Self::Refused,
        Self::ServerError,
        Self::Throttled,
        Self::Conflict,
        Self::ReplyLost,
        Self::Late,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Twice,
        Self::Delayed,
        Self::OldImage,
        Self::DeadLetter,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::ServerError => "server error",
            Self::Throttled => "throttled",
            Self::Conflict => "conflict",
            Self::ReplyLost => "reply lost",
            Self::Late => "late",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
            Self::Twice => "twice",
            Self::Delayed => "delayed",
            Self::OldImage => "old image",
            Self::DeadLetter => "dead letter",
        }
    }

    /// Whether it can happen at a site.
    #[must_use]
    pub fn strikes(self, site: &Site) -> bool {
        let ours = site.is_ours();
        let is_message = site.service == Service::Aws(Aws::Sqs) && site.operation.starts_with("SendMessage");
        let inbound = matches!(site.service, Service::Webhook | Service::Callback);
        match self {
            Self::Refused | Self::ReplyLost => true,
            Self::ServerError => !inbound,
            Self::Throttled => {
                matches!(site.service, Service::Aws(Aws::DynamoDb) | Service::Telegram | Service::Kie | Service::Writer) && ours
            }
            Self::Conflict => site.service == Service::Aws(Aws::DynamoDb) && site.writes(),
            Self::Late => ours && site.writes(),
            Self::KilledBefore => ours,
            Self::KilledAfter => ours,
            Self::Twice | Self::Delayed => is_message || inbound,
            Self::OldImage => site.reads_eventually(),
            Self::DeadLetter => is_message && has_dead_letters(site),
        }
    }

    /// Whether the SDK's retries of the same request meet it again.
    #[must_use]
    pub fn persists(self) -> bool {
        matches!(self, Self::Refused | Self::ServerError | Self::Throttled | Self::Conflict | Self::ReplyLost)
    }

    /// Whether it only costs time: whatever it strikes ends as it would have without it.
    #[must_use]
    pub fn only_delays(self, site: &Site) -> bool {
        match self {
            Self::OldImage | Self::DeadLetter => true,
            Self::Twice | Self::Delayed => site.service == Service::Aws(Aws::Sqs),
            _ => false,
        }
    }

    /// What becomes of the call.
    #[must_use]
    pub fn verdict(self, site: &Site, call: &CallInfo) -> Verdict {
        match self {
            Self::Refused => Verdict::RefuseNotSent,
            Self::ReplyLost => Verdict::LoseReply,
            Self::Late => Verdict::Late(PAST_THE_LEASE),
            Self::KilledBefore => Verdict::Kill { moment: Moment::BeforeSent, died: testkit::environment::death() },
            Self::KilledAfter => Verdict::Kill { moment: Moment::AfterApplied, died: testkit::environment::death() },
            Self::Twice => Verdict::Twice(AGAIN),
            Self::Delayed => Verdict::Late(DELAY),
            Self::ServerError => Verdict::Reply(server_error(site)),
            Self::Throttled => Verdict::Reply(throttled(site)),
            Self::Conflict => Verdict::Reply(errors::conflict(&call.body)),
            // Its answer is the injector's, which has seen earlier ones.
            Self::OldImage => Verdict::Pass,
            Self::DeadLetter => Verdict::Rewrite(dead_letter(&call.body)),
        }
    }
}

/// Whether the queue of a message has dead letters.
fn has_dead_letters(site: &Site) -> bool {
    site.operation.ends_with(" generate") || site.operation.ends_with(" send")
}

/// The same messages, to the dead letters of their queue.
fn dead_letter(body: &Bytes) -> Bytes {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(url) = request.get_mut("QueueUrl") {
        *url = Value::String(format!("{}-dead", url.as_str().unwrap_or_default()));
    }
    // What waits in a queue of its own accord does so among the dead letters too; those come at once.
    if let Some(request) = request.as_object_mut() {
        request.remove("DelaySeconds");
    }
    Bytes::from(request.to_string())
}

fn server_error(site: &Site) -> Response {
    match site.service {
        Service::Aws(service) => errors::server_error(service),
        Service::Telegram => reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"),
        // As most of its errors: HTTP 200 and a code that lies.
        Service::Kie => {
            reply(200, "application/json", r#"{"code":500,"msg":"generate playground failed, task id is blank","data":null}"#)
        }
        Service::Writer => reply(503, "application/json", r#"{"error":{"message":"The server is overloaded."}}"#),
        Service::Webhook | Service::Callback => reply(502, "text/plain", ""),
    }
}

fn throttled(site: &Site) -> Response {
    match site.service {
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
