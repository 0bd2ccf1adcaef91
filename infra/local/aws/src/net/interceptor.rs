//! Fault injection: an interceptor sees each call before its delivery and decides what happens to the call.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use super::error::NetError;
use crate::aws_json;
use crate::message::{Request, Response};

tokio::task_local! {
    /// The caller's name, for interceptors and traces: the runner of a handler sets it (`CALLER.scope("generator", ..)`).
    pub static CALLER: &'static str;
}

/// The current [`CALLER`], or "" outside any scope.
pub(super) fn caller() -> &'static str {
    CALLER.try_with(|label| *label).unwrap_or_default()
}

/// One call, as an interceptor sees it.
#[derive(Clone, Debug)]
pub struct CallInfo {
    /// The number of the call on its wire, counted from 0. A fault at a given number is reproducible.
    pub index: u64,
    /// The name of the caller, from [`CALLER`].
    pub caller: &'static str,
    /// The authority of the URL: host, or host and port.
    pub host: String,
    /// The HTTP method.
    pub method: http::Method,
    /// Path and query of the URL.
    pub path: String,
    /// The operation of an AWS JSON call, such as `PutItem`; `None` for other HTTP calls.
    pub operation: Option<String>,
    /// The body as the caller sent it.
    pub body: Bytes,
}

impl CallInfo {
    pub(super) fn new(index: u64, caller: &'static str, request: &Request) -> Self {
        Self {
            index,
            caller,
            host: aws_json::authority(request),
            method: request.method().clone(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            operation: aws_json::operation(request.headers()).map(str::to_owned),
            body: request.body().clone(),
        }
    }
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Action {
    /// The call is delivered and its reply comes back.
    Pass,
    /// The call is delivered after this time.
    Delay(Duration),
    /// The call is delivered once the `Notify` is notified: a barrier between one handler's read and its write. A permit stored
    /// before the call releases it at once. Each permit releases one call, in the order of the calls. `notify_waiters` stores no
    /// permit, so it releases only calls that wait already. A caller that is dropped while it is held has sent nothing.
    Hold(Arc<Notify>),
    /// The call is delivered after this time even if its caller has been dropped meanwhile.
    Late(Duration),
    /// The call is delivered twice, the second time after this time. The caller gets the first reply.
    Twice(Duration),
    /// The call is delivered with this body in place of its own.
    Rewrite(Bytes),
    /// The call is not delivered; the caller gets a refused connection.
    RefuseNotSent,
    /// The call is delivered and applied; the caller gets a connection reset.
    LoseReply,
    /// The call is not delivered; the caller gets this reply, such as a throttling error or a 500.
    Reply(Response),
    /// The caller is killed: its call never returns, and `died` is notified so that the caller's runner drops it.
    Kill {
        /// When the caller is killed: before or after the service applied the call.
        moment: Moment,
        /// Notified once when the runner should drop the caller.
        died: Arc<Notify>,
    },
}

/// When a caller is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the request is sent: the service receives nothing.
    BeforeSent,
    /// After the service applied the request and before the caller reads the reply.
    AfterApplied,
}

/// Observes every call and decides what happens to it. Its methods run on the caller's task: keep them short.
///
/// A call is one attempt. A client's retry after a lost reply, a refused connection or a throttle is a call of its own,
/// with the next `index` and the same body. So an interceptor that decides by caller, operation or body injects its fault
/// into the retry as well, unless it remembers the first. An interceptor that decides by `index` does not.
pub trait Interceptor: Send + Sync {
    /// Decides what happens to the call. This method is not called if an interceptor added earlier has decided.
    fn before(&self, call: &CallInfo) -> Action {
        let _ = call;
        Action::Pass
    }

    /// Sees the outcome of the call, also if another interceptor decided. Not called if the caller was killed or dropped.
    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        let _ = (call, outcome);
    }
}
