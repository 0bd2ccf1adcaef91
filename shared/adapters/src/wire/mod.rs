//! The one HTTP client: every HTTP request of the system goes through it, the AWS SDK's included.

mod address;
mod body;
mod internet;
mod public;

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::response::Parts;

pub use body::{BrokenOff, Download, ReadError, at_most, peek, read, watched};
pub use internet::SetupError;
pub use public::PublicError;

/// The connector under every client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Wire {
    connector: SharedHttpConnector,
}

/// A request got no usable reply. The variant says whether the request may have been carried out. The texts never hold an
/// address, because an address may carry the bot token or a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The request certainly did not arrive: the name was not resolved, the connection or handshake was refused, or the request
    /// is malformed. Sending it again cannot do anything twice.
    #[error("the request was not sent: {0}")]
    NotSent(String),
    /// The request may have been carried out: there was no reply in time, or the connection was lost after it was made. Send it
    /// again only if that does no harm.
    #[error("the request was sent, and its outcome is unknown: {0}")]
    Unknown(String),
}

impl Wire {
    /// A wire over the real network: TLS 1.2+ by rustls with ring and Mozilla's roots, no proxies, no redirects.
    ///
    /// # Errors
    /// [`SetupError`]: the TLS stack could not be set up.
    pub fn internet() -> Result<Self, SetupError> {
        Ok(Self::over(internet::Internet::new()?))
    }

    /// A wire over any other connector: an in-process service, a script of replies, or a connector that injects faults. The
    /// connector fails with [`never_arrived`] or [`lost`] where the network would fail.
    pub fn over(connector: impl HttpConnector + 'static) -> Self {
        Self { connector: SharedHttpConnector::new(connector) }
    }

    /// This wire as the HTTP client of an AWS client. The AWS client sets its own time-outs, per attempt and operation.
    #[must_use]
    pub fn sdk(&self) -> SharedHttpClient {
        let connector = self.connector.clone();
        http_client_fn(move |_, _| connector.clone())
    }

    /// The connector, for a test that wraps it.
    #[must_use]
    pub fn connector(&self) -> SharedHttpConnector {
        self.connector.clone()
    }

    /// Sends a request and waits for the head of the reply, `limit` at most. The upload of the request's body counts.
    ///
    /// # Errors
    /// [`WireError`] says whether the request may have been carried out.
    pub async fn send(&self, request: http::Request<SdkBody>, limit: Duration) -> Result<http::Response<SdkBody>, WireError> {
        self.exchange(request, limit, classify).await
    }

    /// As [`Self::send`], for an address that another party names: the request reaches only a public address over https, whatever
    /// the host's name resolves to.
    ///
    /// # Errors
    /// [`PublicError`] says whether the address was refused, or whether the request may have been carried out.
    pub async fn send_to_public(
        &self,
        mut request: http::Request<SdkBody>,
        limit: Duration,
    ) -> Result<http::Response<SdkBody>, PublicError> {
        public::check_url(&request.uri().to_string())?;
        request.extensions_mut().insert(public::PublicOnly);
        self.exchange(request, limit, public::classify_public).await
    }

    async fn exchange<E: From<WireError>>(
        &self,
        request: http::Request<SdkBody>,
        limit: Duration,
        classify: fn(ConnectorError) -> E,
    ) -> Result<http::Response<SdkBody>, E> {
        let request = HttpRequest::try_from(request).map_err(|_| WireError::NotSent("malformed request".into()))?;
        match tokio::time::timeout(limit, self.connector.call(request)).await {
            Err(_) => Err(WireError::Unknown(format!("no reply within {limit:?}")).into()),
            Ok(Err(error)) => Err(classify(error)),
            Ok(Ok(response)) => Ok(response.try_into_http1x().map_err(|_| WireError::Unknown("malformed reply".into()))?),
        }
    }

