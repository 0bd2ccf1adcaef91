//! Read and write units, as the table reports them, and the size of an item in the table.
//!
//! The embedded table counts as DynamoDB does (`tests/cost.rs` checks these rules). A write is one unit for each started KB of
//! the larger of an item's two images, twice that in a transaction. A read is one unit for each started 4 KB, half if eventual.
//! An index entry that is written or removed is one unit, an entry that moves is two, an unchanged entry none, in a transaction
//! or not.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use local_aws::{
    dynamodb::DynamoDb,
    net::{Request, Response, Service},
};
use serde_json::Value;

/// Bytes that DynamoDB bills for each item in addition to its names and values.
const ITEM_OVERHEAD: usize = 100;

/// The units that a request consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units, of the table and its index.
    pub write: f64,
}

/// A table that reports the consumed units in every reply.
pub struct SaysUnits(pub DynamoDb);

impl Service for SaysUnits {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let request = request.map(|body| with_report(&body));
        Box::pin(async move { self.0.handle(&request) })
    }
}

/// The request, extended by the option that makes DynamoDB report the consumed units.
fn with_report(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else { return body.clone() };
    fields.insert("ReturnConsumedCapacity".to_owned(), "INDEXES".into());
    Value::from(fields).to_string().into()
}

/// Reads the consumed units from a reply.
///
/// # Errors
/// The reply has no units: DynamoDB refused the request, or the operation consumes none.
pub fn consumed(operation: &str, answer: &Response) -> Result<Units, String> {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let tables = match body.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.clone(),
        Some(table) => vec![table.clone()],
        None => return Err(format!("the reply to {operation} has no consumed units: {} {body}", answer.status())),
    };
    let units = tables.iter().filter_map(|table| table.get("CapacityUnits")?.as_f64()).sum();
    let reads = ["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"].contains(&operation);
    Ok(if reads { Units { read: units, write: 0.0 } } else { Units { read: 0.0, write: units } })
}

/// The size of an item in the table, in bytes, by DynamoDB's rules.
#[must_use]
pub fn stored_bytes(item: &Value) -> usize {
    ITEM_OVERHEAD + attributes(item)
}

/// The bytes of names and values.
fn attributes(item: &Value) -> usize {
    item.as_object().into_iter().flatten().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    let text = value.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => text.len(),
        // One byte for two digits, one more byte, and one for a minus sign.
        "N" => text.bytes().filter(u8::is_ascii_digit).count().div_ceil(2) + 1 + usize::from(text.starts_with('-')),
        // The text is Base64 of the stored bytes.
        "B" => text.len() / 4 * 3,
        "M" => 3 + attributes(value) + value.as_object().map_or(0, serde_json::Map::len),
        "L" => 3 + value.as_array().into_iter().flatten().map(|value| 1 + value_bytes(value)).sum::<usize>(),
        "SS" | "NS" | "BS" => value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::len).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_size_of_an_item_is_its_names_its_values_and_the_overhead() {
        let item = json!({"pk": {"S": "é"}, "n": {"N": "-1234"}, "b": {"BOOL": true}, "m": {"M": {"x": {"S": "abc"}}}});
        let expected = (2 + 2) + (1 + 2 + 1 + 1) + (1 + 1) + (1 + 3 + (1 + 3) + 1);
        assert_eq!(stored_bytes(&item), ITEM_OVERHEAD + expected);
        assert_eq!(value_bytes(&json!({"L": [{"S": "ab"}, {"NULL": true}]})), 3 + (1 + 2) + (1 + 1));
    }

    #[test]
    fn a_reply_without_units_is_an_error_and_not_zero() {
        let answer = Response::new(Bytes::from_static(b"{}"));
        assert!(consumed("PutItem", &answer).unwrap_err().contains("has no consumed units"));
        let answer = Response::new(Bytes::from_static(br#"{"ConsumedCapacity": [{"CapacityUnits": 6.0}]}"#));
        assert_eq!(consumed("TransactWriteItems", &answer), Ok(Units { read: 0.0, write: 6.0 }));
        assert_eq!(consumed("BatchGetItem", &answer), Ok(Units { read: 6.0, write: 0.0 }));
    }
}
