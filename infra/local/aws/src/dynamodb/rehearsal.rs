//! Runs a write on copies of the items it touches, to know what it would do before it is done.

use std::collections::BTreeSet;
use std::sync::Mutex;

use dynoxide::Database;
use serde_json::{Value, json};

use super::dispatch::dispatch;
use super::writes::Touch;
use super::{DynamoError, create_table, memory};
use crate::lock;

/// An item before and after the rehearsed request; None: no such item.
#[derive(Debug)]
pub(super) struct Change {
    pub touch: Touch,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// A scratch store. Every condition and expression of a DynamoDB write reads only the item it is written on, so a store
/// that holds copies of just those items answers exactly as the real one will.
pub(super) struct Stage {
    db: Database,
    tables: Mutex<BTreeSet<String>>,
}

impl Stage {
    pub fn new() -> Result<Self, DynamoError> {
        Ok(Self { db: memory()?, tables: Mutex::default() })
    }

    /// What the request would change; None when it would fail, so would change nothing.
    pub fn rehearse(&self, real: &Database, operation: &str, body: &Value, touches: Vec<Touch>) -> Option<Vec<Change>> {
        let mut changes: Vec<Change> = touches.into_iter().map(|touch| self.enter(real, touch)).collect();
        let (status, _) = dispatch(&self.db, operation, without_token(body).to_string().as_bytes());
        for change in &mut changes {
            change.after = read(&self.db, &change.touch);
            self.leave(&change.touch);
        }
        (status == 200).then_some(changes)
    }

    /// Copies an item onto the stage.
    fn enter(&self, real: &Database, touch: Touch) -> Change {
        if lock(&self.tables).insert(touch.table.clone()) {
            // A table that cannot be made fails the rehearsal, and the real store then names the reason.
            let _made = create_table(&self.db, &touch.table);
        }
        let before = read(real, &touch);
        if let Some(item) = &before {
            let put = json!({"TableName": touch.table, "Item": item});
            dispatch(&self.db, "PutItem", put.to_string().as_bytes());
        }
        Change { touch, before, after: None }
    }

    fn leave(&self, touch: &Touch) {
        dispatch(&self.db, "DeleteItem", key(touch).to_string().as_bytes());
    }
}

/// A replayed token would answer from the stage's own memory instead of running.
fn without_token(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("ClientRequestToken");
    }
    body
}

fn read(db: &Database, touch: &Touch) -> Option<Value> {
    let (_, reply) = dispatch(db, "GetItem", key(touch).to_string().as_bytes());
    let mut reply: Value = serde_json::from_str(&reply).ok()?;
    reply.get_mut("Item").map(Value::take)
}

fn key(touch: &Touch) -> Value {
    json!({"TableName": touch.table, "Key": {"pk": {"S": touch.pk}, "sk": {"S": touch.sk}}})
}
