//! The result of one run.

use std::collections::BTreeMap;

use crate::{
    event::{Event, fingerprint},
    oracle::JobEnding,
};

/// How jobs ended, and how often.
pub type Endings = BTreeMap<JobEnding, usize>;

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct RunOutcome {
    /// Every call, in order.
    pub events: Vec<Event>,
    /// How its jobs ended, and how often.
    pub endings: Endings,
    /// How its jobs end without a fault; kept for a scenario with exactly one fault.
    pub undisturbed: Option<Endings>,
    /// Orders placed.
    pub jobs: usize,
    /// Invariants checked.
    pub checks: u64,
    /// Credits lost.
    pub lost: u64,
    /// Credits minted.
    pub minted: u64,
    /// Wrong or missing notifications.
    pub misinformed: Vec<String>,
    /// Jobs that have not ended.
    pub open: Vec<String>,
    /// Invariants broken, at any step.
    pub broken: Vec<String>,
    /// The run as a person can read it; only on request.
    pub timeline: Option<String>,
}

impl RunOutcome {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong().is_empty()
    }

    /// Everything that is not as it should be.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let count = |n: u64, what: &str| (n > 0).then(|| format!("{n} credits {what}"));
        let counts = [count(self.lost, "lost"), count(self.minted, "minted")].into_iter().flatten();
        let notified = self.misinformed.iter().map(|what| format!("misinformed: {what}"));
        let open = self.open.iter().map(|what| format!("open: {what}"));
        let broken = self.broken.iter().map(|what| format!("broken: {what}"));
        counts.chain(notified).chain(open).chain(broken).collect()
    }

    /// Whether faults struck that cost nothing but time, and no others.
    #[must_use]
    pub fn was_only_delayed(&self) -> bool {
        let mut struck =
            self.events.iter().filter_map(|event| event.fault.map(|fault| event.point.only_delays(fault))).peekable();
        struck.peek().is_some() && struck.all(|only_delays| only_delays)
    }

    /// Faults that struck.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.events.iter().filter(|event| event.fault.is_some()).count()
    }

    /// The same for the same seed and plan.
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
