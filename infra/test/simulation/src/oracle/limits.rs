//! The limits of orders, refunds and gifts, by the ledgers of all people: no limit was passed at any time of the run.

use std::{collections::BTreeMap, time::Duration};

use adapters::table::AccountSnapshot;
use domain::{
    classify::Class,
    credits::{Entry, EntryKey, EntryKind},
    ids::UserId,
    limits::{Limits, day},
};
use jiff::civil::Date;

/// The classes whose refunds count: the person can cause them.
const COUNTED: [Class; 3] = [Class::ContentRejected, Class::BadPhoto, Class::Unreachable];

/// Every limit that the people of a run passed together or alone, as a sentence. `apart` is how far the clocks of two functions may be
/// apart.
#[must_use]
pub fn passed(limits: &Limits, apart: Duration, people: &[(UserId, AccountSnapshot)]) -> Vec<String> {
    let mut passed = Vec::new();
    let mut check = |what: String, counts: BTreeMap<Date, u32>, most: u32| {
        let over = counts.into_iter().filter(|(_, count)| *count > most);
        passed.extend(over.map(|(day, count)| format!("{what} of {day}: {count}, at most {most}")));
    };
    let all = || people.iter().flat_map(|(_, snapshot)| &snapshot.entries);
    check("videos of all people".into(), by_day(all().filter(|entry| is_paid(entry))), limits.films_a_day);
    check("welcome gifts".into(), by_day(all().filter(|entry| is_welcome(entry))), limits.gifts_a_day);
    for (user, AccountSnapshot { entries, .. }) in people {
        check(format!("orders of {user}"), by_day(entries.iter().filter(|entry| is_paid(entry))), limits.orders_a_day);
        check(format!("refunds of {user}"), by_day(entries.iter().filter(|entry| is_counted(entry))), limits.refunds_a_day);
    }
    let open = people.iter().map(|(user, snapshot)| (user, most_open(&snapshot.entries, apart)));
    let open = open.filter(|(_, open)| *open > limits.open_orders);
    passed.extend(open.map(|(user, open)| format!("open videos of {user}: {open}, at most {}", limits.open_orders)));
    let gifts = all().filter(|entry| is_welcome(entry)).count();
    let without = people.iter().filter(|(_, snapshot)| snapshot.balance.is_some() && !snapshot.entries.iter().any(is_welcome));
    if without.count() > 0 && gifts < usize::try_from(limits.gifts_a_day).unwrap_or(usize::MAX) {
        passed.push(format!("an account has no welcome gift, although only {gifts} of {} were given", limits.gifts_a_day));
    }
    passed
}

fn by_day<'a>(entries: impl Iterator<Item = &'a Entry>) -> BTreeMap<Date, u32> {
    let mut counts = BTreeMap::new();
    entries.for_each(|entry| *counts.entry(day(entry.at)).or_default() += 1);
    counts
}

fn is_paid(entry: &Entry) -> bool {
    entry.kind == EntryKind::Charge && entry.amount < 0
}

fn is_counted(entry: &Entry) -> bool {
    entry.kind == EntryKind::Refund && entry.amount > 0 && COUNTED.iter().any(|class| class.name() == entry.note)
}

fn is_welcome(entry: &Entry) -> bool {
    entry.key == EntryKey::Grant("welcome".to_owned())
}

/// The most videos of a person that were charged and not settled at one time. An entry has the time of its decision by the clock of the
/// function that decided, so a settlement is later here than in the table by the difference of two clocks at most.
fn most_open(entries: &[Entry], apart: Duration) -> u32 {
    let paid: BTreeMap<_, _> = entries
        .iter()
        .filter(|entry| is_paid(entry))
        .filter_map(|entry| if let EntryKey::Charge(job) = entry.key { Some((job, entry.at)) } else { None })
        .collect();
    let ended = |job| entries.iter().find(|entry| entry.key == EntryKey::Settlement(job)).map(|entry| entry.at);
    let open_at = |at| {
        let open = paid.iter().filter(|(job, from)| **from <= at && ended(**job).is_none_or(|until| until > at + apart));
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    };
    paid.values().map(|at| open_at(*at)).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::{
        credits::{Credits, capture, charge, grant, refund},
        ids::JobId,
    };
    use jiff::Timestamp;

    use super::*;

    const USER: UserId = UserId(7);
    const LIMITS: Limits = Limits {
        open_orders: 1,
        orders_a_day: 2,
        refunds_a_day: 1,
        films_a_day: 2,
        gifts_a_day: 1,
        films_kept_for_buyers_percent: 0,
    };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    fn job(n: u8) -> JobId {
        format!("00000000000070008000000000000007.{n}").parse().unwrap()
    }

    fn found(entries: Vec<Entry>) -> Vec<String> {
        let snapshot = AccountSnapshot { balance: Some(domain::credits::Balance(2)), entries, ..AccountSnapshot::default() };
        passed(&LIMITS, Duration::from_secs(1), &[(USER, snapshot)])
    }

    #[test]
    fn a_ledger_within_the_limits_passes_and_one_more_of_each_is_found() {
        let welcome = grant(USER, "welcome", Credits(2), "welcome", at(0));
        let paid = |n, secs| charge(USER, job(n), Credits(1), at(secs));
        let back = |n, why, secs| refund(USER, job(n), Credits(1), why, at(secs));
        let within = vec![
            welcome.clone(),
            paid(1, 1),
            back(1, "content_rejected", 5),
            paid(2, 5),
            back(2, "broken_upstream", 9),
            paid(3, 86_400),
            capture(USER, job(3), at(86_403)),
        ];
        assert_eq!(found(within.clone()), Vec::<String>::new());
        let with = |entry: Entry| found(within.iter().cloned().chain([entry]).collect()).join("; ");
        assert!(with(paid(4, 20)).contains("orders of 7 of 1970-01-01: 3") && with(paid(4, 20)).contains("videos of all people"));
        assert!(with(back(4, "unreachable", 20)).contains("refunds of 7 of 1970-01-01: 2"));
        assert!(with(paid(4, 86_400)).contains("open videos of 7: 2"));
        assert!(!with(paid(4, 86_402)).contains("open videos"), "the clocks of two functions may be a second apart");
        assert!(with(welcome).contains("welcome gifts of 1970-01-01: 2"));
        assert!(found(vec![]).join("; ").contains("an account has no welcome gift"));
    }
}
