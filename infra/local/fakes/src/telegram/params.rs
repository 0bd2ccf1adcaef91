//! A call's parameters: query, form, multipart and JSON become one map
//! (core.telegram.org/bots/api#making-requests).

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart};
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;

/// Largest upload in bytes, without the form around it.
pub const UPLOAD_BYTES_MAX: usize = 50 * 1024 * 1024;

/// A file in a multipart call.
pub struct Upload {
    pub bytes: Bytes,
}

#[derive(Default)]
pub struct Params {
    pub values: BTreeMap<String, Value>,
    pub uploads: BTreeMap<String, Upload>,
}

impl Params {
    pub async fn read(request: Request<Body>) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let body = axum::body::to_bytes(body, UPLOAD_BYTES_MAX + 64 * 1024).await.map_err(|_| Refusal::too_large())?;
        let mut params = Self::default();
        params.add_pairs(head.uri.query().unwrap_or_default().as_bytes());
        if kind.starts_with("application/json") {
            let whole: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| Refusal::bad("can't parse JSON object"))?;
            params.values.extend(whole.into_iter().filter(|(_, value)| !value.is_null()));
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            params.add_pairs(&body);
        } else if kind.starts_with("multipart/form-data") {
            params.add_multipart(Request::from_parts(head, Body::from(body))).await?;
        } else if !body.is_empty() {
            return Err(Refusal::bad(format!("unsupported content type {kind:?}")));
        }
        Ok(params)
    }

    pub fn from_json(values: Map<String, Value>) -> Self {
        Self { values: values.into_iter().collect(), uploads: BTreeMap::new() }
    }

    fn add_pairs(&mut self, encoded: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(encoded) {
            self.values.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    }

    async fn add_multipart(&mut self, mut request: Request<Body>) -> Result<(), Refusal> {
        let broken = |error: &dyn std::fmt::Display| Refusal::bad(format!("can't parse multipart: {error}"));
        DefaultBodyLimit::disable().apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|error| broken(&error))?;
        while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(|error| broken(&error))?;
            if !is_file {
                self.values.insert(name, json!(String::from_utf8_lossy(&bytes)));
            } else if bytes.len() > UPLOAD_BYTES_MAX {
                return Err(Refusal::too_large());
            } else {
                self.uploads.insert(name, Upload { bytes });
            }
        }
        Ok(())
    }

    /// A text. The Bot API treats an absent and an empty text alike.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        let value = self.values.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// An object or array, sent as JSON or as JSON text.
    pub fn json(&self, name: &str) -> Option<Value> {
        match self.values.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            value => Some(value.clone()),
        }
    }

    /// The parameters for the record of the call: an upload is shown as its size.
    pub fn record(&self) -> Value {
        let mut record: Map<String, Value> = self.values.clone().into_iter().collect();
        let sizes = self.uploads.iter().map(|(name, upload)| (name.clone(), json!(format!("{} bytes", upload.bytes.len()))));
        record.extend(sizes);
        Value::Object(record)
    }
}
