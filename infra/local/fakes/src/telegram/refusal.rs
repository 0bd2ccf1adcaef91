//! A refused call: HTTP status and the Bot API's error body (core.telegram.org/bots/api#making-requests).

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub description: String,
    pub retry_after: Option<u32>,
}

impl Refusal {
    pub fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    /// 400 with the usual beginning.
    pub fn bad(what: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Bad Request: {what}"))
    }

    pub fn blocked() -> Self {
        Self::new(403, "Forbidden: bot was blocked by the user")
    }

    pub fn too_large() -> Self {
        Self::new(413, "Request Entity Too Large")
    }

    pub fn too_many(retry_after: u32) -> Self {
        let text = format!("Too Many Requests: retry after {retry_after}");
        Self { retry_after: Some(retry_after), ..Self::new(429, text) }
    }

    /// A server error with this HTTP status.
    pub fn transient(code: u16) -> Self {
        let status = StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
        Self::new(code, status.unwrap_or("Internal Server Error"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        let mut response_headers = http::HeaderMap::new();
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
            response_headers.insert(http::header::RETRY_AFTER, seconds.into());
        }
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, response_headers, axum::Json::<Value>(body)).into_response()
    }
}
