//! The media store: photos and videos in S3.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;
use jiff::Timestamp;

use crate::aws::{S3_PUT_TIMEOUT, describe};
use crate::clock::Clock;

/// Longest life of a presigned address. Signature Version 4 allows 7 days. The address ends sooner if the credentials expire.
pub const PRESIGNED_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A call to the media store failed. Either nothing was changed or the object was replaced as a whole, so the call may be
/// repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The key has no object; nothing was changed.
    #[error("the media store has no such object")]
    Missing,
    /// S3 refused the call and will refuse it again; nothing was changed.
    #[error("S3 refused the call: {0}")]
    Refused(String),
    /// S3 was not reached, was busy, or the connection broke: repeat the call.
    #[error("S3 did not complete the call: {0}; repeat it")]
    Transient(String),
}

/// An object of the media store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Size in bytes.
    pub length: u64,
    /// When the object was stored: its expiry counts from here.
    pub stored_at: Timestamp,
}

/// The media store, which is one S3 bucket.
#[derive(Clone, Debug)]
pub struct Media {
    s3: Client,
    bucket: String,
    clock: Clock,
    is_public: bool,
}

impl Media {
    /// The bucket with this name.
    pub fn new(s3: Client, bucket: impl Into<String>, clock: Clock) -> Self {
        Self { s3, bucket: bucket.into(), clock, is_public: true }
    }

    /// The bucket, whose presigned addresses the services outside can fetch from or not. They cannot on a machine without a public address.
    #[must_use]
    pub fn with_public_addresses(self, is_public: bool) -> Self {
        Self { is_public, ..self }
    }

    /// Whether the services outside can fetch from a presigned address. Otherwise their files are uploaded to them.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Stores a stream of `length` bytes. The signature does not cover the bytes (`UNSIGNED-PAYLOAD`); TLS protects them.
    ///
    /// # Errors
    /// [`MediaError`] says what state the object is in. If the body broke off, the former object is unchanged.
    pub async fn put(&self, key: &str, content_type: &str, length: u64, body: SdkBody) -> Result<(), MediaError> {
        let length = i64::try_from(length).map_err(|_| MediaError::Refused("the length is too large".to_owned()))?;
        let request = self.s3.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let request = request.content_length(length).body(ByteStream::new(body));
        // Only an upload may take long: it sends a whole video in one call.
        let limit = TimeoutConfig::builder().operation_attempt_timeout(S3_PUT_TIMEOUT).operation_timeout(S3_PUT_TIMEOUT).build();
        let slow = aws_sdk_s3::Config::builder().timeout_config(limit);
        let sent = request.customize().config_override(slow).disable_payload_signing().send().await;
        sent.map(drop).map_err(|error| failure(&error))
    }

    /// The size of an object in bytes; `None` if the key has no object.
    ///
    /// # Errors
    /// [`MediaError`], never `Missing`.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, MediaError> {
        Ok(self.stored(key).await?.map(|stored| stored.length))
    }

    /// The size of an object and when it was stored; `None` if the key has no object.
    ///
    /// # Errors
    /// [`MediaError`], never `Missing`.
    pub async fn stored(&self, key: &str) -> Result<Option<StoredObject>, MediaError> {
        match self.s3.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => {
                // S3 states the time always. Without it the object counts as stored now.
                let stored_at = head.last_modified().and_then(|at| Timestamp::from_second(at.secs()).ok());
                let stored_at = stored_at.unwrap_or_else(|| self.clock.now());
                Ok(Some(StoredObject { length: length(head.content_length())?, stored_at }))
            }
            Err(error) => match failure(&error) {
                MediaError::Missing => Ok(None),
                other => Err(other),
            },
        }
    }

    /// An object's length in bytes and its bytes as a stream. The time limit covers only the head: the caller limits the reading.
    ///
    /// # Errors
    /// [`MediaError`] says what state the object is in.
    pub async fn get(&self, key: &str) -> Result<(u64, SdkBody), MediaError> {
        let reply = self.s3.get_object().bucket(&self.bucket).key(key).send().await.map_err(|error| failure(&error))?;
        Ok((length(reply.content_length())?, reply.body.into_inner()))
    }

    /// A presigned address of an object, valid for `valid_for` ([`PRESIGNED_MAX`] at most). Keep the address secret while it is
    /// valid: every holder may read the object. No request is made.
    ///
    /// # Errors
    /// [`MediaError::Refused`]: the address cannot be signed.
    pub async fn presigned_get(&self, key: &str, valid_for: Duration) -> Result<String, MediaError> {
        let terms = PresigningConfig::builder().start_time(self.clock.now().into()).expires_in(valid_for.min(PRESIGNED_MAX));
        let terms = terms.build().map_err(|error| MediaError::Refused(error.to_string()))?;
        let request = self.s3.get_object().bucket(&self.bucket).key(key).presigned(terms).await;
        request.map(|request| request.uri().to_owned()).map_err(|error| failure(&error))
    }
}

