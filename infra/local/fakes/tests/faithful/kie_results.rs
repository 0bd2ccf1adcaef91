//! The result may stay away for a while after the success.

use std::time::Duration;

use bytes::Bytes;
use fakes::kie::{Kie, Outcome};
use fakes::server::call;
use http::Request;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::kie::{create, kie, record, reels};

/// A task with this outcome, just succeeded.
async fn succeeded(kie: &Kie, outcome: Outcome) -> String {
    kie.script("photo.jpg", vec![outcome]);
    let id = create(kie, reels()).await["data"]["taskId"].as_str().unwrap().to_owned();
    sleep(Duration::from_millis(301)).await;
    id
}

/// The status, the content type and the length of a download of the film.
async fn download(kie: &Kie, id: &str) -> (u16, String, usize) {
    let answer = call(kie.router(), Request::get(format!("/results/{id}.mp4")).body(Bytes::new()).unwrap()).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.body().len())
}

fn urls(record: &Value) -> Value {
    let result: Value = serde_json::from_str(record["data"]["resultJson"].as_str().unwrap()).unwrap();
    result["resultUrls"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_download_may_fail_a_few_times_with_any_status() {
    let (kie, _) = kie();
    for status in [404, 403, 202, 200] {
        let id = succeeded(&kie, Outcome::success().with_result_failures(status, 2)).await;
        for _ in 0..2 {
            let (got, _, length) = download(&kie, &id).await;
            assert_eq!((got, length == 0), (status, status < 300), "{status}");
        }
        assert_eq!(download(&kie, &id).await, (200, "video/mp4".into(), kie.result(&id).unwrap().len()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_film_may_appear_some_time_after_the_success() {
    let (kie, _) = kie();
    let id = succeeded(&kie, Outcome::success().with_result_delay(Duration::from_secs(20))).await;
    assert_eq!((record(&kie, &id).await["data"]["state"].clone(), download(&kie, &id).await.0), (json!("success"), 404));
    sleep(Duration::from_secs(19)).await;
    assert_eq!(download(&kie, &id).await.0, 404);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(download(&kie, &id).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_page_may_stand_in_the_place_of_the_film() {
    let (kie, _) = kie();
    let id = succeeded(&kie, Outcome::success().with_result_page("<html>checking your browser</html>", 2)).await;
    for _ in 0..2 {
        assert_eq!(download(&kie, &id).await, (200, "text/html".into(), 34));
    }
    assert_eq!(download(&kie, &id).await.1, "video/mp4");
}

#[tokio::test(start_paused = true)]
async fn a_success_may_have_no_urls_for_the_first_polls() {
    let (kie, bot) = kie();
    let id = succeeded(&kie, Outcome::success().with_urls_after_polls(2)).await;
    assert_eq!(urls(&bot.got(0)), json!(null), "the callback comes before the polls");
    for _ in 0..2 {
        let polled = record(&kie, &id).await;
        assert_eq!((&polled["data"]["state"], urls(&polled)), (&json!("success"), json!(null)));
    }
    assert_eq!(urls(&record(&kie, &id).await), json!([format!("http://kie.local/results/{id}.mp4")]));
}
