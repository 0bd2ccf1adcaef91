//! The day's limit of all people's videos.

use futures_util::future::join_all;
use serde_json::json;

use crate::common::*;

#[tokio::test(start_paused = true)]
async fn the_videos_kept_for_buyers_are_left_when_the_others_are_taken() {
    let env = env(&[("FILMS_A_DAY_MAX", "2"), ("FILMS_KEPT_FOR_BUYERS_PERCENT", "50")]).await;
    let sellers = ready_sellers(&env, 1..5).await;
    for buyer in &sellers[2..] {
        change_account(&env, buyer.user, "SET bought = :value", &json!({ "BOOL": true }));
    }
    for (seller, expected) in sellers.iter().zip([1, 0, 1, 0]) {
        seller.confirm().await.unwrap();
        assert_eq!(charged(&env, seller.user).await, expected);
        let is_refused = last_text(seller).contains("so many orders today");
        assert_eq!(is_refused, expected == 0, "{}", last_text(seller));
        assert_eq!(env.table.balance(seller.user).await.unwrap().0, 7 - i64::try_from(expected).unwrap());
    }
    assert_eq!(shards(&env, "films_a_day"), [1, 1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn of_many_orders_at_once_exactly_the_limit_is_charged() {
    let env = env(&[("FILMS_A_DAY_MAX", "5"), ("FILMS_KEPT_FOR_BUYERS_PERCENT", "0")]).await;
    let sellers = ready_sellers(&env, 1..13).await;
    join_all(sellers.iter().map(async |seller| seller.confirm().await.unwrap())).await;
    let mut ordered = 0;
    for seller in &sellers {
        let charged = charged(&env, seller.user).await;
        let is_refused = last_text(seller).contains("so many orders today");
        assert_eq!(is_refused, charged == 0);
        ordered += charged;
    }
    assert_eq!((ordered, shards(&env, "films_a_day")), (5, [2, 1, 1, 1]));
}

#[tokio::test(start_paused = true)]
async fn a_refunded_video_is_not_given_back_to_the_day() {
    let env = env(&[("FILMS_A_DAY_MAX", "1"), ("FILMS_KEPT_FOR_BUYERS_PERCENT", "0")]).await;
    let sellers = ready_sellers(&env, 1..3).await;
    let rejected = fakes::kie::Outcome::fail("422", "The input or output was flagged as sensitive");
    env.script_kie(sellers[0].user, vec![rejected; 3]);
    sellers[0].confirm().await.unwrap();
    sellers[0].until_over(1).await.unwrap();
    assert_eq!(env.table.balance(sellers[0].user).await.unwrap().0, 7);
    sellers[1].confirm().await.unwrap();
    assert_eq!(charged(&env, sellers[1].user).await, 0);
}