    /// Sends a request and reads the whole reply, within `limit` and `max_bytes`.
    ///
    /// # Errors
    /// As [`Self::send`]. A reply body that breaks off, is too large or too slow is [`WireError::Unknown`]: the request did
    /// arrive.
    pub async fn ask(
        &self,
        request: http::Request<SdkBody>,
        limit: Duration,
        max_bytes: usize,
    ) -> Result<(Parts, Bytes), WireError> {
        let end = tokio::time::Instant::now() + limit;
        let (head, reply) = self.send(request, limit).await?.into_parts();
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        let bytes = read(reply, max_bytes, left).await.map_err(|error| WireError::Unknown(error.to_string()))?;
        Ok((head, bytes))
    }
}

/// Marks the error of a connector whose request certainly did not arrive.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NeverArrived(String);

/// The error of a connector whose request certainly did not arrive.
#[must_use]
pub fn never_arrived(why: &str) -> ConnectorError {
    ConnectorError::io(Box::new(NeverArrived(without_urls(why)))).never_connected()
}

/// The error of a connector whose connection broke after the request may have arrived.
#[must_use]
pub fn lost(why: &str) -> ConnectorError {
    ConnectorError::io(without_urls(why).into())
}

fn classify(error: ConnectorError) -> WireError {
    let timed_out = error.is_timeout();
    let source = error.into_source();
    match source.downcast_ref::<NeverArrived>() {
        Some(NeverArrived(why)) => WireError::NotSent(why.clone()),
        None if timed_out => WireError::Unknown(format!("timed out: {}", chain(&*source))),
        None => WireError::Unknown(chain(&*source)),
    }
}

/// An error and its causes in one line, without addresses.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    without_urls(&text)
}

/// The text with every word that holds an address replaced.
pub(crate) fn without_urls(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    text.split(' ').map(|word| if word.contains("://") { "<url>" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Script, get};

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_reply_comes_back_whole() {
        let script = Script::new([Answer::json(200, "{}")]);
        let (head, body) = script.wire().ask(get("http://x/y?z=1"), LIMIT, 10).await.unwrap();
        assert_eq!((head.status.as_u16(), &body[..]), (200, &b"{}"[..]));
        assert_eq!(script.seen()[0].uri, "http://x/y?z=1");
    }

    #[tokio::test]
    async fn a_refused_connection_is_certainly_not_sent() {
        let error = Script::new([Answer::NeverArrived]).wire().send(get("http://x/"), LIMIT).await.unwrap_err();
        assert!(matches!(error, WireError::NotSent(_)), "{error}");
    }

    #[tokio::test]
    async fn a_request_on_a_lost_connection_may_have_been_carried_out() {
        let error = Script::new([Answer::Lost]).wire().send(get("http://x/"), LIMIT).await.unwrap_err();
        assert!(matches!(error, WireError::Unknown(_)), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_a_reply_ends_at_the_limit_with_unknown_outcome() {
        let started = tokio::time::Instant::now();
        let error = Script::new([Answer::Silence]).wire().send(get("http://x/"), LIMIT).await.unwrap_err();
        assert!(matches!(error, WireError::Unknown(_)), "{error}");
        assert_eq!(started.elapsed(), LIMIT);
    }

    #[tokio::test]
    async fn a_reply_over_the_limit_is_an_unknown_outcome() {
        let script = Script::new([Answer::json(200, "0123456789!")]);
        let error = script.wire().ask(get("http://x/"), LIMIT, 10).await.unwrap_err();
        assert!(matches!(error, WireError::Unknown(_)), "{error}");
    }

    #[test]
    fn no_error_text_holds_an_address() {
        let secret = "cannot reach https://api.telegram.org/bot1:TOKEN/getMe today";
        for error in [never_arrived(secret), lost(secret)] {
            let text = classify(error).to_string();
            assert!(!text.contains("TOKEN") && text.contains("<url> today"), "{text}");
        }
    }
}
