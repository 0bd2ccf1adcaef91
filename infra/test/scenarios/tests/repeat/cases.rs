//! What each function can meet: an event, and what led to it.

use std::time::Duration;

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use domain::{
    catalog::{Catalog, Kind},
    conversation::{Chat, Place},
    credits,
    ids::JobId,
    job::{Job, Order, State, Told},
    texts::Locale,
};
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use standins::{
    film,
    kie::{Callback, Outcome, signature},
    telegram::{Author, Fault, KeyButton},
};
use testkit::environment::{SECRETS, delivery};

use crate::scene::{Event, Scene};

/// One thing that a function can meet.
pub struct Case {
    pub function: &'static str,
    pub meets: &'static str,
    /// What the same event once more, at once, changes besides; almost always nothing. See [`ANOTHER_LOOK`] and below.
    pub again: &'static [&'static str],
    /// Sets the scene; the event.
    pub set: fn(&Scene) -> BoxFuture<'_, Event>,
}

/// Nothing at all: not a version, not a time, not a message.
const NOTHING: &[&str] = &[];
/// A callback is no more than a word to look, and every one is passed on: its message is the same, of the same look, and the
/// first of them makes the others old.
const ANOTHER_MESSAGE: &[&str] = &["generate message"];
/// A dead letter of a job that is well wakes it, and a second dead letter is parked and wakes it again: the chain moves on by one
/// link, which makes the first message old. The job's stage, its attempts and its deadline stay.
const ANOTHER_LOOK: &[&str] = &["generate message", "job look", "job version", "job write_id", "parked message"];
/// Every dead letter is kept for the operator, whatever becomes of its job.
const PARKED_AGAIN: &[&str] = &["parked message"];
/// A sweep tells how much it found to do, and the second finds nothing.
const COUNTED: &[&str] = &["answer"];

