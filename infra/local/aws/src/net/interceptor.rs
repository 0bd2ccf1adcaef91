//! Where faults are injected: an interceptor sees each call before it is delivered and decides what happens to it.

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
    /// The number of the call on its wire, from 0: "fail call 17" is a reproducible fault.
    pub index: u64,
    /// The caller's name: see [`CALLER`].
    pub caller: &'static str,
    /// The authority it goes to: host, or host and port.
    pub host: String,
    /// The HTTP method.
    pub method: http::Method,
    /// Path and query.
    pub path: String,
    /// The operation of an AWS JSON call (`PutItem`), None for other HTTP.
    pub operation: Option<String>,
    /// The body as sent.
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
    /// The call is delivered once this is notified: a barrier between one handler's read and its write. A permit stored before
    /// counts, and is used up; several calls held by one `Notify` go one a permit, in the order they came. `notify_waiters`
    /// stores none, so it frees only those that already wait. A caller dropped meanwhile sent nothing.
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
    /// The call is not delivered; the caller gets this reply (a throttle, a 500).
    Reply(Response),
    /// The caller dies here: its call never returns, and `died` is notified so that its runner drops it.
    Kill {
        /// Whether the service applied the call.
        moment: Moment,
        /// Notified once when the caller is to be dropped.
        died: Arc<Notify>,
    },
}

/// When a caller dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the request left: the service never saw it.
    BeforeSent,
    /// After the service applied it, before its reply was read.
    AfterApplied,
}

/// An observer of every call. Called on the caller's task: keep it short.
///
/// A call is one attempt. A client's retry after a lost reply, a refused connection or a throttle is a call of its own,
/// with the next `index` and the same body. So an interceptor that decides by caller, operation or body injects its fault
/// into the retry as well, unless it remembers the first. An interceptor that decides by `index` does not.
pub trait Interceptor: Send + Sync {
    /// Decides what becomes of the call. Not asked when an interceptor added earlier already decided.
    fn before(&self, call: &CallInfo) -> Action {
        let _ = call;
        Action::Pass
    }

    /// Sees how the call ended, whichever interceptor decided. Not called when the caller was killed or dropped.
    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        let _ = (call, outcome);
    }
}
