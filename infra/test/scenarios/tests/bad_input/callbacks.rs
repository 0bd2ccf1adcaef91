//! Forged, malformed and misdirected callbacks.

use std::time::Duration;

use domain::{catalog::Kind, credits::Credits, job::Job};
use fakes::kie::{Callback, Outcome, signature};
use jiff::Timestamp;
use serde_json::json;
use testkit::environment::{Seller, TestEnvironment};

use crate::common::{env, messages, post, sandbox, secret, seller, seller_in_mid_order};

/// Returns what a callback may change: the table's items, and the generate queue's messages.
fn state(env: &TestEnvironment) -> (Vec<String>, Vec<(String, String)>) {
    let table = sandbox(env).everything().into_iter().map(|(key, item)| format!("{key} {item}")).collect();
    (table, messages(env, "generate"))
}

fn address(env: &TestEnvironment) -> String {
    env.kie.tasks().pop().and_then(|task| task.callback_url).expect("KIE has a task with a callback URL")
}

fn body_of(task: &str) -> String {
    json!({"code": 200, "msg": "Playground task completed successfully.", "data": {"taskId": task, "state": "success"}})
        .to_string()
}

/// Posts a callback that is signed now with this key for this task. Returns the status.
async fn post_signed(env: &TestEnvironment, url: &str, key: &str, task: &str, body: String) -> u16 {
    let now = Timestamp::now().as_second();
    post_signed_at(env, url, key, task, body, now).await
}

async fn post_signed_at(env: &TestEnvironment, url: &str, key: &str, task: &str, body: String, at: i64) -> u16 {
    let (signature, at) = (signature(key, task, at), at.to_string());
    let headers = [("x-webhook-timestamp", at.as_bytes()), ("x-webhook-signature", signature.as_bytes())];
    post(env, url, &headers, body).await.0
}

fn task_of(job: &Job) -> String {
    let domain::job::State::Generating { task, .. } = &job.state else { panic!("{}", job.state.name()) };
    task.0.clone()
}

#[tokio::test(start_paused = true)]
async fn a_callback_to_an_address_that_we_did_not_seal_is_not_found() {
    let env = env().await;
    let (seller, job) = seller_in_mid_order(&env).await;
    let (url, task, before) = (address(&env), task_of(&job), state(&env));
    let path = url.strip_prefix("http://callback.local").unwrap();
    let token = path.strip_prefix("/kie/v2/").expect("a sealed path");
    let wrong = [
        String::new(),
        "/".into(),
        "/kie".into(),
        "/kie////".into(),
        "/kie/v2".into(),
        "/kie/v2/".into(),
        format!("{path}/"),
        format!("/x{path}"),
        path.to_uppercase(),
        path[..path.len() - 1].to_owned(),
        format!("{path}A"),
        format!("{path}/1"),
        format!("/kie/{token}"),
        format!("/kie/v3/{token}"),
        format!("/kie/v2/{}", "A".repeat(token.len())),
        // The form of release 0.1.0, without a signature and with a wrong one.
        format!("/kie/{}/{}/1", seller.user, job.id),
        format!("/kie/{}/{}/1/", seller.user, job.id),
        format!("/kie/{}/{}/1/AAAAAAAAAAAAAAAAAAAAAAAAAAA", seller.user, job.id),
    ];
    for path in wrong {
        let url = format!("http://callback.local{path}");
        assert_eq!(post_signed(&env, &url, secret("KIE_WEBHOOK_HMAC_KEY"), &task, body_of(&task)).await, 404, "{path}");
    }
    assert_eq!(state(&env), before);
}

