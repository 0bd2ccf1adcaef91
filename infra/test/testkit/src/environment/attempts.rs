//! Finds out for whose attempt a call or a task is. No address names a person, so the seal of the callback's address is opened.

use domain::ids::{JobId, UserId};

use super::settings::CALLBACKS;

/// The user that a createTask call with this body is for. No address in the body names the user, so the callback's seal is opened.
pub(super) fn user_of_task(body: &str) -> Option<UserId> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    attempt_at(body.get("callBackUrl")?.as_str()?).map(|(user, ..)| user)
}

/// The user, job and attempt that a callback URL is for; `None` if it is not from this environment's functions.
pub(super) fn attempt_at(url: &str) -> Option<(UserId, JobId, u32)> {
    CALLBACKS.verify(url.get(url.find("/kie/")?..)?)
}
