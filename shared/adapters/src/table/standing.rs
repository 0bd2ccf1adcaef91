//! What the table has already of an account that is to be imported.

use std::collections::BTreeMap;

use domain::{
    credits::{Entry, EntryKey},
    ids::JobId,
};

use super::{
    items::{Item, PROFILE},
    stored::{Stored, StoredAccount},
    stored_item::StoredItem,
};

/// What the table has already of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The table has no account of this person.
    Absent,
    /// An import of this account was interrupted: a part of its ledger and its jobs is there, and nothing else.
    Partial,
    /// The table has exactly this account.
    Same,
    /// The table has this account with its whole ledger, and the person went on from there.
    GoneOn,
    /// The table has another account of this person.
    Conflict,
}

/// Items that are written together, so that every money invariant holds after each write: a job with its charge and its settlement, or
/// one other entry.
#[derive(Debug, Default)]
pub(super) struct Unit<'a> {
    /// The items.
    pub items: Vec<&'a StoredItem>,
    /// The credits by which the unit moves the balance.
    pub net: i64,
}

/// The units of an account, those that take the most credits first. So the balance of an account whose import is under way is never
/// higher than at its end, and its owner cannot order with credits that were spent long ago.
fn units(account: &StoredAccount) -> Vec<Unit<'_>> {
    let (mut by_job, mut units) = (BTreeMap::<JobId, Unit<'_>>::new(), Vec::new());
    for job in &account.jobs {
        by_job.entry(job.value.id).or_default().items.push(&job.item);
    }
    for Stored { value: Entry { key, amount, .. }, item, .. } in &account.entries {
        match key {
            EntryKey::Charge(job) | EntryKey::Settlement(job) => {
                let unit = by_job.entry(*job).or_default();
                unit.items.push(item);
                unit.net = unit.net.saturating_add(*amount);
            }
            EntryKey::Grant(_) | EntryKey::Purchase(_) => units.push(Unit { items: vec![item], net: *amount }),
        }
    }
    units.extend(by_job.into_values());
    units.sort_by_key(|unit| unit.net);
    units
}

/// Compares an account with the items that the table has of its owner. Gives the units that are still to be written.
pub(super) fn compare(account: &StoredAccount, found: Vec<Item>) -> (Standing, Vec<Unit<'_>>) {
    let mut found: BTreeMap<String, StoredItem> =
        found.into_iter().map(StoredItem::new).map(|item| (item.sort_key(), item)).collect();
    let profile = found.remove(PROFILE);
    found.retain(|sort, _| sort.starts_with("LEDGER#") || sort.starts_with("JOB#"));
    let all = units(account);
    let Some(profile) = profile else {
        return if found.is_empty() { (Standing::Absent, all) } else { (Standing::Conflict, vec![]) };
    };
    let here = |item: &StoredItem| found.get(&item.sort_key());
    let is_same = |item: &&StoredItem| here(item) == Some(*item);
    let (there, missing): (Vec<_>, Vec<_>) = all.into_iter().partition(|unit| unit.items.iter().any(|item| here(item).is_some()));
    let items_there = || there.iter().flat_map(|unit| &unit.items);
    let nothing_else = items_there().count() == found.len();
    let all_same = items_there().all(is_same);
    if !missing.is_empty() {
        let is_interrupted = all_same && nothing_else && without_balance(&profile) == without_balance(&account.account.item);
        return if is_interrupted { (Standing::Partial, missing) } else { (Standing::Conflict, vec![]) };
    }
    if all_same && nothing_else && profile == account.account.item {
        return (Standing::Same, vec![]);
    }
    // A job that has ended may still change, an entry never does. Without an entry the account is known by its date.
    let has_ledger = account.entries.iter().map(|entry| &entry.item).all(|item| is_same(&item));
    let has_jobs = account.jobs.iter().all(|job| here(&job.item).is_some());
    let opened = |item: &StoredItem| item.get("created_at").cloned();
    let is_known = !account.entries.is_empty() || opened(&profile).is_some();
    let is_one_account = opened(&profile) == opened(&account.account.item);
    let gone_on = has_ledger && has_jobs && is_known && is_one_account;
    (if gone_on { Standing::GoneOn } else { Standing::Conflict }, vec![])
}

fn without_balance(profile: &StoredItem) -> Item {
    let mut item = profile.item();
    item.remove("balance");
    item
}
