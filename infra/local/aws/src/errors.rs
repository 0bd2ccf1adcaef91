//! Error replies as the AWS services send them, for injected faults.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::net::Response;

/// A service of AWS that our functions call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// DynamoDB, for the table.
    DynamoDb,
    /// SQS, for the queues.
    Sqs,
    /// SSM, for the secrets.
    Ssm,
    /// S3, for the media store.
    S3,
}

impl Service {
    /// The service's prefix in the actions of a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::S3 => "s3",
        }
    }
}

/// The reply to a request that fails in the service (5xx), not through the caller's fault.
#[must_use]
pub fn server_error(service: Service) -> Response {
    match service {
        Service::DynamoDb => amazon(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "Internal server error"),
        Service::Sqs => amazon(500, "com.amazonaws.sqs#InternalError", "We encountered an internal error."),
        Service::Ssm => amazon(500, "InternalServerError", "An error occurred on the server side."),
        Service::S3 => xml(500, "InternalError", "We encountered an internal error. Please try again."),
    }
}

/// The reply of a service that throttles its caller.
#[must_use]
pub fn throttled(service: Service) -> Response {
    match service {
        Service::DynamoDb => amazon(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "Rate exceeded"),
        Service::Sqs => amazon(403, "com.amazonaws.sqs#RequestThrottled", "Request is throttled."),
        Service::Ssm => amazon(400, "ThrottlingException", "Rate exceeded"),
        Service::S3 => xml(503, "SlowDown", "Please reduce your request rate."),
    }
}

/// The reply of DynamoDB to this request if another transaction is changing its last item.
#[must_use]
pub fn conflict(request: &[u8]) -> Response {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let Some(actions) = request.get("TransactItems").and_then(Value::as_array).map(Vec::len) else {
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
        return amazon(400, kind, "Transaction is ongoing for the item");
    };
    let reason = |at| if at + 1 == actions { json!({ "Code": "TransactionConflict" }) } else { json!({ "Code": "None" }) };
    let reasons: Vec<_> = (0..actions).map(reason).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    json_reply(400, &json!({ "__type": kind, "Message": "Transaction cancelled", "CancellationReasons": reasons }))
}

/// A reply with this status and a JSON body.
#[must_use]
pub fn json_reply(status: u16, body: &Value) -> Response {
    reply(status, "application/x-amz-json-1.0", body.to_string())
}

fn amazon(status: u16, kind: &str, message: &str) -> Response {
    json_reply(status, &json!({ "__type": kind, "message": message }))
}

fn xml(status: u16, code: &str, message: &str) -> Response {
    reply(status, "application/xml", format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

/// A reply with this status and body.
#[must_use]
pub fn reply(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    reply.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    reply
}
