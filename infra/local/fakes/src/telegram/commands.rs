//! The bot's lists of commands (core.telegram.org/bots/api#setmycommands; texts of tdlib/td, BotCommand.cpp, and in
//! capitals those of Telegram's own servers).

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use serde_json::{Value, json};

use super::Telegram;
use super::params::Params;
use super::refusal::Refusal;
use crate::lock;

/// Most commands of one list.
const COMMANDS_MAX: usize = 100;
/// Longest command, in characters.
const COMMAND_MAX: usize = 32;
/// Longest description, in characters.
const DESCRIPTION_MAX: usize = 256;

/// The scopes that a list may have.
const SCOPES: [&str; 7] =
    ["default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators", "chat_member"];

/// A scope as JSON text and a language code. Each pair has its own list of commands.
pub type Listed = (String, String);

/// The commands of a list in order, each with its description.
pub type Commands = Vec<(String, String)>;

impl Telegram {
    /// The bot's commands with their descriptions, in the default scope, for a language code ("" for all others).
    #[must_use]
    pub fn commands(&self, language_code: &str) -> Vec<(String, String)> {
        let list = (json!({ "type": "default" }).to_string(), language_code.to_owned());
        lock(&self.inner.state).commands.get(&list).cloned().unwrap_or_default()
    }

    pub(super) fn set_my_commands(&self, params: &Params) -> Result<Value, Refusal> {
        // A call without commands empties the list.
        let given = params.json("commands").unwrap_or_else(|| json!([]));
        let given = given.as_array().ok_or_else(|| Refusal::bad("expected an Array of BotCommand"))?;
        let parsed = given.iter().map(parsed).collect::<Result<Commands, Refusal>>()?;
        let listed = listed(params)?;
        let cleaned = parsed.iter().map(cleaned).collect::<Result<Commands, Refusal>>()?;
        if cleaned.len() > COMMANDS_MAX {
            return Err(Refusal::bad("BOT_COMMANDS_TOO_MUCH"));
        }
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if cleaned.iter().any(|(command, _)| !command.bytes().all(allowed)) {
            return Err(Refusal::bad("BOT_COMMAND_INVALID"));
        }
        lock(&self.inner.state).commands.insert(listed, cleaned);
        Ok(json!(true))
    }

    pub(super) fn delete_my_commands(&self, params: &Params) -> Result<Value, Refusal> {
        let listed = listed(params)?;
        lock(&self.inner.state).commands.remove(&listed);
        Ok(json!(true))
    }

    pub(super) fn get_my_commands(&self, params: &Params) -> Result<Value, Refusal> {
        let listed = listed(params)?;
        let state = lock(&self.inner.state);
        let list = state.commands.get(&listed).into_iter().flatten();
        Ok(list.map(|(command, description)| json!({ "command": command, "description": description })).collect())
    }
}

/// The list that a call is about.
fn listed(params: &Params) -> Result<Listed, Refusal> {
    let scope = params.json("scope").unwrap_or_else(|| json!({ "type": "default" }));
    if !scope["type"].as_str().is_some_and(|kind| SCOPES.contains(&kind)) {
        return Err(Refusal::bad("can't parse BotCommandScope: Unsupported type specified"));
    }
    let language = params.text("language_code").unwrap_or_default();
    let two_letters = language.len() == 2 && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if !language.is_empty() && !two_letters {
        return Err(Refusal::bad("invalid language code specified"));
    }
    Ok((scope.to_string(), language.to_owned()))
}

/// One command of the call.
fn parsed(command: &Value) -> Result<(String, String), Refusal> {
    let unparsed = |why: &str| Refusal::bad(format!("can't parse BotCommand: {why}"));
    let fields = command.as_object().ok_or_else(|| unparsed("expected an Object"))?;
    let text = |name: &str| match fields.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(unparsed(&format!("Field \"{name}\" must be a String"))),
        None => Err(unparsed(&format!("Can't find field \"{name}\""))),
    };
    Ok((text("command")?, text("description")?))
}

/// One stored command: trimmed, without its slash.
fn cleaned((command, description): &(String, String)) -> Result<(String, String), Refusal> {
    let command = command.trim();
    let command = command.strip_prefix('/').unwrap_or(command);
    if command.is_empty() {
        return Err(Refusal::bad("command must be non-empty"));
    }
    if command.chars().count() > COMMAND_MAX {
        return Err(Refusal::bad(format!("command length must not exceed {COMMAND_MAX}")));
    }
    let description = description.trim();
    if description.is_empty() {
        return Err(Refusal::bad("command description must be non-empty"));
    }
    if description.chars().count() > DESCRIPTION_MAX {
        return Err(Refusal::bad(format!("command description length must not exceed {DESCRIPTION_MAX}")));
    }
    Ok((command.to_owned(), description.to_owned()))
}
