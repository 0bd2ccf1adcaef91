//! What goes wrong at a call: the faults of the simulator, against LocalStack.

use local_aws::net::Response;
use serde_json::{Value, json};

use super::{call::Service, reply};

/// A fault at one call. The first five strike the SDK's own retries of the request as well: the operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection closes: nothing arrives.
    Refused,
    /// The service answers with an error of its own.
    ServerError,
    /// The service says that it was too much.
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
    /// It arrives seconds later.
    Delayed,
}

impl Fault {
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
        }
    }

    /// Whether the SDK's retries of the same request meet it again.
    #[must_use]
    pub fn persists(self) -> bool {
        matches!(self, Self::Refused | Self::ServerError | Self::Throttled | Self::Conflict | Self::ReplyLost)
    }

    /// Whether a call, or its second copy, is still on its way when its caller has gone on.
    pub(super) fn keeps(self) -> bool {
        matches!(self, Self::Late | Self::Twice | Self::Delayed)
    }
}

pub(super) fn server_error(service: Service) -> Response {
    match service {
        Service::DynamoDb => amazon(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "Internal server error"),
        Service::Sqs => amazon(500, "com.amazonaws.sqs#InternalError", "We encountered an internal error."),
        Service::Ssm => amazon(500, "InternalServerError", "An error occurred on the server side."),
        Service::S3 => xml(500, "InternalError", "We encountered an internal error. Please try again."),
    }
}

pub(super) fn throttled(service: Service) -> Response {
    match service {
        Service::DynamoDb => amazon(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "Rate exceeded"),
        Service::Sqs => amazon(403, "com.amazonaws.sqs#RequestThrottled", "Request is throttled."),
        Service::Ssm => amazon(400, "ThrottlingException", "Rate exceeded"),
        Service::S3 => xml(503, "SlowDown", "Please reduce your request rate."),
    }
}

/// What DynamoDB says to a write that met a transaction at its last item.
pub(super) fn conflict(body: &[u8]) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(actions) = request.get("TransactItems").and_then(Value::as_array).map(Vec::len) else {
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
        return amazon(400, kind, "Transaction is ongoing for the item");
    };
    let reason = |at| if at + 1 == actions { json!({ "Code": "TransactionConflict" }) } else { json!({ "Code": "None" }) };
    let reasons: Vec<_> = (0..actions).map(reason).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let body = json!({ "__type": kind, "Message": "Transaction cancelled", "CancellationReasons": reasons });
    reply(400, "application/x-amz-json-1.0", body.to_string())
}

fn amazon(status: u16, kind: &str, message: &str) -> Response {
    reply(status, "application/x-amz-json-1.0", json!({ "__type": kind, "message": message }).to_string())
}

fn xml(status: u16, code: &str, message: &str) -> Response {
    reply(status, "application/xml", format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}
