//! Orders a film at KIE directly, without the bot, and measures it.

use std::time::Duration;

use adapters::{
    kie::{CreateError, PollError, RESULT_MAX_BYTES, Record},
    wire::read,
};
use bytes::Bytes;
use domain::{catalog::Frame, job::TaskId};
use formats::film::{Film, FilmReader};
use tokio::time::Instant;

use super::{
    CaseContext,
    case::{Extension, FilmOrder},
    observation::{Comparison, Notes},
};

/// KIE's advice for polls: until the first time every 3 s, until the second every 8 s, then every 20 s.
const POLLS: [(Duration, Duration); 2] =
    [(Duration::from_secs(30), Duration::from_secs(3)), (Duration::from_secs(120), Duration::from_secs(8))];
const POLL_LATE: Duration = Duration::from_secs(20);
/// The longest wait for one film. KIE's advice is to give up after 10 to 15 minutes.
pub const FILM_MAX: Duration = Duration::from_secs(15 * 60);
/// The longest download of a film.
const DOWNLOAD_MAX: Duration = Duration::from_secs(120);
/// Greatest difference of two equal lengths, in milliseconds.
const LENGTH_TOLERANCE_MS: u64 = 500;
/// Most pixels by which a model rounds a side, apart from the tolerance of [`Frame::holds`]. It counts for small films only.
const ROUNDED_MAX_PX: u32 = 4;
/// Greatest difference of two equal prices, as a share.
const PRICE_TOLERANCE: f64 = 0.005;

const TASK: &str = "createTask";
const ENDING: &str = "end of the task";

/// How a task ended.
enum Ending {
    Made { urls: Vec<String>, kie_credits: f64 },
    Failed { why: String, kie_credits: f64 },
    NotSeen(String),
}

/// Orders the film and notes what happens.
pub async fn perform(context: &CaseContext, order: &FilmOrder, notes: &mut Notes) {
    let refusal = "refused: file type not supported";
    let accepts = if order.extension == Extension::Jpg { "accepted" } else { refusal };
    let url = match upload(context, order).await {
        Ok(url) => url,
        Err(why) => return notes.miss(TASK, accepts, why),
    };
    match (context.kie.create_task_to_poll(&order.model, &order.input_with(&url)).await, order.extension) {
        (Ok(task), Extension::Jpg) => {
            notes.note(TASK, accepts, "accepted", Comparison::Same);
            ended(context, order, &task, notes).await;
        }
        (Ok(task), Extension::Missing) => {
            notes.note(TASK, accepts, "accepted", Comparison::Different);
            match ending(context, &task).await {
                Ending::Made { kie_credits, .. } => {
                    notes.kie_credits = kie_credits;
                    notes.note(ENDING, refusal, "a film", Comparison::Different);
                }
                Ending::Failed { why, kie_credits } => {
                    notes.kie_credits = kie_credits;
                    notes.note(ENDING, refusal, why, Comparison::Different);
                }
                Ending::NotSeen(why) => notes.miss(ENDING, refusal, why),
            }
        }
        (Err(CreateError::Refused(failure)), extension) => {
            let is_type = failure.message.to_lowercase().contains("file type not supported");
            let said = format!("refused: {} {}", failure.code, failure.message);
            notes.note(TASK, accepts, said, Comparison::of(extension == Extension::Missing && is_type));
        }
        (Err(error), _) => notes.miss(TASK, accepts, error),
    }
}

/// Uploads the photo to KIE's store, so that the probe needs no bucket.
async fn upload(context: &CaseContext, order: &FilmOrder) -> Result<String, String> {
    let ending = if order.extension == Extension::Jpg { ".jpg" } else { "" };
    let name = format!("{}{ending}", context.rng.write_id());
    let uploaded = context.kie.upload_photo(&name, Bytes::from_static(order.photo.jpeg())).await;
    let url = uploaded.map_err(|error| error.to_string())?;
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let has_ending = path.rsplit('/').next().is_some_and(|file| file.contains('.'));
    if has_ending == (order.extension == Extension::Jpg) {
        return Ok(url);
    }
    Err("KIE's store changed the extension of the file's name".to_owned())
}

async fn ended(context: &CaseContext, order: &FilmOrder, task: &TaskId, notes: &mut Notes) {
    match ending(context, task).await {
        Ending::Made { urls, kie_credits } => {
            notes.kie_credits = kie_credits;
            notes.note(ENDING, "a film", "a film", Comparison::Same);
            price(order, kie_credits, notes);
            match film(context, &urls).await {
                Ok(film) => measured(order, film, notes),
                Err(why) => notes.miss("film", "an MP4", why),
            }
        }
        Ending::Failed { why, kie_credits } => {
            notes.kie_credits = kie_credits;
            notes.note(ENDING, "a film", why, Comparison::Different);
            notes.note("price of a failure", "0 credits", credits(kie_credits), Comparison::of(kie_credits == 0.0));
        }
        Ending::NotSeen(why) => notes.miss(ENDING, "a film", why),
    }
}

