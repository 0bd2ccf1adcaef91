//! The single table: accounts, conversations, jobs and the ledger.
//!
//! **Architecture invariant:** only `credits.rs`, with its module `import`, writes a balance or a ledger entry.
//!
//! Every write states the version it was decided on (optimistic locking). A write whose reply was lost is recognised by its
//! write id, so that a retry of the SDK is not taken for a write of another process.

mod account_snapshot;
mod accounts;
mod arrivals;
mod attempt;
mod counters;
mod counts;
mod credits;
mod errors;
mod held;
mod items;
mod jobs;
mod ledger_page;
mod limits;
mod operations;
mod people;
mod standing;
mod stored;
mod stored_item;

pub use account_snapshot::AccountSnapshot;
pub use accounts::{Accounts, Pass, ScanPosition, user_hash};
pub use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{
    Client,
    types::{Put, TransactWriteItem},
};
pub use errors::TableError;
pub use jobs::DueJob;
pub use people::Person;
pub use standing::Standing;
pub use stored::{Account, Storable, Stored, StoredAccount};
pub use stored_item::StoredItem;

use crate::rng::Rng;
use items::Item;

/// Shards of the sparse index `due`; the sweeper reads them concurrently. Do not change the number: open jobs would be left in
/// shards that no sweeper reads.
pub const DUE_SHARDS: u8 = 8;

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
    rng: Rng,
}

impl Table {
    /// The table with this name.
    #[must_use]
    pub fn new(client: Client, name: String, rng: Rng) -> Self {
        Self { client, name, rng }
    }

    /// A conditional put of one versioned item.
    fn put(&self, item: Item, condition: Condition) -> Result<Put, TableError> {
        let put = Put::builder().table_name(&self.name).set_item(Some(item));
        let put = match condition {
            Condition::Absent => put.condition_expression("attribute_not_exists(pk)"),
            Condition::Version(version) => put
                .condition_expression("version = :decided_on")
                .expression_attribute_values(":decided_on", AttributeValue::N(version.to_string())),
        };
        let all_old = aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
        put.return_values_on_condition_check_failure(all_old).build().map_err(TableError::unbuilt)
    }

    fn transact_put(&self, item: Item, condition: Condition) -> Result<TransactWriteItem, TableError> {
        Ok(TransactWriteItem::builder().put(self.put(item, condition)?).build())
    }
}

/// The condition under which an item is written.
#[derive(Clone, Copy, Debug)]
enum Condition {
    /// The item does not exist.
    Absent,
    /// The item still has the version that the write was decided on.
    Version(u64),
}

impl Condition {
    /// The condition for writing version `next` of an item. Version 1 is the first.
    fn before(next: u64) -> Self {
        if next <= 1 { Self::Absent } else { Self::Version(next - 1) }
    }
}
