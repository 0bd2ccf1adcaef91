//! KIE.AI's market API: create a task, poll it, fetch its result. Source: docs.kie.ai/market/common.

pub mod callback;
mod classify;
mod create;
mod credit;
mod discovery;
mod fetch;
mod record;
mod upload;

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use domain::job::TaskId;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::Value;

use crate::config::Secret;
use crate::metrics::Metric;
use crate::wire::{Wire, without_urls};

pub use classify::{Complaint, Failure, PhotoComplaint, classify};
pub use create::CreateError;
pub use discovery::{DISCOVERY_PACE, DiscoveryError};
pub use fetch::{FetchError, RESULT_MAX_BYTES};
pub use record::{PollError, Record};

/// Longest time for a call to KIE.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest time for a poll of a task. A poll may be repeated at no cost.
pub const POLL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time for the upload of a photo to KIE's file store.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The address of KIE's file store.
const UPLOAD_URL: &str = "https://kieai.redpandaai.co";
/// The User-Agent header. A filter in front of KIE refuses clients without a browser-like name (403, "error code: 1010").
const AGENT: &str = concat!("Mozilla/5.0 (compatible; NeuroCards/", env!("CARGO_PKG_VERSION"), ")");
/// Largest reply of KIE that is read, bytes.
const REPLY_MAX_BYTES: usize = 1 << 20;
/// Most characters kept of a message from KIE.
const MESSAGE_MAX_CHARS: usize = 500;

/// Our account at KIE; cheap to clone.
#[derive(Clone, Debug)]
pub struct Kie {
    wire: Wire,
    base: String,
    upload_base: String,
    key: Secret,
}

impl Kie {
    /// The account with this key at `base_url` (`https://api.kie.ai`, or a local fake).
    #[must_use]
    pub fn new(wire: Wire, base_url: &str, key: Secret) -> Self {
        Self { wire, base: base_url.trim_end_matches('/').to_owned(), upload_base: UPLOAD_URL.to_owned(), key }
    }

    /// The same account with another address of the file store, such as a local fake's.
    #[must_use]
    pub fn with_upload_url(self, url: &str) -> Self {
        Self { upload_base: url.trim_end_matches('/').to_owned(), ..self }
    }

    /// The same account over another wire, such as one that records the calls.
    #[must_use]
    pub fn with_wire(self, wire: Wire) -> Self {
        Self { wire, ..self }
    }

    /// Whether KIE can fetch a file from this address: the real KIE reaches public https addresses only, a local fake any.
    #[must_use]
    pub fn can_reach(&self, url: &str) -> bool {
        url.starts_with("https://") || self.is_fake()
    }

    /// Whether KIE is a local fake. The real KIE is on https.
    fn is_fake(&self) -> bool {
        self.base.starts_with("http://")
    }

    fn request(&self, method: http::Method, path: &str) -> http::request::Builder {
        self.request_to(method, &format!("{}{path}", self.base))
    }

    fn request_to(&self, method: http::Method, url: &str) -> http::request::Builder {
        http::Request::builder()
            .method(method)
            .uri(url)
            .header(AUTHORIZATION, format!("Bearer {}", self.key.expose()))
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "application/json")
    }

    fn get(&self, path: &str) -> http::Result<http::Request<SdkBody>> {
        self.request(http::Method::GET, path).body(SdkBody::empty())
    }

    fn post(&self, path: &str, body: &Value) -> http::Result<http::Request<SdkBody>> {
        let request = self.request(http::Method::POST, path).header(CONTENT_TYPE, "application/json");
        request.body(SdkBody::from(body.to_string()))
    }
}

/// Counts a failed call to KIE in the metrics.
fn counted<T, E>(result: Result<T, E>) -> Result<T, E> {
    result.inspect_err(|_| Metric::KieErrors.emit())
}

/// The form of every reply of KIE: `{code, msg, data}`. The HTTP status is 200 even for most errors; `code` is the real status.
struct Envelope {
    /// The code as text. KIE sends a number or a string.
    code: String,
    message: String,
    data: Value,
}

impl Envelope {
    /// Reads a reply; `None` if it is not KIE's own, most often a gateway's page.
    fn parse(body: &[u8]) -> Option<Self> {
        let mut reply: Value = serde_json::from_slice(body).ok()?;
        let code = text(reply.get("code")?)?;
        let message = ["msg", "message"].iter().find_map(|name| reply.get(name)?.as_str()).unwrap_or_default();
        Some(Self { code, message: message.to_owned(), data: reply.get_mut("data").map(Value::take).unwrap_or_default() })
    }

    fn is_ok(&self) -> bool {
        self.code == "200"
    }

    fn failure(&self) -> Failure {
        Failure { code: quoted(&self.code), message: quoted(&self.message) }
    }
}

/// The failure in a reply that is not KIE's own: the HTTP status as code, and the beginning of the body as message.
fn foreign(status: u16, body: &[u8]) -> Failure {
    Failure { code: status.to_string(), message: quoted(&String::from_utf8_lossy(body)) }
}

/// KIE's message for a log: shortened, and without addresses, because an address may be the photo's signed one.
fn quoted(message: &str) -> String {
    without_urls(message.trim()).chars().take(MESSAGE_MAX_CHARS).collect()
}

/// A JSON string or number as text; `None` for any other value.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
