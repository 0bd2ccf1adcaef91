//! Stops each function at each of its calls, runs it again, and compares the end with an undisturbed run.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use local_aws::net::Moment;
use tokio::sync::Barrier;

use crate::{
    cases::{Case, all},
    state::End,
    subject::{PEOPLE_MAX, Run, Stop, Subject},
    twice::functions,
    watch::only_reads,
};

/// A played case: one run for each stop, and one complete run.
struct Played {
    runs: Vec<Run>,
    end: End,
}

impl Played {
    /// Plays a case with these stops in its first runs.
    async fn of(case: &Case, subject: &Subject, stops: &[Stop], others: &Barrier) -> Self {
        let event = (case.set)(subject).await;
        others.wait().await;
        let mut runs = Vec::new();
        for stop in stops {
            runs.push(subject.attempt(event.clone(), Some(*stop)).await);
            tokio::time::sleep(event.again_after(&subject.env().times)).await;
        }
        runs.push(subject.attempt(event, None).await);
        others.wait().await;
        Self { runs, end: subject.finish().await }
    }

    /// Plays a case once for each list of stops, concurrently, each with its own person. A sweep handles every person of an
    /// environment, so each case of the sweeper has its own environment.
    async fn each(case: &Case, stops: &[Vec<Stop>]) -> Vec<Self> {
        let together = if case.function == "sweeper" { 1 } else { PEOPLE_MAX };
        let mut played = Vec::new();
        for stops in stops.chunks(together) {
            let (subjects, others) = (Subject::open(stops.len()).await, Barrier::new(stops.len()));
            played.extend(
                join_all(subjects.iter().zip(stops).map(|(subject, stops)| Self::of(case, subject, stops, &others))).await,
            );
        }
        played
    }

    /// Checks that the case ends like the undisturbed one. The only allowed difference: a call without idempotency key that took
    /// effect just before a stop is repeated.
    fn check(&self, once: &Self, stops: &[Stop], case: &str) {
        let (end, once) = (&self.end, &once.end);
        let context = || format!("{case}, stopped at {stops:?}: {:#?}", self.runs);
        assert_eq!(end.stages, once.stages, "{}", context());
        assert_eq!(end.ledger, once.ledger, "{}", context());
        assert_eq!((&end.person, &end.chat), (&once.person, &once.chat), "{}", context());
        let stopped = || self.runs.iter().zip(stops);
        let last = |run: &Run, stop: &Stop| run.calls.iter().take(stop.applied()).rfind(|call| !only_reads(call)).cloned();
        // A video or a notification may be sent and not recorded: the next run sends it again.
        let unrecorded = |call: &'static str| stopped().filter(move |(run, stop)| last(run, stop).as_deref() == Some(call));
        let (videos, messages) =
            (unrecorded("sendVideo").map(|(run, _)| run.videos), unrecorded("sendMessage").map(|(run, _)| run.messages));
        assert_eq!(end.videos, once.videos + videos.sum::<usize>(), "{}", context());
        // The greeting follows the commit: a stop before it leaves the chat without one, and no run sends a second one.
        let is_newcomer = case.contains("a newcomer");
        let done = |run: &Run, stop: &Stop, call: &str| run.calls.iter().take(stop.applied()).any(|made| made == call);
        let is_ungreeted = |(run, stop): &(&Run, &Stop)| done(run, stop, "TransactWriteItems") && !done(run, stop, "sendMessage");
        let ungreeted = usize::from(is_newcomer && stopped().any(|stop| is_ungreeted(&stop)));
        let repeated = if is_newcomer { 0 } else { messages.sum() };
        assert_eq!(end.messages + ungreeted, once.messages + repeated, "{}", context());
        // A task that KIE created and the generator did not record is adopted by its callback.
        assert_eq!(end.tasks, once.tasks, "{}", context());
        let parked =
            |run: &Run, applied: usize| run.calls.iter().take(applied).filter(|call| *call == "SendMessage parked").count();
        assert_eq!(
            end.parked,
            once.parked + stopped().map(|(run, stop)| parked(run, stop.applied())).sum::<usize>(),
            "{}",
            context()
        );
    }
}

