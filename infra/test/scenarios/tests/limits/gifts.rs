//! The day's limit of newcomers' gifts.

use std::time::Duration;

use domain::credits::{self, Credits};
use futures_util::future::join_all;
use serde_json::json;
use testkit::environment::{Logs, SECRETS, Seller};

use crate::common::*;

#[tokio::test(start_paused = true)]
async fn a_thousand_newcomers_in_a_minute_get_the_gifts_of_a_day_and_accounts() {
    let (logs, _guard) = Logs::capture_with_metrics("warn", Some("neurocards-test"));
    // Without terms the first update greets, so that a newcomer is one update.
    let env = env(&[("TERMS_URL", ""), ("PRIVACY_URL", "")]).await;
    let newcomers: Vec<_> = (0..1000).map(|n| Seller::new(&env, 791_000_000 + n, "en", "Olga")).collect();
    let arrivals = newcomers.iter().enumerate().map(async |(n, newcomer)| {
        tokio::time::sleep(Duration::from_millis(60) * u32::try_from(n).unwrap()).await;
        newcomer.say("/start").await.unwrap();
    });
    join_all(arrivals).await;
    let mut gifted = 0;
    for newcomer in &newcomers {
        let snapshot = env.table.account_snapshot(newcomer.user).await.unwrap();
        assert_eq!(snapshot.violations(), vec![]);
        let balance = snapshot.balance.expect("every newcomer has an account").0;
        assert_eq!(snapshot.entries.iter().map(|entry| entry.amount).sum::<i64>(), balance);
        let text = newcomer.texts().join("\n");
        assert_eq!(text.contains("You have 2 credits to start with"), balance == 2, "{text}");
        assert!(text.contains("Welcome!") && text.contains(&format!("Your balance: {balance} credits")), "{text}");
        gifted += usize::from(balance == 2);
    }
    assert_eq!((gifted, shards(&env, "gifts_a_day")), (200, [50; 4]));
    let lines = logs.lines();
    let count = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("the account was opened without welcome credits"), 800);
    assert_eq!(count(r#""Limit":"gifts_a_day""#), 800);
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_without_a_gift_can_still_be_given_it_once_and_the_next_day_has_new_gifts() {
    let env = env_that_sweeps_rarely(&[("GIFTS_A_DAY_MAX", "1")]).await;
    let [first, second, third] = [1, 2, 3].map(|n| Seller::new(&env, 792_000_000 + n, "ru", "Olga"));
    first.start().await.unwrap();
    second.start().await.unwrap();
    assert_eq!([env.table.balance(first.user).await.unwrap().0, env.table.balance(second.user).await.unwrap().0], [2, 0]);
    let gift = credits::grant(second.user, "welcome", Credits(2), "welcome", sandbox(&env).now());
    env.table.give(&gift).await.unwrap();
    assert!(env.table.give(&gift).await.is_err(), "the gift's key is used once");
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    third.start().await.unwrap();
    assert_eq!(env.table.balance(third.user).await.unwrap().0, 2);
}

#[tokio::test(start_paused = true)]
async fn without_welcome_credits_no_newcomer_counts() {
    let env = env(&[("GIFTS_A_DAY_MAX", "1"), ("WELCOME_CREDITS", "0")]).await;
    for n in 1..4 {
        Seller::new(&env, 793_000_000 + n, "en", "Olga").start().await.unwrap();
    }
    assert_eq!(shards(&env, "gifts_a_day"), [0; 4]);
}

#[tokio::test(start_paused = true)]
async fn the_first_updates_of_a_newcomer_at_once_take_one_gift_of_the_day() {
    let env = env(&[("GIFTS_A_DAY_MAX", "2")]).await;
    let newcomer = Seller::new(&env, 794_000_001, "en", "Olga");
    let posts = (1..=5).map(async |id| {
        let from = json!({ "id": newcomer.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en" });
        let chat = json!({ "id": newcomer.user.0, "type": "private" });
        let message = json!({ "message_id": id, "date": 1, "from": from, "chat": chat, "text": "/start" });
        let update = json!({ "update_id": id, "message": message }).to_string();
        let secret = SECRETS.iter().find(|(name, _)| *name == "TELEGRAM_WEBHOOK_SECRET").unwrap().1;
        let request = http::Request::post("http://webhook.local/").header("x-telegram-bot-api-secret-token", secret);
        sandbox(&env).request(request.body(update.into()).unwrap()).await.unwrap().status()
    });
    assert!(join_all(posts).await.iter().all(http::StatusCode::is_success));
    assert_eq!(shards(&env, "gifts_a_day").iter().sum::<u32>(), 1);
    assert_eq!(env.table.balance(newcomer.user).await.unwrap().0, 2);
}
