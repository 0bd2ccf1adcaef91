//! What each function can meet: an event, and what led to it.

use std::time::Duration;

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use domain::{
    catalog::{Catalog, Kind},
    conversation::{Chat, Place},
    credits,
    ids::JobId,
    job::{Job, Notified, Order, State},
    locale::Locale,
};
use fakes::{
    film,
    kie::{Callback, Outcome, signature},
    telegram::{Author, CallFailure, KeyButton},
};
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use testkit::environment::{SECRETS, delivery};

use crate::subject::{Event, Subject};

/// One thing that a function can meet.
pub struct Case {
    pub function: &'static str,
    pub meets: &'static str,
    /// What the same event once more, at once, changes besides; almost always nothing. See [`ANOTHER_LOOK`] and below.
    pub again: &'static [&'static str],
    /// Prepares the environment; the event.
    pub set: fn(&Subject) -> BoxFuture<'_, Event>,
}

/// Nothing at all: not a version, not a time, not a message.
const NOTHING: &[&str] = &[];
/// A callback only asks for a poll, and every callback is passed on: its message is the same, of the same poll, and the
/// first of them makes the others old.
const ANOTHER_MESSAGE: &[&str] = &["generate message"];
/// A dead letter of a job that is well wakes it, and a second dead letter is parked and wakes it again: the chain moves on by one
/// link, which makes the first message old. The job's stage, its attempts and its deadline stay.
const ANOTHER_LOOK: &[&str] = &["generate message", "job look", "job version", "job write_id", "parked message"];
/// Every dead letter is kept for the operator, whatever becomes of its job.
const PARKED_AGAIN: &[&str] = &["parked message"];
/// A sweep reports how much it found to do, and the second finds nothing.
const COUNTED: &[&str] = &["answer"];

pub fn all() -> Vec<Case> {
    let case = |function, meets, again, set| Case { function, meets, again, set };
    vec![
        case("webhook", "a newcomer", NOTHING, |subject| newcomer(subject).boxed()),
        case("webhook", "a tap", NOTHING, |subject| tap(subject).boxed()),
        case("webhook", "a photo", NOTHING, |subject| photo(subject).boxed()),
        case("webhook", "a confirm", NOTHING, |subject| confirm(subject).boxed()),
        case("webhook", "the second of an album", NOTHING, |subject| album(subject, 2).boxed()),
        case("webhook", "the third of an album", NOTHING, |subject| album(subject, 3).boxed()),
        case("webhook", "a block", NOTHING, |subject| block(subject).boxed()),
        case("callback", "generating", ANOTHER_MESSAGE, |subject| called_back(subject, false).boxed()),
        case("callback", "submitting, the reply lost", ANOTHER_MESSAGE, |subject| called_back(subject, true).boxed()),
        case("callback", "ready", NOTHING, |subject| called_back_late(subject).boxed()),
        case("generator", "queued", NOTHING, |subject| queued(subject).boxed()),
        case("generator", "queued again", NOTHING, |subject| queued_again(subject).boxed()),
        case("generator", "submitting, waited in vain", NOTHING, |subject| waited_in_vain(subject).boxed()),
        case("generator", "generating, running", NOTHING, |subject| running(subject).boxed()),
        case("generator", "generating, succeeded", NOTHING, |subject| succeeded(subject).boxed()),
        case("generator", "generating, failed", NOTHING, |subject| failed(subject, BROKEN).boxed()),
        case("generator", "generating, rejected", NOTHING, |subject| failed(subject, REJECTED).boxed()),
        case("generator", "past the deadline", NOTHING, |subject| late(subject).map(generate).boxed()),
        case("sender", "ready", NOTHING, |subject| ready(subject).boxed()),
        case("sender", "ready, blocked", NOTHING, |subject| blocked(subject).boxed()),
        case("refunder", "a spent job", PARKED_AGAIN, |subject| spent(subject).boxed()),
        case("refunder", "a job that is well", ANOTHER_LOOK, |subject| well(subject).boxed()),
        case("refunder", "a failed job, not told", PARKED_AGAIN, |subject| {
            untold(subject).map(|wake| dead("generate", wake)).boxed()
        }),
        case("refunder", "garbage", PARKED_AGAIN, |subject| garbage(subject).boxed()),
        case("sweeper", "queued", COUNTED, |subject| due_queued(subject).boxed()),
        case("sweeper", "submitting, its holder dead", COUNTED, |subject| due_submitting(subject).boxed()),
        case("sweeper", "submitting, waited in vain", COUNTED, |subject| waited(subject).map(sweep).boxed()),
        case("sweeper", "generating", COUNTED, |subject| due_generating(subject).boxed()),
        case("sweeper", "ready", COUNTED, |subject| due_ready(subject).boxed()),
        case("sweeper", "sending, its holder dead", COUNTED, |subject| due_sending(subject).boxed()),
        case("sweeper", "past the deadline", COUNTED, |subject| late(subject).map(sweep).boxed()),
        case("sweeper", "failed, not told", COUNTED, |subject| due_untold(subject).boxed()),
    ]
}

