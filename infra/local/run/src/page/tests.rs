//! Tests of the page, as a browser uses it.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bytes::Bytes;
use fakes::film::{self, Detail};
use sandbox::{Chance, Opening, Outside, Sandbox, Times};
use tower::ServiceExt;

use super::*;
use crate::skip::Skips;

mod faults;
mod real_telegram;

const BEN: i64 = 700_000_002;

/// The page in a browser on this machine.
struct Browser(Arc<App>);

impl Browser {
    async fn open() -> Self {
        Self::of(Opening::new(Chance::real(), Times::run(), Detail::Sketch)).await
    }

    async fn of(opening: Opening<'_>) -> Self {
        let sandbox = Sandbox::open(opening).await.unwrap();
        Self(Arc::new(App::of(sandbox, Skips::open(None).unwrap().paused(), 8787)))
    }

    /// Orders a Reels, up to the tap that pays.
    async fn orders(&self) {
        self.prepares().await;
        assert_eq!(self.tap("confirm:").await, StatusCode::NO_CONTENT);
    }

    /// Prepares an order, up to the tap that pays.
    async fn prepares(&self) {
        self.post("say", "text=%2Fstart").await;
        self.tap("accept").await;
        self.tap("make:reels").await;
        self.upload("mug.jpg", "image/jpeg", film::sample_photo()).await;
    }

    async fn breaks(&self, what: &str) {
        assert_eq!(self.post("break", &format!("what={what}")).await, StatusCode::NO_CONTENT, "{what}");
    }

    async fn text(&self, path: &str) -> String {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        String::from_utf8(body.to_vec()).unwrap()
    }

    async fn behind(&self) -> String {
        self.text(&format!("/{BEN}/behind")).await
    }

    fn now(&self) -> i64 {
        self.0.sandbox.now().as_millisecond()
    }

