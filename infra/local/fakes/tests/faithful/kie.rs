//! The fake KIE: its checks, its answers, its callbacks and their times.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fakes::clock::FakeClock;
use fakes::film::{Detail, is_playable};
use fakes::kie::{Callback, Kie, Outcome, Settings, TaskState};
use fakes::outbound::Switchboard;
use fakes::server::call;
use http::Request;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::bot::{Bot, START_MS, send};

pub fn kie_with(change: impl FnOnce(&mut Settings)) -> (Kie, Bot) {
    let bot = Bot::default();
    let mut settings = Settings { detail: Detail::Sketch, hmac_key: Some("hk".into()), ..Settings::default() };
    change(&mut settings);
    let outbound = Switchboard::new().with("bot.test", bot.router());
    (Kie::new(settings, FakeClock::starting_at(START_MS), Arc::new(outbound)), bot)
}

pub fn kie() -> (Kie, Bot) {
    kie_with(|_| {})
}

pub fn request(builder: http::request::Builder, body: &Value) -> Request<Bytes> {
    let builder = builder.header("authorization", "Bearer kie-test-key").header("user-agent", "NeuroCards/1.0");
    builder.body(Bytes::from(body.to_string())).unwrap()
}

pub async fn create(kie: &Kie, body: Value) -> Value {
    let (status, answer) = send(kie.router(), request(Request::post("/api/v1/jobs/createTask"), &body)).await;
    assert_eq!(status, 200);
    answer
}

pub async fn record(kie: &Kie, id: &str) -> Value {
    let uri = format!("/api/v1/jobs/recordInfo?taskId={id}");
    send(kie.router(), request(Request::get(uri), &json!(null))).await.1
}

pub fn reels() -> Value {
    json!({
        "model": "kling-3.0/video",
        "callBackUrl": "http://bot.test/hook",
        "input": {
            "prompt": "slow zoom", "image_urls": ["http://bot.test/photo.jpg"], "sound": false, "duration": "5",
            "aspect_ratio": "9:16", "mode": "std", "multi_shots": false,
        },
    })
}

#[tokio::test(start_paused = true)]
async fn a_task_goes_from_waiting_to_success_and_posts_a_callback() {
    let (kie, bot) = kie();
    let answer = create(&kie, reels()).await;
    let id = answer["data"]["taskId"].as_str().unwrap();
    assert_eq!((&answer["code"], id.len(), &answer["data"]["recordId"]), (&json!(200), 32, &json!(id)));
    let data = record(&kie, id).await["data"].clone();
    assert_eq!((&data["state"], &data["resultJson"]), (&json!("waiting"), &json!("")));
    assert_eq!((&data["completeTime"], &data["creditsConsumed"]), (&json!(null), &json!(70.0)));
    sleep(Duration::from_millis(200)).await;
    assert_eq!(record(&kie, id).await["data"]["state"], "generating");
    sleep(Duration::from_millis(200)).await;
    let data = record(&kie, id).await["data"].clone();
    assert_eq!((&data["state"], &data["failCode"]), (&json!("success"), &json!(null)));
    assert_eq!(data["completeTime"], json!(START_MS + 300));
    let result: Value = serde_json::from_str(data["resultJson"].as_str().unwrap()).unwrap();
    let url = result["resultUrls"][0].as_str().unwrap().strip_prefix("http://kie.local").unwrap();
    let film = call(kie.router(), Request::get(url).body(Bytes::new()).unwrap()).await.unwrap().into_body();
    let info = is_playable(&film).unwrap();
    assert!(info.height > info.width && info.duration.as_secs() == 5);
    assert_eq!(kie.result(id).unwrap(), film);
    let (headers, callback) = bot.got.lock().unwrap()[0].clone();
    assert!(headers.contains_key("x-webhook-signature"));
    assert_eq!((&callback["code"], &callback["data"]["resultJson"]), (&json!(200), &data["resultJson"]));
    let param: Value = serde_json::from_str(callback["data"]["param"].as_str().unwrap()).unwrap();
    let input: Value = serde_json::from_str(param["input"].as_str().unwrap()).unwrap();
    assert_eq!((&param["callBackUrl"], &input["duration"]), (&json!("http://bot.test/hook"), &json!("5")));
    assert_eq!(kie.task(id).unwrap().callbacks, [200]);
}

