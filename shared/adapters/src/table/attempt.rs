//! Writes to the table. A write that conflicts with another transaction is repeated after a random wait. A write whose condition
//! failed is never repeated.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{AttributeValue, CancellationReason, TransactWriteItem},
};

use super::{
    Condition, Table, TableError,
    errors::{Cancelled, cancelled},
    items::{Item, WRITE_ID},
};

/// Most retries of a write that conflicts with other transactions.
const CONFLICT_TRIES_MAX: u32 = 10;
/// The longest wait after the first conflict. It doubles with each further conflict up to [`CONFLICT_WAIT_MAX`].
const CONFLICT_WAIT: Duration = Duration::from_millis(20);
/// The longest wait between two attempts at a write.
const CONFLICT_WAIT_MAX: Duration = Duration::from_millis(640);

/// Why a transaction was not applied.
pub(super) enum Refused {
    /// The condition of the action with this index failed on this item, which is not what this write would have left.
    At(usize, Item),
    /// DynamoDB throttles the item of the replaceable action.
    Throttled(TableError),
    /// The call failed for another reason.
    Error(TableError),
}

impl Table {
    /// Puts one versioned item. A failed condition counts as success if the item carries this write's id: then the write was
    /// applied and its reply was lost.
    pub(super) async fn put_versioned(&self, mut item: Item, version: u64) -> Result<(), TableError> {
        let write_id = self.stamp(&mut item);
        let put = self.put(item, Condition::before(version))?;
        for tries in 0.. {
            let sent = self
                .client
                .put_item()
                .table_name(&self.name)
                .set_item(Some(put.item().clone()))
                .set_condition_expression(put.condition_expression().map(Into::into))
                .set_expression_attribute_values(put.expression_attribute_values().cloned())
                .set_return_values_on_condition_check_failure(put.return_values_on_condition_check_failure().cloned())
                .send()
                .await;
            let Err(error) = sent else { return Ok(()) };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    return if is_ours(failed.item(), &write_id) { Ok(()) } else { Err(TableError::Stale) };
                }
                Some(PutItemError::TransactionConflictException(_)) if tries < CONFLICT_TRIES_MAX => self.back_off(tries).await,
                _ => return Err(TableError::unavailable("PutItem", &error)),
            }
        }
        Err(TableError::Stale)
    }

    /// Applies a transaction whose first action is a put with a write id.
    pub(super) async fn transact(&self, actions: Vec<TransactWriteItem>, write_id: &str) -> Result<(), Refused> {
        self.transact_or_give_way(actions, write_id, None).await
    }

    /// Applies a transaction whose first action is a put with a write id. If DynamoDB throttles the item of the action
    /// `replaceable`, the transaction is not repeated: the caller has another item for that action.
    pub(super) async fn transact_or_give_way(
        &self,
        actions: Vec<TransactWriteItem>,
        write_id: &str,
        replaceable: Option<usize>,
    ) -> Result<(), Refused> {
        for tries in 0.. {
            let sent = self.client.transact_write_items().set_transact_items(Some(actions.clone())).send().await;
            let Err(error) = sent else { return Ok(()) };
            let wait = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(reasons)) => {
                    let reasons = reasons.cancellation_reasons();
                    match cancelled(reasons) {
                        Cancelled::Failed(_) if first_is_ours(reasons, write_id) => return Ok(()),
                        Cancelled::Failed(at) => {
                            let found = reasons.get(at).and_then(CancellationReason::item);
                            return Err(Refused::At(at, found.cloned().unwrap_or_default()));
                        }
                        Cancelled::Throttled(at) if Some(at) == replaceable => {
                            return Err(Refused::Throttled(TableError::unavailable("TransactWriteItems", &error)));
                        }
                        Cancelled::Throttled(_) | Cancelled::Conflict => true,
                        Cancelled::Other(reason) => {
                            let operation = "TransactWriteItems";
                            return Err(Refused::Error(TableError::Unavailable { operation, reason }));
                        }
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => true,
                _ => false,
            };
            if !wait || tries >= CONFLICT_TRIES_MAX {
                return Err(Refused::Error(TableError::unavailable("TransactWriteItems", &error)));
            }
            self.back_off(tries).await;
        }
        Err(Refused::Error(TableError::Stale))
    }

    /// Adds a new write id to an item and returns it.
    pub(super) fn stamp(&self, item: &mut Item) -> String {
        let write_id = self.rng.write_id();
        item.insert(WRITE_ID.into(), AttributeValue::S(write_id.clone()));
        write_id
    }

    /// Waits before a further attempt.
    pub(super) async fn back_off(&self, tries: u32) {
        let longest = CONFLICT_WAIT.saturating_mul(1 << tries.min(16)).min(CONFLICT_WAIT_MAX);
        tokio::time::sleep(self.rng.jitter(longest)).await;
    }
}

/// Whether the item that failed a write's condition carries the id of that write: then the write was applied and only its reply
/// was lost.
fn is_ours(found: Option<&Item>, write_id: &str) -> bool {
    found.and_then(|item| item.get(WRITE_ID)).and_then(|id| id.as_s().ok()).is_some_and(|id| id == write_id)
}

fn first_is_ours(reasons: &[CancellationReason], write_id: &str) -> bool {
    reasons.first().is_some_and(|reason| is_ours(reason.item(), write_id))
}

/// Converts a failed condition to [`TableError::Stale`]: the caller decided on an older version of the item.
pub(super) fn stale(refused: Refused) -> TableError {
    match refused {
        Refused::At(..) => TableError::Stale,
        Refused::Throttled(error) | Refused::Error(error) => error,
    }
}
