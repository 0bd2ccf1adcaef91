//! Why a call on the wire has no reply.

use aws_smithy_runtime_api::client::result::ConnectorError;

/// An error of any type, as HTTP libraries hand it around.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call has no reply. The variant says what the service on the other side saw.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// Nothing arrived: no service is mounted there, or an interceptor refused the connection.
    #[error("connection refused: {0}")]
    NotSent(String),
    /// The service applied the request; its reply was lost.
    #[error("connection reset after the request was sent: {0}")]
    ReplyLost(String),
    /// The fallback connector failed; what the other side saw is unknown.
    #[error("{0}")]
    Fallback(ConnectorError),
}
