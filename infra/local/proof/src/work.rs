//! Many runs, one thread a core; each run is a world of its own.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use stories::stories::Story;

use crate::{
    fault::Fault,
    injector::Plan,
    run::{Outcome, Play, run},
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
            Plan::At(faults) => {
                let fault = |(at, fault): &(usize, Fault)| format!("{at}={}", fault.name().replace(' ', "-"));
                faults.iter().map(fault).collect::<Vec<_>>().join(",")
            }
        };
        format!("{what}:{}:{plan}", self.seed)
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
        let plan = match plan {
            "clean" => Plan::Clean,
            "random" => Plan::Random { seed, most: FAULTS_A_HISTORY },
            faults => Plan::At(faults.split(',').map(planned).collect::<Option<_>>()?),
        };
        Some(Self { play, seed, plan })
    }

    /// Makes the run.
    #[must_use]
    pub fn run(&self, with_timeline: bool) -> Outcome {
        let broken = |what: String| Outcome { broken: vec![what], ..Outcome::default() };
        run(self.play, self.seed, self.plan.clone(), with_timeline).unwrap_or_else(broken)
    }
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
    Task { play: Play::History, seed, plan: Plan::Random { seed, most: FAULTS_A_HISTORY } }
}

/// Makes every run of a list, on all cores.
#[must_use]
pub fn all(tasks: &[Task], said: impl Fn(usize) + Sync) -> Tally {
    on_all_cores(|next| {
        let at = next.fetch_add(1, Ordering::Relaxed);
        said(at);
        tasks.get(at).cloned()
    })
}

/// Makes the random histories from a seed on until the time is over.
#[must_use]
pub fn histories_for(time: Duration, first_seed: u64) -> Tally {
    let began = Instant::now();
    on_all_cores(|next| {
        let seed = first_seed + u64::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
        (began.elapsed() < time).then(|| history(seed))
    })
}

fn on_all_cores(task: impl Fn(&AtomicUsize) -> Option<Task> + Sync) -> Tally {
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while let Some(task) = task(&next) {
                    tally.count(&task.run(false), || task.again());
                }
                total.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}
