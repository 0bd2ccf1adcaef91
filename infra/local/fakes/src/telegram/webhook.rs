//! Posts an update to the bot's webhook, and makes the call that its answer may contain.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value};

use super::Telegram;
use super::params::Params;
use crate::lock;

/// The bot's webhook (core.telegram.org/bots/api#setwebhook).
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The address of the updates; empty if none is set.
    pub url: String,
    /// The secret token, by which the bot knows that an update is from Telegram.
    pub secret: Option<String>,
    /// The kinds of updates that are sent; empty for the default kinds.
    pub allowed_updates: Vec<String>,
    /// Most concurrent deliveries. The number is stored but not enforced.
    pub max_connections: i64,
    /// The last failed delivery: its time in seconds since 1970, and the error.
    pub last_error: Option<(i64, String)>,
}

impl Default for Webhook {
    fn default() -> Self {
        Self { url: String::new(), secret: None, allowed_updates: Vec::new(), max_connections: 40, last_error: None }
    }
}

/// The result of a post to the webhook.
pub struct Posted {
    /// The HTTP status; 0 if no answer came.
    pub status: u16,
    pub retry_after_secs: Option<u64>,
}

impl Telegram {
    /// Posts an update once. If the answer is a success, makes the call in it.
    pub(super) async fn post_update(&self, update: &Value) -> Posted {
        let webhook = self.webhook();
        let mut request = Request::post(&webhook.url).header("content-type", "application/json");
        if let Some(secret) = &webhook.secret {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        let Ok(request) = request.body(Bytes::from(update.to_string())) else {
            return self.missed("Bad Request: bad webhook");
        };
        let sent = tokio::time::timeout(self.inner.settings.webhook_patience, self.inner.outbound.send(request)).await;
        let answer = match sent {
            Err(_) => return self.missed("Read timeout expired"),
            Ok(Err(why)) => return self.missed(&why),
            Ok(Ok(answer)) => answer,
        };
        if answer.status().is_success() {
            self.reply_call(answer.body()).await;
        } else {
            self.missed(&format!("Wrong response from the webhook: {}", answer.status()));
        }
        Posted { status: answer.status().as_u16(), retry_after_secs: retry_after(&answer) }
    }

    fn missed(&self, why: &str) -> Posted {
        lock(&self.inner.state).webhook.last_error = Some((self.now_secs(), why.to_owned()));
        Posted { status: 0, retry_after_secs: None }
    }

    /// Makes the call that the webhook's answer contains. The bot does not learn the call's result.
    async fn reply_call(&self, body: &Bytes) {
        let Ok(mut call) = serde_json::from_slice::<Map<String, Value>>(body) else {
            return;
        };
        let Some(Value::String(method)) = call.remove("method") else {
            return;
        };
        let barred = ["deleteWebhook", "setWebhook", "close", "logOut"].contains(&method.as_str());
        if !barred && !method.starts_with("get") {
            drop(self.call(&method, Params::from_json(call)).await);
        }
    }
}

/// The seconds of the answer's Retry-After header, at most an hour.
fn retry_after(answer: &Response<Bytes>) -> Option<u64> {
    let header = answer.headers().get(http::header::RETRY_AFTER)?;
    header.to_str().ok()?.parse::<u64>().ok().map(|seconds| seconds.min(3600))
}
