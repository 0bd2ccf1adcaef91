//! `make proof`: the sweep of every call and fault, pairs of faults, random histories; and any one run again, with its timeline.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use proof::{
    matrix,
    sweep::{self, Depth},
    tally::Tally,
    work::{self, Task},
};
use stories::stories::{Story, all};

/// A run is many small allocations: with the system's allocator a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the arguments are.
const USAGE: &str = "\
usage: make proof                          the sweep of all stories, pairs of faults, random histories for five minutes
       make proof ARGS=--stories=1,2,5     the sweep of these stories only
       make proof ARGS=--every             every call, not only the first and the last of each kind in a story: an hour
       make proof ARGS=--histories=SECS    random histories only
       make proof SEED=story-5:1:67=late   one run again, with its timeline";

/// The money's way in pairs of faults: a delivery, a refund, and one whose messages end as dead letters.
const PAIRED: [u8; 3] = [1, 2, 5];
/// How long random histories go on.
const HISTORIES: Duration = Duration::from_secs(300);
/// The page that the whole sweep writes.
const PAGE: &str = "docs/faults.md";

#[expect(clippy::print_stdout, reason = "a command speaks to whoever started it")]
fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let tally = match argument.split_once('=').unwrap_or((&argument, "")) {
        ("", _) => whole(Depth::Ends),
        ("--every", _) => whole(Depth::Every),
        ("--stories", numbers) => {
            let numbers: Vec<_> = numbers.split(',').collect();
            swept(all().into_iter().filter(|story| numbers.contains(&story.number.to_string().as_str())).collect(), Depth::Ends)
        }
        ("--histories", secs) => match secs.parse() {
            Ok(secs) => histories(Duration::from_secs(secs), 0),
            Err(_) => return usage(),
        },
        ("--again", seed) => return again(seed),
        _ => return usage(),
    };
    println!("\n{}", tally.figures());
    for failure in &tally.failures {
        println!("\nFAILED  make proof SEED={}\n  {}", failure.again, failure.wrong.join("\n  "));
    }
    if tally.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stderr, reason = "a command speaks to whoever started it")]
fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to whoever started it")]
fn again(seed: &str) -> ExitCode {
    let Some(task) = Task::parse(seed, &all()) else { return usage() };
    let outcome = task.run(true);
    println!("{}", outcome.timeline.as_deref().unwrap_or_default());
    for event in outcome.events.iter().filter(|event| event.fault.is_some()) {
        let fault = event.fault.map(|fault| fault.name()).unwrap_or_default();
        println!("  fault at {:>9} ms: {fault} at {}", event.at_ms, event.site);
    }
    println!("  trace {:016x}, {} calls", outcome.fingerprint(), outcome.events.len());
    for wrong in outcome.wrong() {
        eprintln!("  WRONG: {wrong}");
    }
    if outcome.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "a command speaks to whoever started it")]
fn swept(stories: Vec<Story>, depth: Depth) -> Tally {
    let (began, count) = (Instant::now(), stories.len());
    let tasks: Vec<Task> = stories.into_iter().flat_map(|story| sweep::of_story(story, depth)).collect();
    println!("the sweep: {count} stories, {} runs of one fault each", tasks.len());
    let tally = work::all(&tasks, progress(tasks.len()));
    println!("  {} failed, {:.0} s", tally.failed, began.elapsed().as_secs_f32());
    tally
}

#[expect(clippy::print_stdout, reason = "a command speaks to whoever started it")]
fn paired(depth: Depth) -> Tally {
    let began = Instant::now();
    let stories = all().into_iter().filter(|story| PAIRED.contains(&story.number));
    let tasks: Vec<Task> = stories.flat_map(|story| sweep::pairs(story, depth)).collect();
    println!("pairs of faults on the way of the money: {} runs", tasks.len());
    let tally = work::all(&tasks, progress(tasks.len()));
    println!("  {} failed, {:.0} s", tally.failed, began.elapsed().as_secs_f32());
    tally
}

#[expect(clippy::print_stdout, reason = "a command speaks to whoever started it")]
fn histories(time: Duration, first_seed: u64) -> Tally {
    let began = Instant::now();
    println!("random histories for {} s", time.as_secs());
    let tally = work::histories_for(time, first_seed);
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let per = |n: u64| n as f64 / tally.runs.max(1) as f64;
    println!(
        "  {} failed; {:.0} a minute, each with {:.1} orders, {:.0} calls and {:.1} faults on average",
        tally.failed,
        tally.runs as f64 / minutes,
        per(tally.jobs),
        per(tally.calls),
        per(tally.faults)
    );
    tally
}

#[expect(clippy::print_stdout, reason = "a command speaks to whoever started it")]
fn whole(depth: Depth) -> Tally {
    let mut tally = swept(all(), depth);
    let missed = tally.missed();
    println!("  {} cells of call and fault, {} of them missed", tally.cells.len(), missed.len());
    if tally.is_good() {
        match std::fs::write(PAGE, matrix::page(&tally)) {
            Ok(()) => println!("  written: {PAGE}"),
            Err(error) => println!("  {PAGE} could not be written: {error}"),
        }
    }
    tally.add(paired(depth));
    tally.add(histories(HISTORIES, 1_000_000));
    tally
}

/// A line now and then, so that nobody thinks that it hangs.
fn progress(all: usize) -> impl Fn(usize) + Sync {
    move |at| {
        if at > 0 && at.is_multiple_of(2000) {
            #[expect(clippy::print_stderr, reason = "a command speaks to whoever started it")]
            {
                eprintln!("  {at} of {all}");
            }
        }
    }
}
