//! The ledger guard: a balance moves only in a transaction that also puts a ledger entry of exactly that amount.
//!
//! A profile is the item `USER#<id>` / `PROFILE` with a whole number `balance`. A ledger entry is a Put in the same partition
//! with `sk` `LEDGER#..` and a signed whole number `amount`. The guard compares the items before and after a request, whatever
//! its expressions say. It undoes and refuses a write that breaks the ledger before any reader can see it.
//!
//! A balance falls below zero only by charges that are settled in the same request: those of an import, whose orders ended long ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{AttributeValue, Database, Item};

use super::changes::{Before, Change};
use super::dispatch::{Reply, dispatch, validation_error};
use super::writes::{Kind, Touch};
use crate::lock;

/// Checks every write of one store.
#[derive(Default)]
pub struct Guard {
    refused: Mutex<Vec<String>>,
    checked: AtomicU64,
}

impl Guard {
    /// Every refused request so far, as a sentence. A simulation requires that there is none.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.refused).clone()
    }

    /// How many requests touched a profile or a ledger entry and were therefore checked.
    pub fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }

    /// Runs a write. If it broke the ledger, undoes it and refuses it with the reason. The caller holds the store's lock
    /// meanwhile.
    ///
    /// The store keeps the token of a refused transaction: the same request again is answered as done and changes nothing.
    pub(super) fn write(&self, db: &Database, operation: &str, body: &[u8], touches: &[Touch]) -> Reply {
        if !touches.iter().any(|touch| touch.is_profile() || touch.is_ledger_entry()) {
            return dispatch(db, operation, body);
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        let before = touches.iter().map(|touch| Before::of(db, touch)).collect::<Result<Vec<_>, _>>();
        let reply = dispatch(db, operation, body);
        if reply.0 != 200 {
            return reply;
        }
        let checked = match before {
            Ok(before) => checked_or_undone(db, operation, body, &before),
            Err(error) => Err(format!("the items before the write cannot be read: {error}; the write stays")),
        };
        checked.map_or_else(
            |reason| {
                let sentence = format!("ledger guard refused {operation}: {reason}");
                lock(&self.refused).push(sentence.clone());
                validation_error(&sentence)
            },
            |()| reply,
        )
    }
}

/// If the applied request breaks the ledger, undoes it and returns the reason as `Err`.
fn checked_or_undone(db: &Database, operation: &str, body: &[u8], before: &[Before]) -> Result<(), String> {
    let checked = changes(db, before).and_then(|changes| {
        let is_replay = operation == "TransactWriteItems" && changes.iter().all(Change::is_nothing);
        if is_replay { not_again(db, body, before) } else { balanced(operation, &changes) }
    });
    checked.map_err(|reason| {
        let failed = before.iter().filter_map(|before| before.restore(db).err());
        std::iter::once(reason).chain(failed).collect::<Vec<_>>().join("; ")
    })
}

fn changes<'a>(db: &Database, before: &'a [Before]) -> Result<Vec<Change<'a>>, String> {
    before.iter().map(|before| before.change(db)).collect()
}

/// Refuses a repeated transaction whose ClientRequestToken alone kept it from being applied twice: DynamoDB forgets a token after
/// ten minutes, so a condition must prevent the repetition.
fn not_again(db: &Database, body: &[u8], before: &[Before]) -> Result<(), String> {
    let transaction = serde_json::from_slice::<TransactWriteItemsRequest>(body).map_err(|error| error.to_string())?;
    let once_more = db.transact_write_items(TransactWriteItemsRequest { client_request_token: None, ..transaction });
    if once_more.is_err() || changes(db, before)?.iter().all(Change::is_nothing) {
        return Ok(());
    }
    Err("no condition prevents a second application, only the ClientRequestToken does".to_owned())
}

/// The changes of one request to one person's money.
#[derive(Default)]
struct Movement<'a> {
    balance: i64,
    ledger: i64,
    /// The balance after the request, if the request lowered it below zero.
    debt: Option<i64>,
    /// The new charges, by their jobs, and the new settlements.
    charges: BTreeSet<&'a str>,
    settlements: BTreeSet<&'a str>,
}

fn balanced(operation: &str, changes: &[Change<'_>]) -> Result<(), String> {
    let mut people: BTreeMap<&str, Movement<'_>> = BTreeMap::new();
    for change in changes {
        let person = people.entry(&change.touch.pk).or_default();
        if change.touch.is_profile() {
            let (before, after) = balances(change)?;
            person.balance += after - before;
            person.debt = Some(after).filter(|_| after < 0 && after < before);
        } else if change.touch.is_ledger_entry() && change.touch.kind != Kind::Check {
            person.ledger += new_entry(change)?;
            person.charges.extend(change.touch.sk.strip_prefix("LEDGER#CHARGE#"));
            person.settlements.extend(change.touch.sk.strip_prefix("LEDGER#SETTLEMENT#"));
        }
    }
    people.iter().try_for_each(|(person, movement)| settled(operation, person, movement))
}

fn settled(operation: &str, person: &str, movement: &Movement<'_>) -> Result<(), String> {
    let Movement { balance, ledger, debt, charges, settlements } = movement;
    if let Some(debt) = debt.filter(|_| charges.is_empty() || !charges.is_subset(settlements)) {
        return Err(format!("balance of {person} becomes {debt}"));
    }
    if balance != ledger {
        return Err(format!("balance of {person} moves by {balance}, its new ledger entries by {ledger}"));
    }
    if *balance != 0 && operation != "TransactWriteItems" {
        return Err(format!("balance of {person} moves by {balance} outside a transaction"));
    }
    Ok(())
}

/// The balance before and after the request.
fn balances(change: &Change<'_>) -> Result<(i64, i64), String> {
    let before = whole_number(change.before, "balance")?.unwrap_or(0);
    let after = whole_number(change.after.as_ref(), "balance")?.unwrap_or(0);
    Ok((before, after))
}

/// The amount of a ledger entry that this request creates. Changing or deleting an entry is refused.
fn new_entry(change: &Change<'_>) -> Result<i64, String> {
    let entry = || format!("{} {}", change.touch.pk, change.touch.sk);
    match (change.touch.kind, change.before, &change.after) {
        (Kind::Put, None, Some(item)) => {
            let amount = whole_number(Some(item), "amount")?;
            amount.ok_or_else(|| format!("ledger entry {} has no amount", entry()))
        }
        (_, None, None) => Ok(0),
        _ => Err(format!("ledger entry {} is not simply created: entries are never replaced, changed or deleted", entry())),
    }
}

fn whole_number(item: Option<&Item>, name: &str) -> Result<Option<i64>, String> {
    let Some(attribute) = item.and_then(|item| item.get(name)) else {
        return Ok(None);
    };
    let AttributeValue::N(digits) = attribute else {
        return Err(format!("{name} is not a number: {attribute:?}"));
    };
    digits.parse().map(Some).map_err(|_| format!("{name} is not a whole number: {digits}"))
}
