//! A case as a file: its calls, its replies and its observations. The recorder keeps the calls; [`Replay`] gives the replies again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use adapters::wire::{lost, read, watched};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{case::Case, observation::Observation, redact::Redactor, skeleton::Skeleton};

/// Largest body that is recorded, bytes: more than the largest film.
const BODY_MAX_BYTES: usize = 64 * 1024 * 1024;
/// Longest time for one body.
const BODY_MAX: Duration = Duration::from_secs(120);

/// A recorded case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The services that answered: KIE and Telegram, or the fakes of this repository.
    pub made_by: String,
    /// The case.
    pub case: Case,
    /// What was observed.
    pub observations: Vec<Observation>,
    /// The calls and the replies, in their order.
    pub exchanges: Vec<Exchange>,
}

/// A call and its reply, without secrets, ids and addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// How often the same call had the same reply, one after the other.
    pub times: usize,
    /// The method, the service and the path.
    pub call: String,
    /// The body of the call.
    pub request: Body,
    /// The HTTP status.
    pub status: u16,
    /// The address of a redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The body of the reply.
    pub reply: Body,
}

/// What is kept of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// JSON.
    Json(Value),
    /// A film without its pictures and sound.
    Film(Skeleton),
    /// The number of bytes of anything else: an upload, or a page.
    Bytes(usize),
}

impl Body {
    fn of(bytes: &[u8], redactor: &mut Redactor) -> Self {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(json) => Self::Json(redactor.value(&json)),
            Err(_) if bytes.get(4..8) == Some(b"ftyp") => Self::Film(Skeleton::of(bytes)),
            Err(_) => Self::Bytes(bytes.len()),
        }
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Json(json) => json.to_string().into(),
            Self::Film(skeleton) => skeleton.film().into(),
            Self::Bytes(length) => vec![b' '; *length].into(),
        }
    }
}

/// The method, the service and the path of a call. A token is part of Telegram's paths, and ids are part of queries.
fn call(method: &http::Method, uri: &http::Uri, redactor: &mut Redactor) -> String {
    let path = uri.path();
    if let Some((_, name)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) {
        return format!("{method} Telegram {name}");
    }
    if path.starts_with("/api/") {
        return format!("{method} KIE {path}");
    }
    format!("{method} {}", redactor.address(&uri.to_string()))
}

/// A connector that passes every call on, and keeps it.
#[derive(Clone, Debug)]
pub struct Recorder {
    onward: SharedHttpConnector,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    redactor: Redactor,
    exchanges: Vec<Exchange>,
    /// The bytes so far of the replies that are streamed, and the place of their exchange.
    streamed: Vec<(usize, Arc<Mutex<Vec<u8>>>)>,
}

impl Kept {
    fn keep(&mut self, asked: &http::Request<Bytes>, head: &http::response::Parts, reply: Option<&[u8]>) {
        let location = head.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let exchange = Exchange {
            times: 1,
            call: call(asked.method(), asked.uri(), &mut self.redactor),
            request: Body::of(asked.body(), &mut self.redactor),
            status: head.status.as_u16(),
            location: location.map(|to| self.redactor.address(to)),
            reply: reply.map_or(Body::Bytes(0), |reply| Body::of(reply, &mut self.redactor)),
        };
        match self.exchanges.last_mut() {
            Some(last) if reply.is_some() && Exchange { times: 1, ..last.clone() } == exchange => last.times += 1,
            _ => self.exchanges.push(exchange),
        }
    }

    /// The body of the exchange that was kept last, which passes on while it is kept.
    fn stream(&mut self, body: SdkBody) -> SdkBody {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        self.streamed.push((self.exchanges.len().saturating_sub(1), bytes.clone()));
        watched(body, move |chunk| {
            let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let chunk = chunk.unwrap_or_default();
            if bytes.len().saturating_add(chunk.len()) <= BODY_MAX_BYTES {
                bytes.extend_from_slice(chunk);
            }
        })
    }

