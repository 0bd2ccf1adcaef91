//! Daily counts for `/admin`: orders, deliveries and refunds. An event is counted after its commit, at most once, so the counts
//! may miss some events. No decision reads the counts: the ledger is the truth.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{config::Config, types::AttributeValue};
use domain::operator::Day;
use jiff::{Timestamp, tz::TimeZone};

use super::{Table, TableError, items::Item};

/// Longest wait for a count to be written.
const COUNT_WAIT: Duration = Duration::from_millis(500);
/// How long a day's counts are kept after the last write, seconds.
const DAY_KEPT_SECS: i64 = 40 * 24 * 3600;

/// The events that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Videos ordered and charged.
    Ordered,
    /// Videos delivered and captured, free replays included.
    Delivered,
    /// Videos refunded, free replays included.
    Refunded,
}

impl Counted {
    fn attribute(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Delivered => "delivered",
            Self::Refunded => "refunded",
        }
    }
}

impl Table {
    /// Adds `times` to a count of this day (UTC), after the commit. The request is sent once and never repeated, because a second
    /// request could count twice. A failure is logged and otherwise ignored.
    pub async fn count(&self, what: Counted, times: usize, now: Timestamp) {
        let number = |value: String| AttributeValue::N(value);
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(day_key(now)))
            .update_expression("SET expires_at = :expires ADD #what :times")
            .expression_attribute_names("#what", what.attribute())
            .expression_attribute_values(":expires", number((now.as_second() + DAY_KEPT_SECS).to_string()))
            .expression_attribute_values(":times", number(times.to_string()))
            .customize()
            .config_override(Config::builder().retry_config(crate::aws::once()));
        let why = match tokio::time::timeout(COUNT_WAIT, update.send()).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => TableError::unavailable("UpdateItem", &error).to_string(),
            Err(_) => "no reply within the time limit".to_owned(),
        };
        tracing::warn!(what = what.attribute(), times, error = why, "the daily count may miss an event");
    }

    /// Reads the counts of the day (UTC) that contains `now`.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn day(&self, now: Timestamp) -> Result<Day, TableError> {
        let found = self.batch_read(vec![day_key(now)]).await?;
        let count = |what: Counted| found.first().and_then(|item| item.get(what.attribute())?.as_n().ok()?.parse().ok());
        let count = |what| count(what).unwrap_or_default();
        Ok(Day { ordered: count(Counted::Ordered), delivered: count(Counted::Delivered), refunded: count(Counted::Refunded) })
    }
}

fn day_key(now: Timestamp) -> Item {
    let day = now.to_zoned(TimeZone::UTC).date();
    let text = |value: String| AttributeValue::S(value);
    HashMap::from([("pk".to_owned(), text(format!("DAY#{day}"))), ("sk".to_owned(), text("COUNTS".to_owned()))])
}
