//! Rate-limit counters that all instances of a function share. The first request in a window of time gets the value 1.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;

use super::{Table, TableError, items::Item};

/// How long a window's counter is kept after the window began, seconds. Past windows are never read.
const COUNTER_KEPT_SECS: i64 = 3600;

impl Table {
    /// Increments the counter of this window and returns its new value, from 1. Each `limited` operation has counters of its
    /// own. A value is lost if the SDK repeats the request, or if the caller crashes.
    ///
    /// # Errors
    /// [`TableError`]: no reply came, or the reply has no count. The counter may have been incremented.
    pub async fn increment_counter(&self, limited: &str, window: Timestamp) -> Result<u32, TableError> {
        let text = |value: String| AttributeValue::S(value);
        let number = |value: i64| AttributeValue::N(value.to_string());
        let reply = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", text(format!("LIMIT#{limited}")))
            .key("sk", text(window.to_string()))
            .update_expression("SET expires_at = :expires ADD drawn :one")
            .expression_attribute_values(":expires", number(window.as_second() + COUNTER_KEPT_SECS))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| TableError::unavailable("UpdateItem", &error))?;
        let count = reply.attributes.as_ref().and_then(count_in);
        count.ok_or_else(|| TableError::unreadable("drawn", &"UpdateItem returned no count"))
    }
}

/// The counter's value in the attribute `drawn`.
fn count_in(attributes: &Item) -> Option<u32> {
    attributes.get("drawn")?.as_n().ok()?.parse().ok()
}
