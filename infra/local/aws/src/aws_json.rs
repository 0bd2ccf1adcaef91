//! The AWS JSON 1.0 protocol: the operation in `X-Amz-Target`, JSON both ways.
//! Source: Smithy's `awsJson1_0` specification.

use http::{HeaderValue, StatusCode, header};

use crate::message::{Request, Response};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// The operation of a request: `PutItem` for `X-Amz-Target: DynamoDB_20120810.PutItem`.
pub(crate) fn operation(headers: &http::HeaderMap) -> Option<&str> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    target.rsplit('.').next()
}

/// A JSON reply.
pub(crate) fn json(status: u16, body: impl Into<bytes::Bytes>) -> Response {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    reply
}

/// The authority a request was sent to: from its URI, else from its `Host` header.
pub(crate) fn authority(request: &Request) -> String {
    let from_uri = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let from_header = || request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    from_uri.or_else(from_header).unwrap_or_default()
}
