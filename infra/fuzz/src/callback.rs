//! Target: requests to the callback function.

use adapters::{
    callback_url::CallbackSealer,
    config::Secret,
    kie::callback::{WINDOW_SECS, task_id, verify_hmac},
};
use jiff::Timestamp;

/// The time at which the callback in the seeds was signed.
const NOW: Timestamp = Timestamp::constant(1_769_670_760, 0);

/// Parses a callback request. The input has the path, the timestamp header and the signature header, a line each, then the body.
pub fn callback(data: &[u8]) -> bool {
    let mut parts = data.splitn(4, |byte| *byte == b'\n');
    let mut text = || parts.next().and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default();
    let (path, timestamp, signature) = (text(), text(), text());

    let sealer = CallbackSealer::new(&Secret::new("sample-signing-key"));
    let address = sealer.verify(path);
    if let Some((user, job, attempt)) = address {
        // Addresses of 0.1.0 show what they name. The release after this one no longer accepts them.
        let is_sealed = sealer.path(user, job, attempt) == path;
        let is_unsealed = path.starts_with(&format!("/kie/{user}/{job}/{attempt}/"));
        assert!(is_sealed || is_unsealed, "an address has one spelling: {path}");
        assert!(sealer.may_be_of(path, user, job, attempt) && !sealer.may_be_of(path, user, job, attempt.wrapping_add(1)));
    }
    let Some(task) = task_id(parts.next().unwrap_or_default()) else { return false };
    assert!(!task.0.is_empty() && task.0.bytes().all(|byte| byte.is_ascii_graphic()), "{task:?}");
    if verify_hmac(&Secret::new("test-hmac-key"), &task.0, timestamp, signature, NOW) {
        let signed_at: Option<i64> = timestamp.parse().ok();
        assert!(signed_at.is_some_and(|at| at.abs_diff(NOW.as_second()) <= WINDOW_SECS.unsigned_abs()), "{timestamp}");
    }
    address.is_some()
}
