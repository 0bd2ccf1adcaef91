//! KIE's upload API.

use std::time::Duration;

use bytes::Bytes;
use fakes::film::photo_of;
use fakes::kie::{Kie, TaskState, UPLOAD_BYTES_MAX};
use fakes::server::call;
use http::Request;
use serde_json::{Value, json};
use tokio::time::{advance, sleep};

use crate::bot::send;
use crate::kie::{create, kie, reels};

/// A form with a file and fields.
fn form(file: Option<(&str, &[u8])>, fields: &[(&str, &str)]) -> Bytes {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
        body.extend(head.bytes().chain("Content-Type: image/jpeg\r\n\r\n".bytes()).chain(bytes.iter().copied()));
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body.into()
}

fn request(body: Bytes) -> Request<Bytes> {
    Request::post("/api/file-stream-upload")
        .header("content-type", "multipart/form-data; boundary=b")
        .header("authorization", "Bearer kie-test-key")
        .header("user-agent", "NeuroCards/1.0")
        .body(body)
        .unwrap()
}

async fn upload(kie: &Kie, body: Bytes) -> Value {
    let (status, answer) = send(kie.router(), request(body)).await;
    assert_eq!(status, 200);
    answer
}

async fn download(kie: &Kie, url: &Value) -> (u16, Bytes) {
    let path = url.as_str().unwrap().strip_prefix("http://kie.local").unwrap();
    let answer = call(kie.router(), Request::get(path).body(Bytes::new()).unwrap()).await.unwrap();
    (answer.status().as_u16(), answer.into_body())
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_the_photo_of_a_task_and_is_kept_for_a_day() {
    let (kie, _) = kie();
    let photo = photo_of(300, 400);
    let sent = form(Some(("photo.jpg", &photo)), &[("uploadPath", "images/orders"), ("fileName", "a1.jpg")]);
    let answer = upload(&kie, sent).await;
    let url = json!("http://kie.local/uploads/images/orders/a1.jpg");
    let data = json!({
        "success": true, "fileName": "a1.jpg", "filePath": "images/orders/a1.jpg", "downloadUrl": url, "fileSize": photo.len(),
        "mimeType": "image/jpeg", "uploadedAt": "2026-09-21T14:13:20.000Z",
    });
    assert_eq!(answer, json!({"success": true, "code": 200, "msg": "File uploaded successfully", "data": data}));
    assert_eq!(download(&kie, &url).await, (200, Bytes::from(photo)));
    let mut order = reels();
    order["input"]["image_urls"] = json!([url]);
    create(&kie, order.clone()).await;
    sleep(Duration::from_secs(1)).await;
    advance(Duration::from_secs(24 * 3600)).await;
    assert_eq!(download(&kie, &url).await.0, 404);
    create(&kie, order).await;
    sleep(Duration::from_secs(1)).await;
    let tasks = kie.tasks();
    assert_eq!(tasks[0].state, TaskState::Success);
    assert!(matches!(&tasks[1].state, TaskState::Fail { message, .. } if message.starts_with("Image fetch failed.")));
    assert_eq!(kie.count("upload"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_upload_without_a_name_gets_a_new_one_and_the_same_name_replaces() {
    let (kie, _) = kie();
    let unnamed = || form(Some(("photo.jpg", b"one")), &[("uploadPath", "p")]);
    let (one, two) = (upload(&kie, unnamed()).await, upload(&kie, unnamed()).await);
    assert_ne!(one["data"]["fileName"], two["data"]["fileName"]);
    assert!(one["data"]["fileName"].as_str().unwrap().ends_with(".jpg"));
    let named = |bytes: &[u8]| form(Some(("x", bytes)), &[("uploadPath", "p"), ("fileName", "same.jpg")]);
    upload(&kie, named(b"one")).await;
    let answer = upload(&kie, named(b"two")).await;
    assert_eq!(download(&kie, &answer["data"]["downloadUrl"]).await, (200, Bytes::from("two")));
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_upload_is_refused_with_http_200_and_a_code() {
    let (kie, _) = kie();
    let file = Some(("photo.jpg", &b"bytes"[..]));
    let large = vec![0; UPLOAD_BYTES_MAX + 1];
    for (body, text) in [
        (form(None, &[("uploadPath", "p")]), "Missing required parameter: file"),
        (form(Some(("photo.jpg", b"")), &[("uploadPath", "p")]), "Missing required parameter: file"),
        (form(file, &[]), "Missing required parameter: uploadPath"),
        (form(file, &[("uploadPath", "/p/")]), "uploadPath must not begin or end with a slash"),
        (form(file, &[("uploadPath", "p"), ("filename", "a.jpg")]), "fake: file-stream-upload has no part filename"),
        (form(Some(("photo.jpg", &large)), &[("uploadPath", "p")]), "File size exceeds the maximum limit of 100 MB"),
        (Bytes::from("no form"), "Invalid form data"),
    ] {
        let answer = upload(&kie, body).await;
        assert_eq!((&answer["success"], &answer["code"], answer.get("data")), (&json!(false), &json!(400), None));
        assert!(answer["msg"].as_str().unwrap().starts_with(text), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_without_user_agent_or_with_a_wrong_key_is_refused() {
    let (kie, _) = kie();
    let body = || form(Some(("photo.jpg", b"bytes")), &[("uploadPath", "p")]);
    let mut bare = request(body());
    bare.headers_mut().remove("user-agent");
    assert_eq!(call(kie.router(), bare).await.unwrap().status(), 403);
    let mut wrong = request(body());
    wrong.headers_mut().insert("authorization", "Bearer no".parse().unwrap());
    let refused = json!({"success": false, "code": 401, "msg": "Authentication failed: Invalid API Key"});
    assert_eq!(send(kie.router(), wrong).await, (200, refused));
    assert_eq!(kie.count("upload"), 2);
}
