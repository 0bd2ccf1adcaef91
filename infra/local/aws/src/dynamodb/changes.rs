//! The items that a write touches, before and after it, and how the write is undone.

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::{AttributeValue, Database, Item};

use super::writes::Touch;

/// The item before a request; `None` if it did not exist.
pub(super) struct Before {
    touch: Touch,
    item: Option<Item>,
}

/// The item before and after the request.
pub(super) struct Change<'a> {
    pub touch: &'a Touch,
    pub before: Option<&'a Item>,
    pub after: Option<Item>,
}

impl Before {
    /// Reads the item before the request.
    pub fn of(db: &Database, touch: &Touch) -> Result<Self, String> {
        Ok(Self { touch: touch.clone(), item: read(db, &touch.table, &touch.pk, &touch.sk)? })
    }

    /// Reads the item after the request.
    pub fn change(&self, db: &Database) -> Result<Change<'_>, String> {
        let Touch { table, pk, sk, .. } = &self.touch;
        Ok(Change { touch: &self.touch, before: self.item.as_ref(), after: read(db, table, pk, sk)? })
    }

    /// Restores the item to its state before the request.
    pub fn restore(&self, db: &Database) -> Result<(), String> {
        let Touch { table, pk, sk, .. } = &self.touch;
        let table_name = table.clone();
        let restored = match self.item.clone() {
            Some(item) => db.put_item(PutItemRequest { table_name, item, ..PutItemRequest::default() }).map(drop),
            None => {
                let key = key(pk, sk);
                db.delete_item(DeleteItemRequest { table_name, key, ..DeleteItemRequest::default() }).map(drop)
            }
        };
        restored.map_err(|error| format!("the item {pk} {sk} could not be restored: {error}"))
    }
}

impl Change<'_> {
    /// Whether the request left the item unchanged.
    pub fn is_nothing(&self) -> bool {
        self.before == self.after.as_ref()
    }
}

/// Reads the item under this key.
pub(super) fn read(db: &Database, table: &str, pk: &str, sk: &str) -> Result<Option<Item>, String> {
    let get = GetItemRequest { table_name: table.to_owned(), key: key(pk, sk), ..GetItemRequest::default() };
    db.get_item(get).map(|got| got.item).map_err(|error| error.to_string())
}

fn key(pk: &str, sk: &str) -> Item {
    let text = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    Item::from([text("pk", pk), text("sk", sk)])
}
