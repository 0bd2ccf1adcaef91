//! The shards of a day's limit that are full or cannot be written: which request passes, which is refused, which comes again.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use local_aws::net::{Action, CallInfo, Interceptor};
use serde_json::{Value, json};
use testkit::environment::TestEnvironment;

use crate::common::*;

/// Throttles some shards of the day's limit of videos.
#[derive(Default)]
struct Throttled {
    shards: Mutex<Vec<&'static str>>,
    hits: Mutex<u32>,
}

impl Throttled {
    fn only(env: &TestEnvironment, shards: &[&'static str]) -> Arc<Self> {
        let throttled = Arc::new(Self { shards: Mutex::new(shards.to_vec()), hits: Mutex::default() });
        sandbox(env).net.intercept(throttled.clone());
        throttled
    }
}

impl Interceptor for Throttled {
    fn before(&self, call: &CallInfo) -> Action {
        if call.operation.as_deref() != Some("TransactWriteItems") {
            return Action::Pass;
        }
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        let actions = body["TransactItems"].as_array().unwrap();
        let key = &actions.last().unwrap()["Update"]["Key"];
        let is_of_limit = key["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("LIMIT#"));
        if !is_of_limit || !self.shards.lock().unwrap().iter().any(|shard| key["sk"]["S"] == *shard) {
            return Action::Pass;
        }
        *self.hits.lock().unwrap() += 1;
        let mut reasons = vec![json!({ "Code": "None" }); actions.len()];
        *reasons.last_mut().unwrap() = json!({ "Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity" });
        let reply = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled", "CancellationReasons": reasons,
        });
        let response = http::Response::builder().status(400).header("content-type", "application/x-amz-json-1.0");
        Action::Reply(response.body(bytes::Bytes::from(reply.to_string())).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_is_counted_in_the_one_shard_that_is_not_throttled() {
    let env = env(&[]).await;
    let sellers = ready_sellers(&env, 1..9).await;
    let throttled = Throttled::only(&env, &["0", "1", "3"]);
    for seller in &sellers {
        seller.confirm().await.unwrap();
        assert_eq!(charged(&env, seller.user).await, 1);
    }
    assert_eq!(shards(&env, "films_a_day"), [0, 0, 8, 0]);
    assert!(*throttled.hits.lock().unwrap() > 0);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_no_shard_can_count_is_neither_charged_nor_refused_and_comes_again() {
    let env = env(&[]).await;
    let seller = ready_sellers(&env, 1..2).await.remove(0);
    let throttled = Throttled::only(&env, &["0", "1", "2", "3"]);
    let data = seller.confirm_data().unwrap();
    let (delivery, ()) = tokio::join!(seller.person.tap(&data), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(charged(&env, seller.user).await, 0);
        assert!(!last_text(&seller).contains("tomorrow"), "{}", last_text(&seller));
        throttled.shards.lock().unwrap().clear();
    });
    assert!(delivery.taken() && delivery.statuses.contains(&503), "{delivery:?}");
    assert_eq!(charged(&env, seller.user).await, 1);
    assert_eq!((shards(&env, "films_a_day").iter().sum::<u32>(), of_day(&env, seller.user, "orders")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_order_is_refused_only_if_every_shard_is_full() {
    let env = env(&[("FILMS_A_DAY_MAX", "4"), ("FILMS_KEPT_FOR_BUYERS_PERCENT", "0")]).await;
    let sellers = ready_sellers(&env, 1..6).await;
    for seller in &sellers[..3] {
        seller.confirm().await.unwrap();
    }
    let counted = shards(&env, "films_a_day");
    assert_eq!(counted.iter().sum::<u32>(), 3);
    let free = ["0", "1", "2", "3"].into_iter().zip(counted).find_map(|(shard, used)| (used == 0).then_some(shard)).unwrap();
    let throttled = Throttled::only(&env, &[free]);
    let data = sellers[3].confirm_data().unwrap();
    let (delivery, ()) = tokio::join!(sellers[3].person.tap(&data), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(charged(&env, sellers[3].user).await, 0);
        throttled.shards.lock().unwrap().clear();
    });
    assert!(delivery.taken() && delivery.statuses.contains(&503), "{delivery:?}");
    assert_eq!(charged(&env, sellers[3].user).await, 1);
    sellers[4].confirm().await.unwrap();
    assert!(last_text(&sellers[4]).contains("so many orders today"), "{}", last_text(&sellers[4]));
    assert_eq!((charged(&env, sellers[4].user).await, shards(&env, "films_a_day")), (0, [1; 4]));
}
