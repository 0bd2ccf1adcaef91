//! Runs a write on copies of the items it touches, to know what it would do before it is done.

use std::collections::BTreeSet;
use std::sync::Mutex;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{AttributeValue, Database, Item};

use super::dispatch::dispatch;
use super::writes::Touch;
use super::{DynamoError, create_table, memory};
use crate::lock;

/// An item before and after the rehearsed request; None: no such item.
#[derive(Debug)]
pub(super) struct Change {
    pub touch: Touch,
    pub before: Option<Item>,
    pub after: Option<Item>,
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

    /// What the request would change; None when it would fail, so would change nothing. An error when nobody can tell.
    pub fn rehearse(
        &self,
        real: &Database,
        operation: &str,
        body: &[u8],
        touches: Vec<Touch>,
    ) -> Result<Option<Vec<Change>>, DynamoError> {
        let mut changes = touches.into_iter().map(|touch| self.enter(real, touch)).collect::<Result<Vec<_>, _>>()?;
        let is_applied = self.apply(operation, body);
        for change in &mut changes {
            change.after = read(&self.db, &change.touch);
            self.leave(&change.touch);
        }
        Ok(is_applied.then_some(changes))
    }

    /// Without its token: a replayed one would answer from the stage's own memory instead of running.
    fn apply(&self, operation: &str, body: &[u8]) -> bool {
        if operation != "TransactWriteItems" {
            return dispatch(&self.db, operation, body).0 == 200;
        }
        let transaction = serde_json::from_slice::<TransactWriteItemsRequest>(body);
        transaction.is_ok_and(|transaction| {
            self.db.transact_write_items(TransactWriteItemsRequest { client_request_token: None, ..transaction }).is_ok()
        })
    }

    /// Copies an item onto the stage.
    fn enter(&self, real: &Database, touch: Touch) -> Result<Change, DynamoError> {
        if !lock(&self.tables).contains(&touch.table) {
            create_table(&self.db, &touch.table)?;
            lock(&self.tables).insert(touch.table.clone());
        }
        let before = read(real, &touch);
        if let Some(item) = before.clone() {
            let put = PutItemRequest { table_name: touch.table.clone(), item, ..PutItemRequest::default() };
            self.db.put_item(put).map_err(|error| DynamoError(error.to_string()))?;
        }
        Ok(Change { touch, before, after: None })
    }

    fn leave(&self, touch: &Touch) {
        let delete = DeleteItemRequest { table_name: touch.table.clone(), key: key(touch), ..DeleteItemRequest::default() };
        // What was never there is gone as well.
        let _gone = self.db.delete_item(delete);
    }
}

fn read(db: &Database, touch: &Touch) -> Option<Item> {
    let get = GetItemRequest { table_name: touch.table.clone(), key: key(touch), ..GetItemRequest::default() };
    db.get_item(get).ok()?.item
}

fn key(touch: &Touch) -> Item {
    let text = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    Item::from([text("pk", &touch.pk), text("sk", &touch.sk)])
}
