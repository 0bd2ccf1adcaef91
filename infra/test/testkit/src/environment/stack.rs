//! The CloudFormation stack that tests deploy to LocalStack.

use std::collections::BTreeMap;

use bytes::Bytes;
use fakes::outbound::{LoopbackHttp, Outbound};

use super::proxy::Proxy;

/// The stack's name: the prefix of its functions' names.
pub(super) const STACK: &str = "neurocards-test";

/// A deployed stack.
pub struct Stack {
    /// Template parameters as the script `deploy` takes them, `Name=value`, each name once.
    pub(super) parameters: Vec<String>,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) endpoint: String,
    /// The proxy between the functions and LocalStack.
    pub proxy: Proxy,
}

impl Stack {
    /// Returns an output of the stack.
    ///
    /// # Errors
    /// The stack has no output of this name.
    pub fn output(&self, name: &str) -> Result<&str, String> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| format!("the stack has no output {name}"))
    }

    /// The URL of LocalStack.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Invokes the sweeper once, as its schedule does every minute.
    ///
    /// # Errors
    /// LocalStack did not invoke the sweeper, or the sweeper failed.
    pub async fn sweep(&self) -> Result<(), String> {
        let url = format!("{}/2015-03-31/functions/{STACK}-sweeper/invocations", loopback(&self.endpoint));
        let request = http::Request::post(url)
            // LocalStack reads the service from the credential's scope. It does not check the signature.
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
            Err(format!("the sweeper's invocation failed: {} {:?}", reply.status(), reply.body()))
        }
    }
}

/// Converts a URL of LocalStack into one for the plain HTTP client of the tests, which sends the URL's host name as `Host`.
pub(super) fn loopback(url: &str) -> String {
    url.replace("https://", "http://").trim_end_matches('/').to_owned()
}
