//! The cases of each function: an event, and the steps that lead to it.

use std::time::Duration;

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use domain::{
    catalog::{Catalog, Kind},
    conversation::{Chat, Place},
    credits,
    ids::JobId,
    job::{Job, Notified, Order, State},
    limits::{Buyer, Limits},
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

/// An event of a function, with the steps that lead to it.
pub struct Case {
    pub function: &'static str,
    pub meets: &'static str,
    /// The changes that the same event makes when it comes again at once. Almost always [`NOTHING`].
    pub again: &'static [&'static str],
    /// Prepares the environment, and returns the event.
    pub set: fn(&Subject) -> BoxFuture<'_, Event>,
}

/// The repeated event changes nothing: no version, no time, no message.
const NOTHING: &[&str] = &[];
/// Every callback sends a message that asks for a poll. A repeated callback sends a message with the same sequence number: the
/// first one to arrive makes the others stale.
const ANOTHER_MESSAGE: &[&str] = &["generate message"];
/// A dead letter of a healthy job requeues the job. A second dead letter is parked and requeues the job again with the next
/// sequence number, which makes the first message stale. The job's stage, attempts and deadline stay the same.
const REQUEUED_AGAIN: &[&str] = &["generate message", "job look", "job version", "job write_id", "parked message"];
/// Every dead letter is parked for the operator, also when its job changes no further.
const PARKED_AGAIN: &[&str] = &["parked message"];
/// A sweep returns the number of due jobs. The second sweep finds none, so its answer differs.
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
        case("callback", "submitting, its reply lost", ANOTHER_MESSAGE, |subject| called_back(subject, true).boxed()),
        case("callback", "ready", NOTHING, |subject| called_back_late(subject).boxed()),
        case("generator", "queued", NOTHING, |subject| queued(subject).boxed()),
        case("generator", "queued again", NOTHING, |subject| queued_again(subject).boxed()),
        case("generator", "submitting, no callback came", NOTHING, |subject| without_callback(subject).boxed()),
        case("generator", "generating, running", NOTHING, |subject| running(subject).boxed()),
        case("generator", "generating, succeeded", NOTHING, |subject| succeeded(subject).boxed()),
        case("generator", "generating, failed", NOTHING, |subject| failed(subject, BROKEN).boxed()),
        case("generator", "generating, rejected", NOTHING, |subject| failed(subject, REJECTED).boxed()),
        case("generator", "past the deadline", NOTHING, |subject| late(subject).map(generate).boxed()),
        case("sender", "ready", NOTHING, |subject| ready(subject).boxed()),
        case("sender", "ready, blocked", NOTHING, |subject| blocked(subject).boxed()),
        case("refunder", "a spent job", PARKED_AGAIN, |subject| spent(subject).boxed()),
        case("refunder", "a healthy job", REQUEUED_AGAIN, |subject| healthy(subject).boxed()),
        case("refunder", "a failed job, seller not notified", PARKED_AGAIN, |subject| {
            not_notified(subject).map(|job_message| dead("generate", job_message)).boxed()
        }),
        case("refunder", "garbage", PARKED_AGAIN, |subject| garbage(subject).boxed()),
        case("sweeper", "queued", COUNTED, |subject| due_queued(subject).boxed()),
        case("sweeper", "submitting, its process died", COUNTED, |subject| due_submitting(subject).boxed()),
        case("sweeper", "submitting, no callback came", COUNTED, |subject| waited(subject).map(sweep).boxed()),
        case("sweeper", "generating", COUNTED, |subject| due_generating(subject).boxed()),
        case("sweeper", "ready", COUNTED, |subject| due_ready(subject).boxed()),
        case("sweeper", "sending, its process died", COUNTED, |subject| due_sending(subject).boxed()),
        case("sweeper", "past the deadline", COUNTED, |subject| late(subject).map(sweep).boxed()),
        case("sweeper", "failed, seller not notified", COUNTED, |subject| due_not_notified(subject).boxed()),
    ]
}