#[tokio::test(start_paused = true)]
async fn wrong_input_is_refused_with_http_200_and_a_code() {
    let (kie, _) = kie();
    let with = |name: &str, value: Value| {
        let mut body = reels();
        body["input"][name] = value;
        body
    };
    let model = |name: &str| {
        let mut body = reels();
        body["model"] = json!(name);
        body
    };
    for (body, code, text) in [
        (model("sora-2-image-to-video"), 422, "The model name you specified is not supported."),
        (model("kling-2.6/image-to-video"), 422, "fake: kling-2.6/image-to-video has no input field"),
        (with("duration", json!(5)), 500, "duration is not within the range of allowed options"),
        (with("duration", json!("16")), 500, "duration is not within the range of allowed options"),
        (with("sound", json!("no")), 422, "sound has the wrong type"),
        (with("mode", json!(null)), 422, "This field is required"),
        (with("prompt", json!("x".repeat(2501))), 500, "prompt exceeds"),
        (with("image_urls", json!([])), 422, "This field is required"),
        (with("image_url", json!("x")), 422, "fake: kling-3.0/video has no input field image_url"),
    ] {
        let answer = create(&kie, body).await;
        assert_eq!((&answer["code"], &answer["data"]), (&json!(code), &json!(null)), "{text}");
        assert!(answer["msg"].as_str().unwrap().starts_with(text), "{answer}");
    }
    assert!(kie.tasks().is_empty());
    assert_eq!((kie.refusals().len(), kie.count("createTask")), (9, 9));
}

