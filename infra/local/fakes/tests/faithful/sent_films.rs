//! What Telegram makes of a film: a video, an animation or a document, and the size and length that it states.

use fakes::telegram::{SentAs, Telegram, Via};
use serde_json::{Value, json};

use crate::bot::{START_MS, api, heavy_film, refusal, send, silent_film, small_film, telegram};
use crate::calls::upload;

const FILM: &str = "http://bot.test/film.mp4";
const SILENT: &str = "http://bot.test/silent.mp4";
const HEAVY: &str = "http://bot.test/heavy.mp4";
const METHODS: [(&str, &str); 3] = [("sendVideo", "video"), ("sendAnimation", "animation"), ("sendDocument", "document")];

fn with_person() -> Telegram {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    telegram
}

/// Sends a film by address or file id; returns the message.
async fn sent(telegram: &Telegram, method: &str, field: &str, film: &str) -> Value {
    let (status, answer) = api(telegram, method, json!({"chat_id": 7, field: film})).await;
    assert_eq!(status, 200, "{answer}");
    answer["result"].clone()
}

/// Uploads a film; returns the message.
async fn uploaded(telegram: &Telegram, method: &str, field: &str, more: &[(&str, &str)], film: &[u8]) -> Value {
    let fields = [&[("chat_id", "7")], more].concat();
    let (status, answer) = send(telegram.router(), upload(method, field, &fields, film)).await;
    assert_eq!(status, 200, "{answer}");
    answer["result"].clone()
}

/// What the newest film of the chat is.
fn newest(telegram: &Telegram) -> SentAs {
    telegram.videos(7).last().unwrap().sent_as
}

#[tokio::test(start_paused = true)]
async fn a_film_without_sound_sent_by_address_is_an_animation_and_a_document() {
    let telegram = with_person();
    let message = sent(&telegram, "sendVideo", "video", SILENT).await;
    let animation = &message["animation"];
    assert_eq!(message.get("video"), None);
    assert_eq!((&animation["width"], &animation["height"], &animation["duration"]), (&json!(54), &json!(96), &json!(5)));
    assert_eq!((&animation["mime_type"], &animation["file_size"]), (&json!("video/mp4"), &json!(silent_film().len())));
    assert!(animation["file_unique_id"].is_string());
    assert_eq!(message["document"]["file_id"], animation["file_id"]);
    let film = telegram.videos(7).remove(0);
    assert_eq!((film.sent_as, film.via, film.film), (SentAs::Animation, Via::Url, Some((54, 96, 5))));
    assert_eq!(telegram.transcript(7), "bot: [animation 54x96 5 s] \n");
    let message = sent(&telegram, "sendVideo", "video", FILM).await;
    assert_eq!((message["video"].is_object(), message.get("animation"), message.get("document")), (true, None, None));
}