pub fn all() -> Vec<Case> {
    let case = |function, meets, again, set| Case { function, meets, again, set };
    vec![
        case("webhook", "a newcomer", NOTHING, |scene| newcomer(scene).boxed()),
        case("webhook", "a tap", NOTHING, |scene| tap(scene).boxed()),
        case("webhook", "a photo", NOTHING, |scene| photo(scene).boxed()),
        case("webhook", "a confirm", NOTHING, |scene| confirm(scene).boxed()),
        case("webhook", "the second of an album", NOTHING, |scene| album(scene, 2).boxed()),
        case("webhook", "the third of an album", NOTHING, |scene| album(scene, 3).boxed()),
        case("webhook", "a block", NOTHING, |scene| block(scene).boxed()),
        case("callback", "generating", ANOTHER_MESSAGE, |scene| called_back(scene, false).boxed()),
        case("callback", "submitting, the reply lost", ANOTHER_MESSAGE, |scene| called_back(scene, true).boxed()),
        case("callback", "ready", NOTHING, |scene| called_back_late(scene).boxed()),
        case("generator", "queued", NOTHING, |scene| queued(scene).boxed()),
        case("generator", "queued again", NOTHING, |scene| queued_again(scene).boxed()),
        case("generator", "submitting, waited in vain", NOTHING, |scene| waited_in_vain(scene).boxed()),
        case("generator", "generating, running", NOTHING, |scene| running(scene).boxed()),
        case("generator", "generating, succeeded", NOTHING, |scene| succeeded(scene).boxed()),
        case("generator", "generating, failed", NOTHING, |scene| failed(scene, BROKEN).boxed()),
        case("generator", "generating, rejected", NOTHING, |scene| failed(scene, REJECTED).boxed()),
        case("generator", "past the deadline", NOTHING, |scene| late(scene).map(generate).boxed()),
        case("sender", "ready", NOTHING, |scene| ready(scene).boxed()),
        case("sender", "ready, blocked", NOTHING, |scene| blocked(scene).boxed()),
        case("refunder", "a spent job", PARKED_AGAIN, |scene| spent(scene).boxed()),
        case("refunder", "a job that is well", ANOTHER_LOOK, |scene| well(scene).boxed()),
        case("refunder", "a failed job, not told", PARKED_AGAIN, |scene| {
            untold(scene).map(|wake| dead("generate", wake)).boxed()
        }),
        case("refunder", "garbage", PARKED_AGAIN, |scene| garbage(scene).boxed()),
        case("sweeper", "queued", COUNTED, |scene| due_queued(scene).boxed()),
        case("sweeper", "submitting, its holder dead", COUNTED, |scene| due_submitting(scene).boxed()),
        case("sweeper", "submitting, waited in vain", COUNTED, |scene| waited(scene).map(sweep).boxed()),
        case("sweeper", "generating", COUNTED, |scene| due_generating(scene).boxed()),
        case("sweeper", "ready", COUNTED, |scene| due_ready(scene).boxed()),
        case("sweeper", "sending, its holder dead", COUNTED, |scene| due_sending(scene).boxed()),
        case("sweeper", "past the deadline", COUNTED, |scene| late(scene).map(sweep).boxed()),
        case("sweeper", "failed, not told", COUNTED, |scene| due_untold(scene).boxed()),
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
fn update(scene: &Scene, id: i64, mut what: Value) -> Event {
    let person = json!({"id": scene.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en"});
    let part = what.as_object_mut().unwrap().values_mut().next().unwrap().as_object_mut().unwrap();
    part.insert("from".into(), person);
    if !part.contains_key("data") {
        part.insert("chat".into(), json!({"id": scene.user.0, "type": "private"}));
        part.insert("date".into(), json!(1));
    }
    what["update_id"] = json!(id);
    let header = ("x-telegram-bot-api-secret-token", secret("TELEGRAM_WEBHOOK_SECRET").to_owned());
    Event::Update(request("/", &[header], what.to_string()))
}

fn message(scene: &Scene, id: i64, mut fields: Value) -> Event {
    fields["message_id"] = json!(id);
    update(scene, id, json!({ "message": fields }))
}

/// A tap on the newest button with this data.
fn tapped(scene: &Scene, data: &str) -> Event {
    let lines = scene.seller.person.chat();
    let carries = |keyboard: &[Vec<KeyButton>]| keyboard.iter().flatten().any(|button| button.data.as_deref() == Some(data));
    let under = lines.iter().rev().find(|line| carries(&line.keyboard)).expect("such a button").message_id;
    let chat = json!({"id": scene.user.0, "type": "private"});
    let under = json!({"message_id": under, "date": 1, "chat": chat, "text": "?"});
    update(scene, 900_000_000, json!({"callback_query": {"id": "77", "data": data, "message": under}}))
}

async fn newcomer(scene: &Scene) -> Event {
    message(scene, 900_000_000, json!({"text": "/start"}))
}

async fn tap(scene: &Scene) -> Event {
    scene.seller.start().await.unwrap();
    tapped(scene, "make:neurocard")
}

async fn photo(scene: &Scene) -> Event {
    scene.seller.start().await.unwrap();
    scene.seller.tap_data("make:neurocard").await.unwrap();
    let size =
        |name: &str, side: i64| json!({"file_id": name, "file_unique_id": name, "width": side, "height": side, "file_size": 900});
    message(scene, 900_000_000, json!({"photo": [size("S", 90), size("L", 900)]}))
}

async fn confirm(scene: &Scene) -> Event {
    scene.seller.start().await.unwrap();
    scene.seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
    tapped(scene, &scene.seller.confirm_data().unwrap())
}

async fn album(scene: &Scene, nth: i64) -> Event {
    scene.seller.start().await.unwrap();
    scene.seller.tap_data("make:neurocard").await.unwrap();
    let photo = |nth: i64| {
        let name = format!("L{nth}");
        let size = json!({"file_id": name, "file_unique_id": name, "width": 900, "height": 900, "file_size": 900});
        message(scene, 900_000_000 + nth, json!({"photo": [size], "media_group_id": "13"}))
    };
    for earlier in 1..nth {
        scene.before(photo(earlier)).await;
    }
    photo(nth)
}

async fn block(scene: &Scene) -> Event {
    scene.seller.start().await.unwrap();
    update(scene, 900_000_000, json!({"my_chat_member": {"new_chat_member": {"status": "kicked"}}}))
}

/// A body that wakes a job: what the next message of it says.
type Wake = String;

fn generate(wake: Wake) -> Event {
    Event::Generate(delivery("generate", [wake]))
}

fn send(wake: Wake) -> Event {
    Event::Send(delivery("send", [wake]))
}

fn dead(queue: &str, wake: Wake) -> Event {
    Event::DeadLetter(delivery(&format!("{queue}-dead"), [wake]))
}

fn sweep(_: Wake) -> Event {
    Event::Sweep
}

/// The job is where it should be, and no message of it is on its way.
async fn stands(scene: &Scene, stage: &str) -> Wake {
    scene.lose_messages();
    let job = scene.job().await;
    assert_eq!(job.state.name(), stage, "{job:?}");
    job.wake().body()
}

/// An order is placed, with a photo that Telegram has and a message to show how it is doing; its tasks go like this, and the
/// next ones well. Past the questions, which have their own cases.
async fn ordered(scene: &Scene, outcomes: Vec<Outcome>) -> Wake {
    let (world, now) = (scene.world(), scene.now());
    world.kie.script(format!("/photos/{}/", scene.user), outcomes);
    scene.seller.start().await.unwrap();
    scene.seller.send_photo(film::sample_photo()).await.unwrap();
    let chat = world.table.person(scene.user, None, now).await.unwrap().chat;
    let draft = chat.place.draft().unwrap();
    let status_message =
        scene.seller.person.chat().iter().rev().find(|line| line.author == Author::Bot).map(|line| line.message_id);
    let order = Order::of_one(&Catalog::built_in().unwrap().products()[0], draft.photo.clone().unwrap(), Locale::En);
    let id = JobId { draft: draft.id, n: 1 };
    let charge = credits::charge(scene.user, id, order.price, now);
    let job = Job::confirmed(scene.user, id, Order { status_message, ..order }, now, &world.times.rules);
    let chat = Chat { version: chat.version + 1, place: Place::home(), ..chat };
    world.table.confirm_order(scene.user, &chat, &[(job, charge)], now).await.unwrap();
    stands(scene, "queued").await
}

/// A task is asked for.
async fn submitted(scene: &Scene, outcome: Outcome, stage: &str) -> Wake {
    let wake = ordered(scene, vec![outcome]).await;
    scene.before(generate(wake)).await;
    stands(scene, stage).await
}

/// A task that ended, and nobody heard of it.
async fn ended_unheard(scene: &Scene, outcome: Outcome) -> Wake {
    let wake = submitted(scene, outcome.with_callback(Callback::Lost), "generating").await;
    tokio::time::sleep(scene.world().times.making + Duration::from_secs(1)).await;
    wake
}

async fn due(scene: &Scene) -> Event {
    let due = scene.job().await.due_at.expect("a due time");
    tokio::time::sleep(due.duration_since(scene.now()).unsigned_abs() + Duration::from_secs(1)).await;
    Event::Sweep
}

/// What KIE posts now about its task.
fn callback(scene: &Scene) -> Event {
    let tasks = scene.tasks();
    let task = tasks.last().expect("a task");
    let path = task.callback_url.as_ref().unwrap().strip_prefix("http://callback.local").unwrap();
    let now = scene.now().as_second();
    let signed = signature(secret("KIE_WEBHOOK_HMAC_KEY"), &task.id, now);
    let body = json!({"code": 200, "data": {"taskId": task.id, "state": task.state.name()}}).to_string();
    Event::Callback(request(path, &[("x-webhook-timestamp", now.to_string()), ("x-webhook-signature", signed)], body))
}

async fn called_back(scene: &Scene, reply_lost: bool) -> Event {
    let outcome = Outcome::success().with_callback(Callback::Lost);
    let (outcome, stage) = if reply_lost { (outcome.with_lost_reply(), "submitting") } else { (outcome, "generating") };
    submitted(scene, outcome, stage).await;
    tokio::time::sleep(scene.world().times.making + Duration::from_secs(1)).await;
    callback(scene)
}

async fn called_back_late(scene: &Scene) -> Event {
    ready(scene).await;
    callback(scene)
}

async fn queued(scene: &Scene) -> Event {
    generate(ordered(scene, vec![]).await)
}

async fn queued_again(scene: &Scene) -> Event {
    let Event::Generate(_) = failed(scene, BROKEN).await else { unreachable!() };
    scene.before(generate(scene.job().await.wake().body())).await;
    generate(stands(scene, "queued").await)
}

/// createTask's reply was lost, and no callback came for it: KIE has no such task.
async fn lost_for_good(scene: &Scene) -> Wake {
    submitted(scene, Outcome::http(502, "<html>"), "submitting").await
}

async fn waited(scene: &Scene) -> Wake {
    let wake = lost_for_good(scene).await;
    tokio::time::sleep(scene.world().times.rules.callback_wait + Duration::from_secs(1)).await;
    wake
}

async fn waited_in_vain(scene: &Scene) -> Event {
    generate(waited(scene).await)
}

async fn running(scene: &Scene) -> Event {
    generate(submitted(scene, Outcome::success().after(Duration::from_secs(400)), "generating").await)
}

async fn succeeded(scene: &Scene) -> Event {
    generate(ended_unheard(scene, Outcome::success()).await)
}

async fn failed(scene: &Scene, (code, why): (&str, &str)) -> Event {
    generate(ended_unheard(scene, Outcome::fail(code, why)).await)
}

/// KIE never answers, and the time for making it is over.
async fn late(scene: &Scene) -> Wake {
    let wake = submitted(scene, Outcome::never_answers(), "generating").await;
    tokio::time::sleep(scene.world().times.rules.generation_deadline).await;
    wake
}

async fn made(scene: &Scene) -> Wake {
    let wake = ended_unheard(scene, Outcome::success()).await;
    scene.before(generate(wake)).await;
    stands(scene, "ready").await
}

async fn ready(scene: &Scene) -> Event {
    send(made(scene).await)
}

async fn blocked(scene: &Scene) -> Event {
    let wake = made(scene).await;
    scene.seller.person.block().await;
    send(wake)
}

/// Every attempt to send it has failed.
async fn spent(scene: &Scene) -> Event {
    let wake = made(scene).await;
    let rules = &scene.world().times.rules;
    scene.world().telegram.fail(scene.user.0, "sendVideo", rules.send_attempts as usize, Fault::Transient(502));
    for attempt in 0..rules.send_attempts {
        scene.before(send(wake.clone())).await;
        tokio::time::sleep(rules.retry_delays.after(attempt)).await;
    }
    let job = scene.job().await;
    assert!(matches!(job.state, State::Ready { attempts, .. } if attempts == rules.send_attempts), "{:?}", job.state);
    dead("send", wake)
}

async fn well(scene: &Scene) -> Event {
    dead("generate", ordered(scene, vec![]).await)
}

/// It ended while Telegram was down, and Telegram is up again.
async fn untold(scene: &Scene) -> Wake {
    let Event::Generate(event) = failed(scene, REJECTED).await else { unreachable!() };
    scene.world().telegram.down(scene.user.0);
    scene.before(Event::Generate(event)).await;
    scene.world().telegram.up(scene.user.0);
    let wake = stands(scene, "failed").await;
    assert!(matches!(scene.job().await.state, State::Failed { told: Told::NotYet(_), .. }));
    wake
}

async fn garbage(scene: &Scene) -> Event {
    dead("generate", format!("hello from {}", scene.user))
}

async fn due_queued(scene: &Scene) -> Event {
    ordered(scene, vec![]).await;
    due(scene).await
}

async fn due_submitting(scene: &Scene) -> Event {
    let wake = ordered(scene, vec![]).await;
    scene.dies_before("createTask", generate(wake)).await;
    stands(scene, "submitting").await;
    due(scene).await
}

async fn due_generating(scene: &Scene) -> Event {
    submitted(scene, Outcome::success().with_callback(Callback::Lost), "generating").await;
    due(scene).await
}

async fn due_ready(scene: &Scene) -> Event {
    made(scene).await;
    due(scene).await
}

async fn due_sending(scene: &Scene) -> Event {
    let wake = made(scene).await;
    scene.dies_before("sendVideo", send(wake)).await;
    stands(scene, "sending").await;
    due(scene).await
}

async fn due_untold(scene: &Scene) -> Event {
    untold(scene).await;
    due(scene).await
}
