//! How the end of a run with a fault differs from the end of the same scenario without it.

use std::collections::BTreeSet;

use crate::{
    oracle::JobEnding,
    outcome::{Endings, delivered_and_refunded},
};

/// One difference between the ending of a run and the ending of its scenario without a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deviation {
    /// No difference: the jobs end as without the fault.
    Nothing,
    /// A job is delivered that is refunded without the fault.
    Delivered,
    /// A job is refunded that is delivered without the fault.
    Refunded,
    /// Fewer videos were ordered: the scripted seller stops at a step that the bot did not take.
    FewerOrders,
    /// More videos were ordered: a step that is refused without the fault was taken.
    MoreOrders,
    /// An allowed anomaly occurred more often than without the fault.
    Anomaly(JobEnding),
}

/// The endings that are allowed anomalies.
const ANOMALIES: [JobEnding; 4] =
    [JobEnding::SentAgain, JobEnding::RefundedThoughSent, JobEnding::NotifiedAgain, JobEnding::OrphanTask];

impl Deviation {
    /// The sign of the deviation in docs/faults.md.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Nothing => "=",
            Self::Delivered => "D",
            Self::Refunded => "R",
            Self::FewerOrders => "-",
            Self::MoreOrders => "+",
            Self::Anomaly(ending) => ending.letter(),
        }
    }

    /// Every difference between two endings of a scenario; [`Self::Nothing`] alone if they are equal.
    #[must_use]
    pub fn between(undisturbed: &Endings, endings: &Endings) -> BTreeSet<Self> {
        let (before, after) = (delivered_and_refunded(undisturbed), delivered_and_refunded(endings));
        let (ordered_before, ordered_after) = (before.0 + before.1, after.0 + after.1);
        let mut found = BTreeSet::new();
        if ordered_after < ordered_before {
            found.insert(Self::FewerOrders);
        }
        if ordered_after > ordered_before {
            found.insert(Self::MoreOrders);
        }
        if after.0 > before.0 && after.1 < before.1 {
            found.insert(Self::Delivered);
        }
        if after.1 > before.1 && after.0 < before.0 {
            found.insert(Self::Refunded);
        }
        let count = |of: &Endings, ending| of.get(&ending).copied().unwrap_or_default();
        let more = ANOMALIES.into_iter().filter(|anomaly| count(endings, *anomaly) > count(undisturbed, *anomaly));
        found.extend(more.map(Self::Anomaly));
        if found.is_empty() {
            found.insert(Self::Nothing);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(endings: &[(JobEnding, usize)]) -> String {
        let undisturbed = Endings::from([(JobEnding::Delivered, 2), (JobEnding::Refunded, 1)]);
        let endings = endings.iter().copied().collect();
        Deviation::between(&undisturbed, &endings).into_iter().map(Deviation::sign).collect()
    }

    #[test]
    fn every_difference_from_the_scenario_without_a_fault_has_its_sign() {
        use JobEnding::{Delivered, NotifiedAgain, OrphanTask, Refunded, RefundedThoughSent, SentAgain};
        assert_eq!(signs(&[(Delivered, 2), (Refunded, 1)]), "=");
        assert_eq!(signs(&[(Delivered, 3)]), "D");
        assert_eq!(signs(&[(Delivered, 1), (Refunded, 2)]), "R");
        assert_eq!(signs(&[(Delivered, 2)]), "-");
        assert_eq!(signs(&[(Delivered, 2), (Refunded, 2)]), "+");
        assert_eq!(signs(&[(Delivered, 2), (Refunded, 1), (SentAgain, 1), (NotifiedAgain, 1)]), "2t");
        assert_eq!(signs(&[(Delivered, 1), (Refunded, 1), (RefundedThoughSent, 1), (OrphanTask, 1)]), "R?o");
    }
}