#[tokio::test(start_paused = true)]
async fn an_address_decides_what_a_film_is_whatever_the_method() {
    let telegram = with_person();
    for (method, field) in METHODS {
        sent(&telegram, method, field, FILM).await;
        assert_eq!(newest(&telegram), SentAs::Video, "{method}");
        sent(&telegram, method, field, SILENT).await;
        assert_eq!(newest(&telegram), SentAs::Animation, "{method}");
    }
    let message = sent(&telegram, "sendDocument", "document", "http://bot.test/card.pdf").await;
    assert!(message["document"]["file_id"].is_string() && newest(&telegram) == SentAs::Document);
    for (method, field) in METHODS {
        let page = json!({"chat_id": 7, field: "http://bot.test/page"});
        assert_eq!(refusal(&telegram, method, page).await, "Bad Request: wrong type of the web page content");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_by_send_video_is_a_video_also_without_sound() {
    let telegram = with_person();
    let plain = [("disable_content_type_detection", "true")];
    for (method, field, more, film, sent_as) in [
        ("sendVideo", "video", &[][..], silent_film(), SentAs::Video),
        ("sendVideo", "video", &[], small_film(), SentAs::Video),
        ("sendAnimation", "animation", &[], silent_film(), SentAs::Animation),
        ("sendAnimation", "animation", &[], small_film(), SentAs::Video),
        ("sendDocument", "document", &[], silent_film(), SentAs::Animation),
        ("sendDocument", "document", &plain, silent_film(), SentAs::Document),
        ("sendDocument", "document", &plain, small_film(), SentAs::Document),
    ] {
        let message = uploaded(&telegram, method, field, more, &film).await;
        assert_eq!((newest(&telegram), message[sent_as.to_string()].is_object()), (sent_as, true), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_id_is_sent_again_by_its_own_method_only() {
    let telegram = with_person();
    let plain = [("disable_content_type_detection", "true")];
    let message = uploaded(&telegram, "sendDocument", "document", &plain, &small_film()).await;
    let ids = [
        sent(&telegram, "sendVideo", "video", FILM).await["video"]["file_id"].clone(),
        sent(&telegram, "sendVideo", "video", SILENT).await["animation"]["file_id"].clone(),
        message["document"]["file_id"].clone(),
    ];
    for (own, id) in ids.iter().enumerate() {
        for (other, (method, field)) in METHODS.into_iter().enumerate() {
            let params = json!({"chat_id": 7, field: id});
            if own == other {
                assert_eq!(sent(&telegram, method, field, id.as_str().unwrap()).await[field]["file_id"], *id);
                assert_eq!(telegram.videos(7).last().unwrap().via, Via::FileId);
            } else if own == 2 {
                let name = ["Video", "Animation"][other];
                let text = format!("Bad Request: can't use file of type Document as {name}");
                assert_eq!(refusal(&telegram, method, params).await, text);
            } else {
                assert_eq!(refusal(&telegram, method, params).await, "Bad Request: type of file mismatch");
            }
        }
    }
    for (method, field) in METHODS {
        assert_eq!(
            refusal(&telegram, method, json!({"chat_id": 7})).await,
            format!("Bad Request: there is no {field} in the request")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_film_over_ten_megabytes_is_320_by_320_unless_the_call_states_its_size_and_length() {
    let telegram = with_person();
    let stated = |telegram: &Telegram| telegram.videos(7).last().unwrap().film;
    let message = sent(&telegram, "sendVideo", "video", HEAVY).await;
    let video = &message["video"];
    assert_eq!((&video["width"], &video["height"], &video["duration"]), (&json!(320), &json!(320), &json!(0)));
    assert_eq!(telegram.transcript(7), "bot: [video 320x320 0 s] \n");
    sent(&telegram, "sendVideo", "video", video["file_id"].as_str().unwrap()).await;
    assert_eq!(stated(&telegram), Some((320, 320, 0)), "the file keeps it");
    let some = [("width", "720"), ("height", "1280")];
    uploaded(&telegram, "sendVideo", "video", &some, &heavy_film()).await;
    assert_eq!(stated(&telegram), Some((320, 320, 0)));
    let all = [("width", "720"), ("height", "1280"), ("duration", "8")];
    uploaded(&telegram, "sendVideo", "video", &all, &heavy_film()).await;
    assert_eq!(stated(&telegram), Some((720, 1280, 8)));
    uploaded(&telegram, "sendVideo", "video", &all, &small_film()).await;
    assert_eq!(stated(&telegram), Some((54, 96, 5)), "Telegram reads a smaller film itself");
}

#[tokio::test(start_paused = true)]
async fn telegram_may_make_a_document_of_a_film() {
    let telegram = with_person();
    telegram.person(8, "en", "Bob");
    telegram.make_next_films(7, 2, SentAs::Document);
    let other = api(&telegram, "sendVideo", json!({"chat_id": 8, "video": FILM})).await.1;
    assert!(other["result"]["video"].is_object(), "another chat is not planned");
    let message = sent(&telegram, "sendVideo", "video", FILM).await;
    assert_eq!((message.get("video"), message["document"]["file_size"].as_u64()), (None, Some(small_film().len() as u64)));
    uploaded(&telegram, "sendVideo", "video", &[], &small_film()).await;
    assert_eq!(newest(&telegram), SentAs::Document);
    assert_eq!(telegram.transcript(7), "bot: [video document] \nbot: [video document] \n");
    let id = message["document"]["file_id"].as_str().unwrap();
    let again = json!({"chat_id": 7, "video": id});
    assert_eq!(refusal(&telegram, "sendVideo", again).await, "Bad Request: can't use file of type Document as Video");
    sent(&telegram, "sendDocument", "document", id).await;
    sent(&telegram, "sendVideo", "video", FILM).await;
    assert_eq!(newest(&telegram), SentAs::Video, "the plan is used up");
}

#[tokio::test(start_paused = true)]
async fn a_caption_of_an_animation_can_be_edited() {
    let telegram = with_person();
    let message = sent(&telegram, "sendAnimation", "animation", SILENT).await;
    let edit = json!({"chat_id": 7, "message_id": message["message_id"], "caption": "Ready"});
    assert_eq!(api(&telegram, "editMessageCaption", edit).await.0, 200);
    assert_eq!(telegram.transcript(7), "bot: [animation 54x96 5 s] Ready\n");
}

#[tokio::test(start_paused = true)]
async fn a_chat_action_is_seen_and_writes_no_line() {
    let telegram = with_person();
    let action = |action: &str| json!({"chat_id": 7, "action": action});
    assert_eq!(api(&telegram, "sendChatAction", action("upload_video")).await, (200, json!({"ok": true, "result": true})));
    assert_eq!(telegram.actions(7), [(START_MS, "upload_video".to_owned())]);
    assert!(telegram.chat(7).is_empty());
    let why = "Bad Request: wrong parameter action in request";
    assert_eq!(refusal(&telegram, "sendChatAction", action("upload_film")).await, why);
    assert_eq!(refusal(&telegram, "sendChatAction", json!({"chat_id": 7})).await, why);
    let unknown = json!({"chat_id": 7, "action": "typing", "parse_mode": "HTML"});
    assert_eq!(refusal(&telegram, "sendChatAction", unknown).await, "Bad Request: unknown parameter parse_mode");
    assert_eq!(telegram.mistakes().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_methods_for_films_know_their_own_parameters() {
    let telegram = with_person();
    for (method, params, why) in [
        ("sendAnimation", json!({"animation": FILM, "supports_streaming": true}), "unknown parameter supports_streaming"),
        ("sendAnimation", json!({"animation": FILM, "width": "wide"}), "parameter width has the wrong type"),
        ("sendDocument", json!({"document": FILM, "width": 1}), "unknown parameter width"),
        ("sendDocument", json!({"video": FILM}), "unknown parameter video"),
    ] {
        assert_eq!(refusal(&telegram, method, params).await, format!("Bad Request: {why}"), "{method}");
    }
}
