//! Mounts a tower service (an axum router, the `s3s` service) on a [`super::Net`].

use std::marker::PhantomData;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::error::BoxError;
use super::service::Service;
use crate::message::{Request, Response};

/// A tower service over request bodies `B` (`axum::body::Body`, `http_body_util::Full<Bytes>`) as a [`Service`].
pub struct Tower<S, B> {
    service: S,
    body: PhantomData<fn() -> B>,
}

impl<S, B> Tower<S, B> {
    /// Wraps a service; it is cloned for each call.
    pub fn new(service: S) -> Self {
        Self { service, body: PhantomData }
    }
}

impl<S, B, R> Service for Tower<S, B>
where
    S: tower::Service<http::Request<B>, Response = http::Response<R>> + Clone + Send + Sync,
    S::Future: Send,
    S::Error: Into<BoxError> + Send,
    B: From<Bytes> + Send,
    R: http_body::Body<Data = Bytes> + Send,
    R::Error: Into<BoxError>,
{
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let service = self.service.clone();
        Box::pin(async move {
            match service.oneshot(request.map(B::from)).await {
                Ok(reply) => collect(reply).await,
                Err(error) => internal_error(&error.into()),
            }
        })
    }
}

async fn collect<R>(reply: http::Response<R>) -> Response
where
    R: http_body::Body<Data = Bytes>,
    R::Error: Into<BoxError>,
{
    let (parts, body) = reply.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(parts, body.to_bytes()),
        Err(error) => internal_error(&error.into()),
    }
}

fn internal_error(error: &BoxError) -> Response {
    let mut reply = Response::new(Bytes::from(format!("local service failed: {error}")));
    *reply.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    reply
}
