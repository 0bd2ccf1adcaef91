//! Who may call, and the form of every answer.

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Kie;

pub(super) fn envelope(code: i64, message: &str, data: &Value) -> Response {
    axum::Json(json!({ "code": code, "msg": message, "data": data })).into_response()
}

/// Why a caller is not let in.
pub(super) enum Barred {
    /// Cloudflare in front of KIE refuses a call without a user agent.
    NoUserAgent(Box<Response>),
    WrongKey,
}

impl Barred {
    /// The answer of the jobs API.
    pub(super) fn response(self) -> Box<Response> {
        match self {
            Self::NoUserAgent(response) => response,
            // KIE's reply to a wrong key has no `data`, unlike its other replies.
            Self::WrongKey => {
                let body = json!({ "code": 401, "msg": "You do not have access permissions" });
                Box::new(axum::Json(body).into_response())
            }
        }
    }
}

/// Checks the user agent and then the key.
pub(super) fn let_in(kie: &Kie, headers: &HeaderMap) -> Result<(), Barred> {
    if headers.get(USER_AGENT).is_none_or(http::HeaderValue::is_empty) {
        return Err(Barred::NoUserAgent(Box::new((StatusCode::FORBIDDEN, "error code: 1010").into_response())));
    }
    let bearer = format!("Bearer {}", kie.inner.settings.key);
    let is_right = headers.get(AUTHORIZATION).is_some_and(|given| given.as_bytes() == bearer.as_bytes());
    if is_right { Ok(()) } else { Err(Barred::WrongKey) }
}
