//! Fetches the result of a task. KIE's addresses expire within a day or sooner: fetch at once.

use aws_smithy_types::body::SdkBody;
use http::header::{CONTENT_LENGTH, LOCATION, USER_AGENT};
use url::Url;

use super::{AGENT, CALL_TIMEOUT, Kie, counted};
use crate::wire::Download;

/// Largest result that is fetched, bytes. A bot may upload no larger file to Telegram.
pub const RESULT_MAX_BYTES: u64 = 50 * 1024 * 1024;
/// Most redirects that are followed.
const HOPS_MAX: usize = 3;

/// The result was not fetched. Fetching changes nothing at KIE and may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address must not be fetched: it is not https, has a bare IP address, or redirects too often.
    #[error("the result's address must not be fetched: {0}")]
    BadUrl(String),
    /// Nothing is at the address: the result is not there yet, or no longer there.
    #[error("nothing is at the result's address: HTTP {0}")]
    Absent(u16),
    /// The result has more than [`RESULT_MAX_BYTES`].
    #[error("the result has over {RESULT_MAX_BYTES} bytes")]
    TooLarge,
    /// The host was not reached or was busy: fetch the result again.
    #[error("the result could not be fetched: {0}; fetch it again")]
    Transient(String),
}

impl Kie {
    /// Fetches a result as a stream, without sending the account's key. The stream fails beyond [`RESULT_MAX_BYTES`]. The time
    /// limit covers only the head.
    ///
    /// # Errors
    /// [`FetchError`]: the result was not fetched.
    pub async fn fetch(&self, url: &str) -> Result<Download, FetchError> {
        counted(self.follow(url).await)
    }

    async fn follow(&self, url: &str) -> Result<Download, FetchError> {
        let mut url = Url::parse(url).map_err(|error| FetchError::BadUrl(error.to_string()))?;
        for _ in 0..=HOPS_MAX {
            self.may_fetch(&url)?;
            let request = http::Request::get(url.as_str()).header(USER_AGENT, AGENT).body(SdkBody::empty());
            let request = request.map_err(|_| FetchError::BadUrl("malformed address".to_owned()))?;
            let reply = self.wire.send(request, CALL_TIMEOUT).await;
            let (head, body) = reply.map_err(|error| FetchError::Transient(error.to_string()))?.into_parts();
            match head.status.as_u16() {
                // A body of no bytes is a result that is still being written.
                200 if head.headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0") => {
                    return Err(FetchError::Absent(200));
                }
                200 => return Download::new(&head.headers, body, RESULT_MAX_BYTES).ok_or(FetchError::TooLarge),
                301 | 302 | 303 | 307 | 308 => {
                    let next = head.headers.get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
                    url = next.ok_or_else(|| FetchError::BadUrl("the redirect has no address".to_owned()))?;
                }
                status @ (408 | 425 | 429 | 500..) => return Err(FetchError::Transient(format!("HTTP {status}"))),
                status => return Err(FetchError::Absent(status)),
            }
        }
        Err(FetchError::BadUrl(format!("more than {HOPS_MAX} redirects")))
    }

    /// Allows only https and host names, because any other address in a reply or redirect could point into our own network. If
    /// KIE is a fake over http, its results may be on http too.
    fn may_fetch(&self, url: &Url) -> Result<(), FetchError> {
        let local = self.base.starts_with("http://");
        match (url.scheme(), url.host()) {
            ("http" | "https", Some(_)) if local => Ok(()),
            ("https", Some(url::Host::Domain(_))) => Ok(()),
            (scheme, _) => Err(FetchError::BadUrl(format!("not an https address of a named host (scheme {scheme})"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};
    use crate::wire::read;
    use std::time::Duration;

    async fn fetch(url: &str, answers: Vec<Answer>) -> (Result<Download, FetchError>, Script) {
        let script = Script::new(answers);
        let kie = Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY"));
        (kie.fetch(url).await, script)
    }

    fn to(location: &str) -> Answer {
        Answer::with(302, [("location", location.to_owned())], "")
    }

    #[tokio::test]
    async fn a_result_streams_without_our_key() {
        let headers = [("content-length", "3".to_owned()), ("content-type", "video/mp4".to_owned())];
        let (result, script) = fetch("https://tempfile.aiquickdraw.com/x.mp4", vec![Answer::with(200, headers, "abc")]).await;
        let download = result.unwrap();
        assert_eq!((download.length, download.content_type.as_deref()), (Some(3), Some("video/mp4")));
        assert_eq!(read(download.body, 10, Duration::from_secs(1)).await.unwrap(), "abc");
        assert_eq!(script.seen()[0].header("authorization"), "");
    }

    #[tokio::test]
    async fn a_few_redirects_are_followed_within_http() {
        let (result, script) = fetch("https://a/x", vec![to("/y"), to("https://b/z"), Answer::with(200, [], "v")]).await;
        assert!(result.is_ok());
        assert_eq!(script.seen()[2].uri, "https://b/z");
        let (result, _) = fetch("https://a/x", vec![to("file:///etc/passwd")]).await;
        assert!(matches!(result, Err(FetchError::BadUrl(_))));
        let (result, _) = fetch("https://a/x", vec![to("/1"), to("/2"), to("/3"), to("/4")]).await;
        assert!(matches!(result, Err(FetchError::BadUrl(_))));
    }

    #[tokio::test]
    async fn absent_too_large_and_transient_are_different_errors() {
        let large = [("content-length", (RESULT_MAX_BYTES + 1).to_string())];
        assert_eq!(fetch("https://a/x", vec![Answer::with(200, large, "")]).await.0.unwrap_err(), FetchError::TooLarge);
        assert_eq!(fetch("https://a/x", vec![Answer::with(404, [], "")]).await.0.unwrap_err(), FetchError::Absent(404));
        for status in [202, 204, 401, 403, 410] {
            let absent = fetch("https://a/x", vec![Answer::with(status, [], "")]).await.0.unwrap_err();
            assert_eq!(absent, FetchError::Absent(status));
        }
        let empty = [("content-length", "0".to_owned())];
        assert_eq!(fetch("https://a/x", vec![Answer::with(200, empty, "")]).await.0.unwrap_err(), FetchError::Absent(200));
        for answer in [Answer::with(503, [], ""), Answer::Lost, Answer::NeverArrived] {
            assert!(matches!(fetch("https://a/x", vec![answer]).await.0, Err(FetchError::Transient(_))));
        }
        assert!(matches!(fetch("ftp://a/x", vec![]).await.0, Err(FetchError::BadUrl(_))));
        assert!(matches!(fetch("x.mp4", vec![]).await.0, Err(FetchError::BadUrl(_))));
    }
}
