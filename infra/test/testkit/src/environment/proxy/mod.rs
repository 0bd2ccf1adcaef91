//! A proxy between the deployed functions and LocalStack. The proxy records the permissions that each call needs, and injects
//! faults into chosen calls. Each function calls through its own port, so the proxy knows its caller. LocalStack's pollers do not
//! use the proxy.

mod call;
mod process;

use std::{
    io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fakes::outbound::{LoopbackHttp, Outbound};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use local_aws::{
    errors,
    net::{Request, Response},
};
use tokio::net::{TcpListener, TcpStream};

use crate::{fault::FaultKind, uses::Uses};
use call::Call;
use process::Ends;
use sandbox::FUNCTIONS;

/// The folder below LocalStack's state in which a function's process finds the address of its port.
const ENDPOINTS: &str = "endpoints";
/// Delay of a late call. Every lease that was live at the start has expired by then.
const PAST_THE_LEASE: Duration = Duration::from_secs(15);
/// Delay of a delayed call. Its caller has timed out and retried by then.
const DELAY: Duration = Duration::from_secs(6);
/// Delay of the second copy of a duplicated call.
const AGAIN: Duration = Duration::from_secs(1);

/// The proxy. Clones share everything; its servers run until the process ends.
#[derive(Clone, Debug)]
pub struct Proxy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Prefix of the names of the stack's functions and queues.
    prefix: String,
    localstack: String,
    /// The folder of LocalStack's state, which contains [`ENDPOINTS`].
    state: PathBuf,
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    uses: Uses,
    injections: Vec<Injection>,
}

/// A fault with the call that it strikes.
#[derive(Clone, Copy, Debug)]
pub struct PlannedFault {
    /// The function that calls.
    pub function: &'static str,
    /// The service and the operation, as [`crate::requests`] names them.
    pub call: (&'static str, &'static str),
    /// The number of matching calls that pass before the fault strikes.
    pub after: usize,
    /// The kind of fault.
    pub fault: FaultKind,
}

#[derive(Debug)]
struct Injection {
    planned: PlannedFault,
    /// The fault strikes only calls whose path or body contains this text.
    about: String,
    /// The number of matching calls that still pass.
    left: usize,
    /// Id of the request that the fault struck. The SDK's retries have the same id.
    struck: Option<String>,
    /// Whether the delayed call has not arrived yet.
    under_way: bool,
    /// The reason why the proxy could not inject the fault.
    refusal: Option<String>,
}

/// The handle of an injected fault.
#[derive(Clone, Copy, Debug)]
pub struct FaultId(usize);

impl Proxy {
    /// Listens on one port for each function of the stack, and writes the addresses to LocalStack's state. Call it before the
    /// functions are deployed.
    ///
    /// # Errors
    /// A port could not be opened, or LocalStack's state could not be written.
    pub async fn open(stack: &str, localstack: &str, state: &Path) -> io::Result<Self> {
        let prefix = format!("{stack}-");
        let inner = Inner { prefix, localstack: localstack.into(), state: state.into(), records: Mutex::default() };
        let proxy = Self(Arc::new(inner));
        let folder = state.join(ENDPOINTS);
        std::fs::create_dir_all(&folder)?;
        for function in FUNCTIONS {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            std::fs::write(folder.join(format!("{stack}-{function}")), format!("http://{}", listener.local_addr()?))?;
            tokio::spawn(proxy.clone().accept(function, listener));
        }
        Ok(proxy)
    }

    /// Removes the proxy's addresses, so that new processes of the functions call LocalStack directly.
    pub fn withdraw(state: &Path) {
        // An error means that the folder does not exist, which is the wanted state.
        let _absent = std::fs::remove_dir_all(state.join(ENDPOINTS));
    }

    /// Injects a fault at a call whose path or body contains `about`.
    pub fn inject(&self, planned: PlannedFault, about: impl Into<String>) -> FaultId {
        let mut records = self.records();
        let about = about.into();
        let cannot = || format!("the proxy cannot inject this kind of fault: {}", planned.fault.name());
        let refusal = (!planned.fault.is_injected_by_proxy()).then(cannot);
        records.injections.push(Injection { planned, about, left: planned.after, struck: None, under_way: false, refusal });
        FaultId(records.injections.len() - 1)
    }

    /// Checks that an injected fault has struck.
    ///
    /// # Errors
    /// The fault has not struck a call, or the proxy could not inject it; the text gives the reason.
    pub fn has_struck(&self, id: FaultId) -> Result<(), String> {
        let records = self.records();
        match records.injections.get(id.0) {
            Some(Injection { refusal: Some(refusal), .. }) => Err(refusal.clone()),
            Some(Injection { struck: Some(_), .. }) => Ok(()),
            _ => Err("the fault did not strike".to_owned()),
        }
    }

