//! The sum over many runs: the counts, the cells that faults hit, and the failures with the argument that repeats each of them.

use std::collections::{BTreeMap, BTreeSet};

use testkit::fault::FaultKind;

use crate::{deviation::Deviation, fault_point::FaultPoint, outcome::RunOutcome, task::Task};

/// Failures that are kept with their details; further failures are only counted.
const FAILURES_KEPT: usize = 20;

/// A random workload counts as eventful from this many orders on.
pub const ORDERS_MIN: usize = 3;
/// A random workload counts as eventful from this many calls on. Idle calls (the sweeper's queries, Lambda's polls) do not count.
pub const CALLS_MIN: usize = 150;

/// A cell of the table: a fault point and a fault.
pub type Cell = (FaultPoint, FaultKind);

/// The runs that hit a cell: its fault struck at its fault point.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Runs of scenarios in which only this fault struck.
    pub single: SingleFault,
    /// The count of all other runs: random workloads, and runs with several faults.
    pub others: u64,
}

/// The runs of scenarios in which only the fault of one cell struck.
#[derive(Clone, Debug, Default)]
pub struct SingleFault {
    /// The count of runs.
    pub runs: u64,
    /// How the runs ended, compared with the same scenario without a fault.
    pub deviations: BTreeSet<Deviation>,
    /// The count of runs that did not end as expected.
    pub unexpected: u64,
}

impl Hits {
    fn count(&mut self, outcome: &RunOutcome, is_single: bool) {
        let Some(undisturbed) = outcome.undisturbed.as_ref().filter(|_| is_single) else {
            self.others += 1;
            return;
        };
        self.single.runs += 1;
        self.single.deviations.extend(Deviation::between(undisturbed, &outcome.endings));
        self.single.unexpected += u64::from(!outcome.is_good());
    }

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
    /// The number of the call in the run, from 0.
    pub at: usize,
}

/// A run that did not end as it should.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The argument of `make simulate SEED=...` that repeats the run.
    pub again: String,
    /// Every defect of the run.
    pub wrong: Vec<String>,
}

/// The jobs that one fault caused to be refunded although their video arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caused {
    /// The count of jobs.
    pub jobs: u64,
    /// The argument of `make simulate SEED=...` that repeats a run with such a job.
    pub again: String,
}

/// The sum over many runs.
#[derive(Clone, Default)]
pub struct Tally {
    /// The count of runs.
    pub runs: u64,
    /// Runs with at least [`ORDERS_MIN`] orders, [`CALLS_MIN`] calls that are not idle and one fault.
    pub eventful: u64,
    /// Jobs in all runs.
    pub jobs: u64,
    /// Calls in all runs.
    pub calls: u64,
    /// Faults that struck.
    pub faults: u64,
    /// How many times the invariants of one seller were checked.
    pub checks: u64,
    /// Credits lost.
    pub lost: u64,
    /// Credits minted.
    pub minted: u64,
    /// Wrong or missing notifications.
    pub misinformed: u64,
    /// Jobs that never ended.
    pub open: u64,
    /// Violations of an invariant, panics, and anomalies that no fault explains.
    pub broken: u64,
    /// The jobs that were refunded although their video arrived, by the fault that caused it.
    pub refunded_though_sent: BTreeMap<String, Caused>,
    /// Runs with a defect.
    pub failed: u64,
    /// The first failures.
    pub failures: Vec<Failure>,
    /// Cells that a fault hit.
    pub cells: BTreeMap<Cell, Hits>,
    /// Fault points at which a call was made, each with a run whose call there met no fault. A missed fault can be added to that
    /// run.
    pub points: BTreeMap<FaultPoint, Option<Example>>,
}

impl Tally {
    /// Adds a run to the sum.
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
        for (cause, jobs) in &outcome.refunded_though_sent {
            let caused =
                self.refunded_though_sent.entry(cause.clone()).or_insert_with(|| Caused { jobs: 0, again: task.again() });
            caused.jobs += jobs;
        }
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
        // A fault that strikes the retries of its call again still counts as one fault.
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

    /// Adds another sum to this one.
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
        for (cause, Caused { jobs, again }) in other.refunded_though_sent {
            self.refunded_though_sent.entry(cause).or_insert(Caused { jobs: 0, again }).jobs += jobs;
        }
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

    /// Whether runs were made and none failed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.runs > 0
    }

    /// The fault points that a run with one fault at most reaches. A call that needs two faults leaves no room for its own.
    pub fn reached(&self) -> impl Iterator<Item = &FaultPoint> {
        self.points.iter().filter(|(_, example)| example.is_some()).map(|(point, _)| point)
    }

    /// Cells that no run has hit, at fault points where calls were made.
    #[must_use]
    pub fn missed(&self) -> Vec<Cell> {
        let possible = self.reached().flat_map(|point| {
            FaultKind::ALL.into_iter().filter(|fault| point.can_meet(*fault)).map(|fault| (point.clone(), fault))
        });
        possible.filter(|cell| !self.cells.contains_key(cell)).collect()
    }

    /// The counts, and the causes of each refund of a job whose video arrived.
    #[must_use]
    pub fn figures(&self) -> String {
        let Self { runs, jobs, calls, faults, checks, lost, minted, misinformed, open, broken, .. } = self;
        format!(
            "{runs} runs, {jobs} orders, {calls} calls, {faults} faults injected, invariants checked {checks} times\n\
             {lost} credits lost, {minted} credits minted, {misinformed} people misinformed, {open} jobs open, \
             {broken} invariants violated\n\
             {} jobs refunded though delivered{}",
            self.refunded_though_sent.values().map(|caused| caused.jobs).sum::<u64>(),
            self.refunded_though_sent
                .iter()
                .map(|(cause, Caused { jobs, again })| format!("\n  {jobs} × {cause}, as in SEED={again}"))
                .collect::<String>()
        )
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
