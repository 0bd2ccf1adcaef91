//! What we say to Telegram.

use domain::view::Screen;
use serde::Serialize;
use serde_json::Value;

use super::{BotCommand, Markup, MenuButton};
use crate::config::Secret;

/// A method of the Bot API with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Call {
    /// A message of 1 to 4096 characters.
    SendMessage {
        /// Where to.
        chat_id: i64,
        /// HTML.
        text: String,
        /// Always HTML.
        parse_mode: ParseMode,
        /// Buttons under it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
        /// Always off.
        link_preview_options: LinkPreview,
    },
    /// Another text and keyboard for a message of the bot's own; no keyboard takes the old one away.
    EditMessageText {
        /// Where.
        chat_id: i64,
        /// Which message.
        message_id: i64,
        /// HTML.
        text: String,
        /// Always HTML.
        parse_mode: ParseMode,
        /// Buttons under it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
        /// Always off.
        link_preview_options: LinkPreview,
    },
    /// Ends the waiting on a tapped button; within 15 seconds or so of the tap.
    AnswerCallbackQuery {
        /// Which tap.
        callback_query_id: String,
        /// A note of up to 200 characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The note as a window to be closed.
        #[serde(skip_serializing_if = "Option::is_none")]
        show_alert: Option<bool>,
    },
    /// A video Telegram has already, or fetches itself.
    SendVideo {
        /// Where to.
        chat_id: i64,
        /// A `file_id` of this bot, or an address (at most 20 MB).
        video: String,
        /// HTML, up to 1024 characters.
        caption: String,
        /// Always HTML.
        parse_mode: ParseMode,
        /// Buttons under it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
        /// Playable before it is loaded.
        supports_streaming: bool,
        /// Pixels.
        #[serde(skip_serializing_if = "Option::is_none")]
        width: Option<u32>,
        /// Pixels.
        #[serde(skip_serializing_if = "Option::is_none")]
        height: Option<u32>,
        /// Seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        duration: Option<u32>,
    },
    /// "Sending a video..." under the bot's name for 5 seconds.
    SendChatAction {
        /// Where.
        chat_id: i64,
        /// `upload_video`, `typing`, ...
        action: &'static str,
    },
    /// A file's path for downloading.
    GetFile {
        /// Which.
        file_id: String,
    },
    /// Where updates go from now on.
    SetWebhook {
        /// An https address.
        url: String,
        /// Comes back in `X-Telegram-Bot-Api-Secret-Token`: 1-256 of `A-Z a-z 0-9 _ -`.
        #[serde(serialize_with = "Secret::serialize_exposed")]
        secret_token: Secret,
        /// Kinds of update; when omitted Telegram keeps the former ones.
        allowed_updates: Vec<&'static str>,
    },
    /// Where updates go now, how many wait, and the last error in delivering them.
    GetWebhookInfo {},
    /// The list behind "/", in private chats and groups alike; it replaces the former list of that language.
    SetMyCommands {
        /// At most 100.
        commands: Vec<BotCommand>,
        /// Two letters (ISO 639-1); without one, for all whose language has no list of its own.
        #[serde(skip_serializing_if = "Option::is_none")]
        language_code: Option<String>,
    },
    /// The button beside the text field, in every private chat that has none of its own.
    SetChatMenuButton {
        /// What it opens.
        menu_button: MenuButton,
    },
}

/// How text is marked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ParseMode {
    /// Telegram's HTML.
    #[serde(rename = "HTML")]
    Html,
}

/// Whether links are shown with a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LinkPreview {
    /// No preview.
    pub is_disabled: bool,
}

const NO_PREVIEW: LinkPreview = LinkPreview { is_disabled: true };

impl Call {
    /// A screen as a new message.
    #[must_use]
    pub fn screen(chat_id: i64, screen: &Screen) -> Self {
        Self::SendMessage {
            chat_id,
            text: screen.text.clone(),
            parse_mode: ParseMode::Html,
            reply_markup: Markup::of(&screen.keyboard),
            link_preview_options: NO_PREVIEW,
        }
    }

    /// A screen in the place of an earlier message.
    #[must_use]
    pub fn edit(chat_id: i64, message_id: i64, screen: &Screen) -> Self {
        Self::EditMessageText {
            chat_id,
            message_id,
            text: screen.text.clone(),
            parse_mode: ParseMode::Html,
            reply_markup: Markup::of(&screen.keyboard),
            link_preview_options: NO_PREVIEW,
        }
    }

    /// The end of a tap, with a short note or without.
    #[must_use]
    pub fn answer(callback_query_id: &str, text: Option<&str>) -> Self {
        Self::AnswerCallbackQuery {
            callback_query_id: callback_query_id.to_owned(),
            text: text.map(str::to_owned),
            show_alert: None,
        }
    }

    /// The method's name.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::SendMessage { .. } => "sendMessage",
            Self::EditMessageText { .. } => "editMessageText",
            Self::AnswerCallbackQuery { .. } => "answerCallbackQuery",
            Self::SendVideo { .. } => "sendVideo",
            Self::SendChatAction { .. } => "sendChatAction",
            Self::GetFile { .. } => "getFile",
            Self::SetWebhook { .. } => "setWebhook",
            Self::GetWebhookInfo {} => "getWebhookInfo",
            Self::SetMyCommands { .. } => "setMyCommands",
            Self::SetChatMenuButton { .. } => "setChatMenuButton",
        }
    }

    /// Whether repeating it makes another message.
    #[must_use]
    pub fn sends(&self) -> bool {
        matches!(self, Self::SendMessage { .. } | Self::SendVideo { .. })
    }

    /// The call as the body of the reply to a webhook request: it is made without a request of its own, and its
    /// outcome is never told. Telegram allows it for all but `get*`, `setWebhook` and a few more.
    #[must_use]
    pub fn as_webhook_reply(&self) -> Value {
        let mut reply = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(fields) = &mut reply {
            fields.insert("method".to_owned(), self.method().into());
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::view::Keyboard;
    use serde_json::json;

    fn plain(text: &str) -> Screen {
        Screen { text: text.into(), keyboard: Keyboard(vec![vec![]]) }
    }

    #[test]
    fn a_call_can_be_the_reply_to_its_update() {
        let reply = Call::edit(5, 9, &plain("Done")).as_webhook_reply();
        let expected = json!({
            "method": "editMessageText", "chat_id": 5, "message_id": 9, "text": "Done", "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true},
        });
        assert_eq!(reply, expected);
    }

    #[test]
    fn an_answer_to_a_tap_says_no_more_than_it_must() {
        let reply = Call::answer("id", None).as_webhook_reply();
        assert_eq!(reply, json!({"method": "answerCallbackQuery", "callback_query_id": "id"}));
    }
}
