//! DynamoDB in process: the embedded `dynoxide` store behind the wire protocol, with the ledger guard in front.
//!
//! The store never answers with TransactionConflict or throttling and loses no reply: inject those faults with a
//! [`crate::net::Interceptor`]. Reads are always consistent. The ten minutes of a ClientRequestToken follow the machine's clock,
//! not the virtual one.

mod changes;
mod dispatch;
mod guard;
mod writes;

use std::sync::{Arc, PoisonError, RwLock};

use dynoxide::Database;
use dynoxide::actions::query::QueryRequest;
pub use dynoxide::{AttributeValue, Item};
use futures_util::future::BoxFuture;

pub use guard::Guard;
pub use writes::Touch;
use writes::is_write;

use crate::aws_json;
use crate::net::{Request, Response, Service};

/// The table of all functions, billed on demand: `pk` and `sk` (strings), and the sparse index `due` over `due_shard` (string)
/// and `due_at` (number), keys only. It equals the table in infra/template.yaml.
const TABLE: &str = r#"{
  "BillingMode": "PAY_PER_REQUEST",
  "AttributeDefinitions": [
    {"AttributeName": "pk", "AttributeType": "S"},
    {"AttributeName": "sk", "AttributeType": "S"},
    {"AttributeName": "due_shard", "AttributeType": "S"},
    {"AttributeName": "due_at", "AttributeType": "N"}
  ],
  "KeySchema": [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"}
  ],
  "GlobalSecondaryIndexes": [{
    "IndexName": "due",
    "KeySchema": [
      {"AttributeName": "due_shard", "KeyType": "HASH"},
      {"AttributeName": "due_at", "KeyType": "RANGE"}
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"}
  }]
}"#;

/// A call of the embedded store failed, or a test used it wrongly. The store is unchanged.
#[derive(Debug, thiserror::Error)]
#[error("embedded DynamoDB: {0}")]
pub struct DynamoError(String);

/// An embedded DynamoDB. Clones share the tables.
#[derive(Clone)]
pub struct DynamoDb {
    db: Database,
    guard: Option<Arc<Guard>>,
    /// A write holds this lock while it is applied and checked: meanwhile no other call changes items, or reads a write that is
    /// then undone.
    writing: Arc<RwLock<()>>,
}

impl DynamoDb {
    /// An empty store whose writes pass the ledger guard.
    pub fn new() -> Result<Self, DynamoError> {
        let db = Database::memory().map_err(|error| DynamoError(error.to_string()))?;
        Ok(Self { db, guard: Some(Arc::default()), writing: Arc::default() })
    }

    /// A store in this file, made if it does not exist. SQLite writes each transaction to the disk before it is answered
    /// (`synchronous=FULL`, its default).
    ///
    /// # Errors
    /// The file cannot be read or written, or is no SQLite database. It is left as it is.
    pub fn in_file(path: &str) -> Result<Self, DynamoError> {
        let db = Database::new(path).map_err(|error| DynamoError(format!("{path} cannot be used: {error}")))?;
        Ok(Self { db, guard: Some(Arc::default()), writing: Arc::default() })
    }

    /// The same tables without the guard, for a test that has to violate a money invariant.
    pub fn unguarded(&self) -> Self {
        Self { guard: None, ..self.clone() }
    }

    /// The ledger guard; `None` if this store came from [`Self::unguarded`].
    pub fn guard(&self) -> Option<&Guard> {
        self.guard.as_deref()
    }

    /// Creates our table under this name, unless the store has it.
    pub fn create_table(&self, name: &str) -> Result<(), DynamoError> {
        let mut request: serde_json::Value = serde_json::from_str(TABLE).map_err(|error| DynamoError(error.to_string()))?;
        if let Some(fields) = request.as_object_mut() {
            fields.insert("TableName".to_owned(), name.into());
        }
        match dispatch::dispatch(&self.db, "CreateTable", request.to_string().as_bytes()) {
            (200, _) => Ok(()),
            (_, error) if error.contains("ResourceInUseException") => self.check_table(name),
            (_, error) => Err(DynamoError(error)),
        }
    }

    /// Checks that a table which was there can be read by its keys and by its index: a kill while it was made leaves a part of it.
    fn check_table(&self, name: &str) -> Result<(), DynamoError> {
        let values = r#"{":a": {"S": "none"}}"#;
        let by = |key: &str, index: &str| {
            format!(
                r#"{{"TableName": "{name}", "KeyConditionExpression": "{key} = :a", "ExpressionAttributeValues": {values}{index}}}"#
            )
        };
        for query in [by("pk", ""), by("due_shard", r#", "IndexName": "due""#)] {
            if let (status @ 201.., error) = dispatch::dispatch(&self.db, "Query", query.as_bytes()) {
                return Err(DynamoError(format!("the table {name} is not whole, or of another version ({status}): {error}")));
            }
        }
        Ok(())
    }

    /// Reads every item under this `pk`, in the order of `sk`, without going through JSON.
    ///
    /// Fails if the table does not exist, or if the items do not fit into one page (1 MB).
    pub fn partition(&self, table: &str, pk: &str) -> Result<Vec<Item>, DynamoError> {
        let request = QueryRequest {
            table_name: table.to_owned(),
            key_condition_expression: Some("pk = :pk".to_owned()),
            expression_attribute_values: Some(Item::from([(":pk".to_owned(), AttributeValue::S(pk.to_owned()))])),
            scan_index_forward: true,
            ..QueryRequest::default()
        };
        let _reading = self.writing.read().unwrap_or_else(PoisonError::into_inner);
        let page = self.db.query(request).map_err(|error| DynamoError(error.to_string()))?;
        match page.last_evaluated_key {
            Some(_) => Err(DynamoError(format!("the items under {pk} do not fit into one page (1 MB): read them with Query"))),
            None => Ok(page.items.unwrap_or_default()),
        }
    }

    /// Reads the item under this key; `None` if it does not exist.
    ///
    /// Fails if the table does not exist.
    pub fn item(&self, table: &str, pk: &str, sk: &str) -> Result<Option<Item>, DynamoError> {
        let _reading = self.writing.read().unwrap_or_else(PoisonError::into_inner);
        changes::read(&self.db, table, pk, sk).map_err(DynamoError)
    }

    /// Answers one request of the AWS JSON protocol.
    pub fn handle(&self, request: &Request) -> Response {
        self.handle_touching(request).0
    }

    /// Answers one request, and returns the items that it touched if it is a write and was answered with 200.
    pub fn handle_touching(&self, request: &Request) -> (Response, Vec<Touch>) {
        let operation = aws_json::operation(request.headers()).unwrap_or_default();
        let body = request.body();
        if !is_write(operation) {
            let _reading = self.writing.read().unwrap_or_else(PoisonError::into_inner);
            let (status, reply) = dispatch::dispatch(&self.db, operation, body);
            return (aws_json::json(status, reply), vec![]);
        }
        let mut touches = writes::touches(operation, body);
        let _writing = self.writing.write().unwrap_or_else(PoisonError::into_inner);
        let (status, reply) = match &self.guard {
            Some(guard) => guard.write(&self.db, operation, body, &touches),
            None => dispatch::dispatch(&self.db, operation, body),
        };
        if status != 200 {
            touches.clear();
        }
        (aws_json::json(status, reply), touches)
    }
}

impl Service for DynamoDb {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move { self.handle(&request) })
    }
}
