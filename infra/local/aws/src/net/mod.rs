//! The wire of a local world: routes every call to a service in this process, and lets taps interfere with it.

mod connector;
mod loopback;
mod tap;
mod tower;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::result::ConnectorError;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, header};

pub use loopback::{Loopback, serve};
pub use tap::{CALLER, CallInfo, Moment, Tap, Verdict};
pub use tower::Tower;

use crate::{lock, wire};

/// A request with its body collected.
pub type Request = http::Request<Bytes>;
/// A reply with its body collected.
pub type Response = http::Response<Bytes>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Something that answers HTTP requests in this process. It never fails: an error is a reply.
pub trait Service: Send + Sync {
    /// Answers one request. Dropping the future is a caller that went away.
    fn call(&self, request: Request) -> BoxFuture<'_, Response>;
}

impl<S: Service + ?Sized> Service for Arc<S> {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        (**self).call(request)
    }
}

/// Why a call has no reply. The name says what the service on the other side saw.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// Nothing arrived: nobody listens there, or a tap refused the connection.
    #[error("connection refused: {0}")]
    NotSent(String),
    /// The service applied the request; its reply was lost.
    #[error("connection reset after the request was sent: {0}")]
    ReplyLost(String),
    /// The fallback connector failed; what the other side saw is unknown.
    #[error("{0}")]
    Fallback(ConnectorError),
}

/// The wire. Clones share routes and taps. It is an SDK HTTP client (`Config::builder().http_client(net)`).
#[derive(Clone, Default)]
pub struct Net(Arc<Inner>);

#[derive(Default)]
struct Inner {
    routes: Mutex<BTreeMap<String, Arc<dyn Service>>>,
    taps: Mutex<Vec<Arc<dyn Tap>>>,
    fallback: Option<SharedHttpConnector>,
    calls: AtomicU64,
}

impl Net {
    /// A wire with no services; a call to an unknown authority is refused.
    pub fn new() -> Self {
        Self::default()
    }

    /// A wire that hands calls to unknown authorities to `fallback`.
    pub fn with_fallback(fallback: SharedHttpConnector) -> Self {
        Self(Arc::new(Inner { fallback: Some(fallback), ..Inner::default() }))
    }

    /// Sends every call to `authority` (`host` or `host:port`, as in the URL) to `service`, replacing what was there.
    pub fn mount(&self, authority: impl Into<String>, service: impl Service + 'static) {
        lock(&self.0.routes).insert(authority.into(), Arc::new(service));
    }

    /// Adds a tap. With several, the first verdict that is not `Pass` counts, and the taps after it are not asked.
    pub fn tap(&self, tap: Arc<dyn Tap>) {
        lock(&self.0.taps).push(tap);
    }

    /// Removes all taps.
    pub fn remove_taps(&self) {
        lock(&self.0.taps).clear();
    }

    /// Takes everything off the wire. What is mounted often holds the wire itself, and the two would keep each other for ever.
    pub fn close(&self) {
        // Dropped after the locks: what goes away may look at the wire once more.
        let _routes = std::mem::take(&mut *lock(&self.0.routes));
        let _taps = std::mem::take(&mut *lock(&self.0.taps));
    }

    /// How many calls were made so far, refused ones included.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Makes one call, as the current [`CALLER`].
    pub async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.send_as(tap::caller(), request).await
    }

    async fn send_as(&self, caller: &'static str, mut request: Request) -> Result<Response, NetError> {
        complete_headers(&mut request);
        let index = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let call = CallInfo::new(index, caller, &request);
        // Other tasks get a turn at every call, as they would on a network.
        tokio::task::yield_now().await;
        let verdict = self.verdict(&call);
        let outcome = match verdict {
            Verdict::Pass => self.deliver(&call, request).await,
            Verdict::Delay(delay) => {
                tokio::time::sleep(delay).await;
                self.deliver(&call, request).await
            }
            Verdict::Hold(released) => {
                released.notified().await;
                self.deliver(&call, request).await
            }
            Verdict::Late(delay) => {
                let (net, late) = (self.clone(), call.clone());
                let delivery = tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    net.deliver(&late, request).await
                });
                delivery.await.unwrap_or_else(|error| Err(NetError::ReplyLost(error.to_string())))
            }
            Verdict::Twice(pause) => {
                let (net, copy, again) = (self.clone(), call.clone(), request.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    let _nobody_waits = net.deliver(&copy, again).await;
                });
                self.deliver(&call, request).await
            }
            Verdict::Rewrite(body) => self.deliver(&call, request.map(|_| body)).await,
            Verdict::RefuseNotSent => Err(NetError::NotSent(call.host.clone())),
            Verdict::Reply(reply) => Ok(reply),
            Verdict::LoseReply => {
                let applied = self.deliver(&call, request).await;
                applied.and_then(|_| Err(NetError::ReplyLost(call.host.clone())))
            }
            Verdict::Kill { moment, died } => {
                if moment == Moment::AfterApplied {
                    let _never_read = self.deliver(&call, request).await;
                }
                died.notify_one();
                std::future::pending().await
            }
        };
        for tap in self.taps() {
            tap.after(&call, &outcome);
        }
        outcome
    }

    fn verdict(&self, call: &CallInfo) -> Verdict {
        let decided = self.taps().iter().map(|tap| tap.before(call)).find(|verdict| !matches!(verdict, Verdict::Pass));
        decided.unwrap_or(Verdict::Pass)
    }

    fn taps(&self) -> Vec<Arc<dyn Tap>> {
        lock(&self.0.taps).clone()
    }

    async fn deliver(&self, call: &CallInfo, request: Request) -> Result<Response, NetError> {
        let service = lock(&self.0.routes).get(&call.host).cloned();
        match (service, &self.0.fallback) {
            (Some(service), _) => {
                let mut reply = service.call(request).await;
                if call.method == http::Method::HEAD {
                    reply.body_mut().clear();
                }
                Ok(reply)
            }
            (None, Some(fallback)) => connector::forward(fallback, request).await.map_err(NetError::Fallback),
            (None, None) => Err(NetError::NotSent(call.host.clone())),
        }
    }
}

/// What an HTTP client adds on the wire: services and signatures need `Host`, uploads need `Content-Length`.
fn complete_headers(request: &mut Request) {
    if !request.headers().contains_key(header::HOST)
        && let Ok(host) = HeaderValue::from_str(&wire::authority(request))
    {
        request.headers_mut().insert(header::HOST, host);
    }
    if !request.body().is_empty() && !request.headers().contains_key(header::CONTENT_LENGTH) {
        let length = HeaderValue::from(request.body().len());
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
}

#[cfg(test)]
mod tests;
