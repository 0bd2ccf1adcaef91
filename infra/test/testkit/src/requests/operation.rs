//! Names of calls: operation and object. The same call has the same name in every order.

use serde_json::Value;

use super::access::{queue_of, text};

/// Names an operation on the table together with the written item: a job's stage, a settlement, an order.
#[must_use]
pub fn table_operation(operation: &str, body: &[u8]) -> String {
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    match operation {
        "PutItem" => {
            let body = json();
            let attribute = |path| body.pointer(path).and_then(Value::as_str).unwrap_or_default();
            match attribute("/Item/sk/S") {
                "CHAT" => "PutItem chat".to_owned(),
                "STATE" => "PutItem pass".to_owned(),
                _ => format!("PutItem {}", attribute("/Item/stage/S")),
            }
        }
        "TransactWriteItems" => {
            let text = String::from_utf8_lossy(body);
            let what = if text.contains("LEDGER#SETTLEMENT#") {
                if text.contains("\"capture\"") { "capture" } else { "refund" }
            } else if text.contains("LEDGER#CHARGE#") {
                "order"
            } else if text.contains("LEDGER#GRANT#welcome") {
                "account"
            } else if text.contains("LEDGER#GRANT#") {
                "grant"
            } else {
                "step"
            };
            format!("TransactWriteItems {what}")
        }
        "Query" if json().get("IndexName").is_some() => "Query due".to_owned(),
        "Query" => "Query jobs".to_owned(),
        "UpdateItem" => {
            let what = match json().pointer("/Key/sk/S").and_then(Value::as_str) {
                Some("PROFILE") => "profile",
                Some("COUNTS") => "count",
                _ => "number",
            };
            format!("UpdateItem {what}")
        }
        // An eventually consistent read may return an old image, so it has its own name.
        "GetItem" if json().get("ConsistentRead") != Some(&Value::Bool(true)) => "GetItem eventually".to_owned(),
        other => other.to_owned(),
    }
}

/// Names an operation on a queue together with the queue, without the stack's prefix.
#[must_use]
pub fn queue_operation(operation: &str, body: &Value, prefix: &str) -> String {
    let queue = queue_of(text(body, "QueueUrl"));
    format!("{operation} {}", queue.strip_prefix(prefix).unwrap_or(queue))
}

/// Names a method on a media object: a photo or a video.
#[must_use]
pub fn object_operation(method: &str, path: &str) -> String {
    format!("{method} {}", if path.contains("/photos/") { "photo" } else { "video" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(operation: &str, body: &Value) -> String {
        table_operation(operation, body.to_string().as_bytes())
    }

    #[test]
    fn a_transaction_is_named_by_its_ledger_entry() {
        let put = |sort: &str, kind: &str| json!({ "Put": { "Item": { "sk": { "S": sort }, "kind": { "S": kind } } } });
        let named = |items: &[Value]| of("TransactWriteItems", &json!({ "TransactItems": items }));
        let job = put("JOB#1", "");
        assert_eq!(named(&[job.clone(), put("LEDGER#SETTLEMENT#1", "capture")]), "TransactWriteItems capture");
        assert_eq!(named(&[job.clone(), put("LEDGER#SETTLEMENT#1", "refund")]), "TransactWriteItems refund");
        assert_eq!(named(&[job, put("LEDGER#CHARGE#1", "")]), "TransactWriteItems order");
        assert_eq!(named(&[put("LEDGER#GRANT#welcome", "")]), "TransactWriteItems account");
        assert_eq!(named(&[put("LEDGER#GRANT#operator-7", "")]), "TransactWriteItems grant");
        assert_eq!(named(&[put("CHAT", "")]), "TransactWriteItems step");
    }

    #[test]
    fn a_name_contains_the_written_item_and_the_consistency_of_a_read() {
        let item = |sort: &str| json!({ "Item": { "sk": { "S": sort }, "stage": { "S": "submitting" } } });
        let names = ["JOB#1", "CHAT", "STATE"].map(|sort| of("PutItem", &item(sort)));
        assert_eq!(names, ["PutItem submitting", "PutItem chat", "PutItem pass"]);
        assert_eq!(of("Query", &json!({ "IndexName": "due" })), "Query due");
        assert_eq!(of("GetItem", &json!({ "ConsistentRead": true })), "GetItem");
        assert_eq!(of("GetItem", &json!({})), "GetItem eventually");
    }

    #[test]
    fn a_queue_is_named_without_the_stacks_prefix() {
        let body = json!({ "QueueUrl": "http://localhost:4566/000000000000/stack-generate" });
        assert_eq!(queue_operation("SendMessageBatch", &body, "stack-"), "SendMessageBatch generate");
        assert_eq!(queue_operation("SendMessage", &body, ""), "SendMessage stack-generate");
    }
}
