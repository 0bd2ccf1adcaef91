//! The money invariants that one person's stored items can prove. Tests check them after every scenario; the sweeper checks them
//! in production.
//!
//! 1: the balance is the sum of the ledger. 2: a job exists if and only if its charge exists. 3: a job has at most one
//! settlement. 4: a delivered job is captured, a failed job is refunded exactly. 8: every credit has an origin. The invariants 5
//! to 7, 9 and 10 are about time, messages and writes, so stored items cannot prove them.

use std::{collections::BTreeMap, fmt};

use crate::{
    credits::{Balance, Credits, Entry, EntryKey, EntryKind},
    ids::JobId,
    job::{Job, State},
};

/// One violated invariant. The same violation has the same text in every check, even if the person's credits change meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The balance is not the sum of the ledger.
    BalanceOff {
        /// The balance minus the sum, in credits; never 0.
        difference: i64,
    },
    /// A job's charge is missing, or its amount is not the job's price.
    WrongCharge {
        /// The id of the job.
        job: JobId,
        /// The job's price.
        price: Credits,
        /// The amount of the job's charge; `None` if the charge is missing.
        charged: Option<i64>,
    },
    /// A charge names a job that does not exist.
    ChargeWithoutJob {
        /// The id of the missing job.
        job: JobId,
    },
    /// A settlement names a job that does not exist.
    SettlementWithoutJob {
        /// The id of the missing job.
        job: JobId,
    },
    /// A job has more than one settlement.
    SettledRepeatedly {
        /// The id of the job.
        job: JobId,
        /// The number of the job's settlements.
        times: usize,
    },
    /// A delivered job has no capture.
    NotCaptured {
        /// The id of the job.
        job: JobId,
    },
    /// A failed job has no refund, or a refund of another amount than its price.
    NotRefunded {
        /// The id of the job.
        job: JobId,
        /// The job's price.
        price: Credits,
    },
    /// A job that has not ended has a settlement.
    SettledWhileOpen {
        /// The id of the job.
        job: JobId,
        /// The job's stage.
        stage: &'static str,
    },
    /// A grant or a purchase has a negative amount.
    OriginTakes {
        /// The key of the entry.
        entry: EntryKey,
        /// The entry's amount, which is negative.
        amount: i64,
    },
}

impl Violation {
    /// The number of the violated invariant.
    #[must_use]
    pub fn invariant(&self) -> u8 {
        match self {
            Self::BalanceOff { .. } => 1,
            Self::WrongCharge { .. } | Self::ChargeWithoutJob { .. } => 2,
            Self::SettlementWithoutJob { .. } | Self::SettledRepeatedly { .. } => 3,
            Self::NotCaptured { .. } | Self::NotRefunded { .. } | Self::SettledWhileOpen { .. } => 4,
            Self::OriginTakes { .. } => 8,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BalanceOff { difference } => {
                let than = if *difference > 0 { "more" } else { "less" };
                write!(f, "the balance is {} {than} than the ledger's sum", difference.unsigned_abs())
            }
            Self::WrongCharge { job, price, charged: Some(amount) } => {
                write!(f, "job {job} costs {}, its charge is {amount}", price.0)
            }
            Self::WrongCharge { job, price, charged: None } => write!(f, "job {job} costs {} and has no charge", price.0),
            Self::ChargeWithoutJob { job } => write!(f, "job {job} was charged and does not exist"),
            Self::SettlementWithoutJob { job } => write!(f, "job {job} was settled and does not exist"),
            Self::SettledRepeatedly { job, times } => write!(f, "job {job} was settled {times} times"),
            Self::NotCaptured { job } => write!(f, "job {job} is delivered and not captured"),
            Self::NotRefunded { job, price } => write!(f, "job {job} is failed and not refunded exactly {}", price.0),
            Self::SettledWhileOpen { job, stage } => write!(f, "job {job} is {stage} and already settled"),
            Self::OriginTakes { entry, amount } => write!(f, "the entry {entry} takes credits: its amount is {amount}"),
        }
    }
}

/// Every violation in one person's balance, ledger and jobs, all read at the same moment. A debt is compared with its sign.
#[must_use]
pub fn violations(balance: impl Into<Balance>, entries: &[Entry], jobs: &[Job]) -> Vec<Violation> {
    let mut found = Vec::new();
    let sum: i64 = entries.iter().map(|entry| entry.amount).sum();
    let difference = balance.into().0.saturating_sub(sum);
    if difference != 0 {
        found.push(Violation::BalanceOff { difference });
    }
    let mut charges: BTreeMap<JobId, i64> = BTreeMap::new();
    let mut settlements: BTreeMap<JobId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        match &entry.key {
            EntryKey::Charge(job) => drop(charges.insert(*job, entry.amount)),
            EntryKey::Settlement(job) => settlements.entry(*job).or_default().push(entry),
            EntryKey::Grant(_) | EntryKey::Purchase(_) => {
                if entry.amount < 0 {
                    found.push(Violation::OriginTakes { entry: entry.key.clone(), amount: entry.amount });
                }
            }
        }
    }
    for job in jobs {
        let charged = charges.remove(&job.id);
        if charged != Some(-i64::from(job.order.price.0)) {
            found.push(Violation::WrongCharge { job: job.id, price: job.order.price, charged });
        }
        let settled = settlements.remove(&job.id).unwrap_or_default();
        found.extend(settlement_of(job, &settled));
    }
    found.extend(charges.into_keys().map(|job| Violation::ChargeWithoutJob { job }));
    found.extend(settlements.into_keys().map(|job| Violation::SettlementWithoutJob { job }));
    found
}

