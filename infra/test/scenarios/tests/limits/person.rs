//! A person's limits: open videos, videos of a day, refunds of a day.

use std::time::Duration;

use fakes::kie::Outcome;
use futures_util::future::join_all;
use serde_json::json;

use crate::common::*;

const SLOW: Duration = Duration::from_secs(600);

fn rejected() -> Outcome {
    Outcome::fail("422", "The input or output was flagged as sensitive")
}

#[tokio::test(start_paused = true)]
async fn one_more_open_video_than_allowed_is_refused_until_one_is_ready() {
    let env = env(&[("OPEN_ORDERS_MAX", "2")]).await;
    let seller = seller(&env, 1, 7).await;
    env.script_kie(seller.user, vec![Outcome::success().after(SLOW); 3]);
    order(&seller).await;
    order(&seller).await;
    assert_eq!((charged(&env, seller.user).await, listed(&env, seller.user).await), (2, 2));
    order(&seller).await;
    assert!(last_text(&seller).contains("I make up to 2 videos at a time"), "{}", last_text(&seller));
    assert_eq!(charged(&env, seller.user).await, 2);
    seller.until_over(2).await.unwrap();
    seller.confirm().await.unwrap();
    assert_eq!(charged(&env, seller.user).await, 3);
    seller.until_over(3).await.unwrap();
    check(&env, seller.user).await;
}

#[tokio::test(start_paused = true)]
async fn one_more_order_than_allowed_is_refused_until_midnight() {
    let env = env_that_sweeps_rarely(&[("ORDERS_A_DAY_MAX", "2")]).await;
    let seller = seller(&env, 2, 7).await;
    order(&seller).await;
    order(&seller).await;
    seller.until_over(2).await.unwrap();
    order(&seller).await;
    let midnight = domain::limits::day(sandbox(&env).now()).tomorrow().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    let left = Duration::try_from(midnight.timestamp().duration_since(sandbox(&env).now())).unwrap();
    for wait in [Duration::ZERO, left - Duration::from_secs(1)] {
        tokio::time::sleep(wait).await;
        seller.confirm().await.unwrap();
        assert!(last_text(&seller).contains("I make up to 2 videos a day"), "{}", last_text(&seller));
        assert_eq!((charged(&env, seller.user).await, of_day(&env, seller.user, "orders")), (2, 2));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    seller.confirm().await.unwrap();
    assert_eq!((charged(&env, seller.user).await, of_day(&env, seller.user, "orders")), (3, 1));
    seller.until_over(3).await.unwrap();
    check(&env, seller.user).await;
}

#[tokio::test(start_paused = true)]
async fn a_refund_gives_the_credit_back_and_no_further_try() {
    let env = env(&[("REFUNDS_A_DAY_MAX", "2")]).await;
    let seller = seller(&env, 3, 7).await;
    env.script_kie(seller.user, (0..20).map(|_| rejected()).collect());
    for orders in 1..=2 {
        order(&seller).await;
        seller.until_over(orders).await.unwrap();
    }
    assert_eq!((of_day(&env, seller.user, "refunds"), env.table.balance(seller.user).await.unwrap().0), (2, 9));
    let tasks = env.kie.tasks().len();
    order(&seller).await;
    assert!(last_text(&seller).contains("I can take 2 at most, counting"), "{}", last_text(&seller));
    assert_eq!((charged(&env, seller.user).await, env.kie.tasks().len()), (2, tasks));
    check(&env, seller.user).await;
}

#[tokio::test(start_paused = true)]
async fn an_open_video_is_held_against_the_limit_of_refunds() {
    let env = env(&[("REFUNDS_A_DAY_MAX", "2")]).await;
    let seller = seller(&env, 4, 7).await;
    env.script_kie(seller.user, vec![rejected(), Outcome::success().after(SLOW)]);
    order(&seller).await;
    seller.until_over(1).await.unwrap();
    order(&seller).await;
    order(&seller).await;
    assert!(last_text(&seller).contains("I can take 2 at most, counting"), "{}", last_text(&seller));
    assert_eq!((charged(&env, seller.user).await, of_day(&env, seller.user, "refunds")), (2, 1));
    seller.until_over(2).await.unwrap();
    seller.confirm().await.unwrap();
    assert_eq!(charged(&env, seller.user).await, 3);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_kie_locks_nobody_out() {
    let env = env(&[("REFUNDS_A_DAY_MAX", "1")]).await;
    let seller = seller(&env, 5, 7).await;
    env.script_kie(seller.user, (0..20).map(|_| Outcome::fail("500", "Internal Error")).collect());
    for orders in 1..=3 {
        order(&seller).await;
        seller.until_over(orders).await.unwrap();
    }
    assert_eq!((charged(&env, seller.user).await, of_day(&env, seller.user, "refunds")), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn taps_at_once_at_each_limit_of_a_person_order_once() {
    for limit in ["OPEN_ORDERS_MAX", "ORDERS_A_DAY_MAX", "REFUNDS_A_DAY_MAX"] {
        let env = env(&[(limit, "1")]).await;
        let seller = ready_sellers(&env, 6..7).await.remove(0);
        let data = seller.confirm_data().unwrap();
        let taps = seller.person.tap_many(&data, 4).await;
        assert!(taps.iter().all(fakes::telegram::Delivery::taken), "{limit}: {taps:?}");
        assert_eq!((charged(&env, seller.user).await, of_day(&env, seller.user, "orders")), (1, 1), "{limit}");
        seller.until_over(1).await.unwrap();
        check(&env, seller.user).await;
    }
}

#[tokio::test(start_paused = true)]
async fn several_people_at_once_do_not_share_their_limits() {
    let env = env(&[("ORDERS_A_DAY_MAX", "1"), ("OPEN_ORDERS_MAX", "1")]).await;
    let sellers = ready_sellers(&env, 10..14).await;
    join_all(sellers.iter().map(async |seller| seller.confirm().await.unwrap())).await;
    for seller in &sellers {
        assert_eq!(charged(&env, seller.user).await, 1);
    }
}

/// Release 0.1.0 settles a job and knows no list of open jobs.
#[tokio::test(start_paused = true)]
async fn a_job_that_an_earlier_release_settled_is_taken_off_the_list() {
    let env = env(&[("OPEN_ORDERS_MAX", "1")]).await;
    let seller = seller(&env, 20, 7).await;
    order(&seller).await;
    let job = seller.until_over(1).await.unwrap().remove(0);
    change_account(&env, seller.user, "ADD open_jobs :value", &json!({ "SS": [job.id.to_string()] }));
    assert_eq!(listed(&env, seller.user).await, 1);
    order(&seller).await;
    assert_eq!(charged(&env, seller.user).await, 2);
    seller.until_over(2).await.unwrap();
    check(&env, seller.user).await;
}
