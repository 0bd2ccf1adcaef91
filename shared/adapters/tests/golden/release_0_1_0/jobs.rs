//! Jobs in every state, with and without the optional fields.

use domain::{
    catalog::{Kind, Style},
    classify::{Class, Why},
    credits::Credits,
    ids::JobId,
    job::{Brief, Delivery, Job, Making, Notified, Order, SentAs, State, TaskId},
    locale::Locale,
};
use jiff::Timestamp;

use super::{SELLER, at, job_id, now, photo};

const VIDEO: &str = "videos/7000000001/019ad959c07b7b3fa5b3a5e5a1d4c0d2.1.mp4";

/// The order of a job that has no order of its own.
fn order() -> Order {
    Order {
        kind: Kind::Reels,
        style: Style::Ugc,
        product: "reels-ugc".into(),
        secs: None,
        frame: None,
        photo: photo(),
        brief: Brief { about: Some("кружка \"Утро\"".into()), wishes: Some("steam <&>".into()), own_prompt: None },
        price: Credits(1),
        count: 3,
        locale: Locale::Ru,
        thread: None,
        status_message: Some(501),
    }
}

/// A job just confirmed, with every optional field set.
pub fn some_job(id: JobId) -> Job {
    Job {
        user: SELLER,
        id,
        order: order(),
        confirmed_at: now(),
        version: 1,
        sequence: 1,
        state: State::Queued { attempts: 0, postponed: 0 },
        lease_until: None,
        due_at: Some(at("2026-12-01T10:00:30.456Z")),
        photo_key: None,
        prompt: None,
        last_failure: None,
        making: Making::default(),
        unshown: None,
        trace: Some("Root=1-692d6a40-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1".into()),
    }
}

/// A job whose photo is stored and whose prompt is written.
fn prepared(version: u64, sequence: u32, state: State) -> Job {
    Job {
        version,
        sequence,
        state,
        photo_key: Some("photos/7000000001/AQADyL0xG5".into()),
        prompt: Some("A hand lifts the mug.\nSteam rises.".into()),
        ..some_job(job_id(1))
    }
}

fn leased(job: Job) -> Job {
    Job { lease_until: Some(at("2026-12-01T10:02:00.5Z")), ..job }
}

fn ended(state: State) -> Job {
    Job { due_at: None, ..prepared(9, 7, state) }
}

fn failed(class: Class, why: Option<Why>, notified: Notified) -> Job {
    let state = State::Failed { class, why, notified, on_return: false };
    let due_at = matches!(notified, Notified::NotYet(_)).then(|| at("2026-12-01T10:20:00Z"));
    Job { due_at, last_failure: Some(class), ..ended(state) }
}

fn ready_at() -> Timestamp {
    at("2026-12-01T10:04:00.789Z")
}

fn queued(attempts: u32, postponed: u32) -> State {
    State::Queued { attempts, postponed }
}

fn submitting(attempt: u32, postponed: u32) -> State {
    State::Submitting { attempt, postponed, claimed_at: at("2026-12-01T10:00:05.25Z") }
}

fn generating(attempt: u32, polls: u32) -> State {
    State::Generating { attempt, task: TaskId("task_vidu_1764583205".into()), polls }
}

fn delivered(file_id: Option<&str>) -> State {
    State::Delivered { file_id: file_id.map(str::to_owned), message_id: 777, sent_as: SentAs::Video, video_key: None }
}

