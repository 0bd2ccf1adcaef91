//! The refusal of a request, in OpenAI's form.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// A refused request.
#[derive(Debug)]
pub struct Refusal {
    pub(super) status: StatusCode,
    pub message: String,
    pub(super) param: Option<String>,
    pub(super) code: Option<&'static str>,
}

impl Refusal {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), param: None, code: None }
    }

    pub(super) fn about(self, param: impl Into<String>, code: &'static str) -> Self {
        self.at(param).code(code)
    }

    pub(super) fn at(self, param: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    pub(super) fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({
            "message": self.message,
            "type": "invalid_request_error",
            "param": self.param,
            "code": self.code,
        });
        (self.status, axum::Json(json!({ "error": error }))).into_response()
    }
}
