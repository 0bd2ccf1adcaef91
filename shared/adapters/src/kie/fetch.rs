//! Fetches the result of a task. KIE's addresses expire within a day or sooner: fetch at once.

use aws_smithy_types::body::SdkBody;
use http::header::{CONTENT_LENGTH, LOCATION, USER_AGENT};
use url::Url;

use super::{AGENT, CALL_TIMEOUT, Kie, counted};
use crate::metrics::Metric;
use crate::wire::{Download, PublicError};

/// Largest result that is fetched, bytes. A bot may upload no larger file to Telegram.
pub const RESULT_MAX_BYTES: u64 = 50 * 1024 * 1024;
/// Most redirects that are followed.
const HOPS_MAX: usize = 3;
/// Longest name of a host, characters (RFC 1035, 2.3.4).
const HOST_MAX_CHARS: usize = 253;
/// The hosts on which KIE puts its results. Any other host is reported, because KIE has moved or the address is not KIE's.
/// Source: recordings of recordInfo.
const KNOWN_HOSTS: [&str; 2] = ["tempfile.aiquickdraw.com", "file.aiquickdraw.com"];

/// The result was not fetched. Fetching changes nothing at KIE and may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address must not be fetched: it is not https, its host has an address that is not public, or it redirects too often.
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
    /// limit covers only the head. A result on an unknown host is fetched too, and reported; each host has to be a public one.
    ///
    /// # Errors
    /// [`FetchError`]: the result was not fetched.
    pub async fn fetch(&self, url: &str) -> Result<Download, FetchError> {
        counted(self.follow(url).await)
    }

    async fn follow(&self, url: &str) -> Result<Download, FetchError> {
        let mut url = Url::parse(url).map_err(|error| FetchError::BadUrl(error.to_string()))?;
        let mut host_before = None;
        for _ in 0..=HOPS_MAX {
            let host = Some(host_of(&url)?);
            if host != host_before {
                self.report_unknown(&url);
            }
            host_before = host;
            let (head, body) = self.ask_for_result(&url).await?.into_parts();
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

    /// Asks for one address of a result. Only a public address over https is reached, because any other one in a reply or redirect
    /// could point into our own network. If KIE is a fake over http, its results may be on any http address too.
    async fn ask_for_result(&self, url: &Url) -> Result<http::Response<SdkBody>, FetchError> {
        let request = http::Request::get(url.as_str()).header(USER_AGENT, AGENT).body(SdkBody::empty());
        let request = request.map_err(|_| FetchError::BadUrl("malformed address".to_owned()))?;
        if self.is_fake() {
            return match url.scheme() {
                "http" | "https" => {
                    self.wire.send(request, CALL_TIMEOUT).await.map_err(|error| FetchError::Transient(error.to_string()))
                }
                scheme => Err(FetchError::BadUrl(format!("the scheme is {scheme}, not http"))),
            };
        }
        self.wire.send_to_public(request, CALL_TIMEOUT).await.map_err(|error| match error {
            PublicError::NotPublic(why) => FetchError::BadUrl(why),
            PublicError::Wire(error) => FetchError::Transient(error.to_string()),
        })
    }

    /// Reports a host on which KIE put no result before. The line has no path and no query, because they may give access.
    fn report_unknown(&self, url: &Url) {
        let host = url.host_str().unwrap_or_default();
        if self.is_fake() || KNOWN_HOSTS.contains(&host.trim_end_matches('.')) {
            return;
        }
        tracing::warn!(host, "KIE's result is on an unknown host");
        Metric::UnknownResultHost.emit();
    }
}

/// The host of an address, if it can be the name of a host.
fn host_of(url: &Url) -> Result<String, FetchError> {
    match url.host_str() {
        Some(host) if host.len() <= HOST_MAX_CHARS => Ok(host.to_owned()),
        Some(_) => Err(FetchError::BadUrl(format!("the name of the host has over {HOST_MAX_CHARS} characters"))),
        None => Err(FetchError::BadUrl(format!("the address has no host (scheme {})", url.scheme()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::logging::{json_lines, tests::Captured};
    use crate::testing::{Answer, Script};
    use crate::wire::read;
    use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
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
    async fn no_address_that_is_not_public_is_asked_not_even_after_a_redirect() {
        for refused in [
            "http://tempfile.aiquickdraw.com/x.mp4",
            "https://127.0.0.1/x.mp4",
            "https://0x7f000001/x.mp4",
            "https://10.1.2.3:8443/x.mp4",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00:ec2::254]/latest/meta-data",
            "https://tempfile.aiquickdraw.com@192.168.0.1/x.mp4",
        ] {
            let (result, script) = fetch(refused, vec![]).await;
            assert!(matches!(result, Err(FetchError::BadUrl(_))), "{refused}: {result:?}");
            assert!(script.seen().is_empty(), "{refused}");
            let (result, script) = fetch("https://a/x", vec![to(refused)]).await;
            assert!(matches!(result, Err(FetchError::BadUrl(_))), "redirect to {refused}: {result:?}");
            assert_eq!(script.seen().len(), 1, "redirect to {refused}");
        }
        let long = format!("https://{}x/", "a.".repeat(127));
        assert!(matches!(fetch(&long, vec![]).await.0, Err(FetchError::BadUrl(_))));
    }

    /// Answers `https://redirects.example/` with a redirect to another address, and hands all other calls to the real network.
    #[derive(Debug)]
    struct Redirects(&'static str, crate::wire::Wire);

    impl HttpConnector for Redirects {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            if !request.uri().contains("redirects.example") {
                return self.1.connector().call(request);
            }
            let reply = http::Response::builder().status(302).header(LOCATION, self.0).body(SdkBody::empty()).unwrap();
            HttpConnectorFuture::ready(Ok(reply.try_into().unwrap()))
        }
    }

    #[tokio::test]
    async fn a_redirect_to_a_name_of_this_machine_is_refused_by_the_resolver() {
        let wire = crate::wire::Wire::over(Redirects("https://localhost:1/x", crate::wire::Wire::internet().unwrap()));
        let kie = Kie::new(wire, "https://api.kie.ai", Secret::new("KEY"));
        for url in ["https://redirects.example/x", "https://localhost:1/x"] {
            let error = kie.fetch(url).await.unwrap_err();
            assert!(matches!(&error, FetchError::BadUrl(why) if why.contains("RFC")), "{url}: {error}");
        }
    }

    #[tokio::test]
    async fn a_fake_over_http_may_have_its_results_on_loopback() {
        let script = Script::new([to("http://127.0.0.1:8000/y"), Answer::with(200, [], "v")]);
        let kie = Kie::new(script.wire(), "http://127.0.0.1:8000", Secret::new("KEY"));
        assert!(kie.fetch("http://localhost:8000/x").await.is_ok());
        assert!(matches!(kie.fetch("file:///x").await, Err(FetchError::BadUrl(_))));
    }

    #[tokio::test]
    async fn an_unknown_host_is_fetched_and_reported_once_by_its_name_alone() {
        let film = || Answer::with(200, [], "v");
        for (url, answers, reported) in [
            ("https://tempfile.aiquickdraw.com/x?k=SECRET", vec![film()], vec![]),
            ("https://TEMPFILE.aiquickdraw.com./x?k=SECRET", vec![film()], vec![]),
            ("https://films.example/PATH?k=SECRET", vec![film()], vec!["films.example"]),
            ("https://films.example/PATH", vec![to("/SECRET"), film()], vec!["films.example"]),
            ("https://file.aiquickdraw.com/x", vec![to("https://films.example:444/SECRET"), film()], vec!["films.example"]),
            ("https://file.aiquickdraw.com:SECRET@films.example/", vec![film()], vec!["films.example"]),
            ("https://файл.example/SECRET", vec![film()], vec!["xn--80asg7a.example"]),
            ("https://8.8.8.8/SECRET", vec![film()], vec!["8.8.8.8"]),
            ("https://eviltempfile.aiquickdraw.com/SECRET", vec![film()], vec!["eviltempfile.aiquickdraw.com"]),
        ] {
            let captured = Captured::default();
            let writer = captured.clone();
            let subscriber = json_lines("warn", Some("neurocards-test".to_owned()), move || writer.clone());
            let guard = tracing::subscriber::set_default(subscriber);
            assert!(fetch(url, answers).await.0.is_ok(), "{url}");
            drop(guard);
            let lines = captured.lines();
            let parsed: Vec<serde_json::Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            let hosts: Vec<_> = parsed.iter().filter_map(|line| line["host"].as_str()).collect();
            assert_eq!(hosts, reported, "{url}");
            assert_eq!(parsed.iter().filter(|line| line["UnknownResultHost"] == 1.0).count(), reported.len(), "{url}");
            assert!(!lines.iter().any(|line| line.contains("SECRET") || line.contains("PATH")), "{lines:?}");
        }
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
