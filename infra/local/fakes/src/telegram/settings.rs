//! setWebhook and getWebhookInfo (core.telegram.org/bots/api#setwebhook).

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;
use super::{Telegram, Webhook};
use crate::lock;

/// Longest secret token, in characters.
const SECRET_MAX: usize = 256;

/// Every kind of update (core.telegram.org/bots/api#update).
const UPDATE_KINDS: [&str; 23] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
];

impl Telegram {
    pub(super) fn set_webhook_by_call(&self, params: &Params) -> Result<Value, Refusal> {
        let secret = params.text("secret_token");
        if secret.is_some_and(|secret| secret.len() > SECRET_MAX) {
            return Err(Refusal::bad("secret token is too long"));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if secret.is_some_and(|secret| !secret.bytes().all(allowed)) {
            return Err(Refusal::bad("secret token contains unallowed characters"));
        }
        let kinds = wanted_kinds(params)?;
        let mut state = lock(&self.inner.state);
        // If the list is omitted, the earlier list stays. A bot may miss updates because of that.
        let allowed_updates = kinds.unwrap_or_else(|| state.webhook.allowed_updates.clone());
        state.webhook = Webhook {
            url: params.text("url").unwrap_or_default().to_owned(),
            secret: secret.map(String::from),
            allowed_updates,
            max_connections: params.int("max_connections").unwrap_or(40),
            ..Webhook::default()
        };
        // What waited for getUpdates is posted now.
        state.updates.unconfirmed.end(is_dropping(params));
        Ok(json!(true))
    }

    pub(super) fn webhook_info(&self) -> Value {
        let state = lock(&self.inner.state);
        let webhook = &state.webhook;
        let mut info = json!({
            "url": webhook.url,
            "has_custom_certificate": false,
            "pending_update_count": state.updates.pending().max(state.updates.unconfirmed.len()),
            "max_connections": webhook.max_connections,
            "ip_address": "127.0.0.1",
        });
        if !webhook.allowed_updates.is_empty() {
            info["allowed_updates"] = json!(webhook.allowed_updates);
        }
        if let Some((date, message)) = &webhook.last_error {
            info["last_error_date"] = json!(date);
            info["last_error_message"] = json!(message);
        }
        info
    }
}

/// Whether the call drops the updates that wait.
pub(super) fn is_dropping(params: &Params) -> bool {
    matches!(params.values.get("drop_pending_updates"), Some(value) if value == &json!(true) || value == &json!("true"))
}

/// The kinds of updates that a bot asks for; an empty list means the default kinds. Telegram ignores a value that is no list of
/// texts, and skips unknown kinds. Either way the bot would miss updates, so this fake refuses both.
pub(super) fn wanted_kinds(params: &Params) -> Result<Option<Vec<String>>, Refusal> {
    let Some(given) = params.json("allowed_updates") else {
        return Ok(None);
    };
    let kinds: Vec<String> =
        serde_json::from_value(given).map_err(|_| Refusal::bad("parameter allowed_updates has the wrong type"))?;
    match kinds.iter().find(|kind| !UPDATE_KINDS.contains(&kind.as_str())) {
        Some(unknown) => Err(Refusal::bad(format!("unknown parameter allowed_updates.{unknown}"))),
        None => Ok(Some(kinds)),
    }
}
