//! The result of an HTTP call, with its body read to the end.

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt as _, Limited};

/// Largest answer that a fake reads, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The answer to a call, or the reason why there was none.
pub type Answer = Result<Response<Bytes>, String>;

pub(crate) async fn collect<B>(answer: Response<B>) -> Answer
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| error.to_string())?;
    Ok(Response::from_parts(head, body.to_bytes()))
}
