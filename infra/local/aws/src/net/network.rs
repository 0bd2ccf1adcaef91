//! [`Net`]: routes every call to a service in this process, after the interceptors have decided about the call.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use http::{HeaderValue, header};

use super::error::NetError;
use super::fallback;
use super::interceptor::{self, Action, CallInfo, Interceptor, Moment};
use super::service::Service;
use crate::message::{Request, Response};
use crate::{aws_json, lock};

/// The wire. Clones share routes and interceptors. It is an SDK HTTP client (`Config::builder().http_client(net)`).
#[derive(Clone, Default)]
pub struct Net(Arc<Inner>);

#[derive(Default)]
struct Inner {
    routes: Mutex<BTreeMap<String, Arc<dyn Service>>>,
    interceptors: Mutex<Vec<Arc<dyn Interceptor>>>,
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

    /// Sends every call to `authority` (`host` or `host:port`, as in the URL) to `service`, in place of any earlier service.
    pub fn mount(&self, authority: impl Into<String>, service: impl Service + 'static) {
        lock(&self.0.routes).insert(authority.into(), Arc::new(service));
    }

    /// Adds an interceptor. Interceptors decide in the order of their addition. The first action that is not `Pass` counts.
    pub fn intercept(&self, interceptor: Arc<dyn Interceptor>) {
        lock(&self.0.interceptors).push(interceptor);
    }

    /// Removes all interceptors.
    pub fn remove_interceptors(&self) {
        lock(&self.0.interceptors).clear();
    }

    /// Removes all services and interceptors. A mounted service often holds the wire itself: without this call neither
    /// would ever be freed.
    pub fn close(&self) {
        // Both are dropped after the locks are released, because a service may use the wire while it is dropped.
        let _routes = std::mem::take(&mut *lock(&self.0.routes));
        let _interceptors = std::mem::take(&mut *lock(&self.0.interceptors));
    }

    /// How many calls were made so far, refused ones included.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Makes one call, as the current [`interceptor::CALLER`].
    pub async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.send_as(interceptor::caller(), request).await
    }

    pub(super) async fn send_as(&self, caller: &'static str, mut request: Request) -> Result<Response, NetError> {
        complete_headers(&mut request);
        let index = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let call = CallInfo::new(index, caller, &request);
        // A real network call lets other tasks run; this yield does the same.
        tokio::task::yield_now().await;
        let outcome = match self.action(&call) {
            Action::Pass => self.deliver(&call, request).await,
            Action::Delay(delay) => {
                tokio::time::sleep(delay).await;
                self.deliver(&call, request).await
            }
            Action::Hold(released) => {
                released.notified().await;
                self.deliver(&call, request).await
            }
            Action::Late(delay) => {
                let (net, late) = (self.clone(), call.clone());
                let delivery = tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    net.deliver(&late, request).await
                });
                delivery.await.unwrap_or_else(|error| Err(NetError::ReplyLost(error.to_string())))
            }
            Action::Twice(pause) => {
                let (net, copy, again) = (self.clone(), call.clone(), request.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    let _unread = net.deliver(&copy, again).await;
                });
                self.deliver(&call, request).await
            }
            Action::Rewrite(body) => self.deliver(&call, request.map(|_| body)).await,
            Action::RefuseNotSent => Err(NetError::NotSent(call.host.clone())),
            Action::Reply(reply) => Ok(reply),
            Action::LoseReply => {
                let applied = self.deliver(&call, request).await;
                applied.and_then(|_| Err(NetError::ReplyLost(call.host.clone())))
            }
            Action::Kill { moment, died } => {
                if moment == Moment::AfterApplied {
                    let _never_read = self.deliver(&call, request).await;
                }
                died.notify_one();
                std::future::pending().await
            }
        };
        for interceptor in self.interceptors() {
            interceptor.after(&call, &outcome);
        }
        outcome
    }

    fn action(&self, call: &CallInfo) -> Action {
        let mut actions = self.interceptors().into_iter().map(|interceptor| interceptor.before(call));
        actions.find(|action| !matches!(action, Action::Pass)).unwrap_or(Action::Pass)
    }

    fn interceptors(&self) -> Vec<Arc<dyn Interceptor>> {
        lock(&self.0.interceptors).clone()
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
            (None, Some(fallback)) => fallback::forward(fallback, request).await.map_err(NetError::Fallback),
            (None, None) => Err(NetError::NotSent(call.host.clone())),
        }
    }
}

/// Adds the headers that an HTTP client would add: services and signatures need `Host`, uploads need `Content-Length`.
fn complete_headers(request: &mut Request) {
    if !request.headers().contains_key(header::HOST)
        && let Ok(host) = HeaderValue::from_str(&aws_json::authority(request))
    {
        request.headers_mut().insert(header::HOST, host);
    }
    if !request.body().is_empty() && !request.headers().contains_key(header::CONTENT_LENGTH) {
        let length = HeaderValue::from(request.body().len());
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
}
