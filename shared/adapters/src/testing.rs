//! A scripted connector for tests. It answers requests from a list and records them, without sockets.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::wire::{self, Wire};

/// One scripted answer to a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An HTTP reply.
    Reply {
        /// HTTP status.
        status: u16,
        /// HTTP headers.
        headers: Vec<(&'static str, String)>,
        /// The whole body.
        body: Bytes,
    },
    /// The request did not arrive.
    NeverArrived,
    /// The connection broke after the request was sent.
    Lost,
    /// The reply never comes.
    Silence,
    /// A reply with status 200 whose body comes in pieces, and never ends after the last one.
    Pieces {
        /// Each piece of the body.
        piece: Bytes,
        /// The number of pieces.
        count: usize,
        /// Counts the pieces that were read. The body holds a clone until it is dropped.
        read: Arc<AtomicUsize>,
    },
}

impl Answer {
    /// An HTTP reply with a JSON body.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::with(status, [("content-type", "application/json".to_owned())], body.into())
    }

    /// An HTTP reply with any headers and body.
    pub fn with(status: u16, headers: impl IntoIterator<Item = (&'static str, String)>, body: impl Into<Bytes>) -> Self {
        Self::Reply { status, headers: headers.into_iter().collect(), body: body.into() }
    }
}

/// One recorded request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// HTTP method.
    pub method: String,
    /// The whole address.
    pub uri: String,
    /// HTTP headers.
    pub headers: http::HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// A header as text; empty if the request has no such header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text header"))
    }
}

/// A connector that gives its answers in order, and panics if no answer is left.
#[derive(Clone, Debug)]
pub struct Script(Arc<Mutex<(VecDeque<Answer>, Vec<Seen>)>>);

impl Script {
    /// A script of these answers.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self(Arc::new(Mutex::new((answers.into_iter().collect(), Vec::new()))))
    }

    /// A wire whose requests this script answers.
    pub fn wire(&self) -> Wire {
        Wire::over(self.clone())
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().1.clone()
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let script = self.clone();
        HttpConnectorFuture::new(async move {
            let (head, body) = request.try_into_http1x().expect("a request").into_parts();
            let body = wire::read(body, 1 << 20, Duration::from_secs(60)).await.expect("a whole body");
            let answer = {
                let mut state = script.0.lock().unwrap();
                state.1.push(Seen { method: head.method.to_string(), uri: head.uri.to_string(), headers: head.headers, body });
                state.0.pop_front().expect("an answer left in the script")
            };
            match answer {
                Answer::NeverArrived => Err(wire::never_arrived("connection refused")),
                Answer::Lost => Err(wire::lost("connection reset")),
                Answer::Silence => std::future::pending().await,
                Answer::Pieces { piece, count, read } => {
                    Ok(HttpResponse::try_from(http::Response::new(pieces(piece, count, read))).unwrap())
                }
                Answer::Reply { status, headers, body } => {
                    let mut reply = http::Response::builder().status(status);
                    for (name, value) in headers {
                        reply = reply.header(name, value);
                    }
                    Ok(HttpResponse::try_from(reply.body(SdkBody::from(body)).unwrap()).unwrap())
                }
            }
        })
    }
}

/// A GET request without headers and body.
pub fn get(uri: &str) -> http::Request<SdkBody> {
    http::Request::get(uri).body(SdkBody::empty()).unwrap()
}

fn pieces(piece: Bytes, count: usize, read: Arc<AtomicUsize>) -> SdkBody {
    let frames = stream::iter(0..count).map(move |_| {
        read.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(http_body::Frame::data(piece.clone()))
    });
    SdkBody::from_body_1_x(http_body_util::StreamBody::new(frames.chain(stream::pending())))
}

/// A body that comes in pieces and has no stated length.
pub fn streamed(pieces: &[&'static str]) -> SdkBody {
    let frames: Vec<Result<_, std::io::Error>> =
        pieces.iter().map(|piece| Ok(http_body::Frame::data(Bytes::from_static(piece.as_bytes())))).collect();
    SdkBody::from_body_1_x(http_body_util::StreamBody::new(stream::iter(frames)))
}
