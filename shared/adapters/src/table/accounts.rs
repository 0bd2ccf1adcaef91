//! All accounts, page by page, and the progress of the daily pass over them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Table, TableError,
    items::{Item, PROFILE, partition, read, sort_key},
};

/// The stored key of the item that holds the progress of the pass.
const PASS: (&str, &str) = ("PASS#laws", "STATE");
/// Bytes of a [`user_hash`]. Among a million people, the chance that any two share a hash is one in ten million.
const USER_HASH_BYTES: usize = 8;

/// A position in a scan of the table: the scan has read every item up to here, and none after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanPosition {
    pk: String,
    sk: String,
}

/// The accounts on one page of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// The owners of the accounts.
    pub users: Vec<UserId>,
    /// The position where the next page begins; `None` after the last page.
    pub next: Option<ScanPosition>,
}

/// The progress of a pass over every account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Grows by one with every page and is never reset. A write states the version it was decided on (optimistic locking).
    pub version: u64,
    /// When the pass began.
    pub began_at: Timestamp,
    /// The position where the pass continues; `None` once the pass is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ScanPosition>,
    /// Accounts checked so far, each counted once.
    pub accounts: u64,
    /// Violations found so far.
    pub broken: u64,
}

impl Table {
    /// Scans the next `items` items of the table for accounts. The read is eventually consistent, which costs half: an account
    /// that was opened a moment ago may be found only by the next pass.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn accounts(&self, after: Option<&ScanPosition>, items: i32) -> Result<Accounts, TableError> {
        let scan = self.client.scan().table_name(&self.name).set_exclusive_start_key(after.map(key_of)).limit(items);
        let page = scan
            .filter_expression("sk = :profile")
            .projection_expression("pk")
            .expression_attribute_values(":profile", AttributeValue::S(PROFILE.to_owned()))
            .send()
            .await
            .map_err(|error| TableError::unavailable("Scan", &error))?;
        let next = page.last_evaluated_key.map(read).transpose()?;
        Ok(Accounts { users: page.items.unwrap_or_default().iter().filter_map(user_of).collect(), next })
    }

    /// Reads the progress of the pass; `None` if no pass ever began.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn pass(&self) -> Result<Option<Pass>, TableError> {
        let stored = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(state_key()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::unavailable("GetItem", &error))?;
        stored.item.map(read).transpose()
    }

    /// Writes the progress of the pass.
    ///
    /// # Errors
    /// [`TableError::Stale`]: another sweeper has written the progress meanwhile.
    pub async fn save_pass(&self, pass: &Pass) -> Result<(), TableError> {
        let mut state: Item = serde_dynamo::to_item(pass).map_err(|error| TableError::unreadable(PASS.1, &error))?;
        state.extend(state_key());
        self.put_versioned(state, pass.version).await
    }
}

/// The name of a person in logs: the first 16 hex digits of the SHA-256 of their partition key. Logs hold no Telegram id; only
/// an operator who may read the table can find the person with this hash.
#[must_use]
pub fn user_hash(user: UserId) -> String {
    Sha256::digest(partition(user)).iter().take(USER_HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

fn state_key() -> Item {
    key_of(&ScanPosition { pk: PASS.0.to_owned(), sk: PASS.1.to_owned() })
}

fn key_of(position: &ScanPosition) -> Item {
    let ScanPosition { pk, sk } = position.clone();
    HashMap::from([("pk".to_owned(), AttributeValue::S(pk)), ("sk".to_owned(), AttributeValue::S(sk))])
}

fn user_of(profile: &Item) -> Option<UserId> {
    let pk = profile.get("pk").and_then(|value| value.as_s().ok());
    let user = pk.and_then(|pk| pk.strip_prefix("USER#")).and_then(|user| user.parse().ok()).map(UserId);
    if user.is_none() {
        tracing::error!(key = sort_key(profile), "an account's key holds no user id; the pass skips the account");
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_hash_is_the_shell_s_sha256_of_the_partition_key() {
        // printf %s 'USER#7' | sha256sum | cut -c-16
        assert_eq!(user_hash(UserId(7)), "0990c5ff882f2d7d");
        assert_ne!(user_hash(UserId(7)), user_hash(UserId(-7)));
    }

    #[test]
    fn a_pass_reads_back_under_way_and_complete() {
        let position = ScanPosition { pk: "USER#7".into(), sk: "PROFILE".into() };
        for after in [Some(position), None] {
            let began_at = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
            let pass = Pass { version: 3, began_at, after, accounts: 250, broken: 1 };
            let mut stored: Item = serde_dynamo::to_item(&pass).unwrap();
            assert!(stored["version"].is_n() && stored.contains_key("after") == pass.after.is_some());
            stored.extend(state_key());
            assert_eq!(read::<Pass>(stored).unwrap(), pass);
        }
    }
}
