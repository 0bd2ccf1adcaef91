//! People and the bot's webhook: the updates, their number and their times.

use std::time::Duration;

use fakes::telegram::{Author, Body};
use serde_json::json;
use tokio::time::Instant;

use crate::bot::{START_MS, api, refusal, telegram};

#[tokio::test(start_paused = true)]
async fn an_update_carries_the_secret_and_the_message() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "ru", "Анна");
    assert_eq!(ann.say("/start promo").await.statuses, [200]);
    let (headers, update) = bot.got.lock().unwrap()[0].clone();
    assert_eq!(headers["x-telegram-bot-api-secret-token"], "s3cret");
    let message = &update["message"];
    assert_eq!(message["from"]["language_code"], "ru");
    assert_eq!(message["chat"], json!({"id": 7, "first_name": "Анна", "type": "private"}));
    assert_eq!(message["date"], json!(START_MS / 1000));
    assert_eq!(message["entities"], json!([{"type": "bot_command", "offset": 0, "length": 6}]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_delivery_is_tried_again_at_once_and_then_with_growing_pauses() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    [500, 404, 302].iter().for_each(|status| bot.answer(*status, ""));
    let started = Instant::now();
    assert_eq!(ann.say("hello").await.statuses, [500, 404, 302, 200]);
    assert_eq!(started.elapsed(), Duration::from_secs(2 + 4));
    assert_eq!(bot.got(0)["update_id"], bot.got(3)["update_id"]);
}

#[tokio::test(start_paused = true)]
async fn a_tap_expires_after_150_seconds_of_failures() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    (0..50).for_each(|_| bot.answer(500, ""));
    let started = Instant::now();
    let delivery = ann.tap("x").await;
    assert!(!delivery.taken());
    assert!(started.elapsed() < Duration::from_secs(150));
    assert_eq!(delivery.statuses.len(), 8, "at 0, 0, 2, 6, 14, 30, 62 and 122 s");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_delays_only_the_next_updates_of_its_person() {
    let (telegram, bot) = telegram();
    let (ann, bob) = (telegram.person(7, "en", "Ann"), telegram.person(8, "en", "Bob"));
    bot.answer(500, "");
    bot.answer(500, "");
    let texts = async || tokio::join!(ann.say("first"), ann.say("second"), bob.say("hello"));
    bot.answer(200, "");
    texts().await;
    let got: Vec<_> = (0..bot.count()).map(|index| bot.got(index)["message"]["text"].clone()).collect();
    let place = |text: &str| got.iter().rposition(|seen| seen == text).unwrap();
    assert!(place("first") < place("second"));
    assert!(place("hello") < place("first"), "{got:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tap_carries_its_message_and_is_answered_once_in_time() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let keyboard = json!({"inline_keyboard": [[{"text": "🎬 Reels", "callback_data": "kind:reels"}]]});
    api(&telegram, "sendMessage", json!({"chat_id": 7, "text": "Pick", "reply_markup": keyboard})).await;
    assert!(ann.tap_label("Neurocard").await.is_none());
    ann.tap_label("Reels").await.unwrap();
    let query = bot.got(0)["callback_query"].clone();
    assert_eq!((&query["data"], &query["message"]["text"]), (&json!("kind:reels"), &json!("Pick")));
    let answer = json!({"callback_query_id": query["id"], "text": "ok"});
    assert_eq!(api(&telegram, "answerCallbackQuery", answer.clone()).await.0, 200);
    assert_eq!(telegram.transcript(7), "bot: Pick\n    [🎬 Reels]\nperson: [tap kind:reels]\nbot: (ok)\n");
    tokio::time::advance(Duration::from_secs(16)).await;
    let (status, body) = api(&telegram, "answerCallbackQuery", answer).await;
    assert_eq!(status, 400);
    assert!(body["description"].as_str().unwrap().starts_with("Bad Request: query is too old"));
}

#[tokio::test(start_paused = true)]
async fn many_taps_at_once_are_different_updates_and_a_redelivery_is_the_same() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let deliveries = ann.tap_many("pay", 5).await;
    assert!(deliveries.iter().all(fakes::telegram::Delivery::taken));
    ann.redeliver(deliveries[0].update_id).await.unwrap();
    assert_eq!(bot.count(), 6);
    assert_eq!(bot.got(0), bot.got(5));
    assert_ne!(bot.got(0)["callback_query"]["id"], bot.got(1)["callback_query"]["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_method_in_the_webhooks_answer_is_called() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    bot.answer(200, json!({"method": "sendMessage", "chat_id": 7, "text": "pong"}));
    ann.say("ping").await;
    let lines = ann.chat();
    assert_eq!(lines[1].author, Author::Bot);
    assert!(matches!(&lines[1].body, Body::Text { text, .. } if text == "pong"));
    assert_eq!(telegram.count("sendMessage"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tap_on_an_old_message_carries_that_message() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let keyboard = json!({"inline_keyboard": [[{"text": "Again", "callback_data": "again"}]]});
    for text in ["old", "new"] {
        api(&telegram, "sendMessage", json!({"chat_id": 7, "text": text, "reply_markup": keyboard})).await;
    }
    let old = ann.chat()[0].message_id;
    assert!(ann.tap_on(old, "again").await.taken());
    assert_eq!(bot.got(0)["callback_query"]["message"]["text"], "old");
    ann.tap("again").await;
    assert_eq!(bot.got(1)["callback_query"]["message"]["text"], "new");
    // The bot removed the message's buttons, but the person's screen still shows them.
    api(&telegram, "editMessageReplyMarkup", json!({"chat_id": 7, "message_id": old})).await;
    ann.tap_on(old, "again").await;
    let query = bot.got(2)["callback_query"].clone();
    assert_eq!((&query["data"], &query["message"]["message_id"]), (&json!("again"), &json!(old)));
    assert_eq!(query["message"].get("reply_markup"), None);
}

#[tokio::test(start_paused = true)]
async fn a_tap_on_a_message_that_is_not_there_carries_an_inaccessible_one() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    ann.tap_on(999, "again").await;
    let gone = json!({"chat": {"id": 7, "first_name": "Ann", "type": "private"}, "message_id": 999, "date": 0});
    assert_eq!(bot.got(0)["callback_query"]["message"], gone);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_blocked_the_bot_cannot_be_reached_until_the_unblock() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let (_, sent) = api(&telegram, "sendMessage", json!({"chat_id": 7, "text": "hello"})).await;
    let (_, film) = api(&telegram, "sendVideo", json!({"chat_id": 7, "video": "http://bot.test/film.mp4"})).await;
    ann.tap("x").await;
    ann.block().await;
    let blocked = bot.got(1)["my_chat_member"].clone();
    assert_eq!((&blocked["from"]["id"], &blocked["chat"]["id"]), (&json!(7), &json!(7)));
    assert_eq!(blocked["old_chat_member"]["status"], "member");
    assert_eq!(blocked["new_chat_member"]["status"], "kicked");
    assert_eq!(blocked["new_chat_member"]["user"]["is_bot"], json!(true));
    let (text, film) = (&sent["result"]["message_id"], &film["result"]["message_id"]);
    let reach = [
        ("sendMessage", json!({"chat_id": 7, "text": "hello"})),
        ("sendVideo", json!({"chat_id": 7, "video": "http://bot.test/film.mp4"})),
        ("sendChatAction", json!({"chat_id": 7, "action": "typing"})),
        ("editMessageText", json!({"chat_id": 7, "message_id": text, "text": "changed"})),
        ("editMessageCaption", json!({"chat_id": 7, "message_id": film, "caption": "changed"})),
        ("editMessageReplyMarkup", json!({"chat_id": 7, "message_id": text})),
    ];
    for (method, params) in reach.clone() {
        assert_eq!(refusal(&telegram, method, params).await, "Forbidden: bot was blocked by the user", "{method}");
    }
    let tap = json!({"callback_query_id": bot.got(0)["callback_query"]["id"]});
    assert_eq!(api(&telegram, "answerCallbackQuery", tap).await.0, 200, "a tap from before the block can be answered");
    ann.unblock().await;
    let unblocked = bot.got(2)["my_chat_member"].clone();
    assert_eq!(unblocked["old_chat_member"]["status"], "kicked");
    assert_eq!(unblocked["new_chat_member"]["status"], "member");
    for (method, params) in reach.into_iter().filter(|(method, _)| *method != "editMessageReplyMarkup") {
        assert_eq!(api(&telegram, method, params).await.0, 200, "{method}");
    }
}
