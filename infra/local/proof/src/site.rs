//! A call of the system, as a place where a fault can strike.

use std::fmt;

pub use local_aws::errors::Service as Aws;
use local_aws::net::CallInfo;
use serde_json::Value;
use stories::{
    calls::{access, object_operation, queue_operation, table_operation},
    permissions::Uses,
};

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
    /// The table, the queues, the media store.
    Aws(Aws),
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
            Self::Aws(Aws::DynamoDb) => "DynamoDB",
            Self::Aws(Aws::Sqs) => "SQS",
            Self::Aws(Aws::Ssm) => "SSM",
            Self::Aws(Aws::S3) => "S3",
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
        let asked = call.operation.as_deref().unwrap_or_default();
        let body = || serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
        let (caller, service, operation) = match call.host.as_str() {
            "webhook.local" => ("Telegram", Service::Webhook, update_kind(&call.body)),
            "callback.local" => ("KIE", Service::Callback, "callback".to_owned()),
            "dynamodb.local" => (call.caller, Service::Aws(Aws::DynamoDb), table_operation(asked, &body())),
            "sqs.local" => (call.caller, Service::Aws(Aws::Sqs), queue_operation(asked, &body(), "")),
            "s3.local" => {
                // Whoever holds a presigned address is outside, on whatever task that happens here.
                let caller = match by_address {
                    true if path.contains("/photos/") => "KIE",
                    true => "Telegram",
                    false => call.caller,
                };
                (caller, Service::Aws(Aws::S3), object_operation(call.method.as_str(), path))
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

    /// Keeps what the role of the function behind a call has to allow for it.
    pub(crate) fn note_use(&self, call: &CallInfo, uses: &mut Uses) {
        let Service::Aws(service) = self.service else { return };
        // Who fetches by an address does it with the role of the function that signed it.
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
            uses.note(function, &self.operation, &access, "");
        }
    }

    /// Whether the caller is one of our functions, whose process can die at the call.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !matches!(self.caller, "Telegram" | "KIE" | "mapping")
    }

    /// Whether it may be answered with an image of yesterday: an index, or a read that does not ask for consistency.
    #[must_use]
    pub fn reads_eventually(&self) -> bool {
        self.service == Service::Aws(Aws::DynamoDb) && (self.operation == QUERY_DUE || self.operation.ends_with(" eventually"))
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
