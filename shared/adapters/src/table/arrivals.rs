//! Where the people of a day came from: one item for each payload of `/start`, in the day's partition. A person is counted once, with
//! the account. No decision reads the counts.

use std::collections::HashMap;

use aws_sdk_dynamodb::{config::Config, types::AttributeValue};
use jiff::Timestamp;

use super::{
    Table, TableError,
    counts::{COUNT_WAIT, DAY_KEPT_SECS, day_partition},
    items::Item,
};

/// The start of the sort key of a source.
const FROM: &str = "FROM#";
/// Sources of a day that are read. A link can carry any payload, so their number has no limit.
const SOURCES_READ_MAX: i32 = 100;

impl Table {
    /// Counts a person who came from here today (UTC). Sent once and never repeated; a failure is logged and otherwise ignored.
    pub async fn count_arrival(&self, source: &str, now: Timestamp) {
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(source, now)))
            .update_expression("SET expires_at = :expires ADD people :one")
            .expression_attribute_values(":expires", AttributeValue::N((now.as_second() + DAY_KEPT_SECS).to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
        let update = update.customize().config_override(Config::builder().retry_config(crate::aws::once()));
        match tokio::time::timeout(COUNT_WAIT, update.send()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                let error = TableError::unavailable("UpdateItem", &error);
                tracing::warn!(%error, "the day's arrivals may miss a person");
            }
            Err(_) => tracing::warn!("the day's arrivals may miss a person: no reply within the time limit"),
        }
    }

    /// Where the people of the day (UTC) that contains `now` came from, and how many; the most first. Of more than 100 sources some are
    /// missing.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn arrivals(&self, now: Timestamp) -> Result<Vec<(String, u64)>, TableError> {
        let reply = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :from)")
            .expression_attribute_values(":pk", AttributeValue::S(day_partition(now)))
            .expression_attribute_values(":from", AttributeValue::S(FROM.to_owned()))
            .limit(SOURCES_READ_MAX)
            .send()
            .await
            .map_err(|error| TableError::unavailable("Query", &error))?;
        let read = |item: &Item| {
            let source = item.get("sk")?.as_s().ok()?.strip_prefix(FROM)?.to_owned();
            Some((source, item.get("people")?.as_n().ok()?.parse().ok()?))
        };
        let mut arrivals: Vec<(String, u64)> = reply.items().iter().filter_map(read).collect();
        arrivals.sort_by(|(a, more), (b, fewer)| fewer.cmp(more).then_with(|| a.cmp(b)));
        Ok(arrivals)
    }
}

fn key(source: &str, now: Timestamp) -> Item {
    let text = |value: String| AttributeValue::S(value);
    HashMap::from([("pk".to_owned(), text(day_partition(now))), ("sk".to_owned(), text(format!("{FROM}{source}")))])
}
