//! Helpers: opens a sandbox, posts to its Function URLs, and reads its queues.

use std::time::Duration;

use bytes::Bytes;
use domain::{catalog::Kind, job::Job};
use fakes::{film::Detail, kie::Outcome};
use local_aws::sqs::Seen;
use testkit::environment::{Carrier, SECRETS, Sandbox, Seller, TestEnvironment, Times};

pub const USER: i64 = 710_000_001;

pub async fn env() -> TestEnvironment {
    TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
}

pub fn sandbox(env: &TestEnvironment) -> &Sandbox {
    env.sandbox().expect("the environment is a sandbox")
}

/// Returns a seller who has opened the chat in English.
pub async fn seller(env: &TestEnvironment) -> Seller {
    let seller = Seller::new(env, USER, "en", "Olga");
    seller.start().await.expect("the chat is started");
    seller
}

/// Returns a seller with an order whose KIE task runs for ten minutes, and the order's job.
pub async fn seller_in_mid_order(env: &TestEnvironment) -> (Seller, Job) {
    let seller = seller(env).await;
    env.script_kie(domain::ids::UserId(USER), vec![Outcome::success().after(Duration::from_secs(600))]);
    seller.order(Kind::Reels).await.expect("the order is placed");
    let making = async || Ok(env.jobs(seller.user).await?.iter().any(|job| job.state.name() == "generating"));
    env.until("the job is generating", making).await.expect("the job gets a task");
    let job = env.jobs(seller.user).await.expect("the jobs can be read").remove(0);
    (seller, job)
}

pub fn secret(name: &str) -> &'static str {
    SECRETS.iter().find(|(known, _)| *known == name).expect("the secret is known").1
}

/// Posts to a Function URL. Returns the answer's status and body.
pub async fn post(env: &TestEnvironment, url: &str, headers: &[(&str, &[u8])], body: impl Into<Bytes>) -> (u16, Bytes) {
    let mut request = http::Request::post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = sandbox(env)
        .request(request.body(body.into()).expect("the request is well-formed"))
        .await
        .expect("the Function URL answers");
    (answer.status().as_u16(), answer.into_body())
}

/// Posts to the webhook with Telegram's secret header. Returns the answer's status and body.
pub async fn post_update(env: &TestEnvironment, body: impl Into<Bytes>) -> (u16, Bytes) {
    let secret = secret("TELEGRAM_WEBHOOK_SECRET").as_bytes();
    post(env, "http://webhook.local/", &[("x-telegram-bot-api-secret-token", secret)], body).await
}

/// Returns the id and body of each message in a queue.
pub fn messages(env: &TestEnvironment, queue: &str) -> Vec<(String, String)> {
    sandbox(env).sqs.messages(queue).into_iter().map(|Seen { id, body, .. }| (id, body)).collect()
}
