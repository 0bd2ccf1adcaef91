//! The import of an account that another table exported, with its ledger and its jobs.
//!
//! An account of up to about 30 videos is one transaction. A larger one is several. The account comes with the first, and each further one
//! moves the balance by exactly the entries that it writes: the money invariants hold after every write, and a writer that dies
//! leaves an account that `audit` finds in order and that the next import completes. The ledger first and the account last would
//! not do: DynamoDB writes 100 items at once, so entries without an account would wait for it, and a newcomer's first `/start`
//! would open an account beside them. The writes that take credits come first ([`super::super::standing`]), so that a balance under
//! way is too low, or a debt, and never too high.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::super::{
    Condition, Table, TableError,
    attempt::stale,
    items::{PROFILE, key},
    limits::action,
    standing::{Standing, Unit, compare},
    stored::StoredAccount,
};

/// Most items of one transaction beside the account. DynamoDB takes 100 in all.
const ITEMS_MAX: usize = 99;
/// Most bytes of one transaction, as JSON. DynamoDB takes 4 MB.
const BYTES_MAX: usize = 3 * 1024 * 1024;
/// Most reads of an account whose writes are refused, because another process writes it at the same time.
const ROUNDS_MAX: u32 = 5;

impl Table {
    /// Compares an account with what the table has of it.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn standing(&self, account: &StoredAccount) -> Result<Standing, TableError> {
        Ok(self.found(account).await?.0)
    }

    /// Writes what the table lacks of an account, unless the table has another account of this person. Each item is written only if
    /// it does not exist. Gives what the table had before.
    ///
    /// The account keeps the money invariants, and all of its jobs have ended: the caller checks both.
    ///
    /// # Errors
    /// The table could not be read or written. A part of the account may be written: the same call completes it.
    pub async fn import_account(&self, account: &StoredAccount) -> Result<Standing, TableError> {
        let mut before = None;
        for _ in 0..ROUNDS_MAX {
            let (standing, missing) = self.found(account).await?;
            let before = *before.get_or_insert(standing);
            match standing {
                Standing::Absent | Standing::Partial => {}
                Standing::Conflict => return Ok(standing),
                Standing::Same | Standing::GoneOn => return Ok(before),
            }
            match self.write_missing(account, standing == Standing::Absent, missing).await {
                Ok(()) => return Ok(before),
                // Another process wrote the account meanwhile, or the reply of this write was lost: read it again.
                Err(TableError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TableError::Stale)
    }

    /// Compares an account with the table, and gives the units that are missing. A Query may show a part of a transaction, such as one
    /// of another import, so a conflict counts if two reads find it.
    async fn found<'a>(&self, account: &'a StoredAccount) -> Result<(Standing, Vec<Unit<'a>>), TableError> {
        let read = async || Ok(compare(account, self.partition_of(account.user(), "").await?));
        let first: (Standing, Vec<Unit<'a>>) = read().await?;
        if first.0 != Standing::Conflict {
            return Ok(first);
        }
        self.back_off(0).await;
        read().await
    }

    async fn write_missing(&self, account: &StoredAccount, opens: bool, missing: Vec<Unit<'_>>) -> Result<(), TableError> {
        for (n, part) in parts(missing).into_iter().enumerate() {
            let net = part.iter().map(|unit| unit.net).sum();
            let mut actions = vec![if opens && n == 0 { self.open(account, net)? } else { self.carry(account, net)? }];
            for item in part.iter().flat_map(|unit| &unit.items) {
                actions.push(self.transact_put(item.item(), Condition::Absent)?);
            }
            // No item has an empty write id: a refused write is never taken for this one, and the account is read again.
            self.transact(actions, "").await.map_err(stale)?;
        }
        Ok(())
    }

    /// Puts the account with the balance of its first entries.
    fn open(&self, account: &StoredAccount, balance: i64) -> Result<TransactWriteItem, TableError> {
        let mut profile = account.account.item.item();
        profile.insert("balance".to_owned(), AttributeValue::N(balance.to_string()));
        self.transact_put(profile, Condition::Absent)
    }

    /// Moves the balance by further entries.
    fn carry(&self, account: &StoredAccount, net: i64) -> Result<TransactWriteItem, TableError> {
        let update = self
            .update(key(account.user(), PROFILE))
            .update_expression("SET balance = balance + :net")
            .condition_expression("attribute_exists(balance)")
            .expression_attribute_values(":net", AttributeValue::N(net.to_string()));
        action(update)
    }
}

/// Packs units into transactions. An account without a ledger has one part, without units.
fn parts(units: Vec<Unit<'_>>) -> Vec<Vec<Unit<'_>>> {
    let (mut parts, mut items, mut bytes) = (vec![Vec::new()], 0, 0);
    for unit in units {
        let unit_bytes: usize =
            unit.items.iter().map(|item| serde_json::to_string(item).map_or(BYTES_MAX, |text| text.len())).sum();
        if items + unit.items.len() > ITEMS_MAX || bytes + unit_bytes > BYTES_MAX {
            parts.push(Vec::new());
            (items, bytes) = (0, 0);
        }
        (items, bytes) = (items + unit.items.len(), bytes + unit_bytes);
        if let Some(part) = parts.last_mut() {
            part.push(unit);
        }
    }
    parts
}