/// KIE's failures, as code and message: the first is retried, the second is not.
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

/// Creates a Telegram update from the person with this content: a message, a callback query or a chat member.
fn update(subject: &Subject, id: i64, mut content: Value) -> Event {
    let person = json!({"id": subject.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en"});
    let part = content.as_object_mut().unwrap().values_mut().next().unwrap().as_object_mut().unwrap();
    part.insert("from".into(), person);
    if !part.contains_key("data") {
        part.insert("chat".into(), json!({"id": subject.user.0, "type": "private"}));
        part.insert("date".into(), json!(1));
    }
    content["update_id"] = json!(id);
    let header = ("x-telegram-bot-api-secret-token", secret("TELEGRAM_WEBHOOK_SECRET").to_owned());
    Event::Update(request("/", &[header], content.to_string()))
}

fn message(subject: &Subject, id: i64, mut fields: Value) -> Event {
    fields["message_id"] = json!(id);
    update(subject, id, json!({ "message": fields }))
}

/// Creates the update of a tap on the newest button with this data.
fn tapped(subject: &Subject, data: &str) -> Event {
    let lines = subject.seller.person.chat();
    let carries = |keyboard: &[Vec<KeyButton>]| keyboard.iter().flatten().any(|button| button.data.as_deref() == Some(data));
    let under = lines.iter().rev().find(|line| carries(&line.keyboard)).expect("the chat has a button with this data").message_id;
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

/// The body of a job's next queue message.
type JobMessage = String;

fn generate(job_message: JobMessage) -> Event {
    Event::Generate(delivery("generate", [job_message]))
}

fn send(job_message: JobMessage) -> Event {
    Event::Send(delivery("send", [job_message]))
}

fn dead(queue: &str, job_message: JobMessage) -> Event {
    Event::DeadLetter(delivery(&format!("{queue}-dead"), [job_message]))
}

fn sweep(_: JobMessage) -> Event {
    Event::Sweep
}

/// Drops the queued messages, and checks the job's stage. Returns the job's next message.
async fn in_stage(subject: &Subject, stage: &str) -> JobMessage {
    subject.lose_messages();
    let job = subject.job().await;
    assert_eq!(job.state.name(), stage, "{job:?}");
    job.message().body()
}

/// Places an order directly in the table, with a photo that Telegram has and a status message. KIE's tasks get these outcomes in
/// order; further tasks succeed. The questions before an order have their own cases.
async fn ordered(subject: &Subject, outcomes: Vec<Outcome>) -> JobMessage {
    let (env, now) = (subject.env(), subject.now());
    env.script_kie(subject.user, outcomes);
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
    let allowance = Limits::default().allowance(1, 0, Buyer::NotYet).unwrap();
    env.table.confirm_order(subject.user, &chat, &[(job, charge)], &allowance, now).await.unwrap();
    in_stage(subject, "queued").await
}

/// Places an order, and invokes the generator once, which calls createTask.
async fn submitted(subject: &Subject, outcome: Outcome, stage: &str) -> JobMessage {
    let job_message = ordered(subject, vec![outcome]).await;
    subject.before(generate(job_message)).await;
    in_stage(subject, stage).await
}

/// Plays an order until KIE's task has ended and its callback is lost.
async fn ended_without_callback(subject: &Subject, outcome: Outcome) -> JobMessage {
    let job_message = submitted(subject, outcome.with_callback(Callback::Lost), "generating").await;
    tokio::time::sleep(subject.env().times.making + Duration::from_secs(1)).await;
    job_message
}

async fn due(subject: &Subject) -> Event {
    let due = subject.job().await.due_at.expect("the job has a due time");
    tokio::time::sleep(due.duration_since(subject.now()).unsigned_abs() + Duration::from_secs(1)).await;
    Event::Sweep
}

/// Creates the callback that KIE would post now about the newest task.
fn callback(subject: &Subject) -> Event {
    let tasks = subject.tasks();
    let task = tasks.last().expect("KIE has a task");
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
    generate(in_stage(subject, "queued").await)
}

/// KIE answers createTask with 502 and creates no task, so no callback will come.
async fn lost_for_good(subject: &Subject) -> JobMessage {
    submitted(subject, Outcome::http(502, "<html>"), "submitting").await
}

async fn waited(subject: &Subject) -> JobMessage {
    let job_message = lost_for_good(subject).await;
    tokio::time::sleep(subject.env().times.rules.callback_wait + Duration::from_secs(1)).await;
    job_message
}

async fn without_callback(subject: &Subject) -> Event {
    generate(waited(subject).await)
}

async fn running(subject: &Subject) -> Event {
    generate(submitted(subject, Outcome::success().after(Duration::from_secs(400)), "generating").await)
}

async fn succeeded(subject: &Subject) -> Event {
    generate(ended_without_callback(subject, Outcome::success()).await)
}

async fn failed(subject: &Subject, (code, why): (&str, &str)) -> Event {
    generate(ended_without_callback(subject, Outcome::fail(code, why)).await)
}

/// KIE never answers, and the generation deadline has passed.
async fn late(subject: &Subject) -> JobMessage {
    let job_message = submitted(subject, Outcome::never_answers(), "generating").await;
    tokio::time::sleep(subject.env().times.rules.generation_deadline).await;
    job_message
}

async fn made(subject: &Subject) -> JobMessage {
    let job_message = ended_without_callback(subject, Outcome::success()).await;
    subject.before(generate(job_message)).await;
    in_stage(subject, "ready").await
}

async fn ready(subject: &Subject) -> Event {
    send(made(subject).await)
}

async fn blocked(subject: &Subject) -> Event {
    let job_message = made(subject).await;
    subject.seller.person.block().await;
    send(job_message)
}

/// Every attempt to send the video has failed.
async fn spent(subject: &Subject) -> Event {
    let mut job_message = made(subject).await;
    let rules = &subject.env().times.rules;
    subject.env().telegram.fail(subject.user.0, "sendVideo", rules.send_attempts as usize, CallFailure::Transient(502));
    for attempt in 0..rules.send_attempts {
        subject.before(send(job_message.clone())).await;
        // Each later attempt has a message and a time of its own.
        job_message = subject.job().await.message().body();
        tokio::time::sleep(rules.send_delays.after(attempt)).await;
    }
    let job = subject.job().await;
    assert!(matches!(job.state, State::Ready { attempts, .. } if attempts == rules.send_attempts), "{:?}", job.state);
    dead("send", job_message)
}

async fn healthy(subject: &Subject) -> Event {
    dead("generate", ordered(subject, vec![]).await)
}

/// The job failed while Telegram was down, so its seller is not notified yet. Telegram is up again.
async fn not_notified(subject: &Subject) -> JobMessage {
    let Event::Generate(event) = failed(subject, REJECTED).await else { unreachable!() };
    subject.env().telegram.down(subject.user.0);
    subject.before(Event::Generate(event)).await;
    subject.env().telegram.up(subject.user.0);
    let job_message = in_stage(subject, "failed").await;
    assert!(matches!(subject.job().await.state, State::Failed { notified: Notified::NotYet(_), .. }));
    job_message
}

async fn garbage(subject: &Subject) -> Event {
    dead("generate", format!("hello from {}", subject.user))
}

async fn due_queued(subject: &Subject) -> Event {
    ordered(subject, vec![]).await;
    due(subject).await
}

async fn due_submitting(subject: &Subject) -> Event {
    let job_message = ordered(subject, vec![]).await;
    subject.dies_before("createTask", generate(job_message)).await;
    in_stage(subject, "submitting").await;
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
    let job_message = made(subject).await;
    subject.dies_before("sendVideo", send(job_message)).await;
    in_stage(subject, "sending").await;
    due(subject).await
}

async fn due_not_notified(subject: &Subject) -> Event {
    not_notified(subject).await;
    due(subject).await
}
