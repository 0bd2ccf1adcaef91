//! `make simulate`: the sweep of every call and fault, pairs of faults, random workloads; and any one run again, with its
//! timeline.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    time::{Duration, Instant},
};

use scenarios::{Scenario, all};
use simulation::{
    event::Event,
    fault_point::FaultPoint,
    fault_table,
    sweep::{self, Depth},
    tally::{CALLS_MIN, ORDERS_MIN, Tally},
    task::Task,
    workers::{self, Until},
};

/// A run is many small allocations: with the system's allocator a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The help text.
const USAGE: &str = "\
usage: make simulate                           the sweep of all scenarios, pairs of faults, random workloads for five minutes
       make simulate ARGS=--all-pairs          the same with every pair of calls, not only the first that follow each other: hours
       make simulate ARGS=--page               the sweep of the first and the last call of each kind in a scenario, and half a minute
                                               of workloads, to write docs/faults.md
       make simulate ARGS=--scenarios=1,2,5    the sweep of these scenarios only, as for the page
       make simulate ARGS=--pairs=1,2,5        the pairs of these scenarios only
       make simulate ARGS=--workloads=SECS     random workloads only
       make simulate ARGS=--until-red=1,2,5    the sweep of these scenarios, their pairs and a minute of workloads, to the first failure
       make simulate SEED=scenario-5:1:67=late one run again, with its timeline";

/// The money's way in pairs of faults: a delivery, a refund, and one whose messages end as dead letters.
const PAIRED: &str = "1,2,5";
/// Calls that are made only after a fault, and calls that are made only after a fault at one of those.
const MISSED_ROUNDS: usize = 2;
/// How long random workloads go on.
const WORKLOADS: Duration = Duration::from_secs(300);
/// How long they go on for the page, which needs only their calls.
const WORKLOADS_FOR_PAGE: Duration = Duration::from_secs(30);
/// How long they go on where any failure will do.
const WORKLOADS_UNTIL_RED: Duration = Duration::from_secs(60);
/// The seed of the first random workload.
const FIRST_SEED: u64 = 1_000_000;
/// The page that the whole sweep writes.
const PAGE: &str = "docs/faults.md";

#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let part = |tally| (tally, true);
    let (tally, is_whole) = match argument.split_once('=').unwrap_or((&argument, "")) {
        ("", _) => whole(Depth::Ends),
        ("--all-pairs", _) => whole(Depth::Every),
        ("--page", _) => page(),
        ("--scenarios", numbers) => part(swept(numbered(numbers), Depth::Ends, Until::AllDone)),
        ("--pairs", numbers) => part(paired(numbered(numbers), Depth::Ends, Until::AllDone)),
        ("--workloads", secs) => match secs.parse() {
            Ok(secs) => part(workloads(Duration::from_secs(secs), Until::AllDone)),
            Err(_) => return usage(),
        },
        ("--until-red", numbers) => part(until_red(numbers)),
        ("--again", seed) => return again(seed),
        _ => return usage(),
    };
    println!("\n{}", tally.figures());
    if tally.is_good() && is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stderr, reason = "a command prints for its user")]
fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

