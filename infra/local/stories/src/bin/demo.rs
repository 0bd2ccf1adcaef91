//! `make demo`: every story in the sandbox, with no account and no network.

use std::{path::PathBuf, process::ExitCode};

use futures_util::{StreamExt, stream};
use standins::film::Detail;
use stories::{
    runner::{Report, play, tally},
    stories::{Scene, Story, all},
    world::{Carrier, Plant, Sandbox, Times},
};

/// Where the delivered video is left, in the working folder.
const OUT: &str = "demo-out";
/// The first person's id.
const FIRST_ID: i64 = 700_000_000;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a demo is there to be read")]
async fn main() -> ExitCode {
    let plant = match arguments(std::env::args().skip(1)) {
        Ok(plant) => plant,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    println!("NeuroCards sandbox: twelve stories, everything in this process. Times run a hundred times faster than in production.\n");
    // Worlds of their own, side by side, told in order.
    let mut telling = stream::iter(all()).map(|story| tell(story, plant)).buffered(12);
    let mut reports = Vec::new();
    while let Some((report, video)) = telling.next().await {
        println!("{}", report.text());
        if let Some(path) = video {
            println!("  the video: {}\n", path.display());
        }
        reports.push(report);
    }
    let (line, all_passed) = tally(&reports);
    println!("{line}");
    if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<Plant>, String> {
    match (given.next().as_deref(), given.next()) {
        (None, _) => Ok(None),
        (Some("--plant=no-refund"), None) => Ok(Some(Plant::NoRefund)),
        (Some(other), _) => Err(format!("unknown argument {other}; known: --plant=no-refund (a bug put in on purpose: must end red)")),
    }
}

async fn tell(story: Story, plant: Option<Plant>) -> (Report, Option<PathBuf>) {
    let detail = if story.number == 1 { Detail::Demo } else { Detail::Sketch };
    let world = match Sandbox::open(Carrier::Loopback, Times::demo(), detail, plant).await {
        Ok(world) => world,
        Err(error) => {
            let failure = Some(format!("the sandbox did not open: {error}"));
            return (Report { story, timeline: String::new(), failure, took: std::time::Duration::ZERO }, None);
        }
    };
    let scene = Scene::new(world, FIRST_ID + i64::from(story.number) * 1000);
    let mut report = play(story, scene.clone()).await;
    let kept = if story.number == 1 { keep_video(&scene).await } else { Ok(None) };
    match kept {
        Ok(path) => (report, path),
        Err(error) => {
            report.failure.get_or_insert(error);
            (report, None)
        }
    }
}

/// Leaves the delivered video where a person can play it.
async fn keep_video(scene: &Scene) -> Result<Option<PathBuf>, String> {
    let Some(seller) = scene.people().into_iter().next() else { return Ok(None) };
    let Some(bytes) = seller.videos().first().and_then(|video| scene.world.telegram.file(&video.file_id)) else { return Ok(None) };
    let path = PathBuf::from(OUT).join("neurocard.mp4");
    let text = |error: std::io::Error| format!("{}: {error}", path.display());
    tokio::fs::create_dir_all(OUT).await.map_err(text)?;
    tokio::fs::write(&path, &bytes).await.map_err(text)?;
    Ok(Some(path))
}
