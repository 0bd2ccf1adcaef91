//! The HTTP messages that every service and the wire exchange.

/// A request with its body collected.
pub type Request = http::Request<bytes::Bytes>;
/// A reply with its body collected.
pub type Response = http::Response<bytes::Bytes>;
