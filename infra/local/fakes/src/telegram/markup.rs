//! Reads the keyboard of a call (core.telegram.org/bots/api#inlinekeyboardmarkup).

use serde_json::{Map, Value};

use super::keyboard::{KeyButton, Keyboard};
use super::params::Params;
use super::refusal::Refusal;

/// The actions that a button may have instead of data.
const ACTIONS: [&str; 9] = [
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
];

/// The inline keyboard of a call; empty if it has none.
pub fn read(params: &Params) -> Result<Keyboard, Refusal> {
    if params.values.get("reply_markup").is_none_or(|markup| markup == "") {
        return Ok(Keyboard::new());
    }
    let markup = params.json("reply_markup");
    let markup = markup.as_ref().and_then(Value::as_object).ok_or_else(|| Refusal::bad("object expected as reply markup"))?;
    if ["keyboard", "remove_keyboard", "force_reply"].iter().any(|other| markup.contains_key(*other)) {
        return Ok(Keyboard::new());
    }
    if let Some(unknown) = markup.keys().find(|name| *name != "inline_keyboard") {
        return Err(Refusal::bad(format!("unknown parameter reply_markup.{unknown}")));
    }
    let rows = markup.get("inline_keyboard").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| Refusal::bad("field \"inline_keyboard\" must be of type Array"))?;
    rows.iter().map(row).filter(|row| row.as_ref().map_or(true, |row| !row.is_empty())).collect()
}

fn row(row: &Value) -> Result<Vec<KeyButton>, Refusal> {
    let cells = row.as_array().ok_or_else(|| unparsed("field \"inline_keyboard\" must be an Array of Arrays"))?;
    cells.iter().map(|cell| button(cell.as_object().ok_or_else(|| unparsed("expected an Object"))?)).collect()
}

fn button(cell: &Map<String, Value>) -> Result<KeyButton, Refusal> {
    let known =
        |name: &str| ACTIONS.contains(&name) || ["text", "callback_data", "icon_custom_emoji_id", "style"].contains(&name);
    if let Some(unknown) = cell.keys().find(|name| !known(name)) {
        return Err(Refusal::bad(format!("unknown parameter inline_keyboard.{unknown}")));
    }
    let text = |name: &str| cell.get(name).and_then(Value::as_str);
    let label = text("text").filter(|label| !label.trim().is_empty()).ok_or_else(|| unparsed("button text must be non-empty"))?;
    let data = text("callback_data").map(String::from);
    if data.as_ref().is_some_and(|data| !(1..=64).contains(&data.len())) {
        return Err(Refusal::bad("BUTTON_DATA_INVALID"));
    }
    if data.is_none() && !ACTIONS.iter().any(|action| cell.contains_key(*action)) {
        return Err(unparsed("Text buttons are unallowed in the inline keyboard"));
    }
    let url = text("url").map(String::from);
    if let Some(wrong) = url.as_ref().filter(|url| !["http://", "https://", "tg://"].iter().any(|start| url.starts_with(start))) {
        return Err(Refusal::bad(format!("inline keyboard button URL '{wrong}' is invalid: Wrong HTTP URL")));
    }
    Ok(KeyButton { label: label.into(), data, url })
}

fn unparsed(why: &str) -> Refusal {
    Refusal::bad(format!("can't parse inline keyboard button: {why}"))
}