/// The violation of invariant 3 or 4 by one job.
fn settlement_of(job: &Job, settled: &[&Entry]) -> Option<Violation> {
    let (id, price) = (job.id, job.order.price);
    match (&job.state, settled) {
        (_, [_, _, ..]) => Some(Violation::SettledRepeatedly { job: id, times: settled.len() }),
        (State::Delivered { .. }, [one]) if one.kind == EntryKind::Capture && one.amount == 0 => None,
        (State::Failed { .. }, [one]) if one.kind == EntryKind::Refund && one.amount == i64::from(price.0) => None,
        (State::Delivered { .. }, _) => Some(Violation::NotCaptured { job: id }),
        (State::Failed { .. }, _) => Some(Violation::NotRefunded { job: id, price }),
        (_, []) => None,
        (_, [_]) => Some(Violation::SettledWhileOpen { job: id, stage: job.state.name() }),
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
    fn the_text_of_an_imbalance_stays_the_same_while_credits_move() {
        let granted = |credits| credits::grant(UserId(1), "welcome", Credits(credits), "", Timestamp::UNIX_EPOCH);
        let found = |balance, credits| violations(Credits(balance), &[granted(credits)], &[]);
        assert_eq!(found(5, 2), found(4, 1));
        assert_ne!(found(5, 2), found(5, 1));
        assert_ne!(found(5, 2), found(2, 5), "less is not more");
        let less = &found(2, 5)[0];
        assert_eq!((less.invariant(), less.to_string().as_str()), (1, "the balance is 3 less than the ledger's sum"));
    }

    #[test]
    fn a_debt_is_compared_with_its_sign() {
        let taken = credits::charge(UserId(1), job_id(), Credits(3), Timestamp::UNIX_EPOCH);
        let off = |balance| {
            let found = violations(balance, std::slice::from_ref(&taken), &[]);
            found.into_iter().find(|violation| violation.invariant() == 1)
        };
        assert_eq!(off(Balance(-3)), None);
        assert_eq!(off(Balance(0)), Some(Violation::BalanceOff { difference: 3 }), "what a person can spend is not the balance");
        assert_eq!(off(Balance(-4)), Some(Violation::BalanceOff { difference: -1 }));
    }

    fn job_id() -> JobId {
        JobId { draft: DraftId(uuid::Uuid::nil()), n: 1 }
    }

    #[test]
    fn a_violation_of_each_invariant_is_found() {
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
            violations(Credits(balance), &entries, &jobs).iter().map(Violation::invariant).collect::<Vec<_>>()
        };
        assert_eq!(all(1, &[&granted, &charge], &[&job]), Vec::<u8>::new());
        assert_eq!(all(2, &[&granted, &charge, &refund], &[&failed]), Vec::<u8>::new());
        assert!(all(2, &[&granted, &charge], &[&job]).contains(&1));
        assert!(all(2, &[&granted], &[&job]).contains(&2));
        assert!(all(1, &[&granted, &charge], &[]).contains(&2));
        assert!(all(3, &[&granted, &charge, &refund, &refund], &[&failed]).contains(&3));
        assert!(all(1, &[&granted, &charge], &[&failed]).contains(&4));
        assert!(all(1, &[&granted, &charge, &capture], &[&failed]).contains(&4));
        assert!(all(1, &[&granted, &charge, &capture], &[&job]).contains(&4));
    }

    /// The invariant that this settlement of a job violates.
    fn settled(job: &Job, entry: Entry) -> Option<u8> {
        settlement_of(job, &[&entry]).map(|violation| violation.invariant())
    }

    #[test]
    fn a_job_is_settled_as_it_ended_and_with_its_price() {
        let (user, now, rules) = (UserId(1), Timestamp::UNIX_EPOCH, Rules::default());
        let id = JobId { draft: DraftId(uuid::Uuid::nil()), n: 1 };
        let open = Job::confirmed(user, id, sample_order(Kind::Reels), now, &rules);
        let price = open.order.price;
        let delivered = Job {
            state: State::Delivered { file_id: None, message_id: 1, sent_as: crate::job::SentAs::Video, video_key: None },
            ..open.clone()
        };
        let (failed, refund) = open.ended(&Diagnosis::of(Class::TookTooLong), now, &rules).unwrap();
        let capture = credits::capture(user, id, now);
        let invariant_4 = Some(4);
        assert_eq!((settled(&delivered, capture.clone()), settled(&failed, refund.clone())), (None, None));
        assert_eq!(settled(&delivered, refund.clone()), invariant_4, "delivered and given back");
        assert_eq!(settled(&failed, capture.clone()), invariant_4, "failed and kept");
        assert_eq!(settled(&delivered, Entry { amount: 1, ..capture.clone() }), invariant_4, "a capture moves nothing");
        for amount in [0, i64::from(price.0) + 1, -i64::from(price.0)] {
            assert_eq!(settled(&failed, Entry { amount, ..refund.clone() }), invariant_4, "{amount} for {price:?}");
        }
        // The kind is wrong and the amount is right.
        assert_eq!(settled(&delivered, Entry { kind: EntryKind::Refund, ..capture }), invariant_4);
        assert_eq!(settled(&failed, Entry { kind: EntryKind::Capture, ..refund }), invariant_4);
    }

    #[test]
    fn a_grant_with_a_negative_amount_is_a_violation() {
        let granted = |amount| Entry { amount, ..credits::grant(UserId(1), "x", Credits(0), "", Timestamp::UNIX_EPOCH) };
        let invariants = |amount| {
            let entries = [granted(5), granted(amount)];
            let found = violations(Credits(u32::try_from(5 + amount).unwrap()), &entries, &[]);
            found.iter().map(Violation::invariant).collect::<Vec<_>>()
        };
        assert_eq!((invariants(-2), invariants(0), invariants(2)), (vec![8], vec![], vec![]));
    }
}
