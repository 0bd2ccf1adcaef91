//! Ends presigned URLs by the [`AwsClock`], which `s3s` does not know.
//!
//! `PresigningConfig::expires_in` dates a URL by the machine's clock, not by the client's time source. Only
//! `PresigningConfig::builder().start_time(..)` dates it in virtual time. A URL dated before the clock's start must come from
//! `expires_in`; its expiry is left to `s3s`.

use aws_smithy_async::time::TimeSource;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;

use crate::clock::AwsClock;
use crate::net::{Request, Response};

/// S3's reply to an expired URL (403, code AccessDenied); `None` if the URL is valid or not presigned.
pub(super) fn refusal(request: &Request, clock: AwsClock) -> Option<Response> {
    let (signed_at, ends_at) = validity(request.uri().query()?)?;
    let is_virtual_time = signed_at.secs() >= DateTime::from(clock.start()).secs();
    if !is_virtual_time || DateTime::from(clock.now()) <= ends_at {
        return None;
    }
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                <Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    let mut reply = Response::new(Bytes::from_static(body.as_bytes()));
    *reply.status_mut() = http::StatusCode::FORBIDDEN;
    reply.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/xml"));
    Some(reply)
}

/// The validity of a URL: from X-Amz-Date (`20261122T153423Z`) until X-Amz-Expires seconds later.
fn validity(query: &str) -> Option<(DateTime, DateTime)> {
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let date = value("X-Amz-Date")?;
    let part = |from: usize, to: usize| date.get(from..to);
    let iso = format!("{}-{}-{}T{}:{}:{}Z", part(0, 4)?, part(4, 6)?, part(6, 8)?, part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let signed_at = DateTime::from_str(&iso, Format::DateTime).ok()?;
    let valid_secs: i64 = value("X-Amz-Expires")?.parse().ok()?;
    let ends_at = signed_at.secs().saturating_add(valid_secs);
    Some((signed_at, DateTime::from_secs(ends_at)))
}
