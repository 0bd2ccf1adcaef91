//! The stack that is deployed to LocalStack.

use std::collections::BTreeMap;

use bytes::Bytes;
use fakes::outbound::{LoopbackHttp, Outbound};

use super::proxy::Proxy;

/// The stack's name, and how its functions' names begin.
pub(super) const STACK: &str = "neurocards-test";

/// What was deployed.
pub struct Stack {
    /// As `deploy` takes them: of two for one name the later holds.
    pub(super) parameters: Vec<String>,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) endpoint: String,
    /// What stands between the functions and LocalStack.
    pub proxy: Proxy,
}

impl Stack {
    /// An output of the stack.
    ///
    /// # Errors
    /// It has none of this name.
    pub fn output(&self, name: &str) -> Result<&str, String> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| format!("the stack has no output {name}"))
    }

    /// Where AWS answers.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Invokes the sweeper once, as its schedule does every minute.
    ///
    /// # Errors
    /// LocalStack did not run it, or it failed.
    pub async fn sweep(&self) -> Result<(), String> {
        let url = format!("{}/2015-03-31/functions/{STACK}-sweeper/invocations", loopback(&self.endpoint));
        let request = http::Request::post(url)
            // LocalStack tells the service by the credential's scope; nothing is checked.
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
            )
            .header("x-amz-date", "20260101T000000Z")
            .body(Bytes::from_static(b"{}"));
        let reply = LoopbackHttp.send(request.map_err(|error| error.to_string())?).await?;
        let failed = reply.headers().get("x-amz-function-error").is_some();
        if reply.status().is_success() && !failed {
            Ok(())
        } else {
            Err(format!("the sweeper: {} {:?}", reply.status(), reply.body()))
        }
    }
}

/// A URL our plain HTTP client can use; the name in it goes along as `Host`.
pub(super) fn loopback(url: &str) -> String {
    url.replace("https://", "http://").trim_end_matches('/').to_owned()
}
