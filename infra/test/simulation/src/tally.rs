//! What many runs came to: the figures, the matrix of call and fault, and what went wrong with the way to see it again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{fault::Fault, judge::Ended, run::Outcome, site::Site, sweep::is_idle, work::Task};

/// Failures that are kept with everything; more are only counted.
const FAILURES_KEPT: usize = 20;

/// Orders of a random history that counts as eventful.
pub const ORDERS_MIN: usize = 3;
/// Calls of such a history, without those that go on while nothing happens: the sweeper's looks and the pollers'.
pub const CALLS_MIN: usize = 150;

/// One place where a fault can strike.
pub type Cell = (Site, Fault);

/// What happened when a fault struck in a cell.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// Runs in which it did.
    pub runs: u64,
    /// How the jobs of those ended in which no other fault struck.
    pub alone: BTreeSet<Ended>,
    /// How the jobs of all ended.
    pub endings: BTreeSet<Ended>,
}

/// A way to a site.
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
    /// How to see it again: an argument of `make proof`.
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
    /// Times the laws were checked on a person.
    pub checks: u64,
    /// Credits lost.
    pub lost: u64,
    /// Credits minted.
    pub minted: u64,
    /// People told something that is not so.
    pub misinformed: u64,
    /// Jobs that never ended.
    pub open: u64,
    /// Laws broken.
    pub broken: u64,
    /// Runs that ended badly.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<Failure>,
    /// Cells that were hit.
    pub cells: BTreeMap<Cell, Met>,
    /// Sites that were seen at all, and a run that comes by unhurt: how to strike there as well.
    pub sites: BTreeMap<Site, Option<Example>>,
}

impl Tally {
    /// Counts a run.
    pub fn count(&mut self, outcome: &Outcome, task: &Task) {
        self.runs += 1;
        let calls = outcome.events.iter().filter(|event| !is_idle(&event.site)).count();
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
            if !matches!(self.sites.get(&event.site), Some(Some(_))) {
                let is_way = event.fault.is_none() && task.also.is_none();
                self.sites.insert(event.site.clone(), is_way.then(|| Example { task: task.clone(), at }));
            }
            if let Some(fault) = event.fault {
                hit.insert((event.site.clone(), fault));
            }
        }
        let is_alone = hit.len() == 1;
        // The retries of a call that meet its fault again are the same run.
        for cell in hit {
            let met = self.cells.entry(cell).or_default();
            met.runs += 1;
            met.endings.extend(outcome.endings.keys());
            met.alone.extend(outcome.endings.keys().filter(|_| is_alone));
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
        for (site, example) in other.sites {
            let known = self.sites.entry(site).or_default();
            *known = known.take().or(example);
        }
        self.failures.extend(other.failures);
        self.failures.truncate(FAILURES_KEPT);
        for (cell, met) in other.cells {
            let sum = self.cells.entry(cell).or_default();
            sum.runs += met.runs;
            sum.endings.extend(met.endings);
            sum.alone.extend(met.alone);
        }
    }

    /// Whether every run ended as it should.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.runs > 0
    }

    /// Cells of sites that were seen and that no fault hit.
    #[must_use]
    pub fn missed(&self) -> Vec<Cell> {
        let possible = self
            .sites
            .keys()
            .flat_map(|site| Fault::ALL.into_iter().filter(|fault| fault.strikes(site)).map(|fault| (site.clone(), fault)));
        possible.filter(|cell| !self.cells.contains_key(cell)).collect()
    }

    /// The figures in two lines.
    #[must_use]
    pub fn figures(&self) -> String {
        let Self { runs, jobs, calls, faults, checks, lost, minted, misinformed, open, broken, .. } = self;
        format!(
            "{runs} histories, {jobs} orders, {calls} calls, {faults} faults injected, laws checked {checks} times\n\
             {lost} credits lost, {minted} credits minted, {misinformed} people misinformed, {open} jobs open, {broken} laws broken"
        )
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
