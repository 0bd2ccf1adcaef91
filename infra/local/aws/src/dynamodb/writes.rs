//! Which items a write request touches, read from its JSON.

use serde_json::Value;

/// The operations that can change an item.
pub(super) fn is_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems")
}

/// What a request does to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Put,
    Update,
    Delete,
    Check,
}

/// One item that a request touches.
#[derive(Clone, Debug)]
pub struct Touch {
    /// The table.
    pub table: String,
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
    pub(super) kind: Kind,
}

impl Touch {
    /// Whether the item is a person's profile, which has the balance.
    pub fn is_profile(&self) -> bool {
        self.pk.starts_with("USER#") && self.sk == "PROFILE"
    }

    /// Whether the item is a ledger entry.
    pub fn is_ledger_entry(&self) -> bool {
        self.pk.starts_with("USER#") && self.sk.starts_with("LEDGER#")
    }

    fn of_put(table: &str, put: &Value) -> Option<Self> {
        Self::of(table, put.get("Item")?, Kind::Put)
    }

    fn of_key(table: &str, write: &Value, kind: Kind) -> Option<Self> {
        Self::of(table, write.get("Key")?, kind)
    }

    fn of(table: &str, item: &Value, kind: Kind) -> Option<Self> {
        let text = |name: &str| item.get(name)?.get("S")?.as_str().map(str::to_owned);
        Some(Self { table: table.to_owned(), pk: text("pk")?, sk: text("sk")?, kind })
    }
}

/// Every item that the request touches, in its order. Items without our string keys are left out, because they hold no money.
pub(super) fn touches(operation: &str, body: &[u8]) -> Vec<Touch> {
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    match operation {
        "PutItem" => single(&body, Kind::Put),
        "UpdateItem" => single(&body, Kind::Update),
        "DeleteItem" => single(&body, Kind::Delete),
        "BatchWriteItem" => batch(&body),
        "TransactWriteItems" => transaction(&body),
        _ => vec![],
    }
}

fn single(body: &Value, kind: Kind) -> Vec<Touch> {
    let table = body.get("TableName").and_then(Value::as_str).unwrap_or_default();
    let touch = if kind == Kind::Put { Touch::of_put(table, body) } else { Touch::of_key(table, body, kind) };
    touch.into_iter().collect()
}

fn batch(body: &Value) -> Vec<Touch> {
    let tables = body.get("RequestItems").and_then(Value::as_object);
    let entries = tables
        .into_iter()
        .flatten()
        .flat_map(|(table, entries)| entries.as_array().into_iter().flatten().map(move |entry| (table.as_str(), entry)));
    let touch = |(table, entry): (&str, &Value)| {
        let put = entry.get("PutRequest").and_then(|put| Touch::of_put(table, put));
        put.or_else(|| Touch::of_key(table, entry.get("DeleteRequest")?, Kind::Delete))
    };
    entries.filter_map(touch).collect()
}

fn transaction(body: &Value) -> Vec<Touch> {
    let actions = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    let named = |action: &Value| {
        let (name, action) = action.as_object()?.iter().find(|(_, action)| !action.is_null())?;
        let kind = match name.as_str() {
            "Put" => Kind::Put,
            "Update" => Kind::Update,
            "Delete" => Kind::Delete,
            _ => Kind::Check,
        };
        single(action, kind).pop()
    };
    actions.filter_map(named).collect()
}
