//! Numbers drawn by all instances of a function together: who asks first in a window of time is number one.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;

use super::{Table, TableError, items::Item};

/// How long the count of a window is kept after its beginning: nobody asks for a past one.
const COUNT_KEPT_SECS: i64 = 3600;

impl Table {
    /// The next number of this window, from 1. What is limited counts by its own key; a number drawn twice by a repeated
    /// request, or by somebody who dies, is lost.
    ///
    /// # Errors
    /// The table could not be asked; a number may have been drawn.
    pub async fn next_number(&self, limited: &str, window: Timestamp) -> Result<u32, TableError> {
        let text = |value: String| AttributeValue::S(value);
        let number = |value: i64| AttributeValue::N(value.to_string());
        let drawn = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", text(format!("LIMIT#{limited}")))
            .key("sk", text(window.to_string()))
            .update_expression("SET expires_at = :expires ADD drawn :one")
            .expression_attribute_values(":expires", number(window.as_second() + COUNT_KEPT_SECS))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| TableError::unavailable("UpdateItem", &error))?;
        let found = drawn.attributes.as_ref().and_then(drawn_in);
        found.ok_or_else(|| TableError::unreadable("drawn", &"no number came back"))
    }
}

fn drawn_in(attributes: &Item) -> Option<u32> {
    attributes.get("drawn")?.as_n().ok()?.parse().ok()
}
