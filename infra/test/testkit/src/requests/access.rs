//! The permissions that a call needs.

use std::fmt;

use local_aws::errors::Service;
use serde_json::Value;

/// A permission that a call needs: an action on a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The action: `dynamodb:PutItem`.
    pub action: String,
    /// The resource, as the last part of its ARN names it: `table/<name>`, `table/<name>/index/<name>`, a queue,
    /// `parameter/<name>`, a bucket. An object is named by its bucket and first folder: `<bucket>/photos/*`.
    pub resource: String,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

/// Returns the permissions that a request needs.
///
/// `operation` names the call for the JSON services; `method` and `path` name it for S3. The path starts with the bucket
/// (path-style addressing).
#[must_use]
pub fn access(service: Service, operation: &str, method: &str, path: &str, body: &Value) -> Vec<Access> {
    match service {
        Service::DynamoDb => table_access(operation, body),
        // A batch needs the permission of the single-message operation.
        Service::Sqs => {
            let action = operation.strip_suffix("Batch").unwrap_or(operation);
            vec![one(service, action, queue_of(text(body, "QueueUrl")).to_owned())]
        }
        Service::Ssm => vec![one(service, operation, format!("parameter/{}", text(body, "Name").trim_start_matches('/')))],
        Service::S3 => object_access(method, path),
    }
}

pub(super) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn queue_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn one(service: Service, action: &str, resource: String) -> Access {
    Access { action: format!("{}:{action}", service.name()), resource }
}

/// Returns the permissions of a table operation. A transaction needs the permission of each of its items.
fn table_access(operation: &str, body: &Value) -> Vec<Access> {
    let table = |action: &str, of: &Value| {
        let index = of.get("IndexName").and_then(Value::as_str).map(|index| format!("/index/{index}")).unwrap_or_default();
        one(Service::DynamoDb, action, format!("table/{}{index}", text(of, "TableName")))
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
            tables.map(|(name, _)| one(Service::DynamoDb, operation, format!("table/{name}"))).collect()
        }
        other => vec![table(other, body)],
    };
    needed.sort();
    needed.dedup();
    needed
}

/// Returns the permissions of an operation on an object. `HEAD` needs `ListBucket` too: without this permission S3 answers 403,
/// not 404, for a missing object. Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>, permissions.
fn object_access(method: &str, path: &str) -> Vec<Access> {
    let path = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let object =
        |action| one(Service::S3, action, format!("{bucket}/{}/*", key.split_once('/').map_or(key, |(folder, _)| folder)));
    let list = || one(Service::S3, "ListBucket", bucket.to_owned());
    match method {
        "GET" | "HEAD" if key.is_empty() => vec![list()],
        "HEAD" => vec![object("GetObject"), list()],
        "GET" => vec![object("GetObject")],
        "DELETE" => vec![object("DeleteObject")],
        _ => vec![object("PutObject")],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needs(service: Service, operation: &str, body: &Value) -> Vec<String> {
        access(service, operation, "POST", "/", body).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_transaction_needs_the_permissions_of_its_items() {
        let put = json!({ "Put": { "TableName": "t" } });
        let body = json!({ "TransactItems": [put, put, { "Update": { "TableName": "t" } }, { "ConditionCheck": { "TableName": "t" } }] });
        assert_eq!(
            needs(Service::DynamoDb, "TransactWriteItems", &body),
            ["dynamodb:ConditionCheckItem on table/t", "dynamodb:PutItem on table/t", "dynamodb:UpdateItem on table/t"]
        );
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let body = json!({ "TableName": "t", "IndexName": "due" });
        assert_eq!(needs(Service::DynamoDb, "Query", &body), ["dynamodb:Query on table/t/index/due"]);
    }

    #[test]
    fn a_batch_needs_the_permission_of_one_message() {
        let body = json!({ "QueueUrl": "http://localhost:4566/000000000000/stack-generate", "Entries": [] });
        assert_eq!(needs(Service::Sqs, "SendMessageBatch", &body), ["sqs:SendMessage on stack-generate"]);
    }

    #[test]
    fn parameters_and_objects_are_named_as_a_policy_names_them() {
        let body = json!({ "Name": "/house/secrets", "WithDecryption": true });
        assert_eq!(needs(Service::Ssm, "GetParameter", &body), ["ssm:GetParameter on parameter/house/secrets"]);
        let object = |method: &str, path: &str| -> Vec<String> {
            access(Service::S3, "", method, path, &Value::Null).iter().map(ToString::to_string).collect()
        };
        assert_eq!(object("PUT", "/bucket/videos/7/a.mp4?x-id=PutObject"), ["s3:PutObject on bucket/videos/*"]);
        assert_eq!(object("HEAD", "/bucket/photos/7/a"), ["s3:GetObject on bucket/photos/*", "s3:ListBucket on bucket"]);
        assert_eq!(object("GET", "/bucket?list-type=2"), ["s3:ListBucket on bucket"]);
    }
}
