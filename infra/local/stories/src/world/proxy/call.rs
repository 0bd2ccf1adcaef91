//! A call as the proxy sees it: which service, what for, and what a role must allow for it.

use http::HeaderMap;
use local_aws::net::Request;
use serde_json::Value;

use super::Fault;

/// How the ARNs of LocalStack's resources begin, after the service.
const REGION_AND_ACCOUNT: &str = "us-east-1:000000000000";

/// A call that a function made, or that somebody made with an address which it signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recorded {
    /// The function, by the last part of its name.
    pub function: &'static str,
    /// The service, as in its actions.
    pub service: &'static str,
    /// What for, as the simulator names it: `TransactWriteItems capture`, `SendMessage generate`, `PUT video`.
    pub operation: String,
    /// What the function's role has to allow for it.
    pub access: Vec<Access>,
    /// The fault it met.
    pub fault: Option<Fault>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The action: `dynamodb:PutItem`.
    pub action: String,
    /// The ARN: of a table or index, a queue, a parameter; of an object's first folder, not of the object.
    pub resource: String,
}

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    Sqs,
    Ssm,
    S3,
}

impl Service {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::S3 => "s3",
        }
    }
}

#[derive(Debug)]
pub(super) struct Call {
    pub service: Service,
    pub operation: String,
    /// The same in every try of one request by the SDK.
    pub request_id: String,
    access: Vec<Access>,
    /// Path and body, to find whom it is about.
    text: String,
}

impl Call {
    pub(super) fn of(request: &Request, prefix: &str) -> Self {
        let header = |name: &str| header(request.headers(), name);
        let target = header("x-amz-target");
        let (api, asked) = target.split_once('.').unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let path = request.uri().path();
        let (service, operation, access) = match api {
            "AmazonSQS" => (Service::Sqs, queue_operation(asked, &body, prefix), queue_access(asked, &body)),
            "AmazonSSM" => (Service::Ssm, asked.to_owned(), parameter_access(asked, &body)),
            "" => {
                let method = request.method().as_str();
                (Service::S3, object_operation(method, path), object_access(method, path))
            }
            _ => (Service::DynamoDb, table_operation(asked, &body), table_access(asked, &body)),
        };
        // A video is no text; whom it is about stands in its path.
        let content = if service == Service::S3 { "".into() } else { String::from_utf8_lossy(request.body()) };
        let text = format!("{path}\n{content}");
        Self { service, operation, request_id: header("amz-sdk-invocation-id").to_owned(), access, text }
    }

    pub(super) fn is_about(&self, needle: &str) -> bool {
        self.text.contains(needle)
    }

    pub(super) fn recorded(&self, function: &'static str, fault: Option<Fault>) -> Recorded {
        let (service, operation, access) = (self.service.name(), self.operation.clone(), self.access.clone());
        Recorded { function, service, operation, access, fault }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// An operation on the table, and what is written: a job's stage, a settlement, an order.
#[must_use]
pub fn table_operation(operation: &str, body: &Value) -> String {
    let attribute = |name: &str| body.pointer(&format!("/Item/{name}/S")).and_then(Value::as_str).unwrap_or_default();
    match operation {
        "PutItem" if attribute("sk").starts_with("JOB#") => format!("PutItem {}", attribute("stage")),
        "PutItem" => format!("PutItem {}", if attribute("sk") == "CHAT" { "chat" } else { "note" }),
        "TransactWriteItems" => {
            let text = body.to_string();
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
        "Query" if body.get("IndexName").is_some() => "Query due".to_owned(),
        "Query" => "Query jobs".to_owned(),
        other => other.to_owned(),
    }
}

/// An operation on a queue, and which, without what the names of all begin with.
#[must_use]
pub fn queue_operation(operation: &str, body: &Value, prefix: &str) -> String {
    let queue = queue_of(body);
    format!("{operation} {}", queue.strip_prefix(prefix).unwrap_or(queue))
}

fn queue_of(body: &Value) -> &str {
    text(body, "QueueUrl").rsplit('/').next().unwrap_or_default()
}

/// As the simulator says it: what is no photo is a video.
fn object_operation(method: &str, path: &str) -> String {
    format!("{method} {}", if path.contains("/photos/") { "photo" } else { "video" })
}

fn access(service: &str, action: &str, resource: &str) -> Access {
    let resource = format!("arn:aws:{service}:{REGION_AND_ACCOUNT}:{resource}");
    Access { action: format!("{service}:{action}"), resource }
}

/// A transaction needs what each of its items needs by itself.
fn table_access(operation: &str, body: &Value) -> Vec<Access> {
    let table = |action: &str, of: &Value| {
        let index = of.get("IndexName").and_then(Value::as_str).map(|index| format!("/index/{index}")).unwrap_or_default();
        access("dynamodb", action, &format!("table/{}{index}", text(of, "TableName")))
    };
    let items =
        || body.get("TransactItems").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).flatten();
    let mut needed: Vec<Access> = match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let action =
                |kind: &str| if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
            items().map(|(kind, item)| table(&action(kind), item)).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
            tables.map(|(name, _)| access("dynamodb", operation, &format!("table/{name}"))).collect()
        }
        other => vec![table(other, body)],
    };
    needed.sort();
    needed.dedup();
    needed
}

