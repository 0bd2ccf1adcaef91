//! The calls that fakes make: Telegram to the bot's webhook, KIE to a photo's URL. They never reach another machine.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Router;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::Request;
use http::header::{HOST, HeaderValue};
use http_body_util::Full;
use hyper_util::rt::TokioIo;

pub use crate::answer::Answer;
use crate::answer::collect;

/// Sends a request with an absolute URL and returns the whole answer.
pub trait Outbound: Send + Sync {
    /// Sends the request. An error means that no complete answer came.
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'static, Answer>;
}

/// Real HTTP/1.1 to this machine only. For every host name the connection goes to 127.0.0.1 at the URL's port, with the name in
/// the `Host` header. LocalStack's function URLs work this way, and no request leaves the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopbackHttp;

impl Outbound for LoopbackHttp {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'static, Answer> {
        send_loopback(request).boxed()
    }
}

async fn send_loopback(mut request: Request<Bytes>) -> Answer {
    if request.uri().scheme_str() != Some("http") {
        return Err(format!("the URL {} is not http, the only scheme of LoopbackHttp", request.uri()));
    }
    let Some(authority) = request.uri().authority().cloned() else {
        return Err(format!("the URL {} has no host", request.uri()));
    };
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), authority.port_u16().unwrap_or(80));
    let host = HeaderValue::from_str(authority.as_str()).map_err(|error| error.to_string())?;
    request.headers_mut().insert(HOST, host);
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    *request.uri_mut() = path.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;

    let socket =
        tokio::net::TcpStream::connect(address).await.map_err(|error| format!("cannot connect to {address}: {error}"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let answer = async {
        let answer = sender.send_request(request.map(Full::new)).await.map_err(|error| error.to_string())?;
        collect(answer).await
    }
    .await;
    connection.abort();
    answer
}

/// Routers in this process, found by the URL's host name without its port. They need no sockets, so virtual time stays exact.
#[derive(Clone, Default)]
pub struct Switchboard {
    routers: BTreeMap<String, Router>,
}

impl Switchboard {
    /// A switchboard without hosts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a router that answers for `host`.
    #[must_use]
    pub fn with(mut self, host: impl Into<String>, router: Router) -> Self {
        self.routers.insert(host.into(), router);
        self
    }
}

impl Outbound for Switchboard {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'static, Answer> {
        let router = request.uri().host().and_then(|host| self.routers.get(host)).cloned();
        async move {
            let Some(router) = router else {
                return Err(format!("the switchboard has no router for {}", request.uri()));
            };
            crate::server::call(router, request).await
        }
        .boxed()
    }
}