#[tokio::test(start_paused = true)]
async fn a_callback_address_shows_kie_neither_the_user_nor_the_job() {
    let env = env().await;
    let (seller, job) = seller_in_mid_order(&env).await;
    let task = env.kie.tasks().pop().unwrap();
    assert_eq!(env.attempt_of(&task), Some((seller.user, job.id, 1)));
    for shown in [seller.user.to_string(), job.id.to_string(), job.id.draft.to_string()] {
        assert!(!address(&env).contains(&shown), "{} shows {shown}", address(&env));
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_kie_did_not_sign_is_refused() {
    let env = env().await;
    let (_, job) = seller_in_mid_order(&env).await;
    let (url, task, before) = (address(&env), task_of(&job), state(&env));
    let (key, now) = (secret("KIE_WEBHOOK_HMAC_KEY"), Timestamp::now().as_second());
    assert_eq!(post_signed(&env, &url, "not-the-key", &task, body_of(&task)).await, 401);
    assert_eq!(post_signed(&env, &url, key, "another-task", body_of(&task)).await, 401);
    assert_eq!(post_signed_at(&env, &url, key, &task, body_of(&task), now - 86_400).await, 401, "signed long ago");
    assert_eq!(post_signed_at(&env, &url, key, &task, body_of(&task), now + 86_400).await, 401, "signed tomorrow");
    for garbage in ["", "hello", "null", "[]", "{}", r#"{"data":{"taskId":7}}"#] {
        assert_eq!(post_signed(&env, &url, key, &task, garbage.to_owned()).await, 401, "{garbage}");
        assert_eq!(post_signed(&env, &url, key, "", garbage.to_owned()).await, 401, "{garbage}");
    }
    assert_eq!(post_signed(&env, &url, key, &task, format!("{}{}", body_of(&task), " ".repeat(300_000))).await, 401, "huge");
    for headers in [
        vec![],
        vec![("x-webhook-timestamp", &b"now"[..])],
        vec![("x-webhook-timestamp", b"1"), ("x-webhook-signature", b"\xff")],
    ] {
        assert_eq!(post(&env, &url, &headers, body_of(&task)).await.0, 401);
    }
    assert_eq!(state(&env), before);
}

#[tokio::test(start_paused = true)]
async fn another_jobs_task_on_a_jobs_own_address_changes_nothing() {
    let env = env().await;
    let (seller, job) = seller_in_mid_order(&env).await;
    let (url, task, before) = (address(&env), task_of(&job), state(&env));
    let other = "0123456789abcdef0123456789abcdef";
    assert_ne!(task, other);
    assert_eq!(post_signed(&env, &url, secret("KIE_WEBHOOK_HMAC_KEY"), other, body_of(other)).await, 200);
    assert_eq!(state(&env), before);
    seller.until_over(1).await.unwrap();
    assert_eq!(env.kie.tasks().len(), 1);
    assert_eq!(seller.videos().len(), 1);
}

/// The reply of createTask is lost, so the job has no task yet. A callback to the job's address then names another order's task.
#[tokio::test(start_paused = true)]
async fn a_job_without_a_task_does_not_adopt_another_jobs_task() {
    let env = env().await;
    let (other, _) = seller_in_mid_order(&env).await;
    let theirs = env.kie.tasks().pop().unwrap().id;
    let seller = Seller::new(&env, 710_000_002, "en", "Boris");
    seller.start().await.unwrap();
    let lost = Outcome::success().with_lost_reply().with_callback(Callback::Lost);
    env.script_kie(seller.user, vec![lost, Outcome::success()]);
    seller.order(Kind::Reels).await.unwrap();
    let address = loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Some(task) = env.kie.tasks().into_iter().find(|task| task.id != theirs) {
            break task.callback_url.unwrap();
        }
    };
    assert_eq!(post_signed(&env, &address, secret("KIE_WEBHOOK_HMAC_KEY"), &theirs, body_of(&theirs)).await, 200);
    other.until_over(1).await.unwrap();
    seller.until_over(1).await.unwrap();
    let [video] = &seller.videos()[..] else { panic!("the chat does not have exactly one video") };
    let own = env.kie.tasks().into_iter().filter(|task| env.attempt_of(task).is_some_and(|(user, ..)| user == seller.user));
    let own: Vec<_> = own.map(|task| task.id).collect();
    assert_eq!(own.len(), 2, "one task whose reply was lost, and one more");
    assert_eq!(env.telegram.file(&video.file_id), env.kie.result(&own[1]));
}

#[tokio::test(start_paused = true)]
async fn without_a_hmac_key_garbage_to_a_sealed_address_changes_nothing() {
    let env = env().await;
    let (_, _) = seller_in_mid_order(&env).await;
    let setup = sandbox(&env).setup_with(&[("KIE_WEBHOOK_HMAC_KEY", None)]).await.unwrap();
    let callback = callback::Callback::new(&setup).unwrap();
    let before = state(&env);
    for body in [None, Some(""), Some("hello"), Some("{}"), Some(r#"{"data":{"taskId":"0123456789abcdef"}}"#), Some("[[[[")] {
        for is_base64 in [false, true] {
            let mut request = aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest::default();
            request.raw_path = Some(address(&env).replace("http://callback.local", ""));
            request.body = body.map(str::to_owned);
            request.is_base64_encoded = is_base64;
            assert_eq!(callback.handle(request).await.status_code, 200, "{body:?}");
        }
    }
    let nowhere = callback.handle(Default::default()).await;
    assert_eq!(nowhere.status_code, 404);
    assert_eq!(state(&env), before);
}

#[tokio::test(start_paused = true)]
async fn a_forged_callback_does_not_change_the_delivered_video() {
    let env = env().await;
    let seller = seller(&env).await;
    env.kie.script("/photos/", vec![Outcome::success().with_callback(Callback::Forged)]);
    seller.order(Kind::Neurocard).await.unwrap();
    seller.until_over(1).await.unwrap();
    let task = env.kie.tasks().pop().unwrap();
    assert_eq!(task.callbacks, [401, 200], "the forged callback, then the genuine one");
    let made = env.kie.result(&task.id).unwrap();
    let [video] = &seller.videos()[..] else { panic!("the chat does not have exactly one video") };
    assert_eq!(env.telegram.file(&video.file_id), Some(made));
    assert_eq!(env.balance(seller.user).await.unwrap(), Credits(1));
}
