//! Finds out for whose attempt a call or a task is. No address names a person, so the seal of the callback's address is opened.

use adapters::callback_url::CallbackSealer;
use domain::ids::{JobId, UserId};

/// The user that a createTask call with this body is for; `None` without a callback address of this sealer. No address in the body
/// names the user, so the callback's seal is opened.
#[must_use]
pub fn user_of_task(callbacks: &CallbackSealer, body: &str) -> Option<UserId> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    attempt_at(callbacks, body.get("callBackUrl")?.as_str()?).map(|(user, ..)| user)
}

/// The user, job and attempt that a callback URL is for; `None` if it is not of this sealer.
#[must_use]
pub fn attempt_at(callbacks: &CallbackSealer, url: &str) -> Option<(UserId, JobId, u32)> {
    callbacks.verify(url.get(url.find("/kie/")?..)?)
}
