//! The prompt writer: a language model that writes video prompts, at any chat endpoint in OpenAI's format.
//!
//! The model sees the product's photo if it can. An endpoint that refuses the photo is asked once more without it, so that a
//! text-only model writes too.
//!
//! Source: platform.openai.com/docs/api-reference/chat/create; images: platform.openai.com/docs/guides/images-vision.

mod wording;

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};

use crate::config::Secret;
use crate::wire::{Wire, WireError};

/// Longest time for a prompt, including the retry and the request without the photo.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the photo's address has to stay valid: the model's service downloads the photo while it reads the request.
pub const PHOTO_VALID_FOR: Duration = Duration::from_secs(60);
/// Most retries after a brief failure: the request was not sent, 429, or 5xx.
pub const RETRIES_MAX: u32 = 1;
/// The wait before a retry.
const RETRY_PAUSE: Duration = Duration::from_millis(300);
/// Largest reply of the endpoint that is read, bytes.
const REPLY_MAX_BYTES: usize = 64 * 1024;
/// Longest answer that is asked for, tokens: some 3000 characters of English.
const ANSWER_MAX_TOKENS: u32 = 800;
/// Sampling temperature, 0 to 2: two people with similar photos should get different videos.
const TEMPERATURE: f64 = 0.8;
/// The statuses of endpoints that refuse the photo and may accept the text alone. 400: OpenAI, Azure and Ollama, for a model that
/// reads no images or for a photo that they could not download; 404: OpenRouter, where no provider of the model reads images; 413,
/// 415 and 422: servers that limit or validate the content. 500: llama.cpp's server, for a model without a projector.
const PHOTO_REFUSED: [u16; 6] = [400, 404, 413, 415, 422, 500];
/// The path of chat completions below the API's address.
const PATH: &str = "/chat/completions";
/// The User-Agent header. Gateways in front of chat endpoints refuse clients without one.
const AGENT: &str = concat!("NeuroCards/", env!("CARGO_PKG_VERSION"));

/// The language model gave no prompt. Nothing was stored, but a reply may have been billed. The texts never hold the key or a
/// person's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriterError {
    /// The endpoint refused the key, the model, the address or the request, and will refuse it again.
    #[error("the language model's endpoint refused the request: HTTP {status}; check its address, model and key")]
    Refused {
        /// HTTP status, 3xx or 4xx.
        status: u16,
    },
    /// The endpoint was not reached, was too slow or busy (429, 5xx), or the reply was lost: ask again later.
    #[error("the language model is unavailable: {0}; ask again later")]
    Unavailable(String),
    /// The reply holds no prompt: it has another format, is empty, or was held back by a content filter.
    #[error("the language model's reply holds no prompt: {0}")]
    Unreadable(&'static str),
}

/// A client of one model at one endpoint; cheap to clone.
#[derive(Clone, Debug)]
pub struct PromptWriter {
    wire: Wire,
    url: String,
    model: String,
    key: Option<Secret>,
}

impl PromptWriter {
    /// A client of the model at `api_url`, which is the API's address, such as `https://api.openai.com/v1`, or the whole address
    /// of its chat completions. Without a key no `Authorization` header is sent.
    #[must_use]
    pub fn new(wire: Wire, api_url: &str, model: String, key: Option<Secret>) -> Self {
        let base = api_url.trim_end_matches('/');
        let url = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
        Self { wire, url, model, key }
    }

