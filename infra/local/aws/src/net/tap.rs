//! Where faults are injected: a tap sees each call before it is delivered and decides what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use super::{NetError, Request, Response};
use crate::wire;

tokio::task_local! {
    /// Who is calling, for taps and traces: the runner of a handler sets it (`CALLER.scope("generator", ..)`).
    pub static CALLER: &'static str;
}

/// The current [`CALLER`], or "" outside any scope.
pub(super) fn caller() -> &'static str {
    CALLER.try_with(|label| *label).unwrap_or_default()
}

/// One call, as a tap sees it.
#[derive(Clone, Debug)]
pub struct CallInfo {
    /// The number of the call on its wire, from 0: "fail call 17" is a reproducible fault.
    pub index: u64,
    /// Who called: see [`CALLER`].
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
            host: wire::authority(request),
            method: request.method().clone(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            operation: wire::operation(request.headers()).map(str::to_owned),
            body: request.body().clone(),
        }
    }
}

/// What becomes of a call.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is delivered and its reply comes back.
    Pass,
    /// It is delivered after this much time.
    Delay(Duration),
    /// It is not delivered; the caller sees a refused connection.
    RefuseNotSent,
    /// It is delivered and applied; the caller sees a connection reset.
    LoseReply,
    /// It is not delivered; the caller gets this reply (a throttle, a 500).
    Reply(Response),
    /// The caller dies here: its call never returns, and `died` is notified so that its runner drops it.
    Kill {
        /// Whether the service still saw the call.
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
pub trait Tap: Send + Sync {
    /// Decides what becomes of the call.
    fn before(&self, call: &CallInfo) -> Verdict {
        let _ = call;
        Verdict::Pass
    }

    /// Sees how the call ended. Not called when the caller was killed or dropped.
    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        let _ = (call, outcome);
    }
}