    /// Whether a call that an injected fault delays has not arrived yet.
    #[must_use]
    pub fn is_under_way(&self, id: FaultId) -> bool {
        self.records().injections.get(id.0).is_some_and(|injection| injection.under_way)
    }

    /// The permissions that the functions' calls needed so far.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.records().uses.clone()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn accept(self, function: &'static str, listener: TcpListener) {
        loop {
            // The proxy ignores a failed accept: the client sees the error and retries.
            if let Ok((stream, caller)) = listener.accept().await
                && let Ok(proxy) = stream.local_addr()
            {
                tokio::spawn(self.clone().connection(function, stream, Ends { caller, proxy }));
            }
        }
    }

    async fn connection(self, function: &'static str, stream: TcpStream, ends: Ends) {
        let answer = service_fn(|request: http::Request<Incoming>| {
            let proxy = &self;
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
                // An error drops the connection without a reply.
                proxy.pass(function, ends, Request::from_parts(head, body)).await.map(|reply| reply.map(Full::new))
            }
        });
        // An error means that the client or the proxy closed the connection.
        let _closed = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    }

    /// Forwards one call, or injects the fault planned for it.
    async fn pass(&self, function: &'static str, ends: Ends, request: Request) -> io::Result<Response> {
        let call = Call::of(&request, &self.0.prefix);
        let struck = self.records().enter(function, &call, &self.0.prefix);
        let Some((at, fault)) = struck else { return self.forward(request).await };
        let no_reply = || io::Error::from(io::ErrorKind::ConnectionReset);
        match fault {
            FaultKind::Refused => Err(no_reply()),
            FaultKind::ServerError => Ok(errors::server_error(call.service)),
            FaultKind::Throttled => Ok(errors::throttled(call.service)),
            FaultKind::Conflict => Ok(errors::conflict(request.body())),
            FaultKind::ReplyLost => {
                self.forward(request).await?;
                Err(no_reply())
            }
            FaultKind::Late => self.forward_after(at, PAST_THE_LEASE, request).await,
            FaultKind::Delayed => self.forward_after(at, DELAY, request).await,
            FaultKind::Twice => {
                let (proxy, again) = (self.clone(), request.clone());
                tokio::spawn(async move { proxy.forward_after(at, AGAIN, again).await });
                self.forward(request).await
            }
            FaultKind::KilledBefore => {
                self.kill(at, function, ends).await;
                Err(no_reply())
            }
            // `inject` has recorded that the proxy cannot inject these.
            FaultKind::OldImage | FaultKind::DeadLetter | FaultKind::Contended | FaultKind::PartlyFailed | FaultKind::Forged => {
                self.forward(request).await
            }
            FaultKind::KilledAfter => {
                self.forward(request).await?;
                self.kill(at, function, ends).await;
                Err(no_reply())
            }
        }
    }

    async fn forward(&self, mut request: Request) -> io::Result<Response> {
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        *request.uri_mut() = format!("{}{path}", self.0.localstack).parse().map_err(io::Error::other)?;
        LoopbackHttp.send(request).await.map_err(io::Error::other)
    }

    /// Forwards a call after a delay, also if its caller has hung up by then.
    async fn forward_after(&self, at: FaultId, delay: Duration, request: Request) -> io::Result<Response> {
        let proxy = self.clone();
        let arriving = tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let reply = proxy.forward(request).await;
            if let Some(injection) = proxy.records().injections.get_mut(at.0) {
                injection.under_way = false;
            }
            reply
        });
        arriving.await?
    }

    async fn kill(&self, at: FaultId, function: &str, ends: Ends) {
        let function = format!("{}{function}", self.0.prefix);
        if let Err(error) = process::kill_caller(&self.0.state, &function, ends).await
            && let Some(injection) = self.records().injections.get_mut(at.0)
        {
            injection.refusal = Some(format!("no process was killed: {error}"));
        }
    }
}

impl Records {
    /// Records the permissions of a call, and returns the fault that strikes it.
    fn enter(&mut self, function: &'static str, call: &Call, prefix: &str) -> Option<(FaultId, FaultKind)> {
        for access in &call.access {
            self.uses.record(function, &call.operation, access, prefix);
        }
        let mut struck = None;
        for (at, injection) in self.injections.iter_mut().enumerate() {
            if injection.strikes(function, call) {
                struck = Some((FaultId(at), injection.planned.fault));
                break;
            }
        }
        struck
    }
}

impl Injection {
    fn strikes(&mut self, function: &str, call: &Call) -> bool {
        if let Some(struck) = &self.struck {
            return self.planned.fault.persists() && *struck == call.request_id;
        }
        let (service, operation) = self.planned.call;
        let fits = self.planned.function == function && service == call.service.name() && operation == call.operation;
        if !fits || !call.is_about(&self.about) {
            return false;
        }
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        self.struck = Some(call.request_id.clone());
        self.under_way = self.planned.fault.outlasts_its_caller();
        true
    }
}

#[cfg(test)]
mod tests;