    /// Asks the model for a prompt about `material` and the photo at `photo_url`, by `instructions`, within [`WRITE_TIMEOUT`]. The
    /// prompt is one line of at most `max_chars` UTF-16 units. Fences, labels and quotes around it are removed. The address of the
    /// photo must be valid for [`PHOTO_VALID_FOR`].
    ///
    /// # Errors
    /// [`WriterError`] says whether to ask again.
    pub async fn write(
        &self,
        instructions: &str,
        material: &str,
        photo_url: Option<&str>,
        max_chars: usize,
    ) -> Result<String, WriterError> {
        let answered = tokio::time::timeout(WRITE_TIMEOUT, self.ask(instructions, material, photo_url)).await;
        let reply = answered.map_err(|_| WriterError::Unavailable(format!("no reply within {WRITE_TIMEOUT:?}")))??;
        let prompt = wording::prompt(&answer_text(&reply)?, max_chars);
        if prompt.is_empty() { Err(WriterError::Unreadable("the prompt is empty")) } else { Ok(prompt) }
    }

    /// Asks with the photo, if there is one, and without it after a refusal. A brief failure is retried [`RETRIES_MAX`] times.
    async fn ask(&self, instructions: &str, material: &str, mut photo_url: Option<&str>) -> Result<Bytes, WriterError> {
        let mut retries_left = RETRIES_MAX;
        loop {
            let body = self.body(instructions, &content(material, photo_url));
            let failure = match self.wire.ask(self.request(&body)?, WRITE_TIMEOUT, REPLY_MAX_BYTES).await {
                Ok((head, reply)) => match head.status.as_u16() {
                    ..300 => return Ok(reply),
                    status if photo_url.is_some() && PHOTO_REFUSED.contains(&status) => {
                        tracing::info!(status, "the language model's endpoint refused the photo; it is asked without the photo");
                        photo_url = None;
                        continue;
                    }
                    status @ (429 | 500..) => format!("HTTP {status}"),
                    status => return Err(WriterError::Refused { status }),
                },
                Err(WireError::NotSent(why)) => format!("the request was not sent: {why}"),
                Err(WireError::Unknown(why)) => return Err(WriterError::Unavailable(why)),
            };
            if retries_left == 0 {
                return Err(WriterError::Unavailable(failure));
            }
            retries_left -= 1;
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    fn body(&self, instructions: &str, content: &Value) -> Value {
        let messages = json!([{"role": "system", "content": instructions}, {"role": "user", "content": content}]);
        json!({"model": self.model, "messages": messages, "max_tokens": ANSWER_MAX_TOKENS, "temperature": TEMPERATURE})
    }

    fn request(&self, body: &Value) -> Result<http::Request<SdkBody>, WriterError> {
        let mut request = http::Request::post(&self.url).header(CONTENT_TYPE, "application/json");
        request = request.header(ACCEPT, "application/json").header(USER_AGENT, AGENT);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, format!("Bearer {}", key.expose()));
        }
        // The builder's error could quote the address.
        let request = request.body(SdkBody::from(body.to_string()));
        request.map_err(|_| WriterError::Unavailable("the request was not sent: malformed address or key".to_owned()))
    }
}

/// The content of the user's message: the text alone, which every server reads, or the text and the photo as parts. The low detail
/// is enough for motion: OpenAI reduces the photo to 512 pixels, which costs the fewest tokens.
fn content(material: &str, photo_url: Option<&str>) -> Value {
    match photo_url {
        None => json!(material),
        Some(url) => json!([
            {"type": "text", "text": material},
            {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
        ]),
    }
}

/// The answer in a reply, `choices[0].message.content`: one text, or a list of parts of which some are texts.
fn answer_text(reply: &[u8]) -> Result<String, WriterError> {
    let reply: Value = serde_json::from_slice(reply).map_err(|_| WriterError::Unreadable("the reply is not JSON"))?;
    let choice = reply.pointer("/choices/0").ok_or(WriterError::Unreadable("the reply has no choice"))?;
    if choice.get("finish_reason").and_then(Value::as_str) == Some("content_filter") {
        return Err(WriterError::Unreadable("a content filter held the answer back"));
    }
    match choice.pointer("/message/content") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
            Ok(texts.join("\n"))
        }
        _ => Err(WriterError::Unreadable("the reply has no content")),
    }
}

#[cfg(test)]
mod tests;
