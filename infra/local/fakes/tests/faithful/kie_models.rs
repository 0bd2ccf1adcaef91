//! The fields, limits and prices of the models.

use serde_json::{Value, json};

use crate::kie::{create, kie, reels};
use crate::kie_films::{grok, seedance};

const PHOTO: &str = "http://bot.test/photo.jpg";

#[tokio::test(start_paused = true)]
async fn each_model_has_its_own_price() {
    let (kie, _) = kie();
    let first = |more: &Value| {
        let mut body = seedance(more);
        body["input"]["first_frame_url"] = json!(PHOTO);
        body
    };
    for (body, price) in [
        (first(&json!({})), 65.6),
        (first(&json!({"resolution": "480p", "duration": 4})), 15.2),
        (grok(&json!({"duration": "10"})), 45.0),
        (grok(&json!({"duration": 30, "resolution": "1080p"})), 240.0),
        (reels(), 70.0),
    ] {
        let before = kie.credits();
        let answer = create(&kie, body).await;
        assert_eq!(answer["code"], 200, "{answer}");
        assert!((before - kie.credits() - price).abs() < 1e-6, "{price}");
    }
}

#[tokio::test(start_paused = true)]
async fn seedance_refuses_what_its_page_excludes() {
    let (kie, _) = kie();
    let with = |more: Value| seedance(&more);
    for (body, code, text) in [
        (with(json!({"duration": "8"})), 422, "duration has the wrong type"),
        (with(json!({"duration": 3})), 500, "duration is not within the range of allowed options"),
        (with(json!({"duration": 16})), 500, "duration is not within the range of allowed options"),
        (with(json!({"resolution": "1080p"})), 500, "resolution is not within the range of allowed options"),
        (with(json!({"aspect_ratio": "2:3"})), 500, "aspect_ratio is not within the range of allowed options"),
        (with(json!({"generate_audio": "yes"})), 422, "generate_audio has the wrong type"),
        (with(json!({"first_frame_url": [PHOTO]})), 422, "first_frame_url has the wrong type"),
        (with(json!({"image_urls": [PHOTO]})), 422, "fake: bytedance/seedance-2-mini has no input field image_urls"),
        (with(json!({"first_frame_url": PHOTO, "reference_image_urls": [PHOTO]})), 422, "reference_image_urls cannot be used"),
        (with(json!({"last_frame_url": PHOTO, "reference_image_urls": [PHOTO]})), 422, "reference_image_urls cannot be used"),
    ] {
        let answer = create(&kie, body).await;
        assert_eq!(answer["code"], json!(code), "{answer}");
        assert!(answer["msg"].as_str().unwrap().starts_with(text), "{answer}");
    }
    let both_frames = with(json!({"first_frame_url": PHOTO, "last_frame_url": PHOTO}));
    assert_eq!(create(&kie, both_frames).await["code"], 200);
}

#[tokio::test(start_paused = true)]
async fn grok_takes_up_to_seven_pictures_and_seconds_as_a_text_or_a_number() {
    let (kie, _) = kie();
    for (input, code) in [
        (json!({"image_urls": vec![PHOTO; 7]}), 200),
        (json!({"image_urls": vec![PHOTO; 8]}), 422),
        (json!({"duration": 7}), 200),
        (json!({"duration": 31}), 500),
        (json!({"duration": "7"}), 500),
        (json!({"mode": "spicy"}), 500),
        (json!({"image_urls": null}), 422),
    ] {
        let answer = create(&kie, grok(&input)).await;
        assert_eq!(answer["code"], json!(code), "{input}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_prompt_is_counted_in_utf_16_units() {
    let (kie, _) = kie();
    let with = |prompt: String| {
        let mut body = reels();
        body["input"]["prompt"] = json!(prompt);
        body
    };
    assert_eq!(create(&kie, with("🎬".repeat(1250))).await["code"], 200);
    let answer = create(&kie, with("🎬".repeat(1251))).await;
    assert_eq!((&answer["code"], &answer["msg"]), (&json!(500), &json!("prompt exceeds the maximum length of 2500")));
}

#[tokio::test(start_paused = true)]
async fn an_address_whose_path_does_not_end_as_a_picture_is_refused() {
    let (kie, _) = kie();
    for (url, accepted) in [
        ("http://bot.test/photo", false),
        ("http://bot.test/photo?name=a.jpg", false),
        ("http://bot.test/photo.gif", false),
        ("http://bot.test/photo.jpg?X-Amz-Signature=1", true),
        ("http://bot.test/photo.JPEG", true),
        ("http://bot.test/photo.png", true),
        ("http://bot.test/photo.webp", true),
    ] {
        for (body, field) in [
            (grok(&json!({"image_urls": [url]})), "image_urls"),
            (seedance(&json!({"first_frame_url": url})), "first_frame_url"),
            (seedance(&json!({"reference_image_urls": [url]})), "reference_image_urls"),
        ] {
            let answer = create(&kie, body).await;
            let (code, text) = if accepted { (200, "success".into()) } else { (500, format!("{field} file type not supported")) };
            assert_eq!((&answer["code"], &answer["msg"]), (&json!(code), &json!(text)), "{url}");
        }
    }
}
