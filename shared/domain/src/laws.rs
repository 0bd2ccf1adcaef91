//! The laws of money that can be read off one person's items. Tests check them after every story; the sweeper does in production.

use std::collections::BTreeMap;

use crate::{
    credits::{Credits, Entry, EntryKey, EntryKind},
    ids::JobId,
    job::{Job, State},
};

/// A broken law, in words: which one, then what is wrong. The same words as long as the same is wrong, whatever else moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl Broken {
    /// Which law, and what is wrong.
    #[must_use]
    pub fn law_and_what(&self) -> (&str, &str) {
        self.0.split_once(": ").unwrap_or((&self.0, ""))
    }
}

/// Every law broken by one person's balance, ledger and jobs, read at one moment.
#[must_use]
pub fn broken(balance: Credits, entries: &[Entry], jobs: &[Job]) -> Vec<Broken> {
    let mut found = Vec::new();
    let sum: i64 = entries.iter().map(|entry| entry.amount).sum();
    let beyond = i64::from(balance.0) - sum;
    if beyond != 0 {
        let than = if beyond > 0 { "more" } else { "less" };
        found.push(Broken(format!("law 1: the balance is {} {than} than the ledger's sum", beyond.abs())));
    }
    let mut charges: BTreeMap<JobId, i64> = BTreeMap::new();
    let mut settlements: BTreeMap<JobId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        match &entry.key {
            EntryKey::Charge(job) => drop(charges.insert(*job, entry.amount)),
            EntryKey::Settlement(job) => settlements.entry(*job).or_default().push(entry),
            EntryKey::Grant(_) | EntryKey::Purchase(_) => {
                if entry.amount < 0 {
                    found.push(Broken(format!("law 8: {} takes credits", entry.key)));
                }
            }
        }
    }
    for job in jobs {
        let charged = charges.remove(&job.id);
        if charged != Some(-i64::from(job.order.price.0)) {
            found.push(Broken(format!("law 2: {} costs {}, its charge is {charged:?}", job.id, job.order.price.0)));
        }
        let settled = settlements.remove(&job.id).unwrap_or_default();
        found.extend(settlement_of(job, &settled));
    }
    found.extend(charges.keys().map(|job| Broken(format!("law 2: {job} was charged and does not exist"))));
    found.extend(settlements.keys().map(|job| Broken(format!("law 3: {job} was settled and does not exist"))));
    found
}

