//! KIE's callback, which KIE posts when a task ends. Only the task id is read from the callback. The outcome is polled from
//! recordInfo.
//!
//! Source: docs.kie.ai/common-api/webhook-verification. The signature covers the task id and the time, not the body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use jiff::Timestamp;
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::TaskId;
use crate::config::Secret;

/// Header with the time of the signature, seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-webhook-timestamp";
/// Header with the signature: base64 of HMAC-SHA256 over `<task id>.<timestamp>`.
pub const SIGNATURE_HEADER: &str = "x-webhook-signature";
/// Largest difference between the time of a signature and our clock, seconds. KIE states no limit.
pub const WINDOW_SECS: i64 = 300;
/// Longest task id that is accepted, bytes. KIE's ids have 32.
const TASK_ID_MAX_BYTES: usize = 128;

/// The task id in a callback's body: `data.taskId`, `data.task_id`, `taskId` or `task_id`, depending on KIE's API.
#[must_use]
pub fn task_id(body: &[u8]) -> Option<TaskId> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let data = body.get("data").unwrap_or(&Value::Null);
    let places = [data.get("taskId"), data.get("task_id"), body.get("taskId"), body.get("task_id")];
    let usable = |id: &&str| !id.is_empty() && id.len() <= TASK_ID_MAX_BYTES && id.bytes().all(|b| b.is_ascii_graphic());
    places.into_iter().flatten().filter_map(Value::as_str).find(usable).map(|id| TaskId(id.to_owned()))
}

/// Whether KIE signed this task id within the last or next [`WINDOW_SECS`]. The comparison takes constant time.
#[must_use]
pub fn verify_hmac(key: &Secret, task_id: &str, timestamp: &str, signature: &str, now: Timestamp) -> bool {
    let Ok(signed_at) = timestamp.parse::<i64>() else { return false };
    if now.as_second().abs_diff(signed_at) > WINDOW_SECS.unsigned_abs() {
        return false;
    }
    let mut mac = key.hmac_sha256();
    mac.update(format!("{task_id}.{timestamp}").as_bytes());
    let expected = STANDARD.encode(mac.finalize().into_bytes());
    expected.as_bytes().ct_eq(signature.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TASK: &str = "ee9c2715375b7837f8bb51d641ff5863";
    const SIGNATURE: &str = "Rnkdt30BYrQRHRTTZPVbPWvpV8NX6sTTZvi7GJmVyu4=";

    fn verify(task: &str, timestamp: &str, signature: &str, now: i64) -> bool {
        verify_hmac(&Secret::new("test-hmac-key"), task, timestamp, signature, Timestamp::from_second(now).unwrap())
    }

    #[test]
    fn the_task_id_is_found_wherever_the_api_puts_it() {
        for body in [
            json!({"code": 200, "msg": "Playground task completed successfully.", "data": {"taskId": TASK, "state": "success"}}),
            json!({"code": 501, "data": {"task_id": TASK}}),
            json!({"taskId": TASK, "data": null}),
            json!({"task_id": TASK}),
        ] {
            assert_eq!(task_id(body.to_string().as_bytes()), Some(TaskId(TASK.into())), "{body}");
        }
        for body in [json!({}), json!({"data": {"taskId": ""}}), json!({"taskId": 7}), json!({"taskId": "a b"}), json!([])] {
            assert_eq!(task_id(body.to_string().as_bytes()), None, "{body}");
        }
        assert_eq!(task_id(b"hello"), None);
    }

    #[test]
    fn a_signature_holds_for_its_task_and_five_minutes() {
        let at = 1_769_670_760;
        assert!(verify(TASK, "1769670760", SIGNATURE, at));
        assert!(verify(TASK, "1769670760", SIGNATURE, at + 300) && verify(TASK, "1769670760", SIGNATURE, at - 300));
        assert!(!verify(TASK, "1769670760", SIGNATURE, at + 301) && !verify(TASK, "1769670760", SIGNATURE, at - 301));
        assert!(!verify("other", "1769670760", SIGNATURE, at));
        assert!(!verify(TASK, "1769670761", SIGNATURE, at));
        assert!(!verify(TASK, "1769670760", "", at) && !verify(TASK, "soon", SIGNATURE, at));
        assert!(!verify(TASK, &i64::MIN.to_string(), SIGNATURE, at));
    }
}
