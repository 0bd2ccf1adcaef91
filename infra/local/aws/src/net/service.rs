//! [`Service`]: an HTTP service in this process that can be mounted on the wire.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::message::{Request, Response};

/// Answers HTTP requests in this process. It never fails: an error is a reply.
pub trait Service: Send + Sync {
    /// Answers one request. If the caller is dropped, the future is dropped as well.
    fn call(&self, request: Request) -> BoxFuture<'_, Response>;
}

impl<S: Service + ?Sized> Service for Arc<S> {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        (**self).call(request)
    }
}
