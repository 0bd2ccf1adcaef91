//! Helpers: opens a sandbox with limits, and counts what was charged and counted.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    catalog::Kind,
    credits::{self, Credits, EntryKind},
    ids::UserId,
    limits,
};
use fakes::film;
use serde_json::{Value, json};
use testkit::environment::{Sandbox, Seller, TABLE, TestEnvironment, Times};

/// Longer than the minute in which a seller's updates are counted.
const MINUTE: Duration = Duration::from_secs(61);

/// Opens a sandbox whose clock begins at midnight UTC, with some settings changed.
pub async fn env(settings: &[(&str, &str)]) -> TestEnvironment {
    TestEnvironment::open_seeded(7, Times::production(), settings).await.expect("the sandbox opens")
}

/// Opens a sandbox like [`env`], for a test that waits a day: a sweep a minute would take most of its time.
pub async fn env_that_sweeps_rarely(settings: &[(&str, &str)]) -> TestEnvironment {
    let times = Times { sweep_every: Duration::from_secs(3600), ..Times::production() };
    TestEnvironment::open_seeded(7, times, settings).await.expect("the sandbox opens")
}

pub fn sandbox(env: &TestEnvironment) -> &Sandbox {
    env.sandbox().expect("the environment is a sandbox")
}

/// Returns a seller who has opened the chat and was given credits.
pub async fn seller(env: &TestEnvironment, id: i64, credits: u32) -> Seller {
    let seller = Seller::new(env, 790_000_000 + id, "en", "Olga");
    seller.start().await.expect("the chat is started");
    let gift = credits::grant(seller.user, "test", Credits(credits), "test", sandbox(env).now());
    env.table.give(&gift).await.expect("the credits are given");
    seller
}

/// Returns sellers whose orders of one video are ready to be confirmed.
pub async fn ready_sellers(env: &TestEnvironment, ids: std::ops::Range<i64>) -> Vec<Seller> {
    let mut sellers = Vec::new();
    for id in ids {
        let seller = seller(env, id, 5).await;
        seller.prepare(Kind::Reels, film::photo_of(320, 400)).await.expect("the order is prepared");
        sellers.push(seller);
    }
    sellers
}

/// Orders one video, a minute after the seller's last updates.
pub async fn order(seller: &Seller) {
    tokio::time::sleep(MINUTE).await;
    seller.prepare(Kind::Reels, film::photo_of(320, 400)).await.expect("the order is prepared");
    seller.confirm().await.expect("the tap is answered");
}

/// Returns the newest text of the bot.
pub fn last_text(seller: &Seller) -> String {
    seller.texts().pop().unwrap_or_default()
}

/// Returns how many videos of a person were charged.
pub async fn charged(env: &TestEnvironment, user: UserId) -> usize {
    let ledger = env.ledger(user).await.expect("the ledger can be read");
    ledger.iter().filter(|entry| entry.kind == EntryKind::Charge).count()
}

/// Returns the ids of the account's open jobs.
pub async fn listed(env: &TestEnvironment, user: UserId) -> usize {
    let person = env.table.person(user, None, sandbox(env).now()).await.expect("the account can be read");
    person.profile.expect("the account exists").open_jobs.len()
}

/// Returns a number attribute of an item; zero if there is none.
pub fn stored(env: &TestEnvironment, key: &str, name: &str) -> u32 {
    let items = sandbox(env).everything();
    let number = items.get(key).and_then(|item| item.get(name)?.get("N")?.as_str()?.parse().ok());
    number.unwrap_or_default()
}

/// Returns a count of the person's present day.
pub fn of_day(env: &TestEnvironment, user: UserId, name: &str) -> u32 {
    stored(env, &format!("USER#{user} DAY#{}", limits::day(sandbox(env).now())), name)
}

/// Returns what the four shards of a limit counted today.
pub fn shards(env: &TestEnvironment, limit: &str) -> [u32; 4] {
    let day = limits::day(sandbox(env).now());
    [0, 1, 2, 3].map(|shard| stored(env, &format!("LIMIT#{limit}#{day} {shard}"), "used"))
}

/// Changes attributes of an account past the table's code, as another release or a purchase would.
pub fn change_account(env: &TestEnvironment, user: UserId, expression: &str, value: &Value) {
    let update = json!({
        "TableName": TABLE,
        "Key": { "pk": { "S": format!("USER#{user}") }, "sk": { "S": "PROFILE" } },
        "UpdateExpression": expression,
        "ExpressionAttributeValues": { ":value": value },
    });
    let mut request = http::Request::new(Bytes::from(update.to_string()));
    request.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.UpdateItem"));
    assert!(sandbox(env).dynamodb.handle(&request).status().is_success());
}

/// Asserts that the person's money invariants hold and the list of open jobs is that of the jobs.
pub async fn check(env: &TestEnvironment, user: UserId) {
    let snapshot = env.table.account_snapshot(user).await.expect("the account can be read");
    assert_eq!(snapshot.violations(), vec![]);
    let open = snapshot.jobs.iter().filter(|job| !job.has_ended()).count();
    assert_eq!(listed(env, user).await, open);
}