    /// Waits until what is behind has this; returns the seconds that it took.
    async fn until_behind_has(&self, part: &str) -> i64 {
        let began = self.now();
        for _ in 0..2000 {
            if self.behind().await.contains(part) {
                return (self.now() - began) / 1000;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("behind the chat there never was {part:?}: {}", self.behind().await);
    }

    async fn ask(&self, request: axum::http::request::Builder, body: impl Into<Body>) -> (StatusCode, Bytes) {
        let request = request.header(header::HOST, "127.0.0.1:8787").body(body.into()).unwrap();
        let response = router(self.0.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    async fn get(&self, path: &str) -> (StatusCode, Bytes) {
        self.ask(Request::get(path), Body::empty()).await
    }

    /// The chat's HTML.
    async fn chat(&self) -> String {
        String::from_utf8(self.get(&format!("/{BEN}/chat")).await.1.to_vec()).unwrap()
    }

    async fn post(&self, path: &str, form: &str) -> StatusCode {
        let request = Request::post(format!("/{BEN}/{path}")).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request, form.to_owned()).await.0
    }

    async fn upload(&self, name: &str, kind: &str, bytes: &[u8]) -> StatusCode {
        let head = format!(
            "--line\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--line--\r\n"].concat();
        let request = Request::post(format!("/{BEN}/photo")).header(header::CONTENT_TYPE, "multipart/form-data; boundary=line");
        self.ask(request, body).await.0
    }

    /// Taps the newest button whose data begins like this.
    async fn tap(&self, data: &str) -> StatusCode {
        let chat = self.chat().await;
        let (_, button) = chat.rsplit_once(&format!("data-tap=\"{data}")).unwrap_or_else(|| panic!("no button {data} in {chat}"));
        let rest = button.split_once('"').unwrap();
        let message = rest.1.split('"').nth(1).unwrap();
        let data = format!("{data}{}", rest.0);
        self.post("tap", &format!("message={message}&data={}", data.replace(':', "%3A"))).await
    }

    async fn until_chat_has(&self, part: &str) -> String {
        for _ in 0..300 {
            let chat = self.chat().await;
            if chat.contains(part) {
                return chat;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("the chat never had {part:?}: {}", self.chat().await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_photo_becomes_a_film_that_the_browser_plays() {
    let ben = Browser::open().await;
    assert_eq!(ben.post("say", "text=%2Fstart").await, StatusCode::NO_CONTENT);
    ben.tap("accept").await;
    ben.tap("make:reels").await;
    assert_eq!(ben.upload("mug.jpg", "image/jpeg", film::sample_photo()).await, StatusCode::NO_CONTENT);
    assert_eq!(ben.tap("confirm:").await, StatusCode::NO_CONTENT);
    let chat = ben.until_chat_has("<video").await;
    let address = chat.split("<video").nth(1).unwrap().split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let (status, film) = ben.get(address).await;
    assert_eq!((status, film.get(4..8)), (StatusCode::OK, Some(&b"ftyp"[..])));
    let (status, head) = ben.ask(Request::get(address).header(header::RANGE, "bytes=0-7"), Body::empty()).await;
    assert_eq!((status, head.len()), (StatusCode::PARTIAL_CONTENT, 8));
    let behind = String::from_utf8(ben.get(&format!("/{BEN}/behind")).await.1.to_vec()).unwrap();
    assert!(behind.contains("delivered") && behind.contains("createTask") && behind.contains("balance <b>1</b>"), "{behind}");
    for state in ["queued", "submitting", "generating", "ready", "sending", "delivered"] {
        assert!(behind.contains(&format!("<b>{state}</b>")), "the time line has no {state}: {behind}");
    }
    let shared = ben.text("/shared").await;
    assert!(shared.contains("<rect class=\"ok\"") && shared.contains("data-queue=\"generate-dead\""), "{shared}");
}

#[tokio::test(start_paused = true)]
async fn what_is_broken_is_refunded_and_what_is_no_photo_is_answered() {
    let ben = Browser::open().await;
    ben.post("say", "text=%2Fstart").await;
    ben.tap("accept").await;
    ben.tap("make:neurocard").await;
    assert_eq!(ben.upload("price.pdf", "application/pdf", b"%PDF-1.7").await, StatusCode::NO_CONTENT);
    assert!(ben.chat().await.contains("I can't use this file"));
    let broken = film::sample_photo().get(..2000).unwrap();
    assert_eq!(ben.upload("broken.jpg", "image/jpeg", broken).await, StatusCode::NO_CONTENT);
    assert_eq!(ben.upload("huge.jpg", "image/jpeg", &vec![0xff; UPLOAD_MAX_BYTES + 1]).await, StatusCode::PAYLOAD_TOO_LARGE);
    ben.upload("mug.jpg", "image/jpeg", film::sample_photo()).await;
    ben.tap("photo:new").await;
    assert_eq!(ben.post("break", "what=kie-rejects").await, StatusCode::NO_CONTENT);
    assert_eq!(ben.post("break", "what=everything").await, StatusCode::BAD_REQUEST);
    ben.tap("confirm:").await;
    ben.until_chat_has("Your credit is back. Your balance: 2 credits.").await;
}

#[tokio::test(start_paused = true)]
async fn the_page_escapes_what_people_write_and_answers_nobody_else() {
    let ben = Browser::open().await;
    ben.post("say", "text=%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    let chat = ben.chat().await;
    assert!(chat.contains("&lt;script&gt;alert(1)") && !chat.contains("<script"), "{chat}");
    assert_eq!(ben.get("/7/chat").await.0, StatusCode::NOT_FOUND);
    assert_eq!(ben.get("/files/none").await.0, StatusCode::NOT_FOUND);
    let page = router(ben.0.clone()).oneshot(Request::get("/").header(header::HOST, "evil.example").body(Body::empty()).unwrap());
    assert_eq!(page.await.unwrap().status(), StatusCode::FORBIDDEN);
    // A browser sends the origin of the page with its form.
    let added = Request::post("/people").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let added = added.header(header::ORIGIN, "http://127.0.0.1:8787");
    assert_eq!(ben.ask(added, "name=Vera&language=ru").await.0, StatusCode::SEE_OTHER);
    let (_, page) = ben.get(&format!("/{BEN}")).await;
    assert!(String::from_utf8_lossy(&page).contains("Vera"));
}

#[tokio::test(start_paused = true)]
async fn every_call_shows_its_request_and_answer_and_no_secret() {
    let ben =
        Browser::of(Opening::new(Chance::real(), Times::run(), Detail::Sketch).with_settings([sandbox::SECRETS_FROM_SSM])).await;
    ben.orders().await;
    ben.until_chat_has("<video").await;
    let behind = ben.behind().await;
    let items = ben.text(&format!("/{BEN}/items")).await;
    assert!(items.contains("PROFILE") && items.contains("JOB#") && items.contains("LEDGER#CHARGE#"), "{items}");
    let mut all = format!("{}{behind}{items}{}", ben.chat().await, ben.text("/shared").await);
    let numbers = 1..=ben.0.calls.latest(BEN, usize::MAX).first().unwrap().number;
    for number in numbers {
        all.push_str(&ben.text(&format!("/{BEN}/call/{number}")).await);
    }
    for part in
        ["createTask", "callBackUrl", "sendVideo", "TransactWriteItems", "/bot•••/", "/kie/•••", "not shown: it is about secrets"]
    {
        assert!(all.contains(part), "no call has {part}");
    }
    for (name, secret) in sandbox::SECRETS {
        assert!(!all.contains(secret), "{name} is on the page");
    }
    let lower = all.to_lowercase();
    for (at, _) in lower.match_indices("x-amz-signature=") {
        assert!(all[at..].contains("=•••"), "a signature is on the page: {}", &all[at..at + 60]);
    }
    assert!(!lower.contains("authorization") && !lower.contains("bearer"), "a header is on the page");
}

#[tokio::test(start_paused = true)]
async fn a_page_shows_the_calls_of_its_own_person() {
    let ben = Browser::open().await;
    ben.orders().await;
    ben.until_chat_has("<video").await;
    let anna = ben.text("/700000001/behind").await;
    assert!(!anna.contains("createTask") && !anna.contains("sendVideo"), "{anna}");
    let own = ben.0.calls.latest(BEN, usize::MAX);
    let strangers: Vec<_> = own.iter().filter(|call| call.user.is_none()).map(|call| (call.caller, &call.what)).collect();
    assert!(
        strangers.len() * 10 <= own.len(),
        "{} of {} calls are of no single person: {strangers:?}",
        strangers.len(),
        own.len()
    );
    let create = own.iter().find(|call| call.what == "createTask").unwrap().number;
    let body = ben.text(&format!("/700000001/call/{create}")).await;
    assert!(body.contains("no longer kept"), "{body}");
}
