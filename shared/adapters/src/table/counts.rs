//! Daily counts for the operator: orders, deliveries, refunds, and what was charged and what KIE took. An event is counted after its
//! commit, at most once, so the counts may miss some events. No decision reads the counts: the ledger is the truth.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{config::Config, types::AttributeValue};
use domain::{limits, operator::Day};
use jiff::{Timestamp, ToSpan, civil::Date};

use super::{Table, TableError, items::Item};

/// Longest wait for a count to be written.
pub(super) const COUNT_WAIT: Duration = Duration::from_millis(500);
/// How long a day's counts are kept after the last write, seconds.
pub(super) const DAY_KEPT_SECS: i64 = 40 * 24 * 3600;

/// Each count with the attribute that stores it.
fn counts(day: &mut Day) -> [(&'static str, &mut u64); 8] {
    let Day { ordered, charged, replayed, delivered, refunded, kie_millicredits, kie_films, kie_replay_films } = day;
    [
        ("ordered", ordered),
        ("charged", charged),
        ("replayed", replayed),
        ("delivered", delivered),
        ("refunded", refunded),
        ("kie_millicredits", kie_millicredits),
        ("kie_films", kie_films),
        ("kie_replay_films", kie_replay_films),
    ]
}

impl Table {
    /// Adds an event to the counts of this day (UTC), after the commit, by one request. The request is sent once and never
    /// repeated, because a second request could count twice. A failure is logged and otherwise ignored.
    pub async fn count(&self, mut event: Day, now: Timestamp) {
        let number = |value: String| AttributeValue::N(value);
        let added: Vec<_> = counts(&mut event).into_iter().filter(|(_, times)| **times > 0).collect();
        if added.is_empty() {
            return;
        }
        let adds: Vec<_> = added.iter().map(|(name, _)| format!("#{name} :{name}")).collect();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(day_key(day_of(now))))
            .update_expression(format!("SET expires_at = :expires ADD {}", adds.join(", ")))
            .expression_attribute_values(":expires", number((now.as_second() + DAY_KEPT_SECS).to_string()));
        for (name, times) in added {
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), number(times.to_string()));
        }
        let update = update.customize().config_override(Config::builder().retry_config(crate::aws::once()));
        let why = match tokio::time::timeout(COUNT_WAIT, update.send()).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => TableError::unavailable("UpdateItem", &error).to_string(),
            Err(_) => "no reply within the time limit".to_owned(),
        };
        tracing::warn!(?event, error = why, "the daily count may miss an event");
    }

    /// Reads the counts of the day (UTC) that contains `now`.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn day(&self, now: Timestamp) -> Result<Day, TableError> {
        let days = self.days(now, 1).await?;
        Ok(days.into_iter().next().map(|(_, day)| day).unwrap_or_default())
    }

    /// Reads the counts of the day (UTC) that contains `now` and of the days before it, the newest first; `days` in all, 100 at
    /// most. A day without counts is all zeros. The counts of a day are kept for 40 days.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn days(&self, now: Timestamp, days: u8) -> Result<Vec<(Date, Day)>, TableError> {
        let today = day_of(now);
        let dates: Vec<Date> = (0..days.into()).map(|ago: i64| today.saturating_sub(ago.days())).collect();
        let found = self.batch_read(dates.iter().copied().map(day_key).collect()).await?;
        let read = |date: Date| {
            let (mut day, key) = (Day::default(), day_key(date));
            let item = found.iter().find(|item| item.get("pk") == key.get("pk"));
            for (name, count) in counts(&mut day) {
                let stored = item.and_then(|item| item.get(name)?.as_n().ok()?.parse().ok());
                *count = stored.unwrap_or_default();
            }
            (date, day)
        };
        Ok(dates.into_iter().map(read).collect())
    }
}

fn day_of(now: Timestamp) -> Date {
    limits::day(now)
}

/// The partition of the day (UTC) that contains `now`.
pub(super) fn day_partition(now: Timestamp) -> String {
    partition(day_of(now))
}

fn partition(day: Date) -> String {
    format!("DAY#{day}")
}

fn day_key(day: Date) -> Item {
    let text = |value: String| AttributeValue::S(value);
    HashMap::from([("pk".to_owned(), text(partition(day))), ("sk".to_owned(), text("COUNTS".to_owned()))])
}
