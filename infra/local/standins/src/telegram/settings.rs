//! getMe's neighbours: the bot's own settings.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;
use super::{Telegram, Webhook};
use crate::lock;

impl Telegram {
    pub(super) fn set_my_commands(&self, params: &Params) -> Result<Value, Refusal> {
        let commands = params.json("commands").unwrap_or_default();
        let list = commands.as_array().ok_or_else(|| Refusal::bad("can't parse commands"))?;
        if list.len() > 100 {
            return Err(Refusal::bad("BOT_COMMANDS_TOO_MUCH"));
        }
        let text = |command: &Value, name: &str| command[name].as_str().unwrap_or_default().to_owned();
        let letters = |name: &str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        for command in list {
            let (name, description) = (text(command, "command"), text(command, "description"));
            if !(1..=32).contains(&name.len()) || !letters(&name) {
                return Err(Refusal::bad("BOT_COMMAND_INVALID"));
            }
            if !(1..=256).contains(&description.chars().count()) {
                return Err(Refusal::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
            }
        }
        let language = params.text("language_code").unwrap_or_default().to_owned();
        lock(&self.inner.world).commands.insert(language, commands);
        Ok(json!(true))
    }

    pub(super) fn set_webhook_by_call(&self, params: &Params) -> Result<Value, Refusal> {
        let secret = params.text("secret_token");
        if secret.is_some_and(|secret| secret.len() > 256) {
            return Err(Refusal::bad("secret token is too long"));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if secret.is_some_and(|secret| !secret.bytes().all(allowed)) {
            return Err(Refusal::bad("secret token contains unallowed characters"));
        }
        let kinds = params.json("allowed_updates");
        let kinds = kinds.and_then(|kinds| serde_json::from_value::<Vec<String>>(kinds).ok());
        let mut world = lock(&self.inner.world);
        // Omitted: the earlier list stays. That is how a bot comes to miss updates.
        let allowed_updates = kinds.unwrap_or_else(|| world.webhook.allowed_updates.clone());
        world.webhook = Webhook {
            url: params.text("url").unwrap_or_default().to_owned(),
            secret: secret.map(String::from),
            allowed_updates,
            max_connections: params.int("max_connections").unwrap_or(40),
            ..Webhook::default()
        };
        Ok(json!(true))
    }

    pub(super) fn webhook_info(&self) -> Value {
        let world = lock(&self.inner.world);
        let webhook = &world.webhook;
        let mut info = json!({
            "url": webhook.url,
            "has_custom_certificate": false,
            "pending_update_count": world.updates.pending(),
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
