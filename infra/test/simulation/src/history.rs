//! What a seller's ledger had at each moment: its entries in the order in which the table committed them. The time of an entry
//! itself is that of its decision, which may lie minutes before its commit.

use std::collections::{BTreeMap, BTreeSet};

use adapters::table::AccountSnapshot;
use domain::{
    credits::{Credits, Entry, EntryKey},
    ids::{DraftId, JobId},
    job::State,
};

/// The commits of one seller's ledger. Times are in milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The entries that one transaction wrote, with the time of its commit, oldest first.
    commits: Vec<(i64, Vec<Entry>)>,
    known: BTreeSet<EntryKey>,
    sends: BTreeMap<JobId, Sends>,
}

/// What the table had of a job's delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sends {
    /// The attempts to send that the job counted when it was last seen on its way.
    pub attempts: u32,
    /// When its video was ready, in milliseconds since 1970.
    pub ready_ms: i64,
}

impl History {
    /// Notes what a snapshot of the seller's items has beyond the earlier ones.
    pub fn note(&mut self, at_ms: i64, snapshot: &AccountSnapshot) {
        let known = &mut self.known;
        let new: Vec<_> = snapshot.entries.iter().filter(|entry| known.insert(entry.key.clone())).cloned().collect();
        if !new.is_empty() {
            self.commits.push((at_ms, new));
        }
        for job in &snapshot.jobs {
            if let State::Ready { ready_at, delivery, .. } | State::Sending { ready_at, delivery, .. } = &job.state {
                let sends = self.sends.entry(job.id).or_default();
                // A send that did not reach Telegram takes its attempt back.
                sends.attempts = job.state.attempts();
                sends.ready_ms = delivery.opened_at.unwrap_or(*ready_at).as_millisecond();
            }
        }
    }

    /// When an entry was committed; `None` if it never was.
    #[must_use]
    pub fn committed_ms(&self, key: &EntryKey) -> Option<i64> {
        let has = |entries: &[Entry]| entries.iter().any(|entry| entry.key == *key);
        self.commits.iter().find(|(_, entries)| has(entries)).map(|(at_ms, _)| *at_ms)
    }

    /// Whether an entry was committed by a moment.
    #[must_use]
    pub fn has_by(&self, key: &EntryKey, at_ms: i64) -> bool {
        self.committed_ms(key).is_some_and(|committed_ms| committed_ms <= at_ms)
    }

    /// The entries that were committed by a moment, oldest first.
    pub fn entries_by(&self, at_ms: i64) -> impl Iterator<Item = &Entry> {
        self.commits.iter().take_while(move |(committed_ms, _)| *committed_ms <= at_ms).flat_map(|(_, entries)| entries)
    }

    /// Every balance that the ledger had at a moment from `from_ms` to `to_ms`.
    #[must_use]
    pub fn balances(&self, from_ms: i64, to_ms: i64) -> BTreeSet<Credits> {
        self.balances_since(0, from_ms, to_ms)
    }

    /// Every balance that the ledger had at a moment from `from_ms` to `to_ms`, after the commit of an entry. Other commits may have the
    /// same millisecond.
    #[must_use]
    pub fn balances_after(&self, key: &EntryKey, from_ms: i64, to_ms: i64) -> BTreeSet<Credits> {
        let commit = self.commits.iter().position(|(_, entries)| entries.iter().any(|entry| entry.key == *key));
        commit.map(|commit| self.balances_since(commit + 1, from_ms, to_ms)).unwrap_or_default()
    }

    /// The balances after so many commits, and after each later one, that held at a moment from `from_ms` to `to_ms`.
    fn balances_since(&self, commits: usize, from_ms: i64, to_ms: i64) -> BTreeSet<Credits> {
        let (mut balance, mut since_ms, mut balances) = (0, i64::MIN, BTreeSet::new());
        let ends = self.commits.iter().map(|(at_ms, entries)| (*at_ms, entries.as_slice())).chain([(i64::MAX, &[][..])]);
        for (number, (until_ms, entries)) in ends.enumerate() {
            if number >= commits && since_ms <= to_ms && until_ms >= from_ms {
                balances.insert(balance);
            }
            balance += entries.iter().map(|entry| entry.amount).sum::<i64>();
            since_ms = until_ms;
        }
        balances.into_iter().filter_map(|balance| u32::try_from(balance).ok()).map(Credits).collect()
    }