/// KIE's failures: one that is tried again, one that is not.
const BROKEN: (&str, &str) = ("500", "Internal Error, Please try again later.");
const REJECTED: (&str, &str) = ("422", "The input or output was flagged as sensitive");

fn secret(name: &str) -> &'static str {
    SECRETS.iter().find(|(known, _)| *known == name).unwrap().1
}

fn request(path: &str, headers: &[(&'static str, String)], body: String) -> Box<LambdaFunctionUrlRequest> {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some(path.to_owned());
    for (name, value) in headers {
        request.headers.insert(*name, value.parse().unwrap());
    }
    request.body = Some(body);
    Box::new(request)
}

/// An update about the person: a message with these fields, or whatever else there is.
fn update(subject: &Subject, id: i64, mut what: Value) -> Event {
    let person = json!({"id": subject.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en"});
    let part = what.as_object_mut().unwrap().values_mut().next().unwrap().as_object_mut().unwrap();
    part.insert("from".into(), person);
    if !part.contains_key("data") {
        part.insert("chat".into(), json!({"id": subject.user.0, "type": "private"}));
        part.insert("date".into(), json!(1));
    }
    what["update_id"] = json!(id);
    let header = ("x-telegram-bot-api-secret-token", secret("TELEGRAM_WEBHOOK_SECRET").to_owned());
    Event::Update(request("/", &[header], what.to_string()))
}

fn message(subject: &Subject, id: i64, mut fields: Value) -> Event {
    fields["message_id"] = json!(id);
    update(subject, id, json!({ "message": fields }))
}

/// A tap on the newest button with this data.
fn tapped(subject: &Subject, data: &str) -> Event {
    let lines = subject.seller.person.chat();
    let carries = |keyboard: &[Vec<KeyButton>]| keyboard.iter().flatten().any(|button| button.data.as_deref() == Some(data));
    let under = lines.iter().rev().find(|line| carries(&line.keyboard)).expect("such a button").message_id;
    let chat = json!({"id": subject.user.0, "type": "private"});
    let under = json!({"message_id": under, "date": 1, "chat": chat, "text": "?"});
    update(subject, 900_000_000, json!({"callback_query": {"id": "77", "data": data, "message": under}}))
}

async fn newcomer(subject: &Subject) -> Event {
    message(subject, 900_000_000, json!({"text": "/start"}))
}

async fn tap(subject: &Subject) -> Event {
    subject.seller.start().await.unwrap();
    tapped(subject, "make:neurocard")
}

async fn photo(subject: &Subject) -> Event {
    subject.seller.start().await.unwrap();
    subject.seller.tap_data("make:neurocard").await.unwrap();
    let size =
        |name: &str, side: i64| json!({"file_id": name, "file_unique_id": name, "width": side, "height": side, "file_size": 900});
    message(subject, 900_000_000, json!({"photo": [size("S", 90), size("L", 900)]}))
}

async fn confirm(subject: &Subject) -> Event {
    subject.seller.start().await.unwrap();
    subject.seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
    tapped(subject, &subject.seller.confirm_data().unwrap())
}

async fn album(subject: &Subject, nth: i64) -> Event {
    subject.seller.start().await.unwrap();
    subject.seller.tap_data("make:neurocard").await.unwrap();
    let photo = |nth: i64| {
        let name = format!("L{nth}");
        let size = json!({"file_id": name, "file_unique_id": name, "width": 900, "height": 900, "file_size": 900});
        message(subject, 900_000_000 + nth, json!({"photo": [size], "media_group_id": "13"}))
    };
    for earlier in 1..nth {
        subject.before(photo(earlier)).await;
    }
    photo(nth)
}

async fn block(subject: &Subject) -> Event {
    subject.seller.start().await.unwrap();
    update(subject, 900_000_000, json!({"my_chat_member": {"new_chat_member": {"status": "kicked"}}}))
}

/// A body that wakes a job: what the next message of it says.
type JobMessage = String;

fn generate(wake: JobMessage) -> Event {
    Event::Generate(delivery("generate", [wake]))
}

fn send(wake: JobMessage) -> Event {
    Event::Send(delivery("send", [wake]))
}

fn dead(queue: &str, wake: JobMessage) -> Event {
    Event::DeadLetter(delivery(&format!("{queue}-dead"), [wake]))
}

fn sweep(_: JobMessage) -> Event {
    Event::Sweep
}

/// The job is where it should be, and no message of it is on its way.
async fn stands(subject: &Subject, stage: &str) -> JobMessage {
    subject.lose_messages();
    let job = subject.job().await;
    assert_eq!(job.state.name(), stage, "{job:?}");
    job.message().body()
}

/// An order is placed, with a photo that Telegram has and a message to show how it is doing; its tasks go like this, and the
/// next ones well. Past the questions, which have their own cases.
async fn ordered(subject: &Subject, outcomes: Vec<Outcome>) -> JobMessage {
    let (env, now) = (subject.env(), subject.now());
    env.kie.script(format!("/photos/{}/", subject.user), outcomes);
    subject.seller.start().await.unwrap();
    subject.seller.send_photo(film::sample_photo()).await.unwrap();
    let chat = env.table.person(subject.user, None, now).await.unwrap().chat;
    let draft = chat.place.draft().unwrap();
    let status_message =
        subject.seller.person.chat().iter().rev().find(|line| line.author == Author::Bot).map(|line| line.message_id);
    let order = Order::of_one(&Catalog::built_in().unwrap().products()[0], draft.photo.clone().unwrap(), Locale::En);
    let id = JobId { draft: draft.id, n: 1 };
    let charge = credits::charge(subject.user, id, order.price, now);
    let job = Job::confirmed(subject.user, id, Order { status_message, ..order }, now, &env.times.rules);
    let chat = Chat { version: chat.version + 1, place: Place::home(), ..chat };
    env.table.confirm_order(subject.user, &chat, &[(job, charge)], now).await.unwrap();
    stands(subject, "queued").await
}

/// A task is asked for.
async fn submitted(subject: &Subject, outcome: Outcome, stage: &str) -> JobMessage {
    let wake = ordered(subject, vec![outcome]).await;
    subject.before(generate(wake)).await;
    stands(subject, stage).await
}

/// A task that ended, and nobody heard of it.
async fn ended_unheard(subject: &Subject, outcome: Outcome) -> JobMessage {
    let wake = submitted(subject, outcome.with_callback(Callback::Lost), "generating").await;
    tokio::time::sleep(subject.env().times.making + Duration::from_secs(1)).await;
    wake
}

async fn due(subject: &Subject) -> Event {
    let due = subject.job().await.due_at.expect("a due time");
    tokio::time::sleep(due.duration_since(subject.now()).unsigned_abs() + Duration::from_secs(1)).await;
    Event::Sweep
}

/// What KIE posts now about its task.
fn callback(subject: &Subject) -> Event {
    let tasks = subject.tasks();
    let task = tasks.last().expect("a task");
    let path = task.callback_url.as_ref().unwrap().strip_prefix("http://callback.local").unwrap();
    let now = subject.now().as_second();
    let signed = signature(secret("KIE_WEBHOOK_HMAC_KEY"), &task.id, now);
    let body = json!({"code": 200, "data": {"taskId": task.id, "state": task.state.name()}}).to_string();
    Event::Callback(request(path, &[("x-webhook-timestamp", now.to_string()), ("x-webhook-signature", signed)], body))
}

async fn called_back(subject: &Subject, reply_lost: bool) -> Event {
    let outcome = Outcome::success().with_callback(Callback::Lost);
    let (outcome, stage) = if reply_lost { (outcome.with_lost_reply(), "submitting") } else { (outcome, "generating") };
    submitted(subject, outcome, stage).await;
    tokio::time::sleep(subject.env().times.making + Duration::from_secs(1)).await;
    callback(subject)
}

async fn called_back_late(subject: &Subject) -> Event {
    ready(subject).await;
    callback(subject)
}

async fn queued(subject: &Subject) -> Event {
    generate(ordered(subject, vec![]).await)
}

async fn queued_again(subject: &Subject) -> Event {
    let Event::Generate(_) = failed(subject, BROKEN).await else { unreachable!() };
    subject.before(generate(subject.job().await.message().body())).await;
    generate(stands(subject, "queued").await)
}

/// createTask's reply was lost, and no callback came for it: KIE has no such task.
async fn lost_for_good(subject: &Subject) -> JobMessage {
    submitted(subject, Outcome::http(502, "<html>"), "submitting").await
}

async fn waited(subject: &Subject) -> JobMessage {
    let wake = lost_for_good(subject).await;
    tokio::time::sleep(subject.env().times.rules.callback_wait + Duration::from_secs(1)).await;
    wake
}

async fn waited_in_vain(subject: &Subject) -> Event {
    generate(waited(subject).await)
}

async fn running(subject: &Subject) -> Event {
    generate(submitted(subject, Outcome::success().after(Duration::from_secs(400)), "generating").await)
}

async fn succeeded(subject: &Subject) -> Event {
    generate(ended_unheard(subject, Outcome::success()).await)
}

async fn failed(subject: &Subject, (code, why): (&str, &str)) -> Event {
    generate(ended_unheard(subject, Outcome::fail(code, why)).await)
}

/// KIE never answers, and the time for making it is over.
async fn late(subject: &Subject) -> JobMessage {
    let wake = submitted(subject, Outcome::never_answers(), "generating").await;
    tokio::time::sleep(subject.env().times.rules.generation_deadline).await;
    wake
}

async fn made(subject: &Subject) -> JobMessage {
    let wake = ended_unheard(subject, Outcome::success()).await;
    subject.before(generate(wake)).await;
    stands(subject, "ready").await
}

async fn ready(subject: &Subject) -> Event {
    send(made(subject).await)
}

async fn blocked(subject: &Subject) -> Event {
    let wake = made(subject).await;
    subject.seller.person.block().await;
    send(wake)
}

/// Every attempt to send it has failed.
async fn spent(subject: &Subject) -> Event {
    let wake = made(subject).await;
    let rules = &subject.env().times.rules;
    subject.env().telegram.fail(subject.user.0, "sendVideo", rules.send_attempts as usize, CallFailure::Transient(502));
    for attempt in 0..rules.send_attempts {
        subject.before(send(wake.clone())).await;
        tokio::time::sleep(rules.retry_delays.after(attempt)).await;
    }
    let job = subject.job().await;
    assert!(matches!(job.state, State::Ready { attempts, .. } if attempts == rules.send_attempts), "{:?}", job.state);
    dead("send", wake)
}

async fn well(subject: &Subject) -> Event {
    dead("generate", ordered(subject, vec![]).await)
}

/// It ended while Telegram was down, and Telegram is up again.
async fn untold(subject: &Subject) -> JobMessage {
    let Event::Generate(event) = failed(subject, REJECTED).await else { unreachable!() };
    subject.env().telegram.down(subject.user.0);
    subject.before(Event::Generate(event)).await;
    subject.env().telegram.up(subject.user.0);
    let wake = stands(subject, "failed").await;
    assert!(matches!(subject.job().await.state, State::Failed { notified: Notified::NotYet(_), .. }));
    wake
}

async fn garbage(subject: &Subject) -> Event {
    dead("generate", format!("hello from {}", subject.user))
}

async fn due_queued(subject: &Subject) -> Event {
    ordered(subject, vec![]).await;
    due(subject).await
}

async fn due_submitting(subject: &Subject) -> Event {
    let wake = ordered(subject, vec![]).await;
    subject.dies_before("createTask", generate(wake)).await;
    stands(subject, "submitting").await;
    due(subject).await
}

async fn due_generating(subject: &Subject) -> Event {
    submitted(subject, Outcome::success().with_callback(Callback::Lost), "generating").await;
    due(subject).await
}

async fn due_ready(subject: &Subject) -> Event {
    made(subject).await;
    due(subject).await
}

async fn due_sending(subject: &Subject) -> Event {
    let wake = made(subject).await;
    subject.dies_before("sendVideo", send(wake)).await;
    stands(subject, "sending").await;
    due(subject).await
}

async fn due_untold(subject: &Subject) -> Event {
    untold(subject).await;
    due(subject).await
}
