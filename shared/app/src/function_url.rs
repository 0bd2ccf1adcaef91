//! Requests to Lambda Function URLs, and replies to them.

use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, header};

/// The bytes of a request's body; `None` if the request has no body, or the body has over `max_bytes` or is malformed base64.
#[must_use]
pub fn body_bytes(request: &LambdaFunctionUrlRequest, max_bytes: usize) -> Option<Vec<u8>> {
    let body = request.body.as_deref()?;
    let bytes = if request.is_base64_encoded { BASE64_STANDARD.decode(body).ok()? } else { body.as_bytes().to_vec() };
    (bytes.len() <= max_bytes).then_some(bytes)
}

/// A reply with an HTTP status and, if given, a JSON body.
#[must_use]
pub fn reply(status: u16, json: Option<String>) -> LambdaFunctionUrlResponse {
    let mut response = LambdaFunctionUrlResponse::default();
    response.status_code = i64::from(status);
    if json.is_some() {
        response.headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    }
    // A reply without JSON has an empty body: LocalStack answers 502 for a reply without a body, and the sender would repeat its
    // request.
    response.body = Some(json.unwrap_or_default());
    response
}
