//! The real network, as a connector of the AWS SDK.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;

use super::{chain, lost, never_arrived};

/// Longest wait for a connection, including the name lookup and the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is not used again: the other side closes it while Lambda freezes the function, and a
/// request written into a closed connection has an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The HTTP client could not be set up. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up: {0}")]
pub struct SetupError(String);

/// One pooled HTTP client (HTTP/1.1 and HTTP/2).
#[derive(Clone, Debug)]
pub(super) struct Internet(reqwest::Client);

impl Internet {
    pub(super) fn new() -> Result<Self, SetupError> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| SetupError(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build()
            .map(Self)
            .map_err(|error| SetupError(chain(&error.without_url())))
    }
}

impl HttpConnector for Internet {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|_| never_arrived("malformed request"))?;
            let request =
                reqwest::Request::try_from(request.map(outgoing)).map_err(|error| never_arrived(&chain(&error.without_url())))?;
            let response = client.execute(request).await.map_err(failure)?;
            HttpResponse::try_from(http::Response::<reqwest::Body>::from(response).map(incoming))
                .map_err(|_| lost("malformed reply"))
        })
    }
}

/// In-memory bodies are sent whole, so that they carry a Content-Length; other bodies are streamed.
fn outgoing(body: SdkBody) -> reqwest::Body {
    match body.bytes() {
        Some(bytes) => reqwest::Body::from(Bytes::copy_from_slice(bytes)),
        None => reqwest::Body::wrap(body),
    }
}

fn incoming(body: reqwest::Body) -> SdkBody {
    SdkBody::from_body_1_x(body.map_err(reqwest::Error::without_url))
}

fn failure(error: reqwest::Error) -> ConnectorError {
    let (connecting, timed_out) = (error.is_connect(), error.is_timeout());
    let text = chain(&error.without_url());
    if connecting {
        never_arrived(&text)
    } else if timed_out {
        ConnectorError::timeout(text.into())
    } else {
        lost(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::get;
    use crate::wire::{Wire, WireError};

    #[tokio::test]
    async fn a_closed_port_is_certainly_not_sent_and_the_error_hides_the_address() {
        let wire = Wire::internet().unwrap();
        let error = wire.send(get("http://127.0.0.1:1/botTOKEN/getMe"), CONNECT_TIMEOUT).await.unwrap_err();
        let WireError::NotSent(text) = error else { panic!("{error}") };
        assert!(!text.contains("TOKEN"), "{text}");
    }
}
