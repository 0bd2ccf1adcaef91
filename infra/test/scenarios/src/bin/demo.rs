//! `make demo`: every story in the sandbox, with no account and no network.

use std::{path::PathBuf, process::ExitCode};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use scenarios::{
    list::{Scene, Story, all},
    runner::{Report, play, tally},
};
use standins::film::{self, Detail};
use testkit::environment::{Carrier, Plant, Sandbox, Times};

/// Where the delivered video is left, in the working folder.
const OUT: &str = "demo-out";
/// The first person's id.
const FIRST_ID: i64 = 700_000_000;

/// What the arguments are.
const USAGE: &str = "\
usage: make demo ARGS='--photo=FILE'       your own product photo, JPEG or PNG, in the first story
       make demo ARGS='--plant=no-refund'  a bug put in on purpose: the demo must end red";

/// How the demo is to be given.
#[derive(Clone, Default)]
struct Wishes {
    plant: Option<Plant>,
    photo: Option<Bytes>,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a demo is there to be read")]
async fn main() -> ExitCode {
    let wishes = match wishes(std::env::args().skip(1)) {
        Ok(wishes) => wishes,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let stories = all().len();
    println!("NeuroCards sandbox: {stories} stories, everything in this process. Minutes of production take seconds here.\n");
    if wishes.plant.is_some() {
        println!("Planted: every refund is answered as done, and not done. Whoever is owed one waits in vain.\n");
    }
    // Worlds of their own, side by side, told in order.
    let mut telling = stream::iter(all()).map(|story| tell(story, wishes.clone())).buffered(10);
    let mut reports = Vec::new();
    while let Some((report, video)) = telling.next().await {
        println!("{}", report.text());
        if let Some(path) = video {
            println!("  the video that arrived: {}\n", path.display());
        }
        reports.push(report);
    }
    let (line, all_passed) = tally(&reports);
    println!("{line}");
    if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wishes(given: impl Iterator<Item = String>) -> Result<Wishes, String> {
    let mut wishes = Wishes::default();
    for argument in given {
        match argument.split_once('=') {
            Some(("--plant", "no-refund")) => wishes.plant = Some(Plant::NoRefund),
            Some(("--photo", path)) => {
                wishes.photo = Some(photo(path)?);
            }
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(wishes)
}

/// A photo that the bot would take: what it refuses is a story of its own.
fn photo(path: &str) -> Result<Bytes, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let (width, height) = film::Photo::decode(&bytes).map_err(|error| format!("{path}: no JPEG or PNG: {error}"))?.size();
    let (short, long) = (width.min(height), width.max(height));
    if short < 300 || long > short * 5 / 2 {
        return Err(format!(
            "{path}: {width}x{height}; a photo needs 300 pixels on its shorter side, and no more than 2.5 times as many on the other"
        ));
    }
    Ok(Bytes::from(bytes))
}

async fn tell(story: Story, wishes: Wishes) -> (Report, Option<PathBuf>) {
    let detail = if story.number == 1 { Detail::Demo } else { Detail::Sketch };
    let world = match Sandbox::open(Carrier::Loopback, Times::demo(), detail, wishes.plant).await {
        Ok(world) => world,
        Err(error) => {
            let failure = Some(format!("the sandbox did not open: {error}"));
            return (Report { story, timeline: String::new(), failure, took: std::time::Duration::ZERO }, None);
        }
    };
    let mut scene = Scene::new(world, FIRST_ID + i64::from(story.number) * 1000);
    scene.photo = wishes.photo.unwrap_or(scene.photo);
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
    let Some(bytes) = seller.videos().first().and_then(|video| scene.world.telegram.file(&video.file_id)) else {
        return Ok(None);
    };
    let path = PathBuf::from(OUT).join("neurocard.mp4");
    let text = |error: std::io::Error| format!("{}: {error}", path.display());
    tokio::fs::create_dir_all(OUT).await.map_err(text)?;
    tokio::fs::write(&path, &bytes).await.map_err(text)?;
    Ok(Some(path))
}
