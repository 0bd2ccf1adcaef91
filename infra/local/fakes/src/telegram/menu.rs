//! The menu button, next to the field for a message (core.telegram.org/bots/api#setchatmenubutton; texts of
//! tdlib/telegram-bot-api, Client.cpp, and tdlib/td, BotMenuButton.cpp).

use serde_json::{Map, Value, json};
use url::Url;

use super::params::Params;
use super::refusal::Refusal;
use super::{State, Telegram};
use crate::lock;

impl Telegram {
    /// The menu button of all chats that have no other, as the last `setChatMenuButton` set it; `None` if it was never set.
    #[must_use]
    pub fn menu_button(&self) -> Option<Value> {
        lock(&self.inner.state).menu_buttons.get(&None).cloned()
    }

    pub(super) fn set_chat_menu_button(&self, params: &Params) -> Result<Value, Refusal> {
        let button = button(params)?;
        let mut state = lock(&self.inner.state);
        let chat = known_chat(&state, params)?;
        state.menu_buttons.insert(chat, button);
        Ok(json!(true))
    }

    pub(super) fn get_chat_menu_button(&self, params: &Params) -> Result<Value, Refusal> {
        let state = lock(&self.inner.state);
        let chat = known_chat(&state, params)?;
        let unset = if chat.is_some() { "default" } else { "commands" };
        Ok(state.menu_buttons.get(&chat).cloned().unwrap_or_else(|| json!({ "type": unset })))
    }
}

/// The chat whose button a call sets or gets; `None` for the default of all chats. A chat that blocked the bot still has a
/// button.
fn known_chat(state: &State, params: &Params) -> Result<Option<i64>, Refusal> {
    if !params.values.contains_key("chat_id") {
        return Ok(None);
    }
    let chat = params.int("chat_id").filter(|id| *id > 0).ok_or_else(|| Refusal::bad("invalid chat_id specified"))?;
    if state.chats.contains_key(&chat) { Ok(Some(chat)) } else { Err(Refusal::bad("user not found")) }
}

/// The button of a call; the default if the call has none.
fn button(params: &Params) -> Result<Value, Refusal> {
    let Some(given) = params.json("menu_button") else {
        return Ok(json!({ "type": "default" }));
    };
    let fields = given.as_object().ok_or_else(|| unparsed("MenuButton must be an Object"))?;
    let kind = text(fields, "type")?;
    let known: &[&str] = match kind {
        "commands" | "default" => &["type"],
        "web_app" => &["type", "text", "web_app"],
        _ => return Err(unparsed("MenuButton has unsupported type")),
    };
    if let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Refusal::bad(format!("unknown parameter menu_button.{unknown}")));
    }
    if kind == "web_app" {
        check_web_app(fields)?;
    }
    Ok(given)
}

fn check_web_app(fields: &Map<String, Value>) -> Result<(), Refusal> {
    let label = text(fields, "text")?;
    let web_app = fields.get("web_app").ok_or_else(|| unparsed("Can't find field \"web_app\""))?;
    let web_app = web_app.as_object().ok_or_else(|| unparsed("Field \"web_app\" must be of type Object"))?;
    let link = text(web_app, "url")?;
    if label.is_empty() {
        return Err(Refusal::bad("menu button text must be non-empty"));
    }
    let why = match Url::parse(link) {
        Err(_) => "Wrong HTTP URL",
        Ok(url) if url.scheme() != "https" => "Only HTTPS links are allowed",
        Ok(_) => return Ok(()),
    };
    Err(Refusal::bad(format!("menu button Web App URL '{link}' is invalid: {why}")))
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let value = fields.get(name).ok_or_else(|| unparsed(&format!("Can't find field \"{name}\"")))?;
    value.as_str().ok_or_else(|| unparsed(&format!("Field \"{name}\" must be a String")))
}

fn unparsed(why: &str) -> Refusal {
    Refusal::bad(format!("can't parse menu button: {why}"))
}
