//! What a call over HTTP gives, read to its end.

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt as _, Limited};

/// Most bytes a fake reads of one answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a call gives: the answer, or why there was none.
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
