//! Requests and replies of Lambda Function URLs.

use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, header};

/// The body's bytes; `None` if there is none, or it is over the limit, or it says it is base64 and is not.
#[must_use]
pub fn body_bytes(request: &LambdaFunctionUrlRequest, max_bytes: usize) -> Option<Vec<u8>> {
    let body = request.body.as_deref()?;
    let bytes = if request.is_base64_encoded { BASE64_STANDARD.decode(body).ok()? } else { body.as_bytes().to_vec() };
    (bytes.len() <= max_bytes).then_some(bytes)
}

/// A reply; with a body it is JSON.
#[must_use]
pub fn reply(status: u16, json: Option<String>) -> LambdaFunctionUrlResponse {
    let mut response = LambdaFunctionUrlResponse::default();
    response.status_code = i64::from(status);
    if json.is_some() {
        response.headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    }
    // An empty body rather than none: LocalStack answers 502 for a reply without one, and the sender would try again.
    response.body = Some(json.unwrap_or_default());
    response
}
