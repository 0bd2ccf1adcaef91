//! Calls a router in process, or serves it on loopback.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::answer::{Answer, collect};

/// Serves `router` on 127.0.0.1 at a free port until the handle is aborted.
///
/// # Errors
/// No loopback port can be bound.
pub async fn serve(router: Router) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    serve_at(0, router).await
}

/// Serves `router` on 127.0.0.1 at this port until the handle is aborted.
///
/// # Errors
/// The loopback port cannot be bound.
pub async fn serve_at(port: u16, router: Router) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let served = tokio::spawn(async move {
        // The server ends only with its task: axum's accept loop returns no errors.
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, served))
}

/// Calls a router in this process and reads its answer to the end.
///
/// # Errors
/// The answer breaks off, as when a connection drops.
pub async fn call(router: Router, request: http::Request<Bytes>) -> Answer {
    match router.oneshot(request.map(Body::from)).await {
        Ok(answer) => collect(answer).await,
        Err(never) => match never {},
    }
}

/// An answer whose connection drops before its body, so that the caller does not learn that the call was carried out.
pub(crate) fn dropped_connection() -> Response {
    let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) });
    (StatusCode::OK, [(http::header::CONTENT_LENGTH, "512")], Body::from_stream(broken)).into_response()
}
