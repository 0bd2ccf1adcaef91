//! One operation of the DynamoDB API on the embedded store: JSON in, status and JSON out.

use dynoxide::Database;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// The status and the body of a reply.
pub(super) type Reply = (u16, String);

/// Runs `operation`. The status is DynamoDB's: 200, 400, or 500 if the store itself failed.
pub(super) fn dispatch(db: &Database, operation: &str, body: &[u8]) -> Reply {
    match operation {
        "CreateTable" => run(body, |request| db.create_table(request)),
        "DescribeTable" => run(body, |request| db.describe_table(request)),
        "DeleteTable" => run(body, |request| db.delete_table(request)),
        "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
        "PutItem" => run(body, |request| db.put_item(request)),
        "GetItem" => run(body, |request| db.get_item(request)),
        "UpdateItem" => run(body, |request| db.update_item(request)),
        "DeleteItem" => run(body, |request| db.delete_item(request)),
        "Query" => run(body, |request| db.query(request)),
        "Scan" => run(body, |request| db.scan(request)),
        "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
        "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
        _ => error("com.amazon.coral.service#UnknownOperationException", "the embedded DynamoDB does not serve this operation"),
    }
}

/// The reply to an invalid request: 400, which the SDK does not retry.
pub(super) fn validation_error(message: &str) -> Reply {
    error("com.amazon.coral.validate#ValidationException", message)
}

fn run<I: DeserializeOwned, O: Serialize>(body: &[u8], operation: impl FnOnce(I) -> dynoxide::Result<O>) -> Reply {
    let request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(unreadable) => return parse_error(&unreadable.to_string()),
    };
    match operation(request) {
        Ok(output) => serde_json::to_string(&output).map_or_else(|error| internal_error(&error), |json| (200, json)),
        Err(refused) => (refused.status_code(), refused.to_json()),
    }
}

/// The reply to an unreadable request. `dynoxide` reports an invalid request as a parse error that begins with a marker, such as
/// `VALIDATION:` (its `serde_errors.rs`).
fn parse_error(message: &str) -> Reply {
    let is_validation = message.starts_with("VALIDATION");
    let text = match message.split_once(':') {
        Some((marker, rest)) if marker.chars().all(|c| c.is_ascii_uppercase() || c == '_') => rest,
        _ => message,
    };
    let text = text.split(" at line ").next().unwrap_or(text);
    if is_validation { validation_error(text) } else { error("com.amazon.coral.service#SerializationException", text) }
}

fn internal_error(cause: &dyn std::error::Error) -> Reply {
    let body = json!({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": cause.to_string()});
    (500, body.to_string())
}

fn error(kind: &str, message: &str) -> Reply {
    (400, json!({"__type": kind, "message": message}).to_string())
}
