//! A call on the wire, by who asked whom for what.

use std::fmt;

use local_aws::net::CallInfo;
use serde_json::Value;

/// Who calls when it is Lambda's own poller of a queue.
pub const POLLER: &str = "mapping";
/// Who calls when somebody outside follows a signed address into the bucket: KIE for the photo, Telegram for the video.
pub const BY_ADDRESS: &str = "by address";

/// Who asked whom for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The function; or [`POLLER`], or [`BY_ADDRESS`].
    pub caller: &'static str,
    /// Whose service it is.
    pub service: &'static str,
    /// What for.
    pub operation: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10} {:<8} {}", self.caller, self.service, self.operation)
    }
}

impl Call {
    /// The call; `None` for requests to our own functions, which are invocations, and for looks from outside the system.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        let path = call.path.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let service = match call.host.as_str() {
            "dynamodb.local" => "DynamoDB",
            "sqs.local" => "SQS",
            "s3.local" => "S3",
            "telegram.local" => "Telegram",
            "kie.local" => "KIE",
            "llm.local" => "LLM",
            _ => return None,
        };
        let operation = match service {
            "DynamoDB" if reads_index(call) => "Query due".to_owned(),
            "S3" => format!("{} {}", call.method, if path.contains("/photos/") { "photo" } else { "video" }),
            "Telegram" if path.starts_with("/file/") => "file".to_owned(),
            "KIE" if path.starts_with("/results/") => "result".to_owned(),
            _ => call.operation.clone().unwrap_or_else(|| last.to_owned()),
        };
        let caller = if call.path.contains("X-Amz-Signature") { BY_ADDRESS } else { call.caller };
        (!caller.is_empty()).then_some(Self { caller, service, operation })
    }

    /// Whether what is sent leaves AWS.
    #[must_use]
    pub fn leaves_aws(&self) -> bool {
        matches!(self.service, "Telegram" | "KIE" | "LLM")
    }
}

/// A Query of the index of open jobs.
fn reads_index(call: &CallInfo) -> bool {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    call.operation.as_deref() == Some("Query") && body.get("IndexName").is_some()
}
