//! Mounts the services of a sandbox, so that they reach each other by HTTP or by function calls.

use std::sync::{Arc, OnceLock};

use adapters::wire::Wire;
use bytes::Bytes;
use fakes::outbound::{Answer, LoopbackHttp, Outbound};
use futures_util::{FutureExt, future::BoxFuture};
use local_aws::net::{Loopback, Net, Request, Response, Service, serve};
use tokio::task::JoinSet;

/// The transport between the services of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// HTTP on loopback, in real time: S3, Telegram, KIE and the Function URLs each listen on a port.
    Loopback,
    /// Function calls without sockets, so that virtual time stays exact.
    InProcess,
}

/// The parts of a sandbox that is being opened.
pub(crate) struct Builder {
    pub(crate) carrier: Carrier,
    pub(crate) net: Net,
    pub(crate) running: JoinSet<()>,
    pub(crate) served: Vec<Loopback>,
}

impl Builder {
    /// A builder whose wire reaches services outside of this process if the carrier or a real service needs them.
    pub(crate) fn new(carrier: Carrier, is_outside: bool) -> Result<Self, String> {
        let net = match carrier {
            Carrier::InProcess if !is_outside => Net::new(),
            Carrier::InProcess | Carrier::Loopback => {
                Net::with_fallback(Wire::internet().map_err(|error| error.to_string())?.connector())
            }
        };
        Ok(Self { carrier, net, running: JoinSet::new(), served: Vec::new() })
    }

    /// Makes a service reachable, and returns its URL.
    pub(crate) async fn publish(&mut self, name: &str, service: impl Service + 'static) -> Result<String, String> {
        match self.carrier {
            Carrier::InProcess => {
                self.net.mount(format!("{name}.local"), service);
                Ok(format!("http://{name}.local"))
            }
            Carrier::Loopback => {
                let served = serve(service, 0).await.map_err(|error| format!("the service {name} did not start: {error}"))?;
                let url = served.url();
                self.served.push(served);
                Ok(url)
            }
        }
    }

    /// Makes a service reachable for this process at the host of an address, and returns the address.
    pub(crate) fn mount_at(&self, url: &str, service: impl Service + 'static) -> Result<String, String> {
        let host = url.parse::<http::Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
        self.net.mount(host.ok_or_else(|| format!("the address {url} has no host"))?, service);
        Ok(url.to_owned())
    }

    /// Returns the HTTP client of the fakes.
    pub(crate) fn outbound(&self) -> Arc<dyn Outbound> {
        match self.carrier {
            Carrier::InProcess => Arc::new(OverNet(self.net.clone())),
            Carrier::Loopback => Arc::new(LoopbackHttp),
        }
    }
}

/// The HTTP client of the fakes in process: their calls go over the sandbox's wire.
pub(crate) struct OverNet(Net);

impl Outbound for OverNet {
    fn send(&self, request: Request) -> BoxFuture<'static, Answer> {
        let net = self.0.clone();
        async move { net.send(request).await.map_err(|error| error.to_string()) }.boxed()
    }
}

/// A service whose address is needed before the service exists. Until then it answers 503.
#[derive(Clone, Default)]
pub(crate) struct Later(Arc<OnceLock<Arc<dyn Service>>>);

impl Later {
    pub(crate) fn set(&self, service: impl Service + 'static) {
        let _only_once = self.0.set(Arc::new(service));
    }
}

impl Service for Later {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        match self.0.get() {
            Some(service) => service.call(request),
            None => {
                let mut reply = http::Response::new(Bytes::new());
                *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                std::future::ready(reply).boxed()
            }
        }
    }
}
