//! KIE's callbacks. Source: docs.kie.ai/common-api/webhook-verification and the models' callback examples.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use serde_json::{Value, json};
use sha2::Sha256;

use super::outcome::Callback;
use super::{Kie, TaskState};
use crate::lock;

/// How long KIE waits for the answer to a callback, by its documents.
const PATIENCE: Duration = Duration::from_secs(15);

/// The signature of a callback: base64 of HMAC-SHA256 over `<task id>.<unix seconds>`. KIE does not sign the body.
#[must_use]
pub fn signature(key: &str, task_id: &str, timestamp: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{task_id}.{timestamp}").as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

pub async fn post_as_scripted(kie: &Kie, id: &str, how: Callback) {
    match how {
        Callback::Lost => {}
        Callback::Once | Callback::Forged => post(kie, id).await,
        Callback::Twice => {
            post(kie, id).await;
            post(kie, id).await;
        }
        Callback::Late(delay) => {
            tokio::time::sleep(delay).await;
            post(kie, id).await;
        }
    }
}

async fn post(kie: &Kie, id: &str) {
    let record = lock(&kie.inner.books).tasks.get(id).map(|task| (task.record(), task.view.state.clone()));
    let Some((mut data, state)) = record else {
        return;
    };
    data["updateTime"] = data["completeTime"].clone();
    let (code, message) = match state {
        TaskState::Fail { .. } => (501, "Playground task failed."),
        _ => (200, "Playground task completed successfully."),
    };
    let key = kie.inner.settings.hmac_key.clone();
    deliver(kie, id, &json!({ "code": code, "msg": message, "data": data }), key.as_deref()).await;
}

/// Posts a forged callback: its sender knows the address but not the HMAC key, and puts another film's URL into the result.
pub async fn post_forged(kie: &Kie, id: &str) {
    let Some(mut data) = lock(&kie.inner.books).tasks.get(id).map(super::task::Task::record) else {
        return;
    };
    data["state"] = json!("success");
    data["resultJson"] = json!(r#"{"resultUrls":["http://evil.example/forged.mp4"]}"#);
    let body = json!({ "code": 200, "msg": "Playground task completed successfully.", "data": data });
    deliver(kie, id, &body, Some("not-the-key")).await;
}

/// Posts a callback once. KIE's documents do not say whether KIE repeats callbacks of these models, so this fake does not.
async fn deliver(kie: &Kie, id: &str, body: &Value, key: Option<&str>) {
    let url = lock(&kie.inner.books).tasks.get(id).and_then(|task| task.view.callback_url.clone());
    let Some(url) = url else { return };
    let mut request = Request::post(url).header("content-type", "application/json");
    if let Some(key) = key {
        let timestamp = kie.inner.clock.now_secs();
        request = request
            .header("X-Webhook-Timestamp", timestamp.to_string())
            .header("X-Webhook-Signature", signature(key, id, timestamp));
    }
    let Ok(request) = request.body(Bytes::from(body.to_string())) else {
        return;
    };
    kie.counted("callback");
    let answer = tokio::time::timeout(PATIENCE, kie.inner.outbound.send(request)).await;
    let status = answer.ok().and_then(Result::ok).map_or(0, |answer| answer.status().as_u16());
    if let Some(task) = lock(&kie.inner.books).tasks.get_mut(id) {
        task.view.callbacks.push(status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_the_task_id_and_the_time() {
        let signed = signature("test-hmac-key", "ee9c2715375b7837f8bb51d641ff5863", 1_769_670_760);
        assert_eq!(signed, "Rnkdt30BYrQRHRTTZPVbPWvpV8NX6sTTZvi7GJmVyu4=");
    }
}
