//! Many runs, one thread a core; each run has a test environment of its own.

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

/// Makes the random workloads from a seed on until the time is over.
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