#[tokio::test(start_paused = true)]
async fn grok_and_kling_2_6_accept_their_own_fields() {
    let (kie, _) = kie();
    let photo = json!(["http://bot.test/photo.jpg"]);
    let grok = json!({"image_urls": photo, "prompt": "x", "duration": "6", "resolution": "720p", "mode": "normal"});
    assert_eq!(create(&kie, json!({"model": "grok-imagine/image-to-video", "input": grok})).await["code"], 200);
    let kling = json!({"image_urls": photo, "prompt": "x", "duration": "5", "sound": false});
    assert_eq!(create(&kie, json!({"model": "kling-2.6/image-to-video", "input": kling})).await["code"], 200);
    assert_eq!(kie.credits(), 100_000.0 - 27.0 - 55.0);
    sleep(Duration::from_secs(1)).await;
    let film = is_playable(&kie.result(&kie.tasks()[0].id).unwrap()).unwrap();
    assert_eq!((film.width, film.height), (60, 80), "the photo's own 3:4, as near as even sides come");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_user_agent_or_with_a_wrong_key_is_refused() {
    let (kie, _) = kie();
    let get = || Request::get("/api/v1/chat/credit");
    let bare = call(kie.router(), get().body(Bytes::new()).unwrap()).await.unwrap();
    assert_eq!((bare.status().as_u16(), bare.body().as_ref()), (403, &b"error code: 1010"[..]));
    let keyless = get().header("user-agent", "x").header("authorization", "Bearer no").body(Bytes::new()).unwrap();
    assert_eq!(send(kie.router(), keyless).await, (200, json!({"code": 401, "msg": "You do not have access permissions"})));
    assert_eq!(send(kie.router(), request(get(), &json!(null))).await.1["data"], json!(100_000.0));
    assert_eq!(record(&kie, "unknown").await, json!({"code": 422, "msg": "recordInfo is null", "data": null}));
}

#[tokio::test(start_paused = true)]
async fn a_photo_that_cannot_be_fetched_fails_the_task() {
    let (kie, bot) = kie();
    for url in ["http://bot.test/missing.jpg", "http://bot.test/forbidden.jpg", "http://nobody.test/x.jpg"] {
        let mut body = reels();
        body["input"]["image_urls"] = json!([url]);
        create(&kie, body).await;
    }
    sleep(Duration::from_secs(1)).await;
    for task in kie.tasks() {
        let TaskState::Fail { code, message } = task.state else { unreachable!() };
        assert_eq!(code, "400");
        assert_eq!(message, "Image fetch failed. Check access settings or use our File Upload API instead.");
    }
    assert_eq!((&bot.got(0)["code"], &bot.got(0)["msg"]), (&json!(501), &json!("Playground task failed.")));
    assert_eq!(bot.got(0)["data"]["resultJson"], json!(null));
}

#[tokio::test(start_paused = true)]
async fn each_matching_order_gets_the_next_scripted_outcome() {
    let (kie, bot) = kie();
    let outcomes = vec![
        Outcome::refuse(429, "Your call frequency is too high. Please try again later."),
        Outcome::http(503, "<html>busy</html>"),
        Outcome::success().with_lost_reply().with_callback(Callback::Twice),
        Outcome::fail("500", "Internal Error, Please try again later.").with_callback(Callback::Lost),
        Outcome::never_answers(),
        Outcome::success_without_urls().after(Duration::from_secs(9)).with_callback(Callback::Late(Duration::from_secs(5))),
        Outcome::success().with_video_bytes(21 * 1024 * 1024).with_callback(Callback::Forged),
    ];
    kie.script("photo.jpg", outcomes);
    assert_eq!(create(&kie, reels()).await["code"], 429);
    let post = || request(Request::post("/api/v1/jobs/createTask"), &reels());
    assert_eq!(call(kie.router(), post()).await.unwrap().status(), 503);
    assert!(call(kie.router(), post()).await.is_err(), "the reply is lost");
    for _ in 0..4 {
        assert_eq!(create(&kie, reels()).await["code"], 200);
    }
    sleep(Duration::from_secs(10)).await;
    let states: Vec<_> = kie.tasks().iter().map(|task| task.state.name()).collect();
    assert_eq!(states, ["success", "fail", "generating", "success", "success"]);
    let callbacks: Vec<_> = kie.tasks().iter().map(|task| task.callbacks.len()).collect();
    assert_eq!(callbacks, [2, 0, 0, 0, 2]);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(kie.tasks()[3].callbacks, [200]);
    assert_eq!(kie.result(&kie.tasks()[4].id).unwrap().len(), 21 * 1024 * 1024);
    let forged = (0..bot.count()).map(|index| bot.got(index)).find(|callback| callback.to_string().contains("evil.example"));
    assert_eq!(forged.unwrap()["data"]["state"], "success");
    assert_eq!(record(&kie, &kie.tasks()[3].id).await["data"]["resultJson"], "{}");
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_rate_are_refused_and_do_not_count() {
    let (kie, _) = kie_with(|settings| settings.rate_limit = Some((20, Duration::from_secs(10))));
    for _ in 0..20 {
        assert_eq!(create(&kie, reels()).await["code"], 200);
    }
    assert_eq!(create(&kie, reels()).await["code"], 429);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(create(&kie, reels()).await["code"], 200);
}

#[tokio::test(start_paused = true)]
async fn without_enough_credits_no_task_is_created() {
    let (kie, _) = kie();
    kie.set_credits(69.5);
    let answer = create(&kie, reels()).await;
    assert_eq!(answer["code"], 402);
    assert!(answer["msg"].as_str().unwrap().starts_with("Credits insufficient"));
}

#[tokio::test(start_paused = true)]
async fn a_new_task_may_be_unknown_at_first() {
    let (kie, _) = kie_with(|settings| settings.record_lag = Duration::from_millis(100));
    let id = create(&kie, reels()).await["data"]["taskId"].as_str().unwrap().to_owned();
    assert_eq!(record(&kie, &id).await["msg"], "recordInfo is null");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(record(&kie, &id).await["data"]["state"], "success");
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_costs_nothing() {
    let (kie, bot) = kie();
    kie.set_credits(100.0);
    kie.script("photo.jpg", vec![Outcome::fail("500", "Internal Error, Please try again later.")]);
    let id = create(&kie, reels()).await["data"]["taskId"].as_str().unwrap().to_owned();
    assert_eq!((&record(&kie, &id).await["data"]["creditsConsumed"], kie.credits()), (&json!(70.0), 30.0));
    sleep(Duration::from_secs(1)).await;
    assert_eq!((&record(&kie, &id).await["data"]["creditsConsumed"], kie.credits()), (&json!(0.0), 100.0));
    assert_eq!(bot.got(0)["data"]["creditsConsumed"], json!(0.0));
    create(&kie, reels()).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(kie.credits(), 30.0, "a film costs its price");
}
