//! A scripted connector: it answers from a list and records the requests. No sockets.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::wire::{self, Wire};

/// What the script answers next.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A reply.
    Reply {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(&'static str, String)>,
        /// Body.
        body: Bytes,
    },
    /// The request did not arrive.
    NeverArrived,
    /// The connection broke after the request was sent.
    Lost,
    /// The reply never comes.
    Silence,
}

impl Answer {
    /// A JSON reply.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::with(status, [("content-type", "application/json".to_owned())], body.into())
    }

    /// Any reply.
    pub fn with(status: u16, headers: impl IntoIterator<Item = (&'static str, String)>, body: impl Into<Bytes>) -> Self {
        Self::Reply { status, headers: headers.into_iter().collect(), body: body.into() }
    }
}

/// One recorded request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Whole address.
    pub uri: String,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Whole body.
    pub body: Bytes,
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// A header as text, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text header"))
    }
}

/// Gives its answers in order, and panics if it has none left.
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

/// A plain GET.
pub fn get(uri: &str) -> http::Request<SdkBody> {
    http::Request::get(uri).body(SdkBody::empty()).unwrap()
}

/// A body that comes in pieces and has no stated length.
pub fn streamed(pieces: &[&'static str]) -> SdkBody {
    let frames: Vec<Result<_, std::io::Error>> =
        pieces.iter().map(|piece| Ok(http_body::Frame::data(Bytes::from_static(piece.as_bytes())))).collect();
    SdkBody::from_body_1_x(http_body_util::StreamBody::new(futures_util::stream::iter(frames)))
}
