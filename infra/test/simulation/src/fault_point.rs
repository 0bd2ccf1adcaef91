//! The fault point: a kind of call that the system makes, at which a fault can strike.

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

/// A caller, a service and an operation. A fault has the same effect on all calls of one fault point.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultPoint {
    /// The calling function, or a caller from outside: Lambda's queue mapping (`mapping`), `Telegram`, `KIE`.
    pub caller: &'static str,
    /// The service that is called.
    pub service: Service,
    /// The operation, with the item or queue that it is about.
    pub operation: String,
}

impl fmt::Display for FaultPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} {}", self.caller, self.service.name(), self.operation)
    }
}

impl FaultPoint {
    /// The fault point of a call; `None` for a call that the system did not make, such as a test that reads the table.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        let (service, path) = (Service::of(call)?, path(call));
        let action = call.operation.as_deref().unwrap_or_default();
        let body = || serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
        let operation = match service {
            Service::Webhook => update_kind(&call.body),
            Service::Callback => "callback".to_owned(),
            Service::Aws(Aws::DynamoDb) => table_operation(action, &call.body),
            Service::Aws(Aws::Sqs) => queue_operation(action, &body(), ""),
            Service::Aws(Aws::S3) => object_operation(call.method.as_str(), path),
            Service::Aws(Aws::Ssm) => action.to_owned(),
            Service::Telegram | Service::Kie | Service::Writer => outside_operation(path),
        };
        let caller = match service {
            Service::Webhook => "Telegram",
            Service::Callback => "KIE",
            // KIE or Telegram fetches a presigned URL, although the fake makes the call in a function's task.
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

    /// Records the permissions that a call needs, under the function whose role must allow them.
    pub(crate) fn record(&self, call: &CallInfo, uses: &mut Uses) {
        let Service::Aws(service) = self.service else { return };
        // A fetch of a presigned URL acts with the role of the function that signed the URL.
        let function = match self.caller {
            "KIE" => "generator",
            // The webhook signs the address of a kept video, the sender every other one.
            "Telegram" if call.caller == "webhook" => "webhook",
            "Telegram" => "sender",
            // The permissions of Lambda's queue mapping follow from the template.
            "mapping" => return,
            function => function,
        };
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let operation = call.operation.as_deref().unwrap_or_default();
        for access in access(service, operation, call.method.as_str(), &call.path, &body) {
            uses.record(function, &self.operation, &access, "");
        }
    }

    /// Whether a fault can strike at this fault point.
    #[must_use]
    pub fn can_meet(&self, fault: FaultKind) -> bool {
        let ours = self.is_ours();
        let is_message = self.service == Service::Aws(Aws::Sqs) && self.operation.starts_with("SendMessage");
        let inbound = matches!(self.service, Service::Webhook | Service::Callback);
        match fault {
            FaultKind::Refused | FaultKind::ReplyLost => true,
            FaultKind::ServerError => !inbound,
            FaultKind::Throttled => !inbound && ours,
            FaultKind::Conflict => self.service == Service::Aws(Aws::DynamoDb) && self.writes(),
            FaultKind::Contended => self.service == Service::Aws(Aws::DynamoDb) && self.writes() && ours,
            FaultKind::Late => ours && self.writes(),
            FaultKind::KilledBefore => ours,
            FaultKind::KilledAfter => ours,
            FaultKind::Twice | FaultKind::Delayed => is_message || inbound,
            FaultKind::PartlyFailed => self.is_batch(),
            FaultKind::Forged => self.service == Service::Callback,
            FaultKind::OldImage => self.reads_eventually(),
            FaultKind::DeadLetter => is_message && self.has_dead_letters(),
        }
    }

    /// Whether a fault at this fault point only costs time: the run must end as without the fault.
    #[must_use]
    pub fn only_delays(&self, fault: FaultKind) -> bool {
        match fault {
            FaultKind::OldImage | FaultKind::DeadLetter | FaultKind::PartlyFailed | FaultKind::Forged => true,
            FaultKind::Twice | FaultKind::Delayed => self.service == Service::Aws(Aws::Sqs),
            _ => false,
        }
    }

    /// Whether the call sends or deletes a batch of messages, of which SQS may refuse some.
    fn is_batch(&self) -> bool {
        let is_batch = ["SendMessageBatch", "DeleteMessageBatch"].iter().any(|batch| self.operation.starts_with(batch));
        self.service == Service::Aws(Aws::Sqs) && is_batch
    }

    /// Whether the queue of a sent message has a dead-letter queue.
    fn has_dead_letters(&self) -> bool {
        self.operation.ends_with(" generate") || self.operation.ends_with(" send")
    }

    /// Whether the system makes the call even while no order is open: Lambda's poll of a queue, or the sweeper's query of the
    /// index.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        (self.caller == "mapping" && self.operation.starts_with("ReceiveMessage")) || self.operation == QUERY_DUE
    }

    /// Whether the caller is one of our functions, whose process can die at the call.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !matches!(self.caller, "Telegram" | "KIE" | "mapping")
    }

    /// Whether the reply may be an old image: the call queries an index, or reads without strong consistency. The Scan of the
    /// daily check of accounts is excepted: an account that it misses is found the next day.
    #[must_use]
    pub fn reads_eventually(&self) -> bool {
        self.service == Service::Aws(Aws::DynamoDb) && (self.operation == QUERY_DUE || self.operation.ends_with(" eventually"))
    }

    /// Whether the call changes the state of the service.
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
            "GetParameter",
        ];
        !reads.iter().any(|read| self.operation.starts_with(read))
    }
}

/// The kind of a Telegram update: `confirm`, another `tap`, `membership` or `message`.
fn update_kind(body: &[u8]) -> String {
    let update: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(data) = update.pointer("/callback_query/data").and_then(Value::as_str) {
        let verb = data.split(':').next().unwrap_or_default();
        return if verb == "confirm" { "confirm".to_owned() } else { "tap".to_owned() };
    }
    if update.get("my_chat_member").is_some() { "membership".to_owned() } else { "message".to_owned() }
}
