//! The real network, as a connector of the AWS SDK.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;

use super::public::{NotPublic, PublicOnly, PublicResolver};
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

/// One pooled HTTP client (HTTP/1.1 and HTTP/2), and a second one for the requests that may reach only public addresses: a
/// connection belongs to one client, so no such request goes over a connection whose address was not checked.
#[derive(Clone, Debug)]
pub(super) struct Internet {
    any: reqwest::Client,
    /// Built at its first request, because most functions have none.
    public: Arc<OnceLock<reqwest::Client>>,
    tls: rustls::ClientConfig,
}

impl Internet {
    pub(super) fn new() -> Result<Self, SetupError> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| SetupError(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let any = builder(&tls).build().map_err(|error| SetupError(chain(&error.without_url())))?;
        Ok(Self { any, public: Arc::default(), tls })
    }

    fn public(&self) -> reqwest::Result<reqwest::Client> {
        if let Some(built) = self.public.get() {
            return Ok(built.clone());
        }
        let built = builder(&self.tls).https_only(true).dns_resolver(PublicResolver::system()).build()?;
        Ok(self.public.get_or_init(|| built).clone())
    }
}

fn builder(tls: &rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
}

impl HttpConnector for Internet {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let clients = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|_| never_arrived("malformed request"))?;
            let client = match request.extensions().get::<PublicOnly>() {
                None => clients.any,
                Some(PublicOnly) => clients.public().map_err(|error| never_arrived(&chain(&error.without_url())))?,
            };
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
    if let Some(NotPublic(why)) = refusal(&error) {
        return ConnectorError::other(NotPublic(why.clone()).into(), None);
    }
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

/// The resolver's refusal among the causes of an error.
fn refusal(error: &reqwest::Error) -> Option<&NotPublic> {
    std::iter::successors(error.source(), |&cause| cause.source()).find_map(|cause| cause.downcast_ref())
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

    #[tokio::test]
    async fn the_client_of_public_addresses_is_built_by_its_first_request() {
        let internet = Internet::new().unwrap();
        let wire = Wire::over(internet.clone());
        let _refused = wire.send(get("http://127.0.0.1:1/"), CONNECT_TIMEOUT).await;
        let _refused = wire.send_to_public(get("https://127.0.0.1/"), CONNECT_TIMEOUT).await;
        assert!(internet.public.get().is_none());
        let _refused = wire.send_to_public(get("https://localhost:1/"), CONNECT_TIMEOUT).await;
        assert!(internet.public.get().is_some());
    }
}
