//! The latest invocations of a function, for the page that shows them as they happen.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// Most invocations that are remembered of each function. Older ones are forgotten, also while they run.
pub const INVOCATIONS_KEPT: usize = 120;

tokio::task_local! {
    /// The running invocation.
    static RUNNING: Running;
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The handler returned.
    Returned,
    /// The process did not start, or died.
    Died,
    /// Lambda killed the process after the function's timeout.
    TimedOut,
}

/// One invocation of a function.
#[derive(Clone, Copy, Debug)]
pub struct Invocation {
    /// The function's name.
    pub function: &'static str,
    /// The number of the invocation among those of its function, from 1.
    pub number: u64,
    /// When it started.
    pub started: Instant,
    /// How long it took, and how it ended; `None` while it runs.
    pub ended: Option<(Duration, Ended)>,
}

/// What an invocation knows of itself while it runs.
#[derive(Clone)]
pub(crate) struct Running {
    pub function: &'static str,
    pub number: u64,
    pub died: Arc<Notify>,
}

impl Running {
    /// Runs the handler of this invocation.
    pub(crate) async fn scope<T>(self, handler: impl Future<Output = T>) -> T {
        RUNNING.scope(self, handler).await
    }
}

/// Returns a handle that kills the process of the running invocation. Outside an invocation the handle does nothing.
#[must_use]
pub fn death() -> Arc<Notify> {
    RUNNING.try_with(|running| running.died.clone()).unwrap_or_default()
}

/// The function and the number of the running invocation; `None` outside an invocation.
#[must_use]
pub fn invocation() -> Option<(&'static str, u64)> {
    RUNNING.try_with(|running| (running.function, running.number)).ok()
}

/// The latest invocations of one function. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocations(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    latest: VecDeque<(Invocation, Arc<Notify>)>,
}

impl Invocations {
    /// The number of invocations that have started.
    pub(crate) fn count(&self) -> u64 {
        self.kept().count
    }

    /// The latest invocations, oldest first.
    pub(crate) fn latest(&self) -> Vec<Invocation> {
        self.kept().latest.iter().map(|(invocation, _)| *invocation).collect()
    }

    /// Records that an invocation of this function starts.
    pub(crate) fn start(&self, function: &'static str) -> Running {
        let mut kept = self.kept();
        kept.count += 1;
        let (number, died) = (kept.count, Arc::new(Notify::new()));
        let invocation = Invocation { function, number, started: Instant::now(), ended: None };
        kept.latest.push_back((invocation, died.clone()));
        if kept.latest.len() > INVOCATIONS_KEPT {
            kept.latest.pop_front();
        }
        Running { function, number, died }
    }

    /// Records how an invocation ended.
    pub(crate) fn end(&self, number: u64, how: Ended) {
        let mut kept = self.kept();
        if let Some((invocation, _)) = kept.latest.iter_mut().find(|(invocation, _)| invocation.number == number) {
            invocation.ended = Some((invocation.started.elapsed(), how));
        }
    }

    /// Kills the process of each running invocation that `is_meant`, and returns their number.
    pub(crate) fn kill(&self, is_meant: &dyn Fn(&Invocation) -> bool) -> usize {
        let kept = self.kept();
        let running = kept.latest.iter().filter(|(invocation, _)| invocation.ended.is_none() && is_meant(invocation));
        running.map(|(_, died)| died.notify_one()).count()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_latest_invocations_are_kept_with_their_ends_and_a_running_one_can_be_killed() {
        let invocations = Invocations::default();
        let first = invocations.start("sender");
        tokio::time::advance(Duration::from_secs(2)).await;
        invocations.end(first.number, Ended::TimedOut);
        let second = invocations.start("sender");
        assert_eq!(invocations.latest()[0].ended, Some((Duration::from_secs(2), Ended::TimedOut)));
        assert_eq!(invocations.kill(&|invocation| invocation.function == "sender"), 1);
        second.died.notified().await;
        assert_eq!(invocations.kill(&|invocation| invocation.number == first.number), 0, "the first has ended");
        let inside = second.scope(async { invocation() }).await;
        assert_eq!((inside, invocation()), (Some(("sender", 2)), None));
        (0..2 * INVOCATIONS_KEPT).for_each(|_| drop(invocations.start("sender")));
        assert_eq!((invocations.latest().len(), invocations.count()), (INVOCATIONS_KEPT, 2 * INVOCATIONS_KEPT as u64 + 2));
    }
}