/// A batch needs what one message needs.
fn queue_access(operation: &str, body: &Value) -> Vec<Access> {
    vec![access("sqs", operation.strip_suffix("Batch").unwrap_or(operation), queue_of(body))]
}

fn parameter_access(operation: &str, body: &Value) -> Vec<Access> {
    vec![access("ssm", operation, &format!("parameter/{}", text(body, "Name").trim_start_matches('/')))]
}

/// The bucket is in the path, as for every endpoint of our own.
fn object_access(method: &str, path: &str) -> Vec<Access> {
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let folder = key.split_once('/').map_or(key, |(folder, _)| folder);
    let (action, resource) = match method {
        "GET" | "HEAD" if key.is_empty() => ("s3:ListBucket", bucket.to_owned()),
        "GET" | "HEAD" => ("s3:GetObject", format!("{bucket}/{folder}/*")),
        "DELETE" => ("s3:DeleteObject", format!("{bucket}/{folder}/*")),
        _ => ("s3:PutObject", format!("{bucket}/{folder}/*")),
    };
    vec![Access { action: action.to_owned(), resource: format!("arn:aws:s3:::{resource}") }]
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn call(target: &str, body: &Value) -> Call {
        let request = http::Request::post("/").header("x-amz-target", target).body(Bytes::from(body.to_string())).unwrap();
        Call::of(&request, "stack-")
    }

    fn needs(call: &Call) -> Vec<(&str, &str)> {
        call.access.iter().map(|access| (access.action.as_str(), access.resource.as_str())).collect()
    }

    #[test]
    fn a_transaction_is_named_by_what_it_settles_and_needs_what_its_items_need() {
        let put =
            |sort: &str| json!({ "Put": { "TableName": "t", "Item": { "sk": { "S": sort }, "kind": { "S": "capture" } } } });
        let update = json!({ "Update": { "TableName": "t", "Key": {} } });
        let body = json!({ "TransactItems": [put("JOB#1"), put("LEDGER#SETTLEMENT#1"), update] });
        let capture = call("DynamoDB_20120810.TransactWriteItems", &body);
        assert_eq!((capture.service, capture.operation.as_str()), (Service::DynamoDb, "TransactWriteItems capture"));
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/t";
        assert_eq!(needs(&capture), [("dynamodb:PutItem", table), ("dynamodb:UpdateItem", table)]);
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let due = call("DynamoDB_20120810.Query", &json!({ "TableName": "t", "IndexName": "due" }));
        assert_eq!(due.operation, "Query due");
        assert_eq!(needs(&due), [("dynamodb:Query", "arn:aws:dynamodb:us-east-1:000000000000:table/t/index/due")]);
    }

    #[test]
    fn a_batch_of_messages_needs_what_one_needs() {
        let url = "http://localhost:4566/000000000000/stack-generate";
        let sent = call("AmazonSQS.SendMessageBatch", &json!({ "QueueUrl": url, "Entries": [] }));
        assert_eq!(sent.operation, "SendMessageBatch generate");
        assert_eq!(needs(&sent), [("sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:stack-generate")]);
    }

    #[test]
    fn parameters_and_objects_are_named_as_a_policy_names_them() {
        let asked = call("AmazonSSM.GetParameter", &json!({ "Name": "/house/secrets", "WithDecryption": true }));
        assert_eq!(needs(&asked), [("ssm:GetParameter", "arn:aws:ssm:us-east-1:000000000000:parameter/house/secrets")]);
        let put = http::Request::put("/bucket/videos/7/a.mp4?x-id=PutObject").body(Bytes::from_static(b"film")).unwrap();
        let put = Call::of(&put, "");
        assert_eq!((put.service, put.operation.as_str()), (Service::S3, "PUT video"));
        assert_eq!(needs(&put), [("s3:PutObject", "arn:aws:s3:::bucket/videos/*")]);
        assert!(put.is_about("/7/") && !put.is_about("film"));
    }
}