/// One of this many pairs of stops is tried, unless `REPEAT=all`.
const PAIRS_PER_TRY: usize = 6;

/// Whether `REPEAT=all` asks to try every stop and every pair, which takes minutes.
fn tries_everything() -> bool {
    std::env::var("REPEAT").is_ok_and(|value| value == "all")
}

/// Returns the stops that leave different environments behind: before the first call, and after each writing call. A read, or a
/// call that is not sent, leaves the environment unchanged.
fn different_stops(calls: &[String]) -> Vec<Stop> {
    let writes = (0..calls.len()).filter(|at| !only_reads(&calls[*at]));
    let before_all = calls.first().map(|_| Stop { call: 0, moment: Moment::BeforeSent });
    before_all.into_iter().chain(writes.map(|call| Stop { call, moment: Moment::AfterApplied })).collect()
}

/// Returns all other stops, before and after each call. They matter because the order of concurrent calls is not known.
fn other_stops(calls: &[String]) -> Vec<Stop> {
    let (different, moments) = (different_stops(calls), [Moment::BeforeSent, Moment::AfterApplied]);
    let stops = (0..calls.len()).flat_map(|call| moments.map(|moment| Stop { call, moment }));
    stops.filter(|stop| !different.contains(stop)).collect()
}

/// Counters of the tried stops.
#[derive(Default)]
struct Tally {
    stops: AtomicUsize,
    pairs: AtomicUsize,
    pairs_tried: AtomicUsize,
    stale: AtomicUsize,
}

/// Tries each case, with one thread for each core. Each environment has its own virtual time. Returns the number of cases.
fn for_each_case(attempt: impl AsyncFn(&Case, &Played, &str) + Sync) -> usize {
    let cases = all();
    let left = Mutex::new(cases.iter());
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        while let Some(case) = { left.lock().unwrap().next() } {
            let name = format!("{}, {}", case.function, case.meets);
            runtime.block_on(async {
                let once = Played::each(case, &[vec![]]).await.remove(0);
                attempt(case, &once, &name).await;
            });
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    cases.len()
}

#[test]
fn a_function_stopped_once_or_twice_at_any_call_and_run_again_ends_as_if_undisturbed() {
    let tally = Tally::default();
    let cases = for_each_case(async |case, once, name| {
        let calls = &once.runs[0].calls;
        let others = if tries_everything() { other_stops(calls) } else { vec![] };
        let stops: Vec<_> = different_stops(calls).into_iter().chain(others).map(|stop| vec![stop]).collect();
        let stopped = Played::each(case, &stops).await;
        for (played, stops) in stopped.iter().zip(&stops) {
            played.check(once, stops, name);
            tally.stale.fetch_add(usize::from(played.end.said != once.end.said), Ordering::Relaxed);
        }
        tally.stops.fetch_add(stops.len(), Ordering::Relaxed);

        // A first run that stopped before its first call changed nothing, so it starts no pair.
        let firsts = stopped.iter().zip(&stops).take(different_stops(calls).len()).skip(1);
        let pairs: Vec<_> = firsts
            .flat_map(|(played, first)| different_stops(&played.runs[1].calls).into_iter().map(|second| vec![first[0], second]))
            .collect();
        let step = if tries_everything() { 1 } else { PAIRS_PER_TRY };
        let tried: Vec<_> = pairs.iter().skip(step / 2).step_by(step).cloned().collect();
        for (played, pair) in Played::each(case, &tried).await.iter().zip(&tried) {
            played.check(once, pair, name);
        }
        tally.pairs.fetch_add(pairs.len(), Ordering::Relaxed);
        tally.pairs_tried.fetch_add(tried.len(), Ordering::Relaxed);
    });
    let Tally { stops, pairs, pairs_tried, stale } = tally;
    println!(
        "stopped once: {} functions, {cases} events, {stops:?} stops; {stale:?} ended with another last message",
        functions()
    );
    println!("stopped twice: {pairs_tried:?} of {pairs:?} pairs of stops");
}
