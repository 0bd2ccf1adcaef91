//! The result of one run.

use std::collections::BTreeMap;

use crate::{
    event::{Event, fingerprint},
    oracle::JobEnding,
};

/// The endings of jobs, with the count of each.
pub type Endings = BTreeMap<JobEnding, usize>;

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct RunOutcome {
    /// Every call of the run, in order.
    pub events: Vec<Event>,
    /// How the jobs of the run ended.
    pub endings: Endings,
    /// How the jobs of the same scenario end without a fault; kept for a scenario with exactly one fault.
    pub undisturbed: Option<Endings>,
    /// Jobs that were ordered.
    pub jobs: usize,
    /// How many times the invariants of one seller were checked.
    pub checks: u64,
    /// Credits lost.
    pub lost: u64,
    /// Credits minted.
    pub minted: u64,
    /// Wrong or missing notifications.
    pub misinformed: Vec<String>,
    /// Jobs that have not ended.
    pub open: Vec<String>,
    /// Violations of an invariant at any step, panics, and anomalies that no fault explains.
    pub broken: Vec<String>,
    /// The jobs that were refunded although their video arrived, by the fault that caused it.
    pub refunded_though_sent: BTreeMap<String, u64>,
    /// The timeline of the run as text; only on request.
    pub timeline: Option<String>,
}

impl RunOutcome {
    /// Whether the run has no defect.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong().is_empty()
    }

    /// Every defect of the run, as a sentence.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let count = |n: u64, what: &str| (n > 0).then(|| format!("{n} credits {what}"));
        let counts = [count(self.lost, "lost"), count(self.minted, "minted")].into_iter().flatten();
        let misinformed = self.misinformed.iter().map(|what| format!("seller misinformed: {what}"));
        let open = self.open.iter().map(|what| format!("still open: {what}"));
        let broken = self.broken.iter().map(|what| format!("violation: {what}"));
        counts.chain(misinformed).chain(open).chain(broken).collect()
    }

    /// Whether at least one fault struck and every fault that struck only costs time.
    #[must_use]
    pub fn was_only_delayed(&self) -> bool {
        let mut struck =
            self.events.iter().filter_map(|event| event.fault.map(|fault| event.point.only_delays(fault))).peekable();
        struck.peek().is_some() && struck.all(|only_delays| only_delays)
    }

    /// The number of faults that struck.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.events.iter().filter(|event| event.fault.is_some()).count()
    }

    /// The hash of all calls. Two runs with the same seed and plan have the same hash.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.events)
    }
}

/// How many jobs were delivered, and how many refunded.
#[must_use]
pub fn delivered_and_refunded(endings: &Endings) -> (usize, usize) {
    let of = |ending| endings.get(&ending).copied().unwrap_or_default();
    (of(JobEnding::Delivered), of(JobEnding::Refunded) + of(JobEnding::RefundedThoughSent))
}
