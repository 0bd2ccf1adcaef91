//! Compares the golden letters of each release with the letters that today's code writes. The rules are in
//! `functions/refunder/tests/golden/README.md`.

#[path = "../../../../shared/adapters/tests/golden/folder.rs"]
mod folder;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use aws_lambda_events::sqs::SqsMessage;
use domain::{
    catalog::{Kind, Style},
    classify::{Class, Why},
    credits::Credits,
    ids::UserId,
    job::{Brief, Delivery, Job, Making, Notified, Order, Photo, SentAs, State, TaskId},
    job_message::JobMessage,
    locale::Locale,
    rules::Rules,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Known, Letter};
use folder::{Entries, Files, THIS_RELEASE};

const VIDEO: &str = "videos/7000000001/019ad959c07b7b3fa5b3a5e5a1d4c0d2.1.mp4";

/// The input of a letter: the dead letter's body, and the job before and after the refunder handled it.
struct Parked {
    body: String,
    before: Option<Job>,
    after: Option<Job>,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn job(state: State) -> Job {
    let order = Order {
        kind: Kind::Reels,
        style: Style::Ugc,
        product: "reels-ugc".into(),
        secs: None,
        frame: None,
        photo: Photo::new("AgACAgIAAxkBAAIB", "AQADyL0xG5"),
        brief: Brief::default(),
        price: Credits(1),
        count: 3,
        locale: Locale::Ru,
        thread: None,
        status_message: None,
    };
    Job {
        user: UserId(7_000_000_001),
        id: "019ad959c07b7b3fa5b3a5e5a1d4c0d2.1".parse().unwrap(),
        order,
        confirmed_at: at("2026-12-01T10:00:00.123Z"),
        version: 6,
        sequence: 5,
        state,
        lease_until: None,
        due_at: Some(at("2026-12-01T10:10:00Z")),
        photo_key: Some("photos/7000000001/AQADyL0xG5".into()),
        prompt: Some("A hand lifts the mug.".into()),
        last_failure: None,
        making: Making::default(),
        unshown: None,
        trace: None,
    }
}

fn parked(before: Job, after: Option<State>) -> Parked {
    let body =
        JobMessage { user: before.user, job: before.id, sequence: before.sequence, repeat: None, as_file: false, thread: None }
            .body();
    let after = after.map(|state| Job { state, version: before.version + 1, ..before.clone() });
    Parked { body, before: Some(before), after }
}

/// The inputs of the letters of release 0.1.0, by name.
fn release_0_1_0() -> BTreeMap<&'static str, Parked> {
    let failed = |class, why| State::Failed { class, why, notified: Notified::Yes, on_return: false };
    let sending = job(State::Sending {
        video_key: VIDEO.into(),
        ready_at: at("2026-12-01T10:04:00.789Z"),
        attempt: 3,
        delivery: Delivery::default(),
    });
    let sending = Job { last_failure: Some(Class::CouldNotDeliver), ..sending };
    let generating = job(State::Generating { attempt: 2, task: TaskId("task_vidu_1764583205".into()), polls: 7 });
    let free = |job: Job| Job { order: Order { price: Credits(0), ..job.order.clone() }, ..job };
    let delivered = job(State::Delivered {
        file_id: Some("BAACAgIAAxkDAAIC".into()),
        message_id: 777,
        sent_as: SentAs::Video,
        video_key: None,
    });
    let without_job = |body: &str| Parked { body: body.into(), before: None, after: None };
    BTreeMap::from([
        ("refunded while sending", parked(sending, Some(failed(Class::CouldNotDeliver, None)))),
        ("healthy, requeued", parked(generating.clone(), Some(generating.state.clone()))),
        ("failed before", parked(job(failed(Class::ContentRejected, Some(Why::People))), None)),
        ("failed before, for free", parked(free(job(failed(Class::BrokenUpstream, None))), None)),
        ("delivered before", parked(delivered, None)),
        ("no such job", without_job(&parked(generating, None).body)),
        ("no message of ours", without_job("{\"hello\": 1}")),
    ])
}

fn letter(parked: &Parked) -> Json {
    let mut message = SqsMessage::default();
    message.body = Some(parked.body.clone());
    message.event_source_arn = Some("arn:aws:sqs:eu-central-1:123456789012:neurocards-dev-send-dead".into());
    message.attributes = [("SentTimestamp", "1796119445250"), ("ApproximateReceiveCount", "4")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let job_message = JobMessage::parse(&parked.body).ok();
    let (before, after) = (parked.before.as_ref(), parked.after.as_ref().or(parked.before.as_ref()));
    let known = Known { message: &message, job_message: job_message.as_ref(), before, after, now: at("2026-12-01T10:08:00Z") };
    let Letter { attributes, body } = known.letter(&Rules::default());
    let attributes: BTreeMap<&str, String> = attributes.into_iter().collect();
    json!({"attributes": attributes, "body": body})
}

/// The parts of a letter that code reads: its attributes and its body's fields, without the sentences of the history.
fn as_read(letter: &Json) -> Json {
    let body = letter["body"].as_str().unwrap();
    let mut body: Json = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
    if let Some(history) = body.get_mut("history") {
        assert!(history.as_array().is_some_and(|events| events.iter().all(|event| event["what"].is_string())), "{history}");
        *history = json!([]);
    }
    json!({"attributes": letter["attributes"], "body": body})
}

/// The inputs of the golden letters, by release.
fn releases() -> BTreeMap<&'static str, BTreeMap<&'static str, Parked>> {
    BTreeMap::from([("0.1.0", release_0_1_0())])
}

/// Writes the golden letters if `GOLDEN=write` is set; else does nothing.
#[test]
fn the_golden_letters_of_this_release_are_written_on_demand() {
    if folder::shall_write() {
        let letters = releases().remove(THIS_RELEASE).unwrap_or_else(|| panic!("no letters are listed for {THIS_RELEASE}"));
        let entries: Entries = letters.iter().map(|(name, parked)| ((*name).to_owned(), letter(parked))).collect();
        folder::write(root(), THIS_RELEASE, &Files::from([("letters.json".to_owned(), entries)]));
    }
}

#[test]
fn a_letter_has_every_field_that_letters_of_earlier_releases_had() {
    let releases = releases();
    let known: BTreeSet<String> = releases.keys().map(|release| (*release).to_owned()).collect();
    assert_eq!(folder::releases(root()), known);
    for (release, letters) in releases {
        let mut files = folder::read(root(), release);
        let entries = files.remove("letters.json").unwrap();
        assert_eq!(files, Files::new(), "no other file");
        assert!(entries.keys().map(String::as_str).eq(letters.keys().copied()), "the letters of {release}");
        for (name, parked) in letters {
            let (stored, written) = (as_read(&entries[name]), as_read(&letter(&parked)));
            assert_eq!(folder::missing(&stored, &written), [""; 0], "{release}: {name}");
        }
    }
}
