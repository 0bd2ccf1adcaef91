//! Serves a [`Service`] over HTTP/1.1 on 127.0.0.1, for programs that are not in this process.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::service::Service;
use crate::message::Response;

/// A running server; dropping it stops the server and its connections.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Loopback {
    /// `127.0.0.1:port`: the authority for URLs. A service mounted at it with [`super::Net::mount`] is called without a socket.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Serves `service` on 127.0.0.1 at `port`; 0 chooses a free port.
pub async fn serve(service: impl Service + 'static, port: u16) -> io::Result<Loopback> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let accepting = tokio::spawn(accept(listener, Arc::new(service)));
    Ok(Loopback { address, accepting })
}

async fn accept(listener: TcpListener, service: Arc<dyn Service>) {
    let mut connections = JoinSet::new();
    // A failed accept concerns only its client. Finished connections are reaped when new ones arrive.
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(stream, service.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, service: Arc<dyn Service>) {
    let answer = service_fn(move |request: http::Request<Incoming>| {
        let service = service.clone();
        async move {
            let (parts, body) = request.into_parts();
            let reply = match body.collect().await {
                Ok(body) => service.call(http::Request::from_parts(parts, body.to_bytes())).await,
                Err(_) => bad_request(),
            };
            Ok::<_, Infallible>(reply.map(Full::new))
        }
    });
    // An error here means that the client closed the connection.
    let _gone = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

fn bad_request() -> Response {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = http::StatusCode::BAD_REQUEST;
    reply
}
