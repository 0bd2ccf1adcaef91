//! Many runs, one thread a core; each run is a world of its own.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use scenarios::list::Story;
use testkit::uses::Uses;

use crate::{
    fault::Fault,
    injector::{Injector, Plan},
    run::{Outcome, Play, run},
    sweep,
    tally::Tally,
};

/// A run to make.
#[derive(Clone)]
pub struct Task {
    /// What is played.
    pub play: Play,
    /// Of this world.
    pub seed: u64,
    /// Which faults strike where.
    pub plan: Plan,
    /// And this one, at this call of the whole run.
    pub also: Option<(usize, Fault)>,
}

impl Task {
    /// The argument of `make proof` that repeats it.
    #[must_use]
    pub fn again(&self) -> String {
        let what = match self.play {
            Play::Story(story) => format!("story-{}", story.number),
            Play::History => "history".to_owned(),
        };
        let plan = match &self.plan {
            Plan::Clean => "clean".to_owned(),
            Plan::Random { .. } => "random".to_owned(),
            Plan::At(faults) => faults.iter().map(named).collect::<Vec<_>>().join(","),
        };
        let also = self.also.as_ref().map(|also| format!("+{}", named(also))).unwrap_or_default();
        format!("{what}:{}:{plan}{also}", self.seed)
    }

    /// The task that [`Self::again`] named; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str, stories: &[Story]) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (what, seed, plan) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let play = match what.strip_prefix("story-") {
            Some(number) => Play::Story(*stories.iter().find(|story| story.number.to_string() == number)?),
            None if what == "history" => Play::History,
            None => return None,
        };
        let (plan, also) = plan.split_once('+').map_or((plan, None), |(plan, also)| (plan, Some(also)));
        let also = match also {
            Some(also) => Some(planned(also)?),
            None => None,
        };
        let plan = match plan {
            "clean" => Plan::Clean,
            "random" => Plan::Random { seed, most: FAULTS_A_HISTORY },
            faults => Plan::At(faults.split(',').map(planned).collect::<Option<_>>()?),
        };
        Some(Self { play, seed, plan, also })
    }

    /// Makes the run, to know what the functions' roles had to allow in it.
    #[must_use]
    pub fn uses(&self) -> Uses {
        let injector = Injector::new(self.plan.clone(), self.also).keeping_uses();
        let _outcome = run(self.play, self.seed, injector.clone(), false);
        injector.uses()
    }

    /// Makes the run.
    #[must_use]
    pub fn run(&self, with_timeline: bool) -> Outcome {
        let broken = |what: String| Outcome { broken: vec![what], ..Outcome::default() };
        let mut outcome =
            run(self.play, self.seed, Injector::new(self.plan.clone(), self.also), with_timeline).unwrap_or_else(broken);
        if let (Play::Story(story), true) = (self.play, outcome.was_only_delayed()) {
            let (undisturbed, ended) = (undisturbed(story), outcome.delivered_and_refunded());
            if ended != undisturbed {
                let (delivered, refunded) = ended;
                outcome.broken.push(format!(
                    "a fault that only delays changed the end: {delivered} delivered and {refunded} refunded, not {undisturbed:?}"
                ));
            }
        }
        outcome
    }
}

/// How many jobs of a story are delivered and refunded when nothing disturbs it. Run once.
fn undisturbed(story: Story) -> (usize, usize) {
    static KNOWN: Mutex<BTreeMap<u8, (usize, usize)>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known().get(&story.number) {
        return *known;
    }
    let ended = sweep::clean(story).run(false).delivered_and_refunded();
    known().insert(story.number, ended);
    ended
}

fn named((at, fault): &(usize, Fault)) -> String {
    format!("{at}={}", fault.name().replace(' ', "-"))
}

fn planned(text: &str) -> Option<(usize, Fault)> {
    let (at, name) = text.split_once('=')?;
    let fault = Fault::ALL.into_iter().find(|fault| fault.name().replace(' ', "-") == name)?;
    Some((at.parse().ok()?, fault))
}

/// Faults of a random history at most.
pub const FAULTS_A_HISTORY: usize = 8;

/// The random history of a seed.
#[must_use]
pub fn history(seed: u64) -> Task {
    Task { play: Play::History, seed, plan: Plan::Random { seed, most: FAULTS_A_HISTORY }, also: None }
}

/// When to stop making runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When all are made.
    AllDone,
    /// At the first that ends badly.
    Red,
}

/// Makes the runs of a list, on all cores.
#[must_use]
pub fn all(tasks: &[Task], until: Until, said: impl Fn(usize) + Sync) -> Tally {
    on_all_cores(until, |next| {
        let at = next.fetch_add(1, Ordering::Relaxed);
        said(at);
        tasks.get(at).cloned()
    })
}

/// Makes the random histories from a seed on until the time is over.
#[must_use]
pub fn histories_for(time: Duration, first_seed: u64, until: Until) -> Tally {
    let began = Instant::now();
    on_all_cores(until, |next| {
        let seed = first_seed + u64::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
        (began.elapsed() < time).then(|| history(seed))
    })
}

fn on_all_cores(until: Until, task: impl Fn(&AtomicUsize) -> Option<Task> + Sync) -> Tally {
    let (next, total, is_red) = (AtomicUsize::new(0), Mutex::new(Tally::default()), AtomicBool::new(false));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while let Some(task) = task(&next) {
                    tally.count(&task.run(false), &task);
                    is_red.fetch_or(tally.failed > 0, Ordering::Relaxed);
                    if until == Until::Red && is_red.load(Ordering::Relaxed) {
                        break;
                    }
                }
                total.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}
