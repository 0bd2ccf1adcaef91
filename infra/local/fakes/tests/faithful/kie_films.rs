//! The films of the fake KIE: their proportions and their sound, by model.

use std::time::Duration;

use fakes::film::{FilmInfo, is_playable};
use fakes::kie::Kie;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::kie::{create, kie, reels};

/// The properties of the film of an order.
async fn film(kie: &Kie, body: Value) -> FilmInfo {
    let answer = create(kie, body).await;
    assert_eq!(answer["code"], 200, "{answer}");
    sleep(Duration::from_secs(1)).await;
    is_playable(&kie.result(answer["data"]["taskId"].as_str().unwrap()).unwrap()).unwrap()
}

/// An order of Seedance: the fields of `input` over the usual ones.
pub fn seedance(input: &Value) -> Value {
    let mut whole = json!({"prompt": "x", "resolution": "720p", "aspect_ratio": "9:16", "duration": 8});
    for (name, value) in input.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"model": "bytedance/seedance-2-mini", "input": whole})
}

/// An order of Grok Imagine: the fields of `input` over the usual ones.
pub fn grok(input: &Value) -> Value {
    let mut whole = json!({"image_urls": ["http://bot.test/photo.jpg"], "resolution": "720p", "duration": "6"});
    for (name, value) in input.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"model": "grok-imagine/image-to-video", "input": whole})
}

/// The photo's own 3:4, and 9:16, as near as even sides come.
const THREE_TO_FOUR: (u32, u32) = (60, 80);
const NINE_TO_SIXTEEN: (u32, u32) = (54, 96);

#[tokio::test(start_paused = true)]
async fn kling_follows_the_photo_against_the_asked_ratio() {
    let (kie, _) = kie();
    let made = film(&kie, reels()).await;
    assert_eq!((made.width, made.height), THREE_TO_FOUR, "not the asked 9:16");
}

#[tokio::test(start_paused = true)]
async fn grok_follows_the_photo_unless_a_ratio_is_asked() {
    let (kie, _) = kie();
    let own = film(&kie, grok(&json!({}))).await;
    let asked = film(&kie, grok(&json!({"aspect_ratio": "9:16"}))).await;
    assert_eq!(((own.width, own.height), (asked.width, asked.height)), (THREE_TO_FOUR, NINE_TO_SIXTEEN));
}

#[tokio::test(start_paused = true)]
async fn seedance_makes_the_asked_ratio_and_adapts_to_a_first_frame() {
    let (kie, _) = kie();
    let reference = film(&kie, seedance(&json!({"reference_image_urls": ["http://bot.test/photo.jpg"]}))).await;
    let adapted = json!({"first_frame_url": "http://bot.test/photo.jpg", "aspect_ratio": "adaptive"});
    let adapted = film(&kie, seedance(&adapted)).await;
    assert_eq!(((reference.width, reference.height), reference.duration.as_secs()), (NINE_TO_SIXTEEN, 8));
    assert_eq!((adapted.width, adapted.height), THREE_TO_FOUR);
}

#[tokio::test(start_paused = true)]
async fn a_film_has_sound_as_its_model_makes_it() {
    let (kie, _) = kie();
    let first = |field: &str, value: bool| seedance(&json!({"first_frame_url": "http://bot.test/photo.jpg", field: value}));
    let mut loud = reels();
    loud["input"]["sound"] = json!(true);
    for (body, sound) in [
        (reels(), false),
        (loud, true),
        (grok(&json!({})), true),
        (first("web_search", false), true),
        (first("generate_audio", false), false),
    ] {
        let name = body.to_string();
        assert_eq!(film(&kie, body).await.sound, sound, "{name}");
    }
}
