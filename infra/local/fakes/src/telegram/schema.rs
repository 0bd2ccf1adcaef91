//! The methods and their parameters (core.telegram.org/bots/api, 10.3).

use serde_json::Value;

use super::params::Params;
use super::refusal::Refusal;

/// The type of a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int,
    Flag,
    Text,
    Json,
    File,
}
use Kind::{File, Flag, Int, Json, Text};

type Parameters = &'static [(&'static str, Kind)];

/// The parameters of every sending method.
const SENDING: Parameters = &[
    ("business_connection_id", Text),
    ("chat_id", Int),
    ("message_thread_id", Int),
    ("direct_messages_topic_id", Int),
    ("disable_notification", Flag),
    ("protect_content", Flag),
    ("allow_paid_broadcast", Flag),
    ("message_effect_id", Text),
    ("suggested_post_parameters", Json),
    ("reply_parameters", Json),
    ("reply_markup", Json),
    ("parse_mode", Text),
];

/// The parameters of every editing method.
const EDITING: Parameters = &[
    ("business_connection_id", Text),
    ("chat_id", Int),
    ("message_id", Int),
    ("inline_message_id", Text),
    ("reply_markup", Json),
];

const VIDEO: Parameters = &[
    ("video", File),
    ("duration", Int),
    ("width", Int),
    ("height", Int),
    ("thumbnail", File),
    ("cover", File),
    ("start_timestamp", Int),
    ("caption", Text),
    ("caption_entities", Json),
    ("show_caption_above_media", Flag),
    ("has_spoiler", Flag),
    ("supports_streaming", Flag),
    ("ephemeral_message_parameters", Json),
];

const ANIMATION: Parameters = &[
    ("animation", File),
    ("duration", Int),
    ("width", Int),
    ("height", Int),
    ("thumbnail", File),
    ("caption", Text),
    ("caption_entities", Json),
    ("show_caption_above_media", Flag),
    ("has_spoiler", Flag),
];

const DOCUMENT: Parameters = &[
    ("document", File),
    ("thumbnail", File),
    ("caption", Text),
    ("caption_entities", Json),
    ("disable_content_type_detection", Flag),
];

/// sendChatAction has few of the parameters of the other sending methods.
const ACTION: Parameters = &[("business_connection_id", Text), ("chat_id", Int), ("message_thread_id", Int), ("action", Text)];

const WEBHOOK: Parameters = &[
    ("url", Text),
    ("certificate", File),
    ("ip_address", Text),
    ("max_connections", Int),
    ("allowed_updates", Json),
    ("drop_pending_updates", Flag),
    ("secret_token", Text),
];

/// The parameters that choose one of the bot's lists of commands.
const LISTED: Parameters = &[("scope", Json), ("language_code", Text)];

/// The parameter that chooses the language of a text of the bot.
const LANGUAGE: Parameters = &[("language_code", Text)];

/// The parameters of a method, in parts; `None` for a method that this fake does not have.
fn parameters(method: &str) -> Option<[Parameters; 2]> {
    Some(match method {
        "sendMessage" => [SENDING, &[("text", Text), ("entities", Json), ("link_preview_options", Json)]],
        "sendVideo" => [SENDING, VIDEO],
        "sendAnimation" => [SENDING, ANIMATION],
        "sendDocument" => [SENDING, DOCUMENT],
        "sendChatAction" => [ACTION, &[]],
        "editMessageText" => {
            [EDITING, &[("text", Text), ("parse_mode", Text), ("entities", Json), ("link_preview_options", Json)]]
        }
        "editMessageCaption" => {
            [EDITING, &[("caption", Text), ("parse_mode", Text), ("caption_entities", Json), ("show_caption_above_media", Flag)]]
        }
        "editMessageReplyMarkup" => [EDITING, &[]],
        "answerCallbackQuery" => {
            [&[("callback_query_id", Text), ("text", Text), ("show_alert", Flag)], &[("url", Text), ("cache_time", Int)]]
        }
        "getFile" => [&[("file_id", Text)], &[]],
        "getMe" | "getWebhookInfo" => [&[], &[]],
        "getUpdates" => [&[("offset", Int), ("limit", Int), ("timeout", Int), ("allowed_updates", Json)], &[]],
        "setWebhook" => [WEBHOOK, &[]],
        "deleteWebhook" => [&[("drop_pending_updates", Flag)], &[]],
        "setMyCommands" => [LISTED, &[("commands", Json)]],
        "getMyCommands" | "deleteMyCommands" => [LISTED, &[]],
        "setMyName" => [&[("name", Text)], LANGUAGE],
        "setMyDescription" => [&[("description", Text)], LANGUAGE],
        "setMyShortDescription" => [&[("short_description", Text)], LANGUAGE],
        "getMyName" | "getMyDescription" | "getMyShortDescription" => [LANGUAGE, &[]],
        "setChatMenuButton" => [&[("chat_id", Int)], &[("menu_button", Json)]],
        "getChatMenuButton" => [&[("chat_id", Int)], &[]],
        _ => return None,
    })
}

/// Refuses unknown methods, unknown parameters and values of the wrong kind.
pub fn check(method: &str, params: &Params) -> Result<(), Refusal> {
    let Some(parts) = parameters(method) else {
        return Err(Refusal::new(404, "Not Found"));
    };
    let known = |name: &str| parts.iter().copied().flatten().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    for (name, value) in &params.values {
        let kind = known(name).ok_or_else(|| Refusal::bad(format!("unknown parameter {name}")))?;
        if !fits(kind, value) {
            return Err(Refusal::bad(format!("parameter {name} has the wrong type")));
        }
    }
    // "attach://name" may refer to a file of any name. A file to which no parameter refers is a mistake.
    let referred = |name: &str| params.values.values().any(|value| value == &Value::from(format!("attach://{name}")));
    match params.uploads.keys().find(|name| known(name) != Some(File) && !referred(name)) {
        Some(name) => Err(Refusal::bad(format!("unknown parameter {name}"))),
        None => Ok(()),
    }
}

/// Form values are text. JSON values may be text too: the real server accepts both.
fn fits(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (Int, Value::Number(number)) => number.is_i64(),
        (Int, Value::String(text)) => text.parse::<i64>().is_ok() || text.starts_with('@'),
        (Flag, Value::Bool(_)) | (Text | File, Value::String(_)) | (Json, Value::Object(_) | Value::Array(_)) => true,
        (Flag, Value::String(text)) => ["true", "false", "True", "False", "1", "0"].contains(&text.as_str()),
        (Json, Value::String(text)) => text.is_empty() || serde_json::from_str::<Value>(text).is_ok(),
        _ => false,
    }
}
