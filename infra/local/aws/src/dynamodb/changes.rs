//! The items that a write touches, before and after it, and the way back.

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::{AttributeValue, Database, Item};

use super::writes::Touch;

/// An item before and after a request; None: no such item.
#[derive(Debug)]
pub(super) struct Change {
    pub touch: Touch,
    pub before: Option<Item>,
    pub after: Option<Item>,
}

impl Change {
    /// The item as it is before the request.
    pub fn about_to(db: &Database, touch: &Touch) -> Result<Self, String> {
        let before = read(db, &touch.table, &touch.pk, &touch.sk)?;
        Ok(Self { touch: touch.clone(), before, after: None })
    }

    /// Reads the item once more, after the request.
    pub fn applied(self, db: &Database) -> Result<Self, String> {
        let Touch { table, pk, sk, .. } = &self.touch;
        Ok(Self { after: read(db, table, pk, sk)?, ..self })
    }

    /// Whether the request left the item as it was.
    pub fn changed_nothing(&self) -> bool {
        self.before == self.after
    }

    /// Makes the item what it was before the request.
    pub fn undo(&self, db: &Database) -> Result<(), String> {
        let Touch { table, pk, sk, .. } = &self.touch;
        let table_name = table.clone();
        let undone = match self.before.clone() {
            Some(item) => db.put_item(PutItemRequest { table_name, item, ..PutItemRequest::default() }).map(drop),
            None => {
                let key = key(pk, sk);
                db.delete_item(DeleteItemRequest { table_name, key, ..DeleteItemRequest::default() }).map(drop)
            }
        };
        undone.map_err(|error| error.to_string())
    }
}

/// The item under this key, as it is now.
pub(super) fn read(db: &Database, table: &str, pk: &str, sk: &str) -> Result<Option<Item>, String> {
    let get = GetItemRequest { table_name: table.to_owned(), key: key(pk, sk), ..GetItemRequest::default() };
    db.get_item(get).map(|got| got.item).map_err(|error| error.to_string())
}

fn key(pk: &str, sk: &str) -> Item {
    let text = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    Item::from([text("pk", pk), text("sk", sk)])
}
