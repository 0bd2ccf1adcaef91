//! A call as the proxy sees it: its service, its operation, and the permissions that it needs.

use http::HeaderMap;
use local_aws::{errors::Service, net::Request};
use serde_json::Value;

use crate::requests::{Access, access, object_operation, queue_operation, table_operation};

/// A call of a function, or a call from outside to an address that the function signed.
#[derive(Debug)]
pub(super) struct Call {
    pub service: Service,
    /// The operation: `TransactWriteItems capture`, `SendMessage generate`, `PUT video`.
    pub operation: String,
    /// Id of the request, the same in each of the SDK's retries.
    pub request_id: String,
    /// The permissions that the function's role must have for the call.
    pub access: Vec<Access>,
    /// Path and body of the call. They contain the seller's id.
    text: String,
}

impl Call {
    pub(super) fn of(request: &Request, prefix: &str) -> Self {
        let header = |name: &str| header(request.headers(), name);
        let target = header("x-amz-target");
        let (api, asked) = target.split_once('.').unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let (method, path) = (request.method().as_str(), request.uri().path());
        let (service, operation) = match api {
            "AmazonSQS" => (Service::Sqs, queue_operation(asked, &body, prefix)),
            "AmazonSSM" => (Service::Ssm, asked.to_owned()),
            "" => (Service::S3, object_operation(method, path)),
            _ => (Service::DynamoDb, table_operation(asked, request.body())),
        };
        // The body of an S3 call is binary; the path contains the seller's id.
        let content = if service == Service::S3 { "".into() } else { String::from_utf8_lossy(request.body()) };
        let text = format!("{path}\n{content}");
        let access = access(service, asked, method, path, &body);
        Self { service, operation, request_id: header("amz-sdk-invocation-id").to_owned(), access, text }
    }

    pub(super) fn is_about(&self, needle: &str) -> bool {
        self.text.contains(needle)
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
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

    #[test]
    fn the_target_header_gives_the_service_and_the_operation() {
        let due = call("DynamoDB_20120810.Query", &json!({ "TableName": "t", "IndexName": "due" }));
        assert_eq!((due.service, due.operation.as_str()), (Service::DynamoDb, "Query due"));
        let url = "http://localhost:4566/000000000000/stack-generate";
        let sent = call("AmazonSQS.SendMessage", &json!({ "QueueUrl": url }));
        assert_eq!((sent.service, sent.operation.as_str()), (Service::Sqs, "SendMessage generate"));
        let asked = call("AmazonSSM.GetParameter", &json!({ "Name": "/house/secrets" }));
        assert_eq!((asked.service, asked.operation.as_str()), (Service::Ssm, "GetParameter"));
        assert_eq!(asked.access.len(), 1);
    }

    #[test]
    fn a_media_call_names_its_seller_in_the_path() {
        let put = http::Request::put("/bucket/videos/7/a.mp4?x-id=PutObject").body(Bytes::from_static(b"film")).unwrap();
        let put = Call::of(&put, "");
        assert_eq!((put.service, put.operation.as_str()), (Service::S3, "PUT video"));
        assert!(put.is_about("/7/") && !put.is_about("film"));
    }
}