fn length(stated: Option<i64>) -> Result<u64, MediaError> {
    stated
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| MediaError::Transient("the reply has no length".to_owned()))
}

fn failure<E>(error: &SdkError<E>) -> MediaError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error.raw_response().map(|reply| reply.status().as_u16());
    match (error, status) {
        (SdkError::ServiceError(refusal), _) if refusal.err().code() == Some("NoSuchBucket") => {
            MediaError::Refused(describe(error))
        }
        (SdkError::ServiceError(_), Some(404)) => MediaError::Missing,
        (SdkError::ServiceError(_), Some(408 | 409 | 429 | 500..)) => MediaError::Transient(describe(error)),
        (SdkError::ServiceError(_), _) | (SdkError::ConstructionFailure(_), _) => MediaError::Refused(describe(error)),
        _ => MediaError::Transient(describe(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::AwsConfig;
    use crate::config::Env;
    use crate::testing::{Answer, Script, streamed};
    use crate::wire::read;

    fn media(script: &Script) -> Media {
        let vars = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AK"),
            ("AWS_SECRET_ACCESS_KEY", "SK"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000"),
        ];
        Media::new(AwsConfig::from_env(&Env::from_map(vars)).unwrap().s3_client(&script.wire()), "bucket", Clock::system())
    }

    #[tokio::test]
    async fn a_stream_is_stored_as_it_comes_unsigned_and_with_its_length() {
        let script = Script::new([Answer::with(200, [], "")]);
        media(&script).put("video/1.mp4", "video/mp4", 6, streamed(&["abc", "def"])).await.unwrap();
        let seen = &script.seen()[0];
        assert_eq!((seen.method.as_str(), &seen.body[..]), ("PUT", &b"abcdef"[..]));
        assert!(seen.uri.starts_with("http://127.0.0.1:9000/bucket/video/1.mp4"), "{}", seen.uri);
        assert_eq!(seen.header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
        assert_eq!((seen.header("content-length"), seen.header("content-type")), ("6", "video/mp4"));
        assert_eq!(seen.header("content-encoding"), "");
    }

    #[tokio::test]
    async fn a_size_is_read_and_absence_is_no_error() {
        let length = [("content-length", "7".to_owned())];
        let script = Script::new([Answer::with(200, length, ""), Answer::with(404, [], "")]);
        assert_eq!(media(&script).size("a").await, Ok(Some(7)));
        assert_eq!(media(&script).size("b").await, Ok(None));
    }

    #[tokio::test]
    async fn an_object_is_read_as_it_comes() {
        let length = [("content-length", "3".to_owned())];
        let none = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>";
        let script = Script::new([Answer::with(200, length, "abc"), Answer::with(404, [], none)]);
        let (length, body) = media(&script).get("a").await.unwrap();
        assert_eq!((length, &read(body, 10, Duration::from_secs(1)).await.unwrap()[..]), (3, &b"abc"[..]));
        assert_eq!(media(&script).get("b").await.unwrap_err(), MediaError::Missing);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_and_transient_are_different_errors() {
        let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        let script = Script::new([Answer::with(403, [], denied), Answer::Lost, Answer::Lost, Answer::Lost]);
        assert_eq!(media(&script).get("a").await.unwrap_err(), MediaError::Refused("AccessDenied: no".into()));
        assert!(matches!(media(&script).get("a").await.unwrap_err(), MediaError::Transient(_)));
    }

    #[tokio::test]
    async fn a_presigned_address_is_made_without_a_request() {
        let url = media(&Script::new([])).presigned_get("photo/1.jpg", Duration::from_secs(600)).await.unwrap();
        assert!(url.starts_with("http://127.0.0.1:9000/bucket/photo/1.jpg?"), "{url}");
        assert!(url.contains("X-Amz-Expires=600") && url.contains("X-Amz-Signature="), "{url}");
    }
}