/// Laws 3 and 4 for one job.
fn settlement_of(job: &Job, settled: &[&Entry]) -> Option<Broken> {
    let price = i64::from(job.order.price.0);
    let say = |what: &str| Some(Broken(format!("law 4: {} is {} and {what}", job.id, job.state.name())));
    match (&job.state, settled) {
        (_, [_, _, ..]) => Some(Broken(format!("law 3: {} was settled {} times", job.id, settled.len()))),
        (State::Delivered { .. }, [one]) if one.kind == EntryKind::Capture && one.amount == 0 => None,
        (State::Failed { .. }, [one]) if one.kind == EntryKind::Refund && one.amount == price => None,
        (State::Delivered { .. }, _) => say("not captured"),
        (State::Failed { .. }, _) => say("not refunded exactly"),
        (_, []) => None,
        (_, [_]) => say("already settled"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Kind,
        classify::{Class, Diagnosis},
        credits,
        ids::{DraftId, UserId},
        job::sample_order,
        rules::Rules,
    };
    use jiff::Timestamp;

    #[test]
    fn the_words_for_an_imbalance_stay_the_same_while_credits_move() {
        let granted = |credits| credits::grant(UserId(1), "welcome", Credits(credits), "", Timestamp::UNIX_EPOCH);
        let found = |balance, credits| broken(Credits(balance), &[granted(credits)], &[]);
        assert_eq!(found(5, 2), found(4, 1));
        assert_ne!(found(5, 2), found(5, 1));
        assert_ne!(found(5, 2), found(2, 5), "less is not more");
        assert_eq!(found(2, 5)[0].law_and_what(), ("law 1", "the balance is 3 less than the ledger's sum"));
    }

    #[test]
    fn each_law_is_found_broken() {
        let (user, now, rules) = (UserId(1), Timestamp::UNIX_EPOCH, Rules::default());
        let id = JobId { draft: DraftId(uuid::Uuid::nil()), n: 1 };
        let order = sample_order(Kind::Reels);
        let job = Job::confirmed(user, id, order, now, &rules);
        let granted = credits::grant(user, "welcome", Credits(2), "", now);
        let charge = credits::charge(user, id, Credits(1), now);
        let (failed, refund) = job.ended(&Diagnosis::of(Class::TookTooLong), now, &rules).unwrap();
        let capture = credits::capture(user, id, now);
        let all = |balance, entries: &[&Entry], jobs: &[&Job]| {
            let entries: Vec<_> = entries.iter().map(|e| (*e).clone()).collect();
            let jobs: Vec<_> = jobs.iter().map(|j| (*j).clone()).collect();
            broken(Credits(balance), &entries, &jobs).into_iter().map(|b| b.0).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(all(1, &[&granted, &charge], &[&job]), "");
        assert_eq!(all(2, &[&granted, &charge, &refund], &[&failed]), "");
        assert!(all(2, &[&granted, &charge], &[&job]).contains("law 1"));
        assert!(all(2, &[&granted], &[&job]).contains("law 2"));
        assert!(all(1, &[&granted, &charge], &[]).contains("law 2"));
        assert!(all(3, &[&granted, &charge, &refund, &refund], &[&failed]).contains("law 3"));
        assert!(all(1, &[&granted, &charge], &[&failed]).contains("law 4"));
        assert!(all(1, &[&granted, &charge, &capture], &[&failed]).contains("law 4"));
        assert!(all(1, &[&granted, &charge, &capture], &[&job]).contains("law 4"));
    }

    /// One job's settlement, judged alone.
    fn settled(job: &Job, entry: Entry) -> Option<String> {
        settlement_of(job, &[&entry]).map(|broken| broken.law_and_what().0.to_owned())
    }

    #[test]
    fn a_job_is_settled_as_it_ended_and_with_its_price() {
        let (user, now, rules) = (UserId(1), Timestamp::UNIX_EPOCH, Rules::default());
        let id = JobId { draft: DraftId(uuid::Uuid::nil()), n: 1 };
        let open = Job::confirmed(user, id, sample_order(Kind::Reels), now, &rules);
        let price = open.order.price;
        let delivered = Job { state: State::Delivered { file_id: None, message_id: 1 }, ..open.clone() };
        let (failed, refund) = open.ended(&Diagnosis::of(Class::TookTooLong), now, &rules).unwrap();
        let capture = credits::capture(user, id, now);
        let law_4 = Some("law 4".to_owned());
        assert_eq!((settled(&delivered, capture.clone()), settled(&failed, refund.clone())), (None, None));
        assert_eq!(settled(&delivered, refund.clone()), law_4, "delivered and given back");
        assert_eq!(settled(&failed, capture.clone()), law_4, "failed and kept");
        assert_eq!(settled(&delivered, Entry { amount: 1, ..capture.clone() }), law_4, "a capture moves nothing");
        for amount in [0, i64::from(price.0) + 1, -i64::from(price.0)] {
            assert_eq!(settled(&failed, Entry { amount, ..refund.clone() }), law_4, "{amount} for {price:?}");
        }
        // A kind of entry that is none, by the amount of one that is.
        assert_eq!(settled(&delivered, Entry { kind: EntryKind::Refund, ..capture }), law_4);
        assert_eq!(settled(&failed, Entry { kind: EntryKind::Capture, ..refund }), law_4);
    }

    #[test]
    fn nobody_is_granted_less_than_nothing() {
        let granted = |amount| Entry { amount, ..credits::grant(UserId(1), "x", Credits(0), "", Timestamp::UNIX_EPOCH) };
        let laws = |amount| {
            let entries = [granted(5), granted(amount)];
            let broken = broken(Credits(u32::try_from(5 + amount).unwrap()), &entries, &[]);
            broken.iter().map(|broken| broken.law_and_what().0.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((laws(-2), laws(0), laws(2)), (vec!["law 8".to_owned()], vec![], vec![]));
    }
}
