//! Every account, page by page, and how far the daily pass over them is.

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

/// Where the state of the pass is.
const PASS: (&str, &str) = ("PASS#laws", "STATE");
/// Bytes of a [`mark`]: two people of a million share one with a chance of one in ten million.
const MARK_BYTES: usize = 8;

/// A place in the table: all up to it was looked at, nothing after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pk: String,
    sk: String,
}

/// Accounts found on one page of the table, and where the next page begins; `None` after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// Whose.
    pub users: Vec<UserId>,
    /// The end of the page.
    pub next: Option<Place>,
}

/// A pass over every account, after a page of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Grows by one with every page, from pass to pass; a write states the version it was decided on.
    pub version: u64,
    /// When it began.
    pub began_at: Timestamp,
    /// Where it goes on; `None` once it is through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Place>,
    /// Accounts checked so far, each counted once.
    pub accounts: u64,
    /// Violations found so far.
    pub broken: u64,
}

impl Table {
    /// The accounts among the table's next items, at most `items` of them. Eventually consistent, for half the price: an account
    /// opened a moment ago may be left to the next pass.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn accounts(&self, after: Option<&Place>, items: i32) -> Result<Accounts, TableError> {
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

    /// How far the pass is; `None` if there never was one.
    ///
    /// # Errors
    /// The table could not be read.
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

    /// Writes how far the pass is, if nobody else has moved it on.
    ///
    /// # Errors
    /// [`TableError::Stale`]: somebody has.
    pub async fn save_pass(&self, pass: &Pass) -> Result<(), TableError> {
        let mut state: Item = serde_dynamo::to_item(pass).map_err(|error| TableError::unreadable(PASS.1, &error))?;
        state.extend(state_key());
        self.put_versioned(state, pass.version).await
    }
}

/// A person in a log: the beginning of the SHA-256 of their partition key, in hex. Nobody's id is in the log, and who may read the
/// table finds the person whose key has this hash.
#[must_use]
pub fn mark(user: UserId) -> String {
    Sha256::digest(partition(user)).iter().take(MARK_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

fn state_key() -> Item {
    key_of(&Place { pk: PASS.0.to_owned(), sk: PASS.1.to_owned() })
}

fn key_of(place: &Place) -> Item {
    let Place { pk, sk } = place.clone();
    HashMap::from([("pk".to_owned(), AttributeValue::S(pk)), ("sk".to_owned(), AttributeValue::S(sk))])
}

fn user_of(profile: &Item) -> Option<UserId> {
    let pk = profile.get("pk").and_then(|value| value.as_s().ok());
    let user = pk.and_then(|pk| pk.strip_prefix("USER#")).and_then(|user| user.parse().ok()).map(UserId);
    if user.is_none() {
        tracing::error!(key = sort_key(profile), "an account whose key is no person's");
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_what_a_shell_makes_of_the_partition_key() {
        // printf %s 'USER#7' | sha256sum | cut -c-16
        assert_eq!(mark(UserId(7)), "0990c5ff882f2d7d");
        assert_ne!(mark(UserId(7)), mark(UserId(-7)));
    }

    #[test]
    fn a_pass_reads_back_under_way_and_through() {
        let place = Place { pk: "USER#7".into(), sk: "PROFILE".into() };
        for after in [Some(place), None] {
            let began_at = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
            let pass = Pass { version: 3, began_at, after, accounts: 250, broken: 1 };
            let mut stored: Item = serde_dynamo::to_item(&pass).unwrap();
            assert!(stored["version"].is_n() && stored.contains_key("after") == pass.after.is_some());
            stored.extend(state_key());
            assert_eq!(read::<Pass>(stored).unwrap(), pass);
        }
    }
}
