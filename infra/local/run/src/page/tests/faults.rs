//! Each fault of Break it does what its line promises.

use super::*;

const REFUNDED: &str = "Your credit is back. Your balance: 2 credits.";

#[tokio::test(start_paused = true)]
async fn every_fault_has_a_line() {
    let page = Browser::open().await.text(&format!("/{BEN}")).await;
    let lines: Vec<&str> = page.split("data-break=\"").skip(1).collect();
    assert_eq!(lines.len(), 15);
    for line in lines {
        let expected = line.split("<span>").nth(1).and_then(|rest| rest.split("</span>").next()).unwrap_or_default();
        assert!(expected.len() > 20, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_film_takes_thirty_seconds_more_and_arrives() {
    let ben = Browser::open().await;
    ben.prepares().await;
    ben.breaks("kie-slow").await;
    ben.tap("confirm:").await;
    let took = ben.until_behind_has(">delivered</b>").await;
    assert!((30..=60).contains(&took), "{took} s");
}

#[tokio::test(start_paused = true)]
async fn a_film_that_never_ends_is_refunded_after_two_minutes() {
    let ben = Browser::open().await;
    ben.prepares().await;
    ben.breaks("kie-silent").await;
    ben.tap("confirm:").await;
    let took = ben.until_behind_has(">failed</b>").await;
    assert!((115..=130).contains(&took), "{took} s");
    ben.until_chat_has(REFUNDED).await;
    assert!(!ben.text(&format!("/{BEN}")).await.contains("KIE has the order"), "the bot no longer waits for this film");
}

#[tokio::test(start_paused = true)]
async fn after_a_skip_of_an_hour_every_order_has_ended() {
    let ben = Browser::open().await;
    ben.prepares().await;
    ben.breaks("kie-silent").await;
    ben.tap("confirm:").await;
    ben.breaks("skip-hour").await;
    let behind = ben.behind().await;
    assert!(behind.contains("balance <b>2</b>") && ben.chat().await.contains(REFUNDED), "{behind}");
    let shared = ben.text("/shared").await;
    assert!(shared.contains("<b>1 h</b> ahead"), "{shared}");
}

#[tokio::test(start_paused = true)]
async fn films_whose_callbacks_are_lost_are_found_by_polls() {
    let ben = Browser::open().await;
    ben.prepares().await;
    ben.breaks("kie-loses-callbacks").await;
    ben.tap("confirm:").await;
    let took = ben.until_behind_has(">delivered</b>").await;
    assert!(took <= 30, "{took} s");
    let behind = ben.behind().await;
    assert!(behind.contains("recordInfo") && !behind.contains("task ended"), "{behind}");
}

#[tokio::test(start_paused = true)]
async fn what_telegram_refuses_with_429_arrives_later() {
    let ben = Browser::open().await;
    ben.prepares().await;
    ben.breaks("telegram-429").await;
    ben.tap("confirm:").await;
    ben.until_chat_has("<video").await;
    let calls = ben.0.chats.as_ref().unwrap().telegram.calls();
    let refused = calls.iter().filter(|call| call.status == 429).count();
    assert_eq!(refused, 3);
    let took = ben.until_behind_has("balance <b>1</b>").await;
    assert!(took < 60, "{took} s");
}

#[tokio::test(start_paused = true)]
async fn a_film_that_telegram_does_not_take_is_refunded_after_three_tries() {
    let ben = Browser::open().await;
    ben.orders().await;
    ben.until_behind_has(">generating</b>").await;
    ben.breaks("telegram-down").await;
    let took = ben.until_behind_has(">failed</b>").await;
    assert!((4..=20).contains(&took), "{took} s");
    assert!(ben.behind().await.contains("balance <b>2</b>"));
    ben.breaks("telegram-up").await;
    ben.until_chat_has(REFUNDED).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_photo_no_film_is_made_and_the_credit_comes_back() {
    let ben = Browser::open().await;
    ben.prepares().await;
    ben.breaks("telegram-down").await;
    ben.tap("confirm:").await;
    let took = ben.until_behind_has(">failed</b>").await;
    assert!((100..=130).contains(&took), "{took} s");
    assert!(!ben.behind().await.contains("createTask"));
}

#[tokio::test(start_paused = true)]
async fn throttled_writes_and_a_killed_function_lose_nothing() {
    for fault in ["dynamodb-throttles", "kill-function"] {
        let ben = Browser::open().await;
        ben.prepares().await;
        ben.breaks(fault).await;
        ben.tap("confirm:").await;
        let took = ben.until_behind_has(">delivered</b>").await;
        assert!(took <= 60, "{fault}: {took} s");
        assert_eq!(ben.chat().await.matches("<video").count(), 1, "{fault}");
        assert!(ben.behind().await.contains("balance <b>1</b>"), "{fault}");
        let died = ben.text("/shared").await.contains("class=\"died\"");
        assert_eq!(died, fault == "kill-function", "{fault}");
        if fault == "dynamodb-throttles" {
            let throttled = ben.0.calls.latest(BEN, usize::MAX).iter().filter(|call| call.status == 400).count();
            assert_eq!(throttled, 4);
        }
    }
}
