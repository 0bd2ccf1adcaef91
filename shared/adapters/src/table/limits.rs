//! The counts that limits compare. Each is changed in the transaction of the charge, the refund or the gift that it counts.
//!
//! A person's day is the item `DAY#<date>` beside the account. The day's count of all people is spread over [`SHARDS`] items
//! `LIMIT#<limit>#<date>`, each with its share of the limit. A full or throttled shard means the next one. If all are full, the
//! request is refused. If some could not be reached and the others are full, the request fails and may be repeated: no limit lets
//! a request through without counting it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{
    ids::UserId,
    limits::{Allowance, DayCap, Limit, SHARDS, day},
};
use jiff::Timestamp;

use super::{
    Table, TableError,
    attempt::Refused,
    items::{Item, key, person_day_key},
};

/// How long a day's counts are kept, seconds. No request reads a past day; the operator may want to.
const DAY_KEPT_SECS: i64 = 7 * 24 * 3600;

/// A request that counts towards a day's limit of all people.
pub(super) struct Counted {
    /// The limit, and what it leaves this request.
    pub cap: DayCap,
    /// How much the request counts.
    pub count: u32,
    /// The time of the request.
    pub now: Timestamp,
}

/// Why a counted transaction was not applied.
pub(super) enum NotCounted {
    /// All shards are full.
    Full(Limit),
    /// The transaction was refused for another reason.
    Refused(Refused),
}

impl Table {
    /// Applies a transaction together with its count in one shard. The first shard is drawn at random.
    pub(super) async fn transact_counted(
        &self,
        actions: Vec<TransactWriteItem>,
        counted: &Counted,
        write_id: &str,
    ) -> Result<(), NotCounted> {
        let (first, last) = (self.rng.below(SHARDS), actions.len());
        let mut throttled = None;
        for shard in (0..SHARDS).map(|n| (first + n) % SHARDS) {
            let Some(update) = self.count_in(shard, counted).map_err(|error| NotCounted::Refused(Refused::Error(error)))? else {
                continue;
            };
            let actions = actions.iter().cloned().chain([update]).collect();
            match self.transact_or_give_way(actions, write_id, Some(last)).await {
                Ok(()) => return Ok(()),
                Err(Refused::At(at, _)) if at == last => {}
                Err(Refused::Throttled(error)) => throttled = Some(error),
                Err(other) => return Err(NotCounted::Refused(other)),
            }
        }
        Err(throttled.map_or(NotCounted::Full(counted.cap.limit), |error| NotCounted::Refused(Refused::Error(error))))
    }

    /// Counts a request in a shard, if its share allows; `None` if the request does not fit into the share of an empty shard.
    fn count_in(&self, shard: u8, counted: &Counted) -> Result<Option<TransactWriteItem>, TableError> {
        let Counted { cap, count, now } = *counted;
        let Some(before) = cap.before(shard, count) else { return Ok(None) };
        let text = |value: String| AttributeValue::S(value);
        let partition = format!("LIMIT#{}#{}", cap.limit.name(), day(now));
        let key = HashMap::from([("pk".to_owned(), text(partition)), ("sk".to_owned(), text(shard.to_string()))]);
        let update = self
            .update(key)
            .update_expression("SET expires_at = :expires ADD used :count")
            .condition_expression("attribute_not_exists(used) OR used <= :before")
            .expression_attribute_values(":count", number(count))
            .expression_attribute_values(":before", number(before))
            .expression_attribute_values(":expires", expires(now));
        action(update).map(Some)
    }

    /// Counts an order in the person's day, if the day's limits allow.
    pub(super) fn count_order(
        &self,
        user: UserId,
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<TransactWriteItem, TableError> {
        let update = self
            .update(key(user, &person_day_key(day(now))))
            .update_expression("SET expires_at = :expires ADD orders :videos")
            .condition_expression(
                "(attribute_not_exists(orders) OR orders <= :orders_before) AND \
                 (attribute_not_exists(refunds) OR refunds <= :refunds_before)",
            )
            .expression_attribute_values(":videos", number(allowance.videos))
            .expression_attribute_values(":orders_before", number(allowance.orders_before))
            .expression_attribute_values(":refunds_before", number(allowance.refunds_before))
            .expression_attribute_values(":expires", expires(now));
        action(update)
    }

    /// Counts a refund in the person's day. A refund never fails for a limit.
    pub(super) fn count_refund(&self, user: UserId, now: Timestamp) -> Result<TransactWriteItem, TableError> {
        let update = self
            .update(key(user, &person_day_key(day(now))))
            .update_expression("SET expires_at = :expires ADD refunds :one")
            .expression_attribute_values(":one", number(1_u32))
            .expression_attribute_values(":expires", expires(now));
        action(update)
    }

    /// An update whose failed condition returns the item.
    pub(super) fn update(&self, key: Item) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(key))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// The limit of a person's day that refused an order, read from the day's counts.
pub(super) fn refused_by_day(found: &Item, allowance: &Allowance) -> Limit {
    if count(found, "orders") > u64::from(allowance.orders_before) { Limit::OrdersADay } else { Limit::RefundsADay }
}

/// The count in an attribute of an item; zero if there is none.
pub(super) fn count(found: &Item, name: &str) -> u64 {
    found.get(name).and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or_default()
}

/// The action of a built update.
pub(super) fn action(update: aws_sdk_dynamodb::types::builders::UpdateBuilder) -> Result<TransactWriteItem, TableError> {
    Ok(TransactWriteItem::builder().update(update.build().map_err(TableError::unbuilt)?).build())
}

/// A number attribute.
pub(super) fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

fn expires(now: Timestamp) -> AttributeValue {
    AttributeValue::N((now.as_second() + DAY_KEPT_SECS).to_string())
}
