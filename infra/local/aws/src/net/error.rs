//! Why a call on the wire has no reply.

use aws_smithy_runtime_api::client::result::ConnectorError;

/// An error of any type, as HTTP libraries hand it around.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call has no reply. The variant says whether the service received the request.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The service received nothing: no service is mounted at this authority, or an interceptor refused the connection.
    #[error("connection refused: {0}")]
    NotSent(String),
    /// The service applied the request; its reply was lost.
    #[error("connection reset after the request was sent: {0}")]
    ReplyLost(String),
    /// The fallback client failed. Whether the service received the request is unknown.
    #[error("the fallback HTTP client failed: {0}")]
    Fallback(ConnectorError),
}
