//! An embedded table. Tests put and get its items as DynamoDB JSON, and production's code reads and writes the same table.

use adapters::{aws::AwsConfig, config::Env, rng::Rng, table::Table, wire::Wire};
use local_aws::{
    dynamodb::DynamoDb,
    net::{Net, Request},
};
use serde_json::{Value as Json, json};

const TABLE: &str = "neurocards";

/// An embedded DynamoDB table and production's access to it.
pub struct Store {
    db: DynamoDb,
    /// Production's access to the table.
    pub table: Table,
}

impl Store {
    /// An empty table. It has no ledger guard, because tests store an entry without the balance that the entry moved.
    pub fn empty() -> Self {
        let (net, db) = (Net::new(), DynamoDb::new().unwrap().unguarded());
        db.create_table(TABLE).unwrap();
        net.mount("dynamodb.local", db.clone());
        let vars = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AK"),
            ("AWS_SECRET_ACCESS_KEY", "SK"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb.local"),
        ];
        let client = AwsConfig::from_env(&Env::from_map(vars)).unwrap().dynamodb_client(&Wire::over(net));
        Self { db, table: Table::new(client, TABLE.into(), Rng::seeded(1)) }
    }

    /// A table that holds only this item.
    pub fn with(item: &Json) -> Self {
        let store = Self::empty();
        store.put(item);
        store
    }

    /// Puts an item as it is, without a condition.
    pub fn put(&self, item: &Json) {
        self.call("PutItem", &json!({"TableName": TABLE, "Item": item}));
    }

    /// Puts an item with only its key and a version, so that a write decided on that version succeeds. Version 0 puts nothing.
    pub fn put_version(&self, pk: &str, sk: &str, version: u64) {
        if version > 0 {
            self.put(&json!({"pk": {"S": pk}, "sk": {"S": sk}, "version": {"N": version.to_string()}}));
        }
    }

    /// The item with this key, as DynamoDB JSON.
    pub fn get(&self, pk: &str, sk: &str) -> Json {
        let key = json!({"TableName": TABLE, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}, "ConsistentRead": true});
        let mut found = self.call("GetItem", &key);
        assert!(found["Item"].is_object(), "no item {pk} {sk}");
        found["Item"].take()
    }

    /// All items, as DynamoDB JSON.
    pub fn scan(&self) -> Vec<Json> {
        let mut found = self.call("Scan", &json!({"TableName": TABLE, "ConsistentRead": true}));
        found["Items"].as_array_mut().map(std::mem::take).unwrap()
    }

    fn call(&self, operation: &str, request: &Json) -> Json {
        let target = format!("DynamoDB_20120810.{operation}");
        let request: Request = http::Request::post("/").header("x-amz-target", target).body(request.to_string().into()).unwrap();
        let reply = self.db.handle(&request);
        assert_eq!(reply.status(), 200, "{operation}: {reply:?}");
        serde_json::from_slice(reply.body()).unwrap()
    }
}
