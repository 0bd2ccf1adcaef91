//! The films behind the result URLs.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::Kie;
use super::task::Task;
use crate::lock;

pub async fn download(State(kie): State<Kie>, Path(file): Path<String>) -> Response {
    kie.counted("results");
    let id = file.strip_suffix(".mp4").unwrap_or_default();
    let now_ms = kie.inner.clock.now_ms();
    let fault = lock(&kie.inner.books).tasks.get_mut(id).and_then(|task| scripted_fault(task, now_ms));
    match (fault, kie.result(id)) {
        (Some(fault), _) => fault,
        (None, Some(bytes)) => ([(CONTENT_TYPE, "video/mp4")], bytes).into_response(),
        (None, None) => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}

/// The answer instead of the film, if the task's outcome scripts one.
fn scripted_fault(task: &mut Task, now_ms: i64) -> Option<Response> {
    let faults = &mut task.result;
    let since_ms = now_ms.saturating_sub(task.completed_ms?);
    if Duration::from_millis(u64::try_from(since_ms).unwrap_or(0)) < faults.delay {
        return Some((StatusCode::NOT_FOUND, "not found").into_response());
    }
    if let Some((html, left @ 1..)) = &mut faults.page {
        *left -= 1;
        return Some(([(CONTENT_TYPE, "text/html")], html.clone()).into_response());
    }
    let (status, left) = faults.failures.as_mut()?;
    *left = left.checked_sub(1)?;
    let status = StatusCode::from_u16(*status).ok()?;
    if status.is_success() {
        return Some((status, [(CONTENT_TYPE, "video/mp4")], Bytes::new()).into_response());
    }
    Some((status, "gone").into_response())
}
