//! The ledger guard: a balance moves only in a transaction that also puts a ledger entry of exactly that amount.
//!
//! On the wire: a profile is `USER#<id>` / `PROFILE` with a whole number `balance`; a ledger entry is a Put in the same
//! partition with `sk` `LEDGER#..` and a signed whole number `amount`. What is judged is what a request did, whatever expression
//! it is written in: a write that breaks the ledger is undone and refused before anybody can read it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use dynoxide::{AttributeValue, Database, Item};

use super::changes::Change;
use super::dispatch::{Reply, dispatch, validation_error};
use super::writes::{Kind, Touch};
use crate::lock;

/// Watches every write of one store.
#[derive(Default)]
pub struct Guard {
    refused: Mutex<Vec<String>>,
    checked: AtomicU64,
}

impl Guard {
    /// Every refused request so far, as a sentence. Empty is what a proof wants to see.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.refused).clone()
    }

    /// How many requests touched a profile or a ledger entry, so were judged.
    pub fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }

    /// Runs a write, and refuses it with the reason when it broke the ledger. The caller lets nobody else at the store meanwhile.
    ///
    /// A refused transaction's token stays with the store: the same request again is answered as done, and changes nothing.
    pub(super) fn write(&self, db: &Database, operation: &str, body: &[u8], touches: &[Touch]) -> Reply {
        if !touches.iter().any(|touch| touch.is_profile() || touch.is_ledger_entry()) {
            return dispatch(db, operation, body);
        }
        self.checked.fetch_add(1, Ordering::Relaxed);
        let before = touches.iter().map(|touch| Change::about_to(db, touch)).collect::<Result<Vec<_>, _>>();
        let reply = dispatch(db, operation, body);
        if reply.0 != 200 {
            return reply;
        }
        match before.and_then(|before| judged(db, operation, before)) {
            Ok(()) => reply,
            Err(reason) => {
                let sentence = format!("ledger guard refused {operation}: {reason}");
                lock(&self.refused).push(sentence.clone());
                validation_error(&sentence)
            }
        }
    }
}

/// Err with the reason when a request that was applied breaks the ledger; it is undone then.
fn judged(db: &Database, operation: &str, before: Vec<Change>) -> Result<(), String> {
    let changes = before.into_iter().map(|change| change.applied(db)).collect::<Result<Vec<_>, _>>()?;
    // A replayed token: answered as the first time, and nothing done.
    if changes.iter().all(Change::changed_nothing) {
        return Ok(());
    }
    balanced(operation, &changes).map_err(|reason| {
        let undone = changes.iter().try_for_each(|change| change.undo(db));
        undone.err().map_or(reason.clone(), |error| format!("{reason}; it could not be undone: {error}"))
    })
}

/// What a request does to one person's money.
#[derive(Default)]
struct Movement {
    balance: i64,
    ledger: i64,
}

fn balanced(operation: &str, changes: &[Change]) -> Result<(), String> {
    let mut people: BTreeMap<&str, Movement> = BTreeMap::new();
    for change in changes {
        let person = people.entry(&change.touch.pk).or_default();
        if change.touch.is_profile() {
            person.balance += balance_change(change)?;
        } else if change.touch.is_ledger_entry() && change.touch.kind != Kind::Check {
            person.ledger += new_entry(change)?;
        }
    }
    people.iter().try_for_each(|(person, movement)| settled(operation, person, movement))
}

fn settled(operation: &str, person: &str, movement: &Movement) -> Result<(), String> {
    let Movement { balance, ledger } = movement;
    if balance != ledger {
        return Err(format!("balance of {person} moves by {balance}, its new ledger entries by {ledger}"));
    }
    if *balance != 0 && operation != "TransactWriteItems" {
        return Err(format!("balance of {person} moves by {balance} outside a transaction"));
    }
    Ok(())
}

fn balance_change(change: &Change) -> Result<i64, String> {
    let before = whole_number(change.before.as_ref(), "balance")?.unwrap_or(0);
    let after = whole_number(change.after.as_ref(), "balance")?.unwrap_or(0);
    if after < 0 {
        return Err(format!("balance of {} becomes {after}", change.touch.pk));
    }
    Ok(after - before)
}

/// The amount of an entry that this request creates; anything else done to an entry is refused.
fn new_entry(change: &Change) -> Result<i64, String> {
    let entry = || format!("{} {}", change.touch.pk, change.touch.sk);
    match (change.touch.kind, &change.before, &change.after) {
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
