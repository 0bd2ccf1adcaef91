//! The order's transaction: a decision that was taken on outdated counts is never written, and a lost reply counts once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use adapters::table::TableError;
use domain::{
    catalog::Catalog,
    conversation::Chat,
    credits::{self, Entry},
    ids::JobId,
    job::{Job, Order, Photo},
    limits::{Buyer, Limit, Limits},
    locale::Locale,
};
use local_aws::net::{Action, CallInfo, Interceptor};
use testkit::environment::{Seller, TestEnvironment};

use crate::common::*;

/// Returns the next chat of a seller, and an order of this many videos.
async fn order(env: &TestEnvironment, seller: &Seller, draft: u128, videos: u8) -> (Chat, Vec<(Job, Entry)>) {
    let now = sandbox(env).now();
    let chat = env.table.person(seller.user, None, now).await.unwrap().chat;
    let catalog = Catalog::built_in().unwrap();
    let job = |n| {
        let id: JobId = format!("{draft:032x}.{n}").parse().unwrap();
        let order = Order::of_one(&catalog.products()[0], Photo::new("E", "e"), Locale::En);
        let price = order.price;
        (Job::confirmed(seller.user, id, order, now, &env.times.rules), credits::charge(seller.user, id, price, now))
    };
    (Chat { version: chat.version + 1, ..chat }, (1..=videos).map(job).collect())
}

async fn confirm(
    env: &TestEnvironment,
    seller: &Seller,
    draft: u128,
    videos: u8,
    limits: &Limits,
    open: u32,
) -> Result<(), TableError> {
    let (chat, jobs) = order(env, seller, draft, videos).await;
    let allowance = limits.allowance(u32::from(videos), open, Buyer::NotYet).unwrap();
    env.table.confirm_order(seller.user, &chat, &jobs, &allowance, sandbox(env).now()).await
}

#[tokio::test(start_paused = true)]
async fn an_order_decided_on_fewer_open_videos_than_there_are_is_decided_again() {
    let env = env(&[]).await;
    let (seller, limits) = (seller(&env, 1, 20).await, Limits::default());
    confirm(&env, &seller, 1, 3, &limits, 0).await.unwrap();
    let stale = confirm(&env, &seller, 2, 1, &limits, 2).await;
    assert!(matches!(stale, Err(TableError::Stale)), "{stale:?}");
    confirm(&env, &seller, 2, 1, &limits, 3).await.unwrap();
    // Fewer open videos than the decision knew of are no reason to decide again.
    confirm(&env, &seller, 3, 1, &limits, 7).await.unwrap();
    assert_eq!((listed(&env, seller.user).await, of_day(&env, seller.user, "orders")), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn the_refused_transaction_says_which_limit_it_is() {
    let env = env(&[]).await;
    let seller = seller(&env, 2, 20).await;
    let limits = Limits { orders_a_day: 5, refunds_a_day: 6, ..Limits::default() };
    confirm(&env, &seller, 1, 5, &limits, 0).await.unwrap();
    let refused = confirm(&env, &seller, 2, 1, &limits, 5).await;
    assert!(matches!(refused, Err(TableError::LimitReached(Limit::OrdersADay))), "{refused:?}");
    let more = Limits { orders_a_day: 9, ..limits };
    change_day(&env, &seller, 1);
    let refused = confirm(&env, &seller, 2, 1, &more, 5).await;
    assert!(matches!(refused, Err(TableError::LimitReached(Limit::RefundsADay))), "{refused:?}");
    let few = Limits { films_a_day: 4, refunds_a_day: 9, ..more };
    let refused = confirm(&env, &seller, 2, 1, &few, 5).await;
    assert!(refused.is_ok(), "the used shard is full, and another has room: {refused:?}");
    let poor = confirm(&env, &seller, 3, 20, &Limits { open_orders: 50, orders_a_day: 99, refunds_a_day: 99, ..limits }, 6).await;
    assert!(matches!(poor, Err(TableError::InsufficientCredits)), "{poor:?}");
    check(&env, seller.user).await;
}

/// Sets the person's refunds of the day.
fn change_day(env: &TestEnvironment, seller: &Seller, refunds: u32) {
    let update = serde_json::json!({
        "TableName": testkit::environment::TABLE,
        "Key": {
            "pk": { "S": format!("USER#{}", seller.user) },
            "sk": { "S": format!("DAY#{}", domain::limits::day(sandbox(env).now())) },
        },
        "UpdateExpression": "SET refunds = :value",
        "ExpressionAttributeValues": { ":value": { "N": refunds.to_string() } },
    });
    let mut request = http::Request::new(bytes::Bytes::from(update.to_string()));
    request.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.UpdateItem"));
    assert!(sandbox(env).dynamodb.handle(&request).status().is_success());
}

/// Loses the reply of the first transaction.
#[derive(Default)]
struct LoseOne(AtomicBool);

impl Interceptor for LoseOne {
    fn before(&self, call: &CallInfo) -> Action {
        let is_first = call.operation.as_deref() == Some("TransactWriteItems") && !self.0.swap(true, Ordering::Relaxed);
        if is_first { Action::LoseReply } else { Action::Pass }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_of_an_order_counts_it_once() {
    let env = env(&[]).await;
    let (seller, limits) = (seller(&env, 3, 20).await, Limits { orders_a_day: 3, refunds_a_day: 3, ..Limits::default() });
    sandbox(&env).net.intercept(Arc::new(LoseOne::default()));
    confirm(&env, &seller, 1, 3, &limits, 0).await.unwrap();
    assert_eq!((charged(&env, seller.user).await, of_day(&env, seller.user, "orders")), (3, 3));
    assert_eq!(shards(&env, "films_a_day").iter().sum::<u32>(), 3);
}
