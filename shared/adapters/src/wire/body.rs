//! Bodies of HTTP replies, with limits of size and time. A body is read whole or passed on as a stream.

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Frame;
use http_body_util::{BodyExt, LengthLimitError, Limited, StreamBody};

use super::chain;

/// A body could not be read to its end. The bytes read so far are dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The body has more than this many bytes.
    #[error("the body has over {0} bytes")]
    TooLarge(usize),
    /// The body was not complete within this time.
    #[error("the body was not complete within {0:?}")]
    TooSlow(Duration),
    /// The connection broke while the body was read.
    #[error("the connection broke while the body was read: {0}")]
    BrokenOff(String),
}

/// A file whose head has arrived and whose body has not been read.
#[derive(Debug)]
pub struct Download {
    /// Length of the body in bytes, if the server states it.
    pub length: Option<u64>,
    /// Media type of the body, if the server states it.
    pub content_type: Option<String>,
    /// The body as a stream that fails beyond the limit of the request.
    pub body: SdkBody,
}

impl Download {
    /// A download from the head and body of a reply; `None` if the head announces more than `max_bytes`.
    pub(crate) fn new(head: &HeaderMap, body: SdkBody, max_bytes: u64) -> Option<Self> {
        let text = |name| head.get(name).and_then(|value| value.to_str().ok());
        let length = text(CONTENT_LENGTH).and_then(|value| value.parse().ok()).or_else(|| body.content_length());
        if length.is_some_and(|length| length > max_bytes) {
            return None;
        }
        Some(Self { length, content_type: text(CONTENT_TYPE).map(str::to_owned), body: at_most(body, max_bytes) })
    }

    /// The length in bytes, and the body. A body of stated length is streamed. Any other body is read whole first, because S3
    /// needs a length.
    ///
    /// # Errors
    /// [`ReadError`], if the body has to be read whole and cannot be.
    pub async fn with_length(self, max_bytes: usize, limit: Duration) -> Result<(u64, SdkBody), ReadError> {
        if let Some(length) = self.length {
            return Ok((length, self.body));
        }
        let bytes = read(self.body, max_bytes, limit).await?;
        Ok((bytes.len() as u64, SdkBody::from(bytes)))
    }
}

/// Reads the whole body, within `max_bytes` and `limit`.
///
/// # Errors
/// [`ReadError`]: the bytes read so far are dropped.
pub async fn read(body: SdkBody, max_bytes: usize, limit: Duration) -> Result<Bytes, ReadError> {
    match tokio::time::timeout(limit, Limited::new(body, max_bytes).collect()).await {
        Err(_) => Err(ReadError::TooSlow(limit)),
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge(max_bytes)),
        Ok(Err(error)) => Err(ReadError::BrokenOff(chain(&*error))),
    }
}

/// Reads the first `count` bytes of a body (fewer if it is shorter); returns them and the whole body.
///
/// # Errors
/// [`ReadError`]: the bytes read so far are dropped.
pub async fn peek(mut body: SdkBody, count: usize, limit: Duration) -> Result<(Bytes, SdkBody), ReadError> {
    let mut begun = BytesMut::new();
    let reading = async {
        while begun.len() < count {
            match body.frame().await {
                None => break,
                Some(Ok(frame)) => begun.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Some(Err(error)) => return Err(ReadError::BrokenOff(chain(&*error))),
            }
        }
        Ok(())
    };
    tokio::time::timeout(limit, reading).await.map_err(|_| ReadError::TooSlow(limit))??;
    let begun = begun.freeze();
    let rest = body.into_data_stream().map_ok(Frame::data);
    let whole = stream::once(std::future::ready(Ok(Frame::data(begun.clone())))).chain(rest);
    Ok((begun.slice(..count.min(begun.len())), SdkBody::from_body_1_x(StreamBody::new(whole))))
}

/// The same body; `watch` sees each piece of it as the piece passes, or that the body broke off.
#[must_use]
pub fn watched(body: SdkBody, watch: impl Fn(Result<&[u8], BrokenOff>) + Send + Sync + 'static) -> SdkBody {
    let seen = body.into_data_stream().map(move |piece| {
        watch(piece.as_deref().map_err(|_| BrokenOff));
        piece.map(Frame::data)
    });
    SdkBody::from_body_1_x(StreamBody::new(seen))
}

/// A body broke off before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenOff;

/// The same body as a stream that fails beyond `max_bytes`.
#[must_use]
pub fn at_most(body: SdkBody, max_bytes: u64) -> SdkBody {
    SdkBody::from_body_1_x(Limited::new(body, usize::try_from(max_bytes).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_body_that_was_peeked_at_is_still_whole() {
        let (begun, whole) = peek(SdkBody::from("abcdefgh"), 3, LIMIT).await.unwrap();
        assert_eq!((&begun[..], &read(whole, 8, LIMIT).await.unwrap()[..]), (&b"abc"[..], &b"abcdefgh"[..]));
        let (begun, whole) = peek(SdkBody::from("ab"), 3, LIMIT).await.unwrap();
        assert_eq!((&begun[..], &read(whole, 8, LIMIT).await.unwrap()[..]), (&b"ab"[..], &b"ab"[..]));
    }

    #[tokio::test]
    async fn a_watched_body_is_whole_and_seen_whole() {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let to = seen.clone();
        let body =
            watched(crate::testing::streamed(&["abc", "de"]), move |piece| to.lock().unwrap().extend_from_slice(piece.unwrap()));
        assert_eq!(&read(body, 8, LIMIT).await.unwrap()[..], b"abcde");
        assert_eq!(&seen.lock().unwrap()[..], b"abcde");
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_not_beyond() {
        assert_eq!(read(SdkBody::from("12345"), 5, LIMIT).await.unwrap(), "12345");
        assert_eq!(read(SdkBody::from("123456"), 5, LIMIT).await, Err(ReadError::TooLarge(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_ends_at_the_limit() {
        let stalled =
            http_body_util::StreamBody::new(futures_util::stream::pending::<Result<http_body::Frame<Bytes>, std::io::Error>>());
        let error = read(SdkBody::from_body_1_x(stalled), 5, LIMIT).await.unwrap_err();
        assert_eq!(error, ReadError::TooSlow(LIMIT));
    }

    #[tokio::test]
    async fn a_streamed_body_fails_beyond_its_limit() {
        let error = read(at_most(SdkBody::from("123456"), 5), 100, LIMIT).await.unwrap_err();
        assert!(matches!(error, ReadError::TooLarge(_) | ReadError::BrokenOff(_)), "{error}");
    }

    #[tokio::test]
    async fn a_download_of_unknown_length_is_measured() {
        let download = Download { length: None, content_type: None, body: SdkBody::from("12345") };
        assert_eq!(download.with_length(5, LIMIT).await.unwrap().0, 5);
        let download = Download { length: None, content_type: None, body: SdkBody::from("123456") };
        assert_eq!(download.with_length(5, LIMIT).await.unwrap_err(), ReadError::TooLarge(5));
    }

    #[test]
    fn a_download_that_announces_too_much_is_not_begun() {
        let mut head = HeaderMap::new();
        head.insert(CONTENT_LENGTH, "6".parse().unwrap());
        assert!(Download::new(&head, SdkBody::from("123456"), 5).is_none());
        assert!(Download::new(&head, SdkBody::from("123456"), 6).is_some());
    }
}
