//! The bot's calls: their effects, and refusals with Telegram's own texts.

use std::time::Duration;

use bytes::Bytes;
use fakes::film::photo_of;
use fakes::server::call;
use fakes::telegram::{Body, CallFailure, Earlier, Via};
use http::Request;
use serde_json::{Value, json};

use crate::bot::{START_MS, TOKEN, api, refusal, send, small_film, telegram};

fn multipart(method: &str, fields: &[(&str, &str)], video: &[u8]) -> Request<Bytes> {
    upload(method, "video", fields, video)
}

/// A call of `method` with a file as the part `part`.
pub fn upload(method: &str, part: &str, fields: &[(&str, &str)], file: &[u8]) -> Request<Bytes> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"v.mp4\"\r\n\r\n").bytes());
    body.extend(file);
    body.extend(b"\r\n--b--\r\n");
    Request::post(format!("/bot{TOKEN}/{method}"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body.into())
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_text_with_a_keyboard_arrives_as_a_person_reads_it() {
    let (telegram, _) = telegram();
    telegram.person(7, "ru", "Анна");
    let keyboard = json!({"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]});
    let params = json!({"chat_id": 7, "text": "<b>Готово</b> &amp; ок", "parse_mode": "HTML", "reply_markup": keyboard});
    let (status, body) = api(&telegram, "sendMessage", params).await;
    assert_eq!((status, &body["result"]["text"]), (200, &json!("Готово & ок")));
    assert_eq!(body["result"]["reply_markup"], keyboard);
    assert_eq!(telegram.transcript(7), "bot: Готово & ок\n    [Да]\n");
    assert!(telegram.mistakes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn form_parameters_are_read_too() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    let request = Request::post(format!("/bot{TOKEN}/sendMessage"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from("chat_id=7&text=hello+there"))
        .unwrap();
    assert_eq!(send(telegram.router(), request).await.0, 200);
    assert_eq!(telegram.transcript(7), "bot: hello there\n");
}

#[tokio::test(start_paused = true)]
async fn invalid_messages_are_refused_with_telegram_s_texts() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    let long = "x".repeat(4097);
    let data = "д".repeat(33);
    for (params, why) in [
        (json!({"chat_id": 8, "text": "x"}), "Bad Request: chat not found"),
        (json!({"text": "x"}), "Bad Request: chat_id is empty"),
        (json!({"chat_id": 7, "text": " "}), "Bad Request: message text is empty"),
        (json!({"chat_id": 7, "text": long}), "Bad Request: message is too long"),
        (json!({"chat_id": 7, "text": "x", "txet": 1}), "Bad Request: unknown parameter txet"),
        (json!({"chat_id": 7, "text": 5}), "Bad Request: parameter text has the wrong type"),
        (
            json!({"chat_id": 7, "text": "<b>x", "parse_mode": "HTML"}),
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            json!({"chat_id": 7, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": data}]]}}),
            "Bad Request: BUTTON_DATA_INVALID",
        ),
    ] {
        assert_eq!(refusal(&telegram, "sendMessage", params).await, why);
    }
    assert_eq!(refusal(&telegram, "sendMesage", json!({})).await, "Not Found");
    assert_eq!(telegram.mistakes().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_is_unauthorized_or_not_found() {
    let (telegram, _) = telegram();
    for (path, status, text) in [("/bot9:x/getMe", 401, "Unauthorized"), ("/botx/getMe", 404, "Not Found")] {
        let (code, body) = send(telegram.router(), Request::get(path).body(Bytes::new()).unwrap()).await;
        assert_eq!((code, &body["description"]), (status, &json!(text)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_changes_the_line_and_the_same_edit_is_refused() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    let (_, sent) = api(&telegram, "sendMessage", json!({"chat_id": 7, "text": "one"})).await;
    let id = &sent["result"]["message_id"];
    assert_eq!(sent["result"].get("edit_date"), None);
    tokio::time::advance(Duration::from_secs(5)).await;
    let edit = json!({"chat_id": 7, "message_id": id, "text": "two"});
    let (status, edited) = api(&telegram, "editMessageText", edit.clone()).await;
    let (date, edit_date) = (json!(START_MS / 1000), json!(START_MS / 1000 + 5));
    assert_eq!((status, &edited["result"]["date"], &edited["result"]["edit_date"]), (200, &date, &edit_date));
    assert!(refusal(&telegram, "editMessageText", edit).await.starts_with("Bad Request: message is not modified"));
    let missing = json!({"chat_id": 7, "message_id": 999, "text": "x"});
    assert_eq!(refusal(&telegram, "editMessageText", missing).await, "Bad Request: message to edit not found");
    let caption = json!({"chat_id": 7, "message_id": id, "caption": "x"});
    let why = refusal(&telegram, "editMessageCaption", caption).await;
    assert_eq!(why, "Bad Request: there is no caption in the message to edit");
}

#[tokio::test(start_paused = true)]
async fn the_history_of_a_chat_has_every_text_and_edit_in_the_order_of_writing() {
    let (telegram, _) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let button = |data: &str| json!({"inline_keyboard": [[{"text": data, "callback_data": data}]]});
    let first = json!({"chat_id": 7, "text": "one", "reply_markup": button("a")});
    let id = api(&telegram, "sendMessage", first).await.1["result"]["message_id"].clone();
    let edit = |text: &str, data: &str| json!({"chat_id": 7, "message_id": id, "text": text, "reply_markup": button(data)});
    // The clock is paused, so these changes have the same time.
    ann.tap("a").await;
    api(&telegram, "editMessageText", edit("two", "b")).await;
    ann.tap("b").await;
    tokio::time::advance(Duration::from_secs(5)).await;
    api(&telegram, "editMessageText", edit("three", "b")).await;
    ann.say("thanks").await;
    tokio::time::advance(Duration::from_secs(1)).await;
    api(&telegram, "editMessageReplyMarkup", json!({"chat_id": 7, "message_id": id})).await;
    let expected = [
        (0, "bot: one\n    [a]"),
        (0, "person: [tap a]"),
        (0, "bot (edits): two\n    [b]"),
        (0, "person: [tap b]"),
        (5000, "bot (edits): three\n    [b]"),
        (5000, "person: thanks"),
        (6000, "bot (edits): three"),
    ];
    assert_eq!(telegram.history(7), expected.map(|(at, text)| (START_MS + at, text.to_owned())));
    let line = &telegram.chat(7)[0];
    assert_eq!((line.at_ms, line.edited_ms), (START_MS, Some(START_MS + 6000)));
    let version = |earlier: &Earlier| (earlier.at_ms - START_MS, earlier.keyboard.len());
    assert_eq!(line.earlier.iter().map(version).collect::<Vec<_>>(), [(0, 1), (0, 1), (5000, 1)]);
    assert_eq!(telegram.transcript(7), "bot: three\nperson: [tap a]\nperson: [tap b]\nperson: thanks\n");
}

#[tokio::test(start_paused = true)]
async fn a_video_has_no_text_to_edit_and_a_persons_message_is_not_the_bots() {
    let (telegram, _) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let (_, sent) = api(&telegram, "sendVideo", json!({"chat_id": 7, "video": "http://bot.test/film.mp4"})).await;
    let edit = |id: &Value| json!({"chat_id": 7, "message_id": id, "text": "x"});
    let why = refusal(&telegram, "editMessageText", edit(&sent["result"]["message_id"])).await;
    assert_eq!(why, "Bad Request: there is no text in the message to edit");
    ann.say("mine").await;
    let hers = json!(ann.chat()[1].message_id);
    assert_eq!(refusal(&telegram, "editMessageText", edit(&hers)).await, "Bad Request: message can't be edited");
    let caption = json!({"chat_id": 7, "message_id": sent["result"]["message_id"], "caption": "Ready"});
    assert_eq!(api(&telegram, "editMessageCaption", caption).await.0, 200);
    assert_eq!(telegram.transcript(7), "bot: [video 54x96 5 s] Ready\nperson: mine\n");
}

#[tokio::test(start_paused = true)]
async fn a_video_comes_by_url_upload_or_file_id() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    let (status, sent) = api(&telegram, "sendVideo", json!({"chat_id": 7, "video": "http://bot.test/film.mp4"})).await;
    assert_eq!((status, &sent["result"]["video"]["duration"]), (200, &json!(5)));
    let file_id = sent["result"]["video"]["file_id"].as_str().unwrap();
    assert_eq!(telegram.file(file_id).unwrap(), small_film());
    let again = json!({"chat_id": 7, "video": file_id, "caption": "again", "supports_streaming": true});
    assert_eq!(api(&telegram, "sendVideo", again).await.0, 200);
    let upload = multipart("sendVideo", &[("chat_id", "7"), ("supports_streaming", "true")], &small_film());
    assert_eq!(send(telegram.router(), upload).await.0, 200);
    let kept = telegram.keep_video(small_film());
    assert_eq!(api(&telegram, "sendVideo", json!({"chat_id": 7, "video": kept})).await.0, 200);
    let ways: Vec<Via> = telegram.videos(7).iter().map(|video| video.via).collect();
    assert_eq!(ways, [Via::Url, Via::FileId, Via::Upload, Via::FileId]);
}

#[tokio::test(start_paused = true)]
async fn invalid_videos_are_refused_with_telegram_s_texts() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    for (video, why) in [
        ("http://bot.test/large.mp4", "Bad Request: failed to get HTTP URL content"),
        ("http://bot.test/missing.mp4", "Bad Request: failed to get HTTP URL content"),
        ("http://nobody.test/film.mp4", "Bad Request: failed to get HTTP URL content"),
        ("http://bot.test/page", "Bad Request: wrong type of the web page content"),
        ("AgACnothing", "Bad Request: wrong file identifier/HTTP URL specified"),
    ] {
        assert_eq!(refusal(&telegram, "sendVideo", json!({"chat_id": 7, "video": video})).await, why);
    }
    let (status, body) = send(telegram.router(), multipart("sendVideo", &[("chat_id", "7")], &vec![0; 52_428_801])).await;
    assert_eq!((status, &body["description"]), (413, &json!("Request Entity Too Large")));
    let (status, body) = send(telegram.router(), multipart("sendVideo", &[("chat_id", "7")], b"no film")).await;
    assert_eq!((status, body["result"].get("video")), (200, None), "a file that is not a film arrives as a document");
    assert!(body["result"]["document"]["file_id"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_photo_is_downloaded_by_its_link_for_an_hour_and_a_large_file_has_no_link() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let photo = photo_of(640, 480);
    ann.send_photo(photo.clone()).await;
    let sizes = bot.got(0)["message"]["photo"].as_array().unwrap().clone();
    assert_eq!(sizes.iter().map(|size| size["width"].as_u64().unwrap()).collect::<Vec<_>>(), [90, 320, 640]);
    let file_id = &sizes.last().unwrap()["file_id"];
    let (_, file) = api(&telegram, "getFile", json!({"file_id": file_id})).await;
    let link = format!("/file/bot{TOKEN}/{}", file["result"]["file_path"].as_str().unwrap());
    let get = || Request::get(&link).body(Bytes::new()).unwrap();
    assert_eq!(call(telegram.router(), get()).await.unwrap().body(), &photo);
    tokio::time::advance(Duration::from_secs(3601)).await;
    assert_eq!(send(telegram.router(), get()).await.0, 404);
    ann.send_document(vec![0; 20 * 1024 * 1024 + 1], "image/png", "big.png").await;
    let file_id = &bot.got(1)["message"]["document"]["file_id"];
    assert_eq!(refusal(&telegram, "getFile", json!({"file_id": file_id})).await, "Bad Request: file is too big");
}

#[tokio::test(start_paused = true)]
async fn a_planned_fault_happens_as_often_as_planned_and_only_in_its_chat() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    telegram.person(8, "en", "Bob");
    telegram.fail(7, "sendMessage", 1, CallFailure::TooManyRequests(9));
    let hello = |chat: i64| json!({"chat_id": chat, "text": "hello"});
    assert_eq!(api(&telegram, "sendMessage", hello(8)).await.0, 200);
    let (status, body) = api(&telegram, "sendMessage", hello(7)).await;
    assert_eq!((status, &body["parameters"]["retry_after"]), (429, &json!(9)));
    assert_eq!(api(&telegram, "sendMessage", hello(7)).await.0, 200);
    telegram.down(7);
    assert_eq!(api(&telegram, "sendMessage", hello(7)).await.0, 502);
    telegram.up(7);
    assert_eq!(telegram.count("sendMessage"), 4);
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_lost_reply_is_carried_out_and_a_hanging_call_is_not() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    let request = || {
        let body = Bytes::from(json!({"chat_id": 7, "text": "hello"}).to_string());
        let uri = format!("/bot{TOKEN}/sendMessage");
        Request::post(uri).header("content-type", "application/json").body(body).unwrap()
    };
    telegram.fail(7, "sendMessage", 1, CallFailure::LoseReply);
    assert!(call(telegram.router(), request()).await.is_err());
    assert!(matches!(telegram.chat(7)[0].body, Body::Text { .. }), "the message was sent although the reply was lost");
    for (fault, lines) in [(CallFailure::Hang, 1), (CallFailure::HangAfterDoing, 2)] {
        telegram.fail(7, "*", 1, fault);
        let patience = Duration::from_secs(30);
        assert!(tokio::time::timeout(patience, call(telegram.router(), request())).await.is_err());
        assert_eq!(telegram.chat(7).len(), lines);
    }
}