/// The scenarios with these numbers.
fn numbered(numbers: &str) -> Vec<Scenario> {
    let numbers: Vec<_> = numbers.split(',').collect();
    all().into_iter().filter(|scenario| numbers.contains(&scenario.number.to_string().as_str())).collect()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints for its user")]
fn again(seed: &str) -> ExitCode {
    let Some(task) = Task::parse(seed, &all()) else { return usage() };
    let outcome = task.run(true);
    println!("{}", outcome.timeline.as_deref().unwrap_or_default());
    for event in outcome.events.iter().filter(|event| event.fault.is_some()) {
        let fault = event.fault.map(|fault| fault.name()).unwrap_or_default();
        println!("  fault at {:>9} ms: {fault} at {}", event.at_ms, event.point);
    }
    for (point, calls) in busiest(&outcome.events) {
        println!("  {calls:>5} × {point}");
    }
    println!("  trace {:016x}, {} calls", outcome.fingerprint(), outcome.events.len());
    for wrong in outcome.wrong() {
        eprintln!("  WRONG: {wrong}");
    }
    if outcome.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where the calls of a run were made, most first.
fn busiest(events: &[Event]) -> Vec<(&FaultPoint, usize)> {
    let mut counts = BTreeMap::<&FaultPoint, usize>::new();
    for event in events {
        *counts.entry(&event.point).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    counts
}

fn swept(scenarios: Vec<Scenario>, depth: Depth, until: Until) -> Tally {
    let calls = if depth == Depth::Every { "each of their calls" } else { "the first and the last call of each kind in them" };
    let what = format!("the sweep: {} scenarios, a fault at {calls}", scenarios.len());
    made(&what, &scenarios.into_iter().flat_map(|scenario| sweep::of_scenario(scenario, depth)).collect::<Vec<_>>(), until)
}

fn sweep_missed(so_far: &Tally) -> Tally {
    made("calls that are made only after a fault: that one and another", &sweep::of_missed(so_far), Until::AllDone)
}

fn paired(scenarios: Vec<Scenario>, depth: Depth, until: Until) -> Tally {
    let tasks: Vec<_> = scenarios.into_iter().flat_map(|scenario| sweep::pairs(scenario, depth)).collect();
    made("pairs of faults on the way of the money", &tasks, until)
}

/// Makes the runs of a list, and says so.
#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn made(what: &str, tasks: &[Task], until: Until) -> Tally {
    let began = Instant::now();
    println!("{what}: {} runs", tasks.len());
    let tally = workers::all(tasks, until, progress(tasks.len()));
    println!("  {} failed, {:.0} s", tally.failed, began.elapsed().as_secs_f32());
    print_failures(&tally);
    tally
}

#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn workloads(time: Duration, until: Until) -> Tally {
    let began = Instant::now();
    println!("random workloads for {} s", time.as_secs());
    let tally = workers::workloads_for(time, FIRST_SEED, until);
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let per = |n: u64| n as f64 / tally.runs.max(1) as f64;
    println!(
        "  {} failed; {:.0} a minute, {:.0} of them with at least {ORDERS_MIN} orders, {CALLS_MIN} calls that are not idle and a \
         fault; {:.1} orders, {:.0} calls and {:.1} faults on average",
        tally.failed,
        tally.runs as f64 / minutes,
        tally.eventful as f64 / minutes,
        per(tally.jobs),
        per(tally.calls),
        per(tally.faults)
    );
    print_failures(&tally);
    tally
}

#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn print_failures(tally: &Tally) {
    for failure in &tally.failures {
        println!("FAILED  make simulate SEED={}\n  {}", failure.again, failure.wrong.join("\n  "));
    }
}

fn until_red(numbers: &str) -> Tally {
    let mut tally = swept(numbered(numbers), Depth::Ends, Until::Red);
    if tally.failed == 0 {
        tally.add(paired(numbered(numbers), Depth::Ends, Until::Red));
    }
    if tally.failed == 0 {
        tally.add(workloads(WORKLOADS_UNTIL_RED, Until::Red));
    }
    tally
}

fn whole(pairs: Depth) -> (Tally, bool) {
    let mut tally = swept(all(), Depth::Every, Until::AllDone);
    tally.add(paired(numbered(PAIRED), pairs, Until::AllDone));
    tally.add(workloads(WORKLOADS, Until::AllDone));
    written(tally)
}

fn page() -> (Tally, bool) {
    let mut tally = swept(all(), Depth::Ends, Until::AllDone);
    tally.add(workloads(WORKLOADS_FOR_PAGE, Until::AllDone));
    written(tally)
}

/// With the cells that were missed so far, and then the page; and whether nothing is missing: a cell that no fault hit, or the
/// page.
#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn written(mut tally: Tally) -> (Tally, bool) {
    for _ in 0..MISSED_ROUNDS {
        let missed = sweep_missed(&tally);
        tally.add(missed);
    }
    let missed = tally.missed();
    println!("{} cells of call and fault were hit, {} missed", tally.cells.len(), missed.len());
    for (point, fault) in &missed {
        println!("  missed: {} at {point}", fault.name());
    }
    if !tally.is_good() || !missed.is_empty() {
        return (tally, false);
    }
    let is_written = match std::fs::write(PAGE, fault_table::page(&tally)) {
        Ok(()) => {
            println!("written: {PAGE}");
            true
        }
        Err(error) => {
            println!("{PAGE} could not be written: {error}");
            false
        }
    };
    (tally, is_written)
}

/// Prints a line now and then, so that a long run does not look stuck.
fn progress(all: usize) -> impl Fn(usize) + Sync {
    move |at| {
        if at > 0 && at.is_multiple_of(2000) {
            #[expect(clippy::print_stderr, reason = "a command prints for its user")]
            {
                eprintln!("  {at} of {all}");
            }
        }
    }
}
