//! Grants credits, at most once for each key.

use std::fmt;

use adapters::table::TableError;
use domain::{
    credits::{self, Credits, EntryKey},
    ids::UserId,
};
use serde::Serialize;

use crate::{
    context::{Answer, OpsContext, OpsError},
    show::account,
};

/// Most characters of a key.
const KEY_MAX_CHARS: usize = 64;

/// Checks the key of a grant. The key names the occasion, such as a ticket's number.
///
/// # Errors
/// A text that says what is wrong with the key.
pub fn grant_key(given: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    match given {
        "" => Err("a key cannot be empty".to_owned()),
        _ if given.len() > KEY_MAX_CHARS => {
            Err(format!("a key has at most {KEY_MAX_CHARS} characters, this one has {}", given.len()))
        }
        _ if !given.chars().all(allowed) => Err("a key may only contain A-Z a-z 0-9 - _ . : /".to_owned()),
        _ if RESERVED_KEYS.contains(&given) => {
            Err(format!("the key {given:?} is reserved for the bot's own grants: use another key"))
        }
        _ => Ok(given.to_owned()),
    }
}

/// Keys that an operator may not use: those of the welcome credits and of the import.
const RESERVED_KEYS: [&str; 2] = ["welcome", crate::import::KEY];

/// Checks the reason for a grant.
///
/// # Errors
/// The reason is blank.
pub fn reason(given: &str) -> Result<String, String> {
    let text = given.trim();
    if text.is_empty() { Err("a reason cannot be blank".to_owned()) } else { Ok(text.to_owned()) }
}

/// The answer to a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Granted {
    /// The person who got the credits.
    pub person: i64,
    /// The credits of the grant.
    pub credits: u32,
    /// The key of the grant.
    pub key: String,
    /// Whether the same grant was made before. Then nothing was done now.
    pub already: bool,
    /// The balance, read after the grant; `None` if it could not be read.
    pub balance: Option<i64>,
    /// The note in the ledger.
    pub note: String,
}

impl Answer for Granted {}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { person, credits, key, already, balance, note } = self;
        if *already {
            writeln!(f, "given before, nothing was done: {credits} credits to {person} by the key {key}: {note}")?;
        } else {
            writeln!(f, "given: {credits} credits to {person} by the key {key}: {note}")?;
        }
        match balance {
            Some(balance) => writeln!(f, "the balance is {balance}"),
            None => writeln!(f, "the balance could not be read; `ops person {person}` shows it"),
        }
    }
}

/// Gives credits to a person with an account, at most once for each key.
///
/// # Errors
/// The person has no account, the key has given another amount already, or the table could not be written.
pub async fn grant(context: &OpsContext, user: UserId, amount: Credits, key: &str, why: &str) -> Result<Granted, OpsError> {
    let table = context.table()?;
    let gift = credits::grant(user, key, amount, &context.signed(why), context.now());
    let (already, note) = match table.give(&gift).await {
        Ok(()) => (false, gift.note),
        Err(TableError::Stale | TableError::NoAccount) => {
            account(&table, user, context.now()).await?;
            let before = table.entry(user, &EntryKey::Grant(key.to_owned())).await?;
            // The account exists and the entry does not: other changes of the balance conflicted until the last retry.
            let before = before.ok_or(TableError::Stale)?;
            if before.amount != gift.amount {
                return Err(OpsError::new(
                    format!("nothing was given: the key {key} has given person {user} {} credits already", before.amount),
                    "To give more, grant the difference with another key.",
                ));
            }
            (true, before.note)
        }
        Err(error) => return Err(error.into()),
    };
    // The credits are given, so a balance that cannot be read is no failure of the grant.
    let balance = table.balance(user).await.ok().map(|balance| balance.0);
    Ok(Granted { person: user.0, credits: amount.0, key: key.to_owned(), already, balance, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_plain_characters_and_is_not_a_key_of_the_bot() {
        assert_eq!(grant_key("ticket-17"), Ok("ticket-17".to_owned()));
        for wrong in ["", "a b", "a#b", "welcome", "import", &"x".repeat(65)] {
            assert!(grant_key(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_blank_reason_is_refused() {
        assert_eq!(reason(" sorry "), Ok("sorry".to_owned()));
        assert!(reason("  ").is_err());
    }
}
