//! A point where a fault can strike: a kind of call that the system makes.

use std::fmt;

pub use local_aws::errors::Service as Aws;
use local_aws::net::CallInfo;
use serde_json::Value;
pub use testkit::requests::Service;
use testkit::{
    fault::FaultKind,
    requests::{access, is_by_address, object_operation, outside_operation, path, queue_operation, table_operation},
    uses::Uses,
};

/// The sweeper's query of the index of open jobs.
pub const QUERY_DUE: &str = "Query due";

/// A caller, a service and an operation. Calls at the same fault point are the same for a fault.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultPoint {
    /// The function; or a caller from outside: Lambda's queue mapping, Telegram, KIE.
    pub caller: &'static str,
    /// The service that is called.
    pub service: Service,
    /// What for.
    pub operation: String,
}

impl fmt::Display for FaultPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} {}", self.caller, self.service.name(), self.operation)
    }
}

impl FaultPoint {
    /// The fault point of a call; `None` for a call that is not the system's, as when a test reads the stores.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        let (service, path) = (Service::of(call)?, path(call));
        let asked = call.operation.as_deref().unwrap_or_default();
        let body = || serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
        let operation = match service {
            Service::Webhook => update_kind(&call.body),
            Service::Callback => "callback".to_owned(),
            Service::Aws(Aws::DynamoDb) => table_operation(asked, &call.body),
            Service::Aws(Aws::Sqs) => queue_operation(asked, &body(), ""),
            Service::Aws(Aws::S3) => object_operation(call.method.as_str(), path),
            Service::Aws(Aws::Ssm) => asked.to_owned(),
            Service::Telegram | Service::Kie | Service::Writer => outside_operation(path),
        };
        let caller = match service {
            Service::Webhook => "Telegram",
            Service::Callback => "KIE",
            // The holder of a presigned address is outside, although the call may run on a task of ours here.
            _ if is_by_address(call) => {
                if path.contains("/photos/") {
                    "KIE"
                } else {
                    "Telegram"
                }
            }
            _ => call.caller,
        };
        (!caller.is_empty()).then_some(Self { caller, service, operation })
    }

    /// Keeps what the role of the function behind a call has to allow for it.
    pub(crate) fn record(&self, call: &CallInfo, uses: &mut Uses) {
        let Service::Aws(service) = self.service else { return };
        // A fetch by a signed address acts with the role of the function that signed it.
        let function = match self.caller {
            "KIE" => "generator",
            "Telegram" => "sender",
            // Lambda's queue mapping: what it needs follows from the template.
            "mapping" => return,
            function => function,
        };
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let operation = call.operation.as_deref().unwrap_or_default();
        for access in access(service, operation, call.method.as_str(), &call.path, &body) {
            uses.record(function, &self.operation, &access, "");
        }
    }

    /// Whether a fault can strike here.
    #[must_use]
    pub fn can_meet(&self, fault: FaultKind) -> bool {
        let ours = self.is_ours();
        let is_message = self.service == Service::Aws(Aws::Sqs) && self.operation.starts_with("SendMessage");
        let inbound = matches!(self.service, Service::Webhook | Service::Callback);
        match fault {
            FaultKind::Refused | FaultKind::ReplyLost => true,
            FaultKind::ServerError => !inbound,
            FaultKind::Throttled => {
                matches!(self.service, Service::Aws(Aws::DynamoDb) | Service::Telegram | Service::Kie | Service::Writer) && ours
            }
            FaultKind::Conflict => self.service == Service::Aws(Aws::DynamoDb) && self.writes(),
            FaultKind::Late => ours && self.writes(),
            FaultKind::KilledBefore => ours,
            FaultKind::KilledAfter => ours,
            FaultKind::Twice | FaultKind::Delayed => is_message || inbound,
            FaultKind::OldImage => self.reads_eventually(),
            FaultKind::DeadLetter => is_message && self.has_dead_letters(),
        }
    }

    /// Whether a fault here only costs time: the run ends as it would have without it.
    #[must_use]
    pub fn only_delays(&self, fault: FaultKind) -> bool {
        match fault {
            FaultKind::OldImage | FaultKind::DeadLetter => true,
            FaultKind::Twice | FaultKind::Delayed => self.service == Service::Aws(Aws::Sqs),
            _ => false,
        }
    }

    /// Whether the queue that a message is sent to has dead letters.
    fn has_dead_letters(&self) -> bool {
        self.operation.ends_with(" generate") || self.operation.ends_with(" send")
    }

    /// Whether the call is made all the time while nothing happens: an empty poll, or a sweep's query of the index.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        (self.caller == "mapping" && self.operation.starts_with("ReceiveMessage")) || self.operation == QUERY_DUE
    }

    /// Whether the caller is one of our functions, whose process can die at the call.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !matches!(self.caller, "Telegram" | "KIE" | "mapping")
    }

    /// Whether the answer may be an old image: the call queries an index, or reads without asking for consistency. The daily
    /// pass's Scan is left out: it only lists accounts, and one that it misses is found the next day.
    #[must_use]
    pub fn reads_eventually(&self) -> bool {
        self.service == Service::Aws(Aws::DynamoDb) && (self.operation == QUERY_DUE || self.operation.ends_with(" eventually"))
    }

    /// Whether it changes something on the other side.
    #[must_use]
    pub fn writes(&self) -> bool {
        let reads = [
            "GetItem",
            "BatchGetItem",
            "Query",
            "Scan",
            "HEAD",
            "GET",
            "getFile",
            "file",
            "recordInfo",
            "result",
            "ReceiveMessage",
        ];
        !reads.iter().any(|read| self.operation.starts_with(read))
    }
}

/// What kind of update it is, and which button.
fn update_kind(body: &[u8]) -> String {
    let update: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(data) = update.pointer("/callback_query/data").and_then(Value::as_str) {
        let verb = data.split(':').next().unwrap_or_default();
        return if verb == "confirm" { "confirm".to_owned() } else { "tap".to_owned() };
    }
    if update.get("my_chat_member").is_some() { "membership".to_owned() } else { "message".to_owned() }
}
