//! `make simulate`: sweeps every call with every fault, then runs pairs of faults and random workloads. With `SEED=...` it
//! repeats one run and prints its timeline.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    process::ExitCode,
    time::{Duration, Instant},
};

use scenarios::{Scenario, all};
use simulation::{
    event::Event,
    fault_point::FaultPoint,
    fault_table,
    oracle::JobEnding,
    sweep::{self, Depth},
    tally::{CALLS_MIN, ORDERS_MIN, Tally},
    task::Task,
    workers::{self, Until},
};

/// A run makes many small allocations; the system's allocator would take a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The help text.
const USAGE: &str = "\
usage: make simulate                           sweeps all scenarios, runs pairs of faults, then random workloads for five minutes,
                                               and writes docs/faults.md
       make simulate ARGS=--all-pairs          the same with every pair of calls, not only pairs of neighbours; takes hours
       make simulate ARGS=--page               sweeps only the first and the last call of each kind in a scenario, runs random
                                               workloads for half a minute, and writes docs/faults.md
       make simulate ARGS=--scenarios=1,2,5    sweeps only these scenarios, the first and the last call of each kind
       make simulate ARGS=--pairs=1,2,5        runs only the pairs of faults of these scenarios
       make simulate ARGS=--workloads=SECS     runs only random workloads
       make simulate ARGS=--until-red=1,2,5    sweeps these scenarios, runs their pairs of faults, then random workloads for a
                                               minute; stops at the first failure
       make simulate ARGS=--deaths             kills processes at random calls during fifty orders, with the seeds 1 to 20, and
                                               prints how the orders of each seed ended
       make simulate SEED=scenario-5:1:67=late repeats one run and prints its timeline";

/// The scenarios that are run with pairs of faults: a delivery, a refund, and an order whose messages become dead letters.
const PAIRED: &str = "1,2,5";
/// Rounds that sweep the calls which only a fault causes. The second round sweeps the calls that the faults of the first cause.
const MISSED_ROUNDS: usize = 2;
/// How long random workloads run.
const WORKLOADS: Duration = Duration::from_secs(300);
/// How long random workloads run for `--page`: long enough to make every kind of call.
const WORKLOADS_FOR_PAGE: Duration = Duration::from_secs(30);
/// How long random workloads run for `--until-red`, which stops at the first failure.
const WORKLOADS_UNTIL_RED: Duration = Duration::from_secs(60);
/// The seed of the first random workload.
const FIRST_SEED: u64 = 1_000_000;
/// The seeds of `--deaths`.
const SEEDS_OF_DEATHS: RangeInclusive<u64> = 1..=20;
/// The page that a complete run writes.
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
        ("--deaths", _) => return deaths(),
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
    for (cause, jobs) in &outcome.refunded_though_sent {
        println!("  refunded though delivered: {jobs} × {cause}");
    }
    for wrong in outcome.wrong() {
        eprintln!("  wrong: {wrong}");
    }
    if outcome.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes the runs with deaths and prints a row for each seed.
#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn deaths() -> ExitCode {
    println!("| seed | orders | deaths | delivered | refunded | refunded though delivered | films sent again |");
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    let (mut sums, mut wrong) = ([0; 6], Vec::new());
    for seed in SEEDS_OF_DEATHS {
        let outcome = Task::deaths(seed).run(false);
        let count = |ending| outcome.endings.get(&ending).copied().unwrap_or_default();
        let (delivered, unpaid, again) =
            (count(JobEnding::Delivered), count(JobEnding::RefundedThoughSent), count(JobEnding::SentAgain));
        let row = [outcome.jobs, outcome.faults(), delivered, count(JobEnding::Refunded) + unpaid, unpaid, again];
        println!("| {seed} | {} |", row.map(|n| n.to_string()).join(" | "));
        sums.iter_mut().zip(row).for_each(|(sum, n)| *sum += n);
        wrong.extend(outcome.wrong().into_iter().map(|what| format!("seed {seed}: {what}")));
    }
    println!("| all | {} |", sums.map(|n| n.to_string()).join(" | "));
    wrong.iter().for_each(|what| println!("wrong: {what}"));
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The fault points of a run and their counts of calls, the highest count first.
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
    let calls = if depth == Depth::Every { "every call" } else { "the first and the last call of each kind" };
    let what = format!("Sweep of {} scenarios with one fault, at {calls}", scenarios.len());
    made(&what, &scenarios.into_iter().flat_map(|scenario| sweep::of_scenario(scenario, depth)).collect::<Vec<_>>(), until)
}

fn sweep_missed(so_far: &Tally) -> Tally {
    made("Second faults, at the calls that only a first fault causes", &sweep::of_missed(so_far), Until::AllDone)
}

fn paired(scenarios: Vec<Scenario>, depth: Depth, until: Until) -> Tally {
    let tasks: Vec<_> = scenarios.into_iter().flat_map(|scenario| sweep::pairs(scenario, depth)).collect();
    made("Pairs of faults, at the calls that move credits, jobs or messages", &tasks, until)
}

/// Makes the runs of a list and prints how many failed.
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
    println!("Random workloads for {} s", time.as_secs());
    let tally = workers::workloads_for(time, FIRST_SEED, until);
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let per = |n: u64| n as f64 / tally.runs.max(1) as f64;
    println!(
        " {} failed. {:.0} runs a minute; {:.0} of them have at least {ORDERS_MIN} orders, {CALLS_MIN} calls that are not idle \
         and one fault. A run has {:.1} orders, {:.0} calls and {:.1} faults on average.",
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

/// Runs the cells that no run has hit so far, then writes the page. `true` if every cell was hit and the page was written.
#[expect(clippy::print_stdout, reason = "a command prints for its user")]
fn written(mut tally: Tally) -> (Tally, bool) {
    for _ in 0..MISSED_ROUNDS {
        let missed = sweep_missed(&tally);
        tally.add(missed);
    }
    let missed = tally.missed();
    println!("Faults struck in {} cells of call and fault; {} cells were missed.", tally.cells.len(), missed.len());
    for (point, fault) in &missed {
        println!("  missed: {} at {point}", fault.name());
    }
    if !tally.is_good() || !missed.is_empty() {
        return (tally, false);
    }
    let is_written = match std::fs::write(PAGE, fault_table::page(&tally)) {
        Ok(()) => {
            println!("{PAGE} was written.");
            true
        }
        Err(error) => {
            println!("{PAGE} could not be written (run this from the root of the repository): {error}");
            false
        }
    };
    (tally, is_written)
}

/// Prints a line for every 2000 runs, so that a reader sees progress.
fn progress(all: usize) -> impl Fn(usize) + Sync {
    move |at| {
        if at > 0 && at.is_multiple_of(2000) {
            #[expect(clippy::print_stderr, reason = "a command prints for its user")]
            {
                eprintln!("  {at} of {all} runs");
            }
        }
    }
}
