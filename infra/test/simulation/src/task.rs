//! A run to make, and the text that names it in `make simulate SEED=...`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use scenarios::Scenario;
use testkit::{fault::FaultKind, uses::Uses};

use crate::{
    injector::Injector,
    outcome::{Endings, RunOutcome, delivered_and_refunded},
    plan::{FAULTS_A_WORKLOAD, Plan},
    play::Play,
    run::run,
};

/// The seed of every run of the sweep.
pub const SEED: u64 = 1;

/// A run to make.
#[derive(Clone)]
pub struct Task {
    /// The scenario or workload to play.
    pub play: Play,
    /// The seed of the test environment.
    pub seed: u64,
    /// The faults and the calls at which they strike.
    pub plan: Plan,
    /// One more fault, at the call with this number of the whole run, from 0.
    pub also: Option<(usize, FaultKind)>,
}

impl Task {
    /// The run of a scenario without faults.
    #[must_use]
    pub fn clean(scenario: Scenario) -> Self {
        Self { play: Play::Scenario(scenario), seed: SEED, plan: Plan::Clean, also: None }
    }

    /// The run of the random workload of a seed.
    #[must_use]
    pub fn workload(seed: u64) -> Self {
        Self { play: Play::Workload, seed, plan: Plan::Random { seed, most: FAULTS_A_WORKLOAD }, also: None }
    }

    /// The run of fifty orders during which processes die at random calls.
    #[must_use]
    pub fn deaths(seed: u64) -> Self {
        Self { play: Play::Orders, seed, plan: Plan::Deaths { seed }, also: None }
    }

    /// Whether the run injects exactly one fault into a scenario.
    #[must_use]
    pub fn is_single_fault(&self) -> bool {
        let planned = match &self.plan {
            Plan::Clean => 0,
            Plan::At(faults) => faults.len(),
            Plan::Random { .. } | Plan::Deaths { .. } => return false,
        };
        matches!(self.play, Play::Scenario(_)) && planned + usize::from(self.also.is_some()) == 1
    }

    /// The argument of `make simulate SEED=...` that repeats the run.
    #[must_use]
    pub fn again(&self) -> String {
        let what = match self.play {
            Play::Scenario(scenario) => format!("scenario-{}", scenario.number),
            Play::Workload => "workload".to_owned(),
            Play::Orders => "orders".to_owned(),
        };
        let plan = match &self.plan {
            Plan::Clean => "clean".to_owned(),
            Plan::Random { .. } => "random".to_owned(),
            Plan::Deaths { .. } => "deaths".to_owned(),
            Plan::At(faults) => faults.iter().map(named).collect::<Vec<_>>().join(","),
        };
        let also = self.also.as_ref().map(|also| format!("+{}", named(also))).unwrap_or_default();
        format!("{what}:{}:{plan}{also}", self.seed)
    }

    /// Reads a text written by [`Self::again`]; `None` if the text has another form or names no scenario.
    #[must_use]
    pub fn parse(text: &str, scenarios: &[Scenario]) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (what, seed, plan) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let play = match what.strip_prefix("scenario-") {
            Some(number) => Play::Scenario(*scenarios.iter().find(|scenario| scenario.number.to_string() == number)?),
            None if what == "workload" => Play::Workload,
            None if what == "orders" => Play::Orders,
            None => return None,
        };
        let (plan, also) = plan.split_once('+').map_or((plan, None), |(plan, also)| (plan, Some(also)));
        let also = match also {
            Some(also) => Some(planned(also)?),
            None => None,
        };
        let plan = match plan {
            "clean" => Plan::Clean,
            "random" => Plan::Random { seed, most: FAULTS_A_WORKLOAD },
            "deaths" => Plan::Deaths { seed },
            faults => Plan::At(faults.split(',').map(planned).collect::<Option<_>>()?),
        };
        Some(Self { play, seed, plan, also })
    }

    /// Makes the run and returns the permissions that the functions used in it.
    #[must_use]
    pub fn uses(&self) -> Uses {
        let injector = Injector::new(self.plan.clone(), self.also).keeping_uses();
        let _outcome = run(self.play, self.seed, injector.clone(), false);
        injector.uses()
    }

    /// Makes the run and returns its outcome.
    #[must_use]
    pub fn run(&self, with_timeline: bool) -> RunOutcome {
        let broken = |what: String| RunOutcome { broken: vec![what], ..RunOutcome::default() };
        let mut outcome =
            run(self.play, self.seed, Injector::new(self.plan.clone(), self.also), with_timeline).unwrap_or_else(broken);
        if let Play::Scenario(scenario) = self.play
            && (self.is_single_fault() || outcome.was_only_delayed())
        {
            let undisturbed = undisturbed(scenario);
            let (expected, ended) = (delivered_and_refunded(&undisturbed), delivered_and_refunded(&outcome.endings));
            if outcome.was_only_delayed() && ended != expected {
                let (delivered, refunded) = ended;
                outcome.broken.push(format!(
                    "a fault that only delays changed the endings: {delivered} jobs delivered and {refunded} refunded, \
                     expected {} and {}",
                    expected.0, expected.1
                ));
            }
            outcome.undisturbed = Some(undisturbed);
        }
        outcome
    }
}

/// How the jobs of a scenario end when no fault strikes. The result is kept, so each scenario is run once for it.
fn undisturbed(scenario: Scenario) -> Endings {
    static KNOWN: Mutex<BTreeMap<u8, Endings>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known().get(&scenario.number) {
        return known.clone();
    }
    let endings = Task::clean(scenario).run(false).endings;
    known().insert(scenario.number, endings.clone());
    endings
}

fn named((at, fault): &(usize, FaultKind)) -> String {
    format!("{at}={}", fault.name().replace(' ', "-"))
}

fn planned(text: &str) -> Option<(usize, FaultKind)> {
    let (at, name) = text.split_once('=')?;
    let fault = FaultKind::ALL.into_iter().find(|fault| fault.name().replace(' ', "-") == name)?;
    Some((at.parse().ok()?, fault))
}
