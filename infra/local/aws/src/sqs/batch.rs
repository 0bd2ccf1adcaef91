//! The common part of the three batch operations: the rules for a batch, and a result for each entry.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Reply;
use super::error::SqsError;

/// A batch has one to ten entries with distinct ids of letters, digits, `-` and `_`.
pub(super) fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), SqsError> {
    match ids.len() {
        0 => return Err(SqsError::empty_batch()),
        1..=10 => {}
        count => return Err(SqsError::too_many_entries(count)),
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if id.is_empty() || id.len() > 80 || !plain {
            return Err(SqsError::invalid_entry_id());
        }
        if !seen.insert(id) {
            return Err(SqsError::ids_not_distinct(id));
        }
    }
    Ok(())
}

/// The reply to a batch: a result for each entry, in the order of the request.
pub(super) fn reply(results: impl Iterator<Item = (String, Reply)>) -> Reply {
    let (mut successful, mut failed) = (vec![], vec![]);
    for (id, result) in results {
        match result {
            Ok(output) => successful.push(with_id(output, id)),
            Err(error) => failed.push(json!({
                "Id": id, "SenderFault": true, "Code": error.code, "Message": error.message,
            })),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

fn with_id(output: Value, id: String) -> Value {
    let mut entry = match output {
        Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    entry.insert("Id".to_owned(), id.into());
    Value::Object(entry)
}
