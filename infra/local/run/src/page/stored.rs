//! Reads a person's part of the table. It reads no other part, so it stays quick however many people there are.

use axum::extract::{Path, State};
use bytes::Bytes;
use domain::credits::EntryKind;
use local_aws::dynamodb::DynamoDb;
use maud::{Markup, html};
use sandbox::TABLE;
use serde_json::{Value, json};

use super::{NoSuchPerson, Shared, shown, subject};
use crate::calls::mask::{Shown, fields};

/// Items that are shown of a person.
const ITEMS_SHOWN: i32 = 60;
/// Longest item that is shown, in characters.
const ITEM_SHOWN_MAX_CHARS: usize = 3000;
/// What the sort keys of a ledger begin with.
const LEDGER_KEYS: [&str; 4] = ["LEDGER#CHARGE#", "LEDGER#SETTLEMENT#", "LEDGER#GRANT#", "LEDGER#PURCHASE#"];

/// An entry of the ledger, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredEntry {
    pub amount: i64,
    pub kind: String,
    pub note: String,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: Option<i64>,
}

/// A person's newest entries, the newest first.
pub(super) fn newest_entries(dynamodb: &DynamoDb, user: i64, most: i32) -> Vec<StoredEntry> {
    let mut entries: Vec<StoredEntry> =
        LEDGER_KEYS.iter().flat_map(|prefix| newest(dynamodb, user, prefix, most)).map(|item| entry(&item)).collect();
    // Of the same instant: credits before debits, so that the running balance stays above zero.
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.at_ms), entry.amount));
    entries.truncate(usize::try_from(most).unwrap_or_default());
    entries
}

fn entry(item: &Value) -> StoredEntry {
    let text = |name: &str| item.pointer(&format!("/{name}/S")).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = text("kind");
    // A kind of another release is shown as it is stored.
    let known = serde_json::from_value::<EntryKind>(json!(kind)).ok();
    StoredEntry {
        amount: item.pointer("/amount/N").and_then(Value::as_str).and_then(|digits| digits.parse().ok()).unwrap_or_default(),
        kind: known.map_or(kind, |kind| format!("{kind:?}").to_lowercase()),
        note: text("note"),
        at_ms: text("at").parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond()),
    }
}

/// A person's items whose sort keys begin like this, the last first.
fn newest(dynamodb: &DynamoDb, user: i64, prefix: &str, most: i32) -> Vec<Value> {
    let condition = if prefix.is_empty() { "pk = :pk" } else { "pk = :pk AND begins_with(sk, :prefix)" };
    let mut values = json!({ ":pk": { "S": format!("USER#{user}") } });
    if let (Some(values), false) = (values.as_object_mut(), prefix.is_empty()) {
        values.insert(":prefix".to_owned(), json!({ "S": prefix }));
    }
    let query = json!({
        "TableName": TABLE,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": false,
        "Limit": most,
    });
    let mut request = http::Request::new(Bytes::from(query.to_string()));
    request.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.Query"));
    let mut page: Value = serde_json::from_slice(dynamodb.handle(&request).body()).unwrap_or_default();
    page.get_mut("Items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default()
}

/// The items of a person, each with its attributes.
pub(super) async fn items(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    let user = subject(&app, id)?.id;
    let items = newest(&app.sandbox.dynamodb, user, "", ITEMS_SHOWN + 1);
    let shown = shown(&app, "DynamoDB");
    let most = usize::try_from(ITEMS_SHOWN).unwrap_or_default();
    let text = |item: &Value| {
        let text = match shown {
            Shown::Values => serde_json::to_string_pretty(&plain(item)).unwrap_or_default(),
            Shown::Fields => fields(&plain(item)),
        };
        app.mask.bounded(&text, ITEM_SHOWN_MAX_CHARS)
    };
    let key = |item: &Value| item.pointer("/sk/S").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(html! {
        @if items.is_empty() { p.none { "No item yet." } }
        @for item in items.iter().take(most) {
            details.item { summary { code { (key(item)) } } pre { (text(item)) } }
        }
        @if items.len() > most { p.none { "Older items are not shown." } }
    })
}

/// An item without the letters of DynamoDB's types.
fn plain(item: &Value) -> Value {
    item.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> Value {
    match value.as_object().and_then(|typed| typed.iter().next()).map(|(kind, value)| (kind.as_str(), value)) {
        Some(("M", map)) => plain(map),
        Some(("L", Value::Array(list))) => list.iter().map(attribute).collect(),
        Some(("N", Value::String(digits))) => digits.parse::<i64>().map_or_else(|_| digits.as_str().into(), Value::from),
        Some(("NULL", _)) => Value::Null,
        Some((_, value)) => value.clone(),
        None => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_shown_without_the_types_of_dynamodb() {
        let item = json!({
            "sk": { "S": "PROFILE" },
            "balance": { "N": "2" },
            "open_jobs": { "SS": ["a"] },
            "order": { "M": { "album": { "L": [{ "N": "1" }, { "S": "b" }] }, "is_new": { "BOOL": true } } },
        });
        let plain_item =
            json!({ "sk": "PROFILE", "balance": 2, "open_jobs": ["a"], "order": { "album": [1, "b"], "is_new": true } });
        assert_eq!(plain(&item), plain_item);
    }
}
