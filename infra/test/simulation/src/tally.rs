//! The sum over many runs: the figures, the fault points that each fault struck, and the failures with the argument that repeats
//! them.

use std::collections::{BTreeMap, BTreeSet};

use testkit::fault::FaultKind;

use crate::{deviation::Deviation, fault_point::FaultPoint, outcome::RunOutcome, task::Task};

/// Failures that are kept with everything; more are only counted.
const FAILURES_KEPT: usize = 20;

/// Orders of a random workload that counts as eventful.
pub const ORDERS_MIN: usize = 3;
/// Calls of such a workload, without those that are made while nothing happens: the sweeper's queries and Lambda's polls.
pub const CALLS_MIN: usize = 150;

/// A fault at a fault point: a cell of the table.
pub type Cell = (FaultPoint, FaultKind);

/// The runs in which a fault struck in a cell.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Scenarios with exactly this one fault.
    pub single: SingleFault,
    /// All other runs: random workloads, and runs with several faults.
    pub others: u64,
}

/// The runs of scenarios with exactly one fault, always the same.
#[derive(Clone, Debug, Default)]
pub struct SingleFault {
    /// Runs.
    pub runs: u64,
    /// How they ended, compared with the same scenario without a fault.
    pub deviations: BTreeSet<Deviation>,
    /// Runs that did not end as expected.
    pub unexpected: u64,
}

impl Hits {
    /// Counts a run.
    fn count(&mut self, outcome: &RunOutcome, is_single: bool) {
        let Some(undisturbed) = outcome.undisturbed.as_ref().filter(|_| is_single) else {
            self.others += 1;
            return;
        };
        self.single.runs += 1;
        self.single.deviations.extend(Deviation::between(undisturbed, &outcome.endings));
        self.single.unexpected += u64::from(!outcome.is_good());
    }

    /// These runs and others.
    fn add(&mut self, other: Self) {
        self.others += other.others;
        self.single.runs += other.single.runs;
        self.single.deviations.extend(other.single.deviations);
        self.single.unexpected += other.single.unexpected;
    }
}

/// A run that makes a call at a fault point.
#[derive(Clone)]
pub struct Example {
    /// The run.
    pub task: Task,
    /// Its call.
    pub at: usize,
}

/// A run that did not end as it should.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How to see it again: an argument of `make simulate`.
    pub again: String,
    /// What was wrong.
    pub wrong: Vec<String>,
}

/// The sum over runs.
#[derive(Clone, Default)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Of them, those with [`ORDERS_MIN`] orders, [`CALLS_MIN`] calls that are not idle and a fault at least.
    pub eventful: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// Calls in them.
    pub calls: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Times the invariants were checked on a person.
    pub checks: u64,
    /// Credits lost.
    pub lost: u64,
    /// Credits minted.
    pub minted: u64,
    /// Wrong or missing notifications.
    pub misinformed: u64,
    /// Jobs that never ended.
    pub open: u64,
    /// Invariants broken.
    pub broken: u64,
    /// Runs that ended badly.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<Failure>,
    /// Cells that were hit.
    pub cells: BTreeMap<Cell, Hits>,
    /// Fault points that were seen, each with a run that makes a call there without a fault: a fault can be added to it.
    pub points: BTreeMap<FaultPoint, Option<Example>>,
}

impl Tally {
    /// Counts a run.
    pub fn count(&mut self, outcome: &RunOutcome, task: &Task) {
        self.runs += 1;
        let calls = outcome.events.iter().filter(|event| !event.point.is_idle()).count();
        let is_eventful = outcome.jobs >= ORDERS_MIN && calls >= CALLS_MIN && outcome.faults() > 0;
        self.eventful += u64::from(is_eventful);
        self.jobs += count(outcome.jobs);
        self.calls += count(outcome.events.len());
        self.faults += count(outcome.faults());
        self.checks += outcome.checks;
        self.lost += outcome.lost;
        self.minted += outcome.minted;
        self.misinformed += count(outcome.misinformed.len());
        self.open += count(outcome.open.len());
        self.broken += count(outcome.broken.len());
        let mut hit = BTreeSet::<Cell>::new();
        for (at, event) in outcome.events.iter().enumerate() {
            if !matches!(self.points.get(&event.point), Some(Some(_))) {
                let is_way = event.fault.is_none() && task.also.is_none();
                self.points.insert(event.point.clone(), is_way.then(|| Example { task: task.clone(), at }));
            }
            if let Some(fault) = event.fault {
                hit.insert((event.point.clone(), fault));
            }
        }
        // The retries of a call that meet its fault again are the same run.
        let is_single = task.is_single_fault() && hit.len() == 1;
        for cell in hit {
            self.cells.entry(cell).or_default().count(outcome, is_single);
        }
        if !outcome.is_good() {
            self.failed += 1;
            if self.failures.len() < FAILURES_KEPT {
                self.failures.push(Failure { again: task.again(), wrong: outcome.wrong() });
            }
        }
    }

    /// This sum and another.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.eventful += other.eventful;
        self.jobs += other.jobs;
        self.calls += other.calls;
        self.faults += other.faults;
        self.checks += other.checks;
        self.lost += other.lost;
        self.minted += other.minted;
        self.misinformed += other.misinformed;
        self.open += other.open;
        self.broken += other.broken;
        self.failed += other.failed;
        for (point, example) in other.points {
            let known = self.points.entry(point).or_default();
            *known = known.take().or(example);
        }
        self.failures.extend(other.failures);
        self.failures.truncate(FAILURES_KEPT);
        for (cell, hits) in other.cells {
            self.cells.entry(cell).or_default().add(hits);
        }
    }

    /// Whether every run ended as it should.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.runs > 0
    }

    /// Cells of fault points that were seen and that no fault hit.
    #[must_use]
    pub fn missed(&self) -> Vec<Cell> {
        let possible = self.points.keys().flat_map(|point| {
            FaultKind::ALL.into_iter().filter(|fault| point.can_meet(*fault)).map(|fault| (point.clone(), fault))
        });
        possible.filter(|cell| !self.cells.contains_key(cell)).collect()
    }

    /// The figures in two lines.
    #[must_use]
    pub fn figures(&self) -> String {
        let Self { runs, jobs, calls, faults, checks, lost, minted, misinformed, open, broken, .. } = self;
        format!(
            "{runs} runs, {jobs} orders, {calls} calls, {faults} faults injected, invariants checked {checks} times\n\
             {lost} credits lost, {minted} credits minted, {misinformed} people misinformed, {open} jobs open, {broken} invariants broken"
        )
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