fn open_states() -> Vec<(&'static str, Job)> {
    let first = some_job(job_id(1));
    let (ready, sending) = (
        |attempts| State::Ready { video_key: VIDEO.into(), ready_at: ready_at(), attempts, delivery: Delivery::default() },
        |attempt| State::Sending { video_key: VIDEO.into(), ready_at: ready_at(), attempt, delivery: Delivery::default() },
    );
    vec![
        ("queued", first.clone()),
        ("queued, being prepared", leased(Job { version: 2, sequence: 2, ..first })),
        ("queued, retried", Job { last_failure: Some(Class::BrokenUpstream), ..prepared(5, 4, queued(1, 0)) }),
        ("queued, postponed", Job { last_failure: Some(Class::Overloaded), ..prepared(4, 3, queued(0, 2)) }),
        ("submitting", leased(prepared(3, 2, submitting(1, 0)))),
        ("submitting, again, not leased", prepared(8, 6, submitting(2, 3))),
        ("generating", prepared(4, 3, generating(1, 0))),
        ("generating, polled, leased", leased(prepared(11, 10, generating(2, 7)))),
        ("ready", prepared(6, 5, ready(0))),
        ("ready, sends failed", Job { last_failure: Some(Class::CouldNotDeliver), ..prepared(8, 7, ready(1)) }),
        ("sending", leased(prepared(7, 6, sending(1)))),
        ("sending, again, not leased", prepared(9, 8, sending(2))),
    ]
}

fn ended_states() -> Vec<(String, Job)> {
    let mut ends = vec![
        ("delivered".to_owned(), ended(delivered(Some("BAACAgIAAxkDAAIC")))),
        ("delivered, without a file id".to_owned(), ended(delivered(None))),
        ("failed, not notified, never tried".to_owned(), failed(Class::TookTooLong, None, Notified::NotYet(0))),
        ("failed, not notified, tried twice".to_owned(), failed(Class::TookTooLong, None, Notified::NotYet(2))),
        ("failed, unreachable".to_owned(), failed(Class::Unreachable, None, Notified::Unreachable)),
    ];
    let classes = [
        ("content rejected", Class::ContentRejected),
        ("bad photo", Class::BadPhoto),
        ("overloaded", Class::Overloaded),
        ("broken upstream", Class::BrokenUpstream),
        ("our account", Class::OurAccount),
        ("took too long", Class::TookTooLong),
        ("could not deliver", Class::CouldNotDeliver),
        ("too large", Class::TooLarge),
        ("unreachable", Class::Unreachable),
    ];
    ends.extend(classes.map(|(name, class)| (format!("failed, class {name}"), failed(class, None, Notified::Yes))));
    let reasons = [
        ("people", Why::People),
        ("third party", Why::ThirdParty),
        ("words", Why::Words),
        ("adult", Why::Adult),
        ("unusable file", Why::UnusableFile),
    ];
    let because = |why| failed(Class::ContentRejected, Some(why), Notified::Yes);
    ends.extend(reasons.map(|(name, why)| (format!("failed, because of {name}"), because(why))));
    ends
}

/// Orders of every kind and style, and orders without the optional fields.
fn orders() -> Vec<(&'static str, Order)> {
    let nothing_said = Order { brief: Brief::default(), count: 1, locale: Locale::En, status_message: None, ..order() };
    let own_prompt = Brief { about: None, wishes: None, own_prompt: Some("A cat in the snow 🎬".into()) };
    let of = |kind, style, product: &str| Order { kind, style, product: product.to_owned(), ..order() };
    vec![
        ("order of a neurocard", of(Kind::Neurocard, Style::Product, "neurocard")),
        ("order in the style broll", of(Kind::Reels, Style::Broll, "reels-broll")),
        ("order with an own prompt", Order { brief: own_prompt, ..of(Kind::Reels, Style::Own, "reels-own") }),
        ("order with nothing said", nothing_said.clone()),
        ("order for free", Order { price: Credits(0), ..nothing_said }),
        ("order of ten", Order { price: Credits(4_000_000_000), count: 10, ..order() }),
    ]
}

/// Every job with its name. Each job has an id of its own.
pub fn values() -> Vec<(String, Job)> {
    let with_order = |(name, order): (&str, Order)| (name.to_owned(), Job { order, trace: None, ..some_job(job_id(1)) });
    let open = open_states().into_iter().map(|(name, job)| (name.to_owned(), job));
    let all = open.chain(ended_states()).chain(orders().into_iter().map(with_order));
    all.zip(1..).map(|((name, job), n)| (name, Job { id: job_id(n), ..job })).collect()
}
