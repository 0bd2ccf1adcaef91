//! A small bot for testing the fakes: it records its requests and gives scripted answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use fakes::clock::FakeClock;
use fakes::film::{Detail, Order, Photo, Shape, padded, photo_of, render};
use fakes::outbound::Switchboard;
use fakes::server::call;
use fakes::telegram::{Settings, Telegram};
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};

pub const TOKEN: &str = "123456:test-token";
pub const START_MS: i64 = 1_790_000_000_000;

#[derive(Clone, Default)]
pub struct Bot {
    pub got: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    pub answers: Arc<Mutex<VecDeque<(u16, String)>>>,
}

impl Bot {
    pub fn router(&self) -> Router {
        Router::new()
            .route("/hook", post(take))
            .with_state(self.clone())
            .route("/photo.jpg", get(async || photo_of(300, 400)))
            .route("/photos/{size}", get(photo))
            .route("/forbidden.jpg", get(async || StatusCode::FORBIDDEN))
            .route("/page.jpg", get(async || ([("content-type", "text/html")], "<p>no photo</p>")))
            .route("/film.mp4", get(async || ([("content-type", "video/mp4")], small_film())))
            .route("/silent.mp4", get(async || ([("content-type", "video/mp4")], silent_film())))
            .route("/heavy.mp4", get(async || ([("content-type", "video/mp4")], heavy_film())))
            .route("/card.pdf", get(async || ([("content-type", "application/pdf")], "%PDF-1.7")))
            .route("/page", get(async || ([("content-type", "text/html")], "<p>no film</p>")))
            .route("/large.mp4", get(async || ([("content-type", "video/mp4")], vec![0_u8; 20 * 1024 * 1024 + 1])))
    }

    pub fn answer(&self, status: u16, body: impl ToString) {
        self.answers.lock().unwrap().push_back((status, body.to_string()));
    }

    pub fn got(&self, index: usize) -> Value {
        self.got.lock().unwrap()[index].1.clone()
    }

    pub fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

/// A photo of the size in the path: "300x400.jpg".
async fn photo(Path(size): Path<String>) -> Vec<u8> {
    let sides = size.split(['x', '.']).filter_map(|side| side.parse().ok()).collect::<Vec<u32>>();
    photo_of(sides[0], sides[1])
}

async fn take(State(bot): State<Bot>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    bot.got.lock().unwrap().push((headers, serde_json::from_slice(&body).unwrap()));
    let (status, body) = bot.answers.lock().unwrap().pop_front().unwrap_or((200, String::new()));
    (StatusCode::from_u16(status).unwrap(), body)
}

/// A film with sound, of 54x96 pixels and 5 seconds.
pub fn small_film() -> Bytes {
    film(true)
}

/// The same film without sound.
pub fn silent_film() -> Bytes {
    film(false)
}

/// The same film with sound, of more than 10 MB.
pub fn heavy_film() -> Bytes {
    padded(&film(true), 10 * 1024 * 1024 + 1)
}

fn film(sound: bool) -> Bytes {
    let photo = Photo::decode(&photo_of(90, 160)).unwrap();
    render(&photo, &Order { shape: Shape::Ratio(9, 16), seconds: 5, seed: 1, detail: Detail::Sketch, sound })
}

/// Telegram with one bot behind its webhook, both in process.
pub fn telegram() -> (Telegram, Bot) {
    let bot = Bot::default();
    let outbound = Switchboard::new().with("bot.test", bot.router());
    let telegram = Telegram::new(Settings::default(), FakeClock::starting_at(START_MS), Arc::new(outbound));
    telegram.set_webhook("http://bot.test/hook", "s3cret");
    (telegram, bot)
}

/// Makes a call of the bot with JSON parameters, and returns the status and the JSON answer.
pub async fn api(telegram: &Telegram, method: &str, params: Value) -> (u16, Value) {
    let request = Request::post(format!("/bot{TOKEN}/{method}"))
        .header("content-type", "application/json")
        .body(Bytes::from(params.to_string()))
        .unwrap();
    send(telegram.router(), request).await
}

pub async fn send(router: Router, request: Request<Bytes>) -> (u16, Value) {
    let answer = call(router, request).await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(json!(null)))
}

/// Makes a call that is refused, and returns the text of the refusal.
pub async fn refusal(telegram: &Telegram, method: &str, params: Value) -> String {
    let (status, body) = api(telegram, method, params).await;
    assert_eq!(body["ok"], json!(false), "{body}");
    assert_eq!(body["error_code"], json!(status));
    body["description"].as_str().unwrap().to_owned()
}
