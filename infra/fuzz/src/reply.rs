//! A fake service that gives every request the same reply.

use adapters::wire::Wire;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;

/// The reply that every request gets.
#[derive(Clone, Debug)]
struct Always {
    status: u16,
    body: Vec<u8>,
}

impl HttpConnector for Always {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.reply().ok_or_else(|| ConnectorError::other("no such status".into(), None)))
    }
}

impl Always {
    fn reply(&self) -> Option<HttpResponse> {
        let reply = http::Response::builder().status(self.status).body(SdkBody::from(self.body.clone()));
        HttpResponse::try_from(reply.ok()?).ok()
    }
}

/// A wire that gives every request the same reply. The input has a line with the HTTP status, then the body; `None` if the status
/// is not valid.
pub(crate) fn wire(data: &[u8]) -> Option<Wire> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    let (status, body) = data.split_at(end);
    let always = Always { status: std::str::from_utf8(status).ok()?.parse().ok()?, body: body.get(1..)?.to_vec() };
    always.reply().is_some().then(|| Wire::over(always))
}

thread_local! {
    /// A Tokio runtime with virtual time, so that no timeout takes real time.
    static RUNTIME: Option<tokio::runtime::Runtime> =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().ok();
}

/// Runs a future to completion in virtual time; `None` if the runtime could not be built.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> Option<T> {
    RUNTIME.with(|runtime| runtime.as_ref().map(|runtime| runtime.block_on(future)))
}