fn price(order: &FilmOrder, kie_credits: f64, notes: &mut Notes) {
    let is_same = (kie_credits - order.kie_credits).abs() <= PRICE_TOLERANCE * order.kie_credits;
    notes.note("price", credits(order.kie_credits), credits(kie_credits), Comparison::of(is_same));
}

fn credits(kie_credits: f64) -> String {
    format!("{} credits", (kie_credits * 1000.0).round() / 1000.0)
}

fn measured(order: &FilmOrder, film: Film, notes: &mut Notes) {
    let (photo, size) = (order.photo.size(), (film.width, film.height));
    let frame = match order.frame {
        Frame::Own => format!("the photo's, {}:{}", reduced(photo).0, reduced(photo).1),
        frame => frame.name().to_owned(),
    };
    let observed = format!("{} x {} pixels", size.0, size.1);
    notes.note("frame", frame, observed, Comparison::of(has_frame(order.frame, size, photo)));
    let wanted_ms = u64::from(order.secs) * 1000;
    let is_length = film.millis.abs_diff(wanted_ms) <= LENGTH_TOLERANCE_MS;
    notes.note("length", format!("{} s", order.secs), format!("{} ms", film.millis), Comparison::of(is_length));
    let sound = |has: bool| if has { "with sound" } else { "silent" };
    notes.note("sound", sound(order.sound), sound(film.sound), Comparison::of(order.sound == film.sound));
}

/// Whether a film has this frame, perhaps after its height was rounded.
fn has_frame(frame: Frame, (width, height): (u32, u32), photo: (u32, u32)) -> bool {
    let (wide, high) = frame.ratio().unwrap_or(photo);
    let exact = u64::from(width) * u64::from(high) / u64::from(wide.max(1));
    frame.holds((width, height), Some(photo)) || exact.abs_diff(u64::from(height)) <= u64::from(ROUNDED_MAX_PX)
}

/// The proportions in their smallest numbers.
const fn reduced((width, height): (u32, u32)) -> (u32, u32) {
    let (mut one, mut other) = (width, height);
    while other > 0 {
        (one, other) = (other, one % other);
    }
    match (width.checked_div(one), height.checked_div(one)) {
        (Some(wide), Some(high)) => (wide, high),
        _ => (width, height),
    }
}

/// Polls the task until it ends. A task that is missing is new; a success without addresses is not finished.
async fn ending(context: &CaseContext, task: &TaskId) -> Ending {
    let started = Instant::now();
    while started.elapsed() < FILM_MAX {
        let passed = started.elapsed();
        let pace = POLLS.iter().find(|(until, _)| passed < *until).map_or(POLL_LATE, |(_, pace)| *pace);
        tokio::time::sleep(pace).await;
        match context.kie.record_info(task, |_| true).await {
            Ok(Record::Succeeded { urls, kie_credits }) if !urls.is_empty() => return Ending::Made { urls, kie_credits },
            Ok(Record::Failed { failure, kie_credits }) => {
                return Ending::Failed { why: format!("failed: {} {}", failure.code, failure.message), kie_credits };
            }
            Err(error @ PollError::Account(_)) => return Ending::NotSeen(error.to_string()),
            Ok(Record::Succeeded { .. } | Record::Missing | Record::Running | Record::Foreign)
            | Err(PollError::RateLimited | PollError::Transient(_)) => {}
        }
    }
    Ending::NotSeen(format!("no end within {} s", FILM_MAX.as_secs()))
}

/// Downloads the first result and reads what it is.
async fn film(context: &CaseContext, urls: &[String]) -> Result<Film, String> {
    let url = urls.first().ok_or("the task has no result")?;
    let download = context.kie.fetch(url).await.map_err(|error| error.to_string())?;
    let most = usize::try_from(RESULT_MAX_BYTES).unwrap_or(usize::MAX);
    let bytes = read(download.body, most, DOWNLOAD_MAX).await.map_err(|error| error.to_string())?;
    let mut reader = FilmReader::new();
    reader.push(&bytes);
    reader.finish().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_may_be_rounded_and_may_not_be_another() {
        let photo = (720, 960);
        for (frame, size) in
            [(Frame::Own, (54, 74)), (Frame::Own, (834, 1112)), (Frame::Vertical, (720, 1280)), (Frame::Own, (832, 1120))]
        {
            assert!(has_frame(frame, size, photo), "{frame:?} {size:?}");
        }
        for (frame, size) in [(Frame::Own, (64, 64)), (Frame::Own, (720, 1280)), (Frame::Vertical, (834, 1112))] {
            assert!(!has_frame(frame, size, photo), "{frame:?} {size:?}");
        }
        assert_eq!((reduced((720, 960)), reduced((720, 720)), reduced((0, 0))), ((3, 4), (1, 1), (0, 0)));
    }
}