    /// Puts the streamed bodies into their exchanges.
    fn settle(&mut self) {
        for (place, bytes) in std::mem::take(&mut self.streamed) {
            let body = Body::of(&bytes.lock().unwrap_or_else(PoisonError::into_inner), &mut self.redactor);
            if let Some(exchange) = self.exchanges.get_mut(place) {
                exchange.reply = body;
            }
        }
    }
}

impl Recorder {
    /// A recorder in front of this connector.
    #[must_use]
    pub fn new(onward: SharedHttpConnector) -> Self {
        Self { onward, kept: Arc::default() }
    }

    /// The exchanges so far, and the observations without what must not be shown.
    #[must_use]
    pub fn finish(&self, observations: &[Observation]) -> (Vec<Exchange>, Vec<Observation>) {
        let mut kept = self.kept();
        kept.settle();
        let clean = |it: &Observation| Observation { observed: kept.redactor.text(&it.observed), ..it.clone() };
        let observations = observations.iter().map(clean).collect();
        (kept.exchanges.clone(), observations)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a reply is a film. Its body passes on at once: a client's time limit covers only the head of a download.
fn is_film(head: &http::response::Parts) -> bool {
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ["video/", "application/octet-stream"].iter().any(|film| kind.starts_with(film))
}

fn unreadable(error: impl std::fmt::Display) -> ConnectorError {
    lost(&error.to_string())
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let recorder = self.clone();
        HttpConnectorFuture::new(async move {
            let (head, body) = request.try_into_http1x().map_err(unreadable)?.into_parts();
            let body = read(body, BODY_MAX_BYTES, BODY_MAX).await.map_err(unreadable)?;
            let asked = http::Request::from_parts(head, body);
            let onward = HttpRequest::try_from(asked.clone().map(SdkBody::from)).map_err(unreadable)?;
            let answer = recorder.onward.call(onward).await?;
            let (head, body) = answer.try_into_http1x().map_err(unreadable)?.into_parts();
            let body = if is_film(&head) {
                let mut kept = recorder.kept();
                kept.keep(&asked, &head, None);
                kept.stream(body)
            } else {
                let body = read(body, BODY_MAX_BYTES, BODY_MAX).await.map_err(unreadable)?;
                recorder.kept().keep(&asked, &head, Some(&body));
                SdkBody::from(body)
            };
            HttpResponse::try_from(http::Response::from_parts(head, body)).map_err(unreadable)
        })
    }
}

/// A connector that gives recorded replies again, in their order. Another call than the recorded one gets no reply.
#[derive(Clone, Debug)]
pub struct Replay(Arc<Mutex<VecDeque<Exchange>>>);

impl Replay {
    /// A replay of these exchanges.
    #[must_use]
    pub fn new(exchanges: &[Exchange]) -> Self {
        Self(Arc::new(Mutex::new(exchanges.iter().cloned().collect())))
    }

    /// The calls that were recorded and were not made.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|exchange| exchange.call.clone()).collect()
    }

    fn next(&self, call: &str) -> Result<Exchange, ConnectorError> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = left.front_mut().filter(|next| next.call == call);
        let next = next.ok_or_else(|| lost(&format!("the recording has no call {call} here")))?;
        next.times = next.times.saturating_sub(1);
        let exchange = next.clone();
        if exchange.times == 0 {
            left.pop_front();
        }
        Ok(exchange)
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let replay = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(unreadable)?;
            let exchange = replay.next(&call(request.method(), request.uri(), &mut Redactor::default()))?;
            let body = exchange.reply.bytes();
            let mut reply = http::Response::builder().status(exchange.status).header(CONTENT_LENGTH, body.len());
            if let Some(location) = &exchange.location {
                reply = reply.header(LOCATION, location);
            }
            HttpResponse::try_from(reply.body(SdkBody::from(body)).map_err(unreadable)?).map_err(unreadable)
        })
    }
}
