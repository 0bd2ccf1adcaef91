//! A task's photos are judged when the task fetches them.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use fakes::clock::FakeClock;
use fakes::film::{Detail, photo_of};
use fakes::kie::{Kie, Settings, TaskState};
use fakes::outbound::Switchboard;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::bot::START_MS;
use crate::kie::{create, kie, reels};
use crate::kie_films::{grok, seedance};

/// How the newest task ended: `failCode` and `failMsg`, or "made".
async fn end(kie: &Kie, body: Value) -> (String, String) {
    let answer = create(kie, body).await;
    assert_eq!(answer["code"], 200, "{answer}");
    sleep(Duration::from_secs(1)).await;
    match kie.tasks().pop().unwrap().state {
        TaskState::Fail { code, message } => (code, message),
        state => (String::new(), if state == TaskState::Success { "made".into() } else { state.name().into() }),
    }
}

fn kling(photo: &str) -> Value {
    let mut body = reels();
    body["input"]["image_urls"] = json!([format!("http://bot.test/{photo}")]);
    body
}

fn seedance_with(photo: &str) -> Value {
    seedance(&json!({"reference_image_urls": [format!("http://bot.test/{photo}")]}))
}

#[tokio::test(start_paused = true)]
async fn each_model_judges_the_pixels_with_its_maker_s_text() {
    let (kie, _) = kie();
    let bounds = |side: &str, bound: &str, size: &str| {
        format!(
            "Error while downloading image, error: expected the {side} to be at {bound}, but received a {size}px image instead"
        )
    };
    let grok = grok(&json!({"image_urls": ["http://bot.test/photos/299x400.jpg"]}));
    let ratio = "Aspect ratio must be between 0.4 and 2.5";
    for (body, code, text) in [
        (kling("photos/338x191.jpg"), "500", "Image pixel is invalid".to_owned()),
        (grok, "500", "Image pixel is invalid".into()),
        (kling("photos/4097x2000.jpg"), "422", "Images size exceeds limit".into()),
        (kling("photos/751x300.jpg"), "400", ratio.into()),
        (kling("photos/750x300.jpg"), "", "made".into()),
        (kling("photos/4096x1640.jpg"), "", "made".into()),
        (seedance_with("photos/299x400.jpg"), "400", bounds("width", "least 300px", "299x400")),
        (seedance_with("photos/400x299.jpg"), "400", bounds("height", "least 300px", "400x299")),
        (seedance_with("photos/2401x6001.jpg"), "400", bounds("height", "most 6000px", "2401x6001")),
        (seedance_with("photos/300x751.jpg"), "400", ratio.into()),
        (seedance_with("photos/4097x2000.jpg"), "", "made".into()),
    ] {
        let name = body["input"].to_string();
        assert_eq!(end(&kie, body).await, (code.to_owned(), text), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_photo_has_an_incorrect_format() {
    let router = Router::new()
        .route("/gif.jpg", get(async || b"GIF89a".to_vec()))
        .route("/cut.jpg", get(async || photo_of(300, 400)[..200].to_vec()))
        .route("/page.jpg", get(async || "<html>"))
        .route("/real.webp", get(async || webp(300, 400)))
        .route("/small.webp", get(async || webp(200, 400)))
        .route("/large.jpg", get(async || vec![0_u8; 10 * 1024 * 1024 + 1]));
    let settings = Settings { detail: Detail::Sketch, ..Settings::default() };
    let outbound = Switchboard::new().with("bot.test", router);
    let kie = Kie::new(settings, FakeClock::starting_at(START_MS), std::sync::Arc::new(outbound));
    for (photo, code, text) in [
        ("gif.jpg", "400", "Incorrect image format"),
        ("cut.jpg", "400", "Incorrect image format"),
        ("page.jpg", "400", "Incorrect image format"),
        ("large.jpg", "400", "Image fetch failed. Check access settings or use our File Upload API instead."),
        ("real.webp", "", "made"),
        ("small.webp", "500", "Image pixel is invalid"),
    ] {
        assert_eq!(end(&kie, kling(photo)).await, (code.to_owned(), text.to_owned()), "{photo}");
    }
}

/// The header of a WebP, which is all that the fake reads.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let sides = [width - 1, height - 1].map(|side| side.to_le_bytes());
    [b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0", &sides[0][..3], &sides[1][..3]].concat()
}
