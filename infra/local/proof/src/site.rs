//! A call of the system, as a place where a fault can strike.

use std::fmt;

use local_aws::net::CallInfo;
use serde_json::Value;

/// The sweeper's look at the index of open jobs.
pub const QUERY_DUE: &str = "Query due";

/// Who calls whom for what. Calls at the same site are the same for a fault.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// The function; or who calls from outside: Lambda's queue mapping, Telegram, KIE.
    pub caller: &'static str,
    /// Who is called.
    pub service: Service,
    /// What for.
    pub operation: String,
}

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The queues.
    Sqs,
    /// The media store.
    S3,
    /// The Bot API.
    Telegram,
    /// The model's provider.
    Kie,
    /// The prompt writer.
    Writer,
    /// Our own webhook: an update on its way.
    Webhook,
    /// Our own callback: KIE's news on their way.
    Callback,
}

impl Service {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::Sqs => "SQS",
            Self::S3 => "S3",
            Self::Telegram => "Telegram",
            Self::Kie => "KIE",
            Self::Writer => "writer",
            Self::Webhook => "webhook",
            Self::Callback => "callback",
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} {}", self.caller, self.service.name(), self.operation)
    }
}

impl Site {
    /// The site of a call; `None` for what is none of the system's: a test's own looks at the stores.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        let path = call.path.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let by_address = call.path.contains("X-Amz-Signature");
        let (caller, service, operation) = match call.host.as_str() {
            "webhook.local" => ("Telegram", Service::Webhook, update_kind(&call.body)),
            "callback.local" => ("KIE", Service::Callback, "callback".to_owned()),
            // Whoever holds a presigned address is outside, on whatever task that happens here.
            "s3.local" if by_address && path.contains("/photos/") => ("KIE", Service::S3, "GET photo".to_owned()),
            "s3.local" if by_address => ("Telegram", Service::S3, "GET video".to_owned()),
            "dynamodb.local" => (call.caller, Service::DynamoDb, table_operation(call)),
            "sqs.local" => (call.caller, Service::Sqs, queue_operation(call)),
            "s3.local" => {
                let what = if path.contains("/photos/") { "photo" } else { "video" };
                (call.caller, Service::S3, format!("{} {what}", call.method))
            }
            "telegram.local" if path.starts_with("/file/") => (call.caller, Service::Telegram, "file".to_owned()),
            "telegram.local" => (call.caller, Service::Telegram, last.to_owned()),
            "kie.local" if path.starts_with("/results/") => (call.caller, Service::Kie, "result".to_owned()),
            "kie.local" => (call.caller, Service::Kie, last.to_owned()),
            "llm.local" => (call.caller, Service::Writer, "completions".to_owned()),
            _ => return None,
        };
        (!caller.is_empty()).then_some(Self { caller, service, operation })
    }

    /// Whether the caller is one of our functions, whose process can die at the call.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !matches!(self.caller, "Telegram" | "KIE" | "mapping")
    }

    /// Whether it may be answered with an image of yesterday: an index, or a read that does not ask for consistency.
    #[must_use]
    pub fn reads_eventually(&self) -> bool {
        self.service == Service::DynamoDb && (self.operation == QUERY_DUE || self.operation.ends_with(" eventually"))
    }

    /// Whether it changes something on the other side.
    #[must_use]
    pub fn writes(&self) -> bool {
        let reads =
            ["GetItem", "BatchGetItem", "Query", "HEAD", "GET", "getFile", "file", "recordInfo", "result", "ReceiveMessage"];
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

/// The operation on the table, and what is written: a job's stage, a settlement, an order.
fn table_operation(call: &CallInfo) -> String {
    let operation = call.operation.clone().unwrap_or_default();
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let sort = |item: &Value| item.pointer("/sk/S").and_then(Value::as_str).unwrap_or_default().to_owned();
    let stage = |item: &Value| item.pointer("/stage/S").and_then(Value::as_str).unwrap_or_default().to_owned();
    match operation.as_str() {
        "PutItem" => {
            let item = body.get("Item").cloned().unwrap_or_default();
            match sort(&item).as_str() {
                "CHAT" => "PutItem chat".to_owned(),
                "STATE" => "PutItem pass".to_owned(),
                _ => format!("PutItem {}", stage(&item)),
            }
        }
        "TransactWriteItems" => {
            let text = String::from_utf8_lossy(&call.body);
            let what = if text.contains("LEDGER#SETTLEMENT#") {
                if text.contains("\"capture\"") { "capture" } else { "refund" }
            } else if text.contains("LEDGER#CHARGE#") {
                "order"
            } else if text.contains("LEDGER#GRANT#") {
                "account"
            } else {
                "step"
            };
            format!("TransactWriteItems {what}")
        }
        "Query" => {
            let index = body.get("IndexName").is_some();
            if index { QUERY_DUE.to_owned() } else { "Query jobs".to_owned() }
        }
        "UpdateItem" => {
            let is_profile = body.pointer("/Key/sk/S").and_then(Value::as_str) == Some("PROFILE");
            format!("UpdateItem {}", if is_profile { "profile" } else { "number" })
        }
        // A copy that may be old is another thing to read than the item.
        "GetItem" if body.get("ConsistentRead") != Some(&Value::Bool(true)) => "GetItem eventually".to_owned(),
        _ => operation,
    }
}

/// The operation on a queue, and which.
fn queue_operation(call: &CallInfo) -> String {
    let operation = call.operation.clone().unwrap_or_default();
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let queue = body.get("QueueUrl").and_then(Value::as_str).and_then(|url| url.rsplit('/').next()).unwrap_or_default();
    format!("{operation} {queue}")
}
