//! `make demo`: plays every scenario in the sandbox, without an account and without network.

use std::{path::PathBuf, process::ExitCode};

use bytes::Bytes;
use domain::{
    catalog::{Catalog, Kind, Style},
    photo::ENLARGED_MAX,
};
use fakes::film::{self, Detail};
use futures_util::{StreamExt, stream};
use scenarios::{
    Scenario, ScenarioRun, all,
    runner::{Report, play, tally},
};
use testkit::environment::{Carrier, SeededBug, TestEnvironment, Times};

/// The folder for the delivered video, below the working folder.
const OUT: &str = "demo-out";
/// Base of the people's ids: scenario N uses the ids from `FIRST_ID` + N × 1000 on.
const FIRST_ID: i64 = 700_000_000;

/// The usage text, printed after an argument that is not understood.
const USAGE: &str = "\
usage: make demo                              plays all scenarios
       make demo ARGS=--photo=FILE            uses your photo (JPEG or PNG) in the first scenario
       make demo ARGS=--seeded-bug=no-refund  adds a bug on purpose: the demo must fail";

/// The command-line arguments of the demo.
#[derive(Clone, Default)]
struct Arguments {
    bug: Option<SeededBug>,
    photo: Option<Bytes>,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the demo prints its reports")]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let scenarios = all().len();
    println!("NeuroCards sandbox: {scenarios} scenarios in one process. Minutes of production take seconds here.\n");
    if arguments.bug.is_some() {
        println!(
            "Seeded bug: the table answers every refund with success and does not write it. Scenarios with a refund must fail.\n"
        );
    }
    // Each scenario has its own test environment. Scenarios run concurrently and are reported in order.
    let mut playing = stream::iter(all()).map(|scenario| play_in_sandbox(scenario, arguments.clone())).buffered(10);
    let mut reports = Vec::new();
    while let Some((report, video)) = playing.next().await {
        println!("{}", report.text());
        if let Some(path) = video {
            println!("  delivered video: {}\n", path.display());
        }
        reports.push(report);
    }
    let (line, all_passed) = tally(&reports);
    println!("{line}");
    if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    for argument in given {
        match argument.split_once('=') {
            Some(("--seeded-bug", "no-refund")) => arguments.bug = Some(SeededBug::NoRefund),
            Some(("--photo", path)) => {
                arguments.photo = Some(photo(path)?);
            }
            _ => return Err(format!("the argument {argument} is unknown")),
        }
    }
    Ok(arguments)
}

/// Reads the photo for the first scenario, and checks that the bot accepts it.
///
/// # Errors
/// The file cannot be read, is not a JPEG or PNG image, or has a size that the bot refuses.
fn photo(path: &str) -> Result<Bytes, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("the photo {path} cannot be read: {error}"))?;
    let (width, height) =
        film::Photo::decode(&bytes).map_err(|error| format!("the photo {path} is not a JPEG or PNG image: {error}"))?.size();
    let catalog = Catalog::built_in().map_err(|error| error.to_string())?;
    let row = catalog.offer(Kind::Neurocard, Style::Product).ok_or("the catalog offers no Neurocard")?;
    if row.size_flaw(width, height, row.frame(None)).is_some() {
        return Err(format!(
            "the bot refuses the photo {path} of {width}x{height} pixels: the shorter side needs {} after an enlargement of at most \
             {ENLARGED_MAX}, and the longer side may have {} times the shorter",
            row.photo.min_side_px, row.photo.max_aspect
        ));
    }
    Ok(Bytes::from(bytes))
}

async fn play_in_sandbox(scenario: Scenario, arguments: Arguments) -> (Report, Option<PathBuf>) {
    let detail = if scenario.number == 1 { Detail::Demo } else { Detail::Sketch };
    let env = match TestEnvironment::open(Carrier::Loopback, Times::demo(), detail, arguments.bug).await {
        Ok(env) => env,
        Err(error) => {
            let failure = Some(format!("the sandbox did not open: {error}"));
            return (Report { scenario, timeline: String::new(), failure, took: std::time::Duration::ZERO }, None);
        }
    };
    let mut run = ScenarioRun::new(env, FIRST_ID + i64::from(scenario.number) * 1000);
    run.photo = arguments.photo.unwrap_or(run.photo);
    let mut report = play(scenario, run.clone()).await;
    let kept = if scenario.number == 1 { keep_video(&run).await } else { Ok(None) };
    match kept {
        Ok(path) => (report, path),
        Err(error) => {
            report.failure.get_or_insert(error);
            (report, None)
        }
    }
}

/// Writes the delivered video of the first scenario to [`OUT`]. Returns its path; `None` if no video was delivered.
async fn keep_video(run: &ScenarioRun) -> Result<Option<PathBuf>, String> {
    let Some(seller) = run.people().into_iter().next() else { return Ok(None) };
    let Some(bytes) = seller.videos().first().and_then(|video| run.env.telegram.file(&video.file_id)) else {
        return Ok(None);
    };
    let path = PathBuf::from(OUT).join("neurocard.mp4");
    let text = |error: std::io::Error| format!("the video was not written to {}: {error}", path.display());
    tokio::fs::create_dir_all(OUT).await.map_err(text)?;
    tokio::fs::write(&path, &bytes).await.map_err(text)?;
    Ok(Some(path))
}