    /// When the charge of each order was committed, and the credits that it took.
    #[must_use]
    pub fn charges(&self) -> BTreeMap<DraftId, (i64, i64)> {
        let mut charges = BTreeMap::<DraftId, (i64, i64)>::new();
        for (at_ms, entry) in self.commits.iter().flat_map(|(at_ms, entries)| entries.iter().map(move |entry| (at_ms, entry))) {
            if let EntryKey::Charge(job) = entry.key {
                charges.entry(job.draft).or_insert((*at_ms, 0)).1 -= entry.amount;
            }
        }
        charges
    }

    /// What the table had of a job's delivery.
    #[must_use]
    pub fn sends(&self, job: JobId) -> Sends {
        self.sends.get(&job).copied().unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::{
        credits::{charge, grant, refund},
        ids::UserId,
    };
    use jiff::Timestamp;

    use super::*;

    pub(crate) const SELLER: UserId = UserId(7);

    pub(crate) fn job(draft: &str, n: u8) -> JobId {
        format!("{draft:0>32}.{n}").parse().unwrap()
    }

    /// A history of these commits.
    pub(crate) fn history(commits: Vec<(i64, Entry)>) -> History {
        let mut history = History::default();
        let mut snapshot = AccountSnapshot::default();
        for (at_ms, entry) in commits {
            snapshot.entries.push(entry);
            history.note(at_ms, &snapshot);
        }
        history
    }

    /// 2 credits at 1 s, a charge of 1 at 10 s, its refund at 20 s.
    pub(crate) fn charged_and_refunded() -> History {
        let at = Timestamp::UNIX_EPOCH;
        history(vec![
            (1_000, grant(SELLER, "welcome", Credits(2), "", at)),
            (10_000, charge(SELLER, job("a", 1), Credits(1), at)),
            (20_000, refund(SELLER, job("a", 1), Credits(1), "", at)),
        ])
    }

    #[test]
    fn two_commits_of_one_millisecond_are_two_balances() {
        let at = Timestamp::UNIX_EPOCH;
        let history = history(vec![
            (1_000, grant(SELLER, "welcome", Credits(2), "", at)),
            (9_000, charge(SELLER, job("a", 1), Credits(1), at)),
            (10_000, refund(SELLER, job("a", 1), Credits(1), "", at)),
            (10_000, grant(SELLER, "scenario", Credits(60), "", at)),
        ]);
        let after = history.balances_after(&EntryKey::Settlement(job("a", 1)), 5_000, 10_000);
        assert_eq!(after, BTreeSet::from([Credits(2), Credits(62)]));
        assert_eq!(history.balances(9_500, 9_900), BTreeSet::from([Credits(1)]));
    }

    #[test]
    fn a_ledger_has_the_balance_of_its_commits_not_of_its_decisions() {
        let history = charged_and_refunded();
        let balances = |from_ms, to_ms| history.balances(from_ms, to_ms).into_iter().map(|credits| credits.0).collect::<Vec<_>>();
        assert_eq!(balances(0, 900), [0]);
        assert_eq!(balances(0, 1_000), [0, 2]);
        assert_eq!(balances(2_000, 9_999), [2]);
        assert_eq!(balances(9_999, 10_000), [1, 2]);
        assert_eq!(balances(10_001, 19_999), [1]);
        assert_eq!(balances(20_001, 90_000), [2]);
        assert_eq!(history.charges().into_values().collect::<Vec<_>>(), [(10_000, 1)]);
        assert!(history.has_by(&EntryKey::Settlement(job("a", 1)), 20_000));
        assert!(!history.has_by(&EntryKey::Settlement(job("a", 1)), 19_999));
    }
}
