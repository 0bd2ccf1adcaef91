//! Makes many runs in parallel, with one thread for each core. Each run has its own test environment.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{tally::Tally, task::Task};

/// When to stop making runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Stop when all runs are made.
    AllDone,
    /// Stop at the first run that fails.
    Red,
}

/// Makes the runs of a list, on all cores. `progress` gets the number of each run that starts, from 0.
#[must_use]
pub fn all(tasks: &[Task], until: Until, progress: impl Fn(usize) + Sync) -> Tally {
    on_all_cores(until, |next| {
        let at = next.fetch_add(1, Ordering::Relaxed);
        progress(at);
        tasks.get(at).cloned()
    })
}

/// Makes random workloads with ascending seeds until the time is over.
#[must_use]
pub fn workloads_for(time: Duration, first_seed: u64, until: Until) -> Tally {
    let began = Instant::now();
    on_all_cores(until, |next| {
        let seed = first_seed + u64::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
        (began.elapsed() < time).then(|| Task::workload(seed))
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
