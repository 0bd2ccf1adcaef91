//! The calls that the bot makes to Telegram.

use domain::view::Screen;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{BotCommand, BotText, CommandScope, Markup, MenuButton};
use crate::config::Secret;

/// A method of the Bot API with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Call {
    /// Sends a message of 1 to 4096 characters.
    SendMessage {
        /// The chat that gets the message.
        chat_id: i64,
        /// The text, in HTML.
        text: String,
        /// The markup of the text, always HTML.
        parse_mode: ParseMode,
        /// The buttons under the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
        /// Whether links have a preview, always off.
        link_preview_options: LinkPreview,
    },
    /// Replaces the text and keyboard of one of the bot's messages. Without a new keyboard the old keyboard is removed.
    EditMessageText {
        /// The chat with the message.
        chat_id: i64,
        /// The id of the message.
        message_id: i64,
        /// The text, in HTML.
        text: String,
        /// The markup of the text, always HTML.
        parse_mode: ParseMode,
        /// The buttons under the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
        /// Whether links have a preview, always off.
        link_preview_options: LinkPreview,
    },
    /// Ends the progress sign on a tapped button. The call works for about 15 seconds after the tap.
    AnswerCallbackQuery {
        /// The id of the tap.
        callback_query_id: String,
        /// A note that the person sees, up to 200 characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Sends a video that Telegram has already or fetches from an address.
    SendVideo {
        /// The chat that gets the message.
        chat_id: i64,
        /// A `file_id` of this bot, or an address (at most 20 MB).
        video: String,
        /// The text under the video, in HTML, up to 1024 characters.
        caption: String,
        /// The markup of the text, always HTML.
        parse_mode: ParseMode,
        /// The buttons under the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
        /// Whether the video can be played before it is completely loaded.
        supports_streaming: bool,
        /// Width in pixels.
        #[serde(skip_serializing_if = "Option::is_none")]
        width: Option<u32>,
        /// Height in pixels.
        #[serde(skip_serializing_if = "Option::is_none")]
        height: Option<u32>,
        /// Length in seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        duration: Option<u32>,
    },
    /// Sends an animation that Telegram has already.
    SendAnimation {
        /// The chat that gets the message.
        chat_id: i64,
        /// A `file_id` of this bot.
        animation: String,
        /// The text under the animation, in HTML, up to 1024 characters.
        caption: String,
        /// The markup of the text, always HTML.
        parse_mode: ParseMode,
        /// The buttons under the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
    },
    /// Sends a file that Telegram has already.
    SendDocument {
        /// The chat that gets the message.
        chat_id: i64,
        /// A `file_id` of this bot.
        document: String,
        /// The text under the file, in HTML, up to 1024 characters.
        caption: String,
        /// The markup of the text, always HTML.
        parse_mode: ParseMode,
        /// The buttons under the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_markup: Option<Markup>,
    },
    /// Shows an action such as "sending a video..." under the bot's name for 5 seconds.
    SendChatAction {
        /// The chat that shows the action.
        chat_id: i64,
        /// The action: `upload_video`, `typing`, ...
        action: &'static str,
    },
    /// Asks for a file's path, for its download.
    GetFile {
        /// The id of the file.
        file_id: String,
    },
    /// Sets the address to which updates are sent.
    SetWebhook {
        /// The https address that gets the updates.
        url: String,
        /// The secret that Telegram sends in `X-Telegram-Bot-Api-Secret-Token`, 1-256 of `A-Z a-z 0-9 _ -`.
        #[serde(serialize_with = "Secret::serialize_exposed")]
        secret_token: Secret,
        /// The kinds of update that Telegram sends. If the field is omitted, Telegram keeps the former kinds.
        allowed_updates: Vec<&'static str>,
    },
    /// Reads the webhook's address, the number of waiting updates, and the last error in delivering an update.
    GetWebhookInfo {},
    /// Sets the list of commands that Telegram shows for "/". The list replaces the former list of that language.
    SetMyCommands {
        /// The commands, at most 100.
        commands: Vec<BotCommand>,
        /// The chats that show the list.
        scope: CommandScope,
        /// Two letters (ISO 639-1); empty for every language that has no list of its own.
        #[serde(skip_serializing_if = "String::is_empty")]
        language_code: String,
    },
    /// Reads a list of commands: only the list of exactly this scope and language.
    GetMyCommands {
        /// The chats that show the list.
        scope: CommandScope,
        /// See [`Call::SetMyCommands`].
        #[serde(skip_serializing_if = "String::is_empty")]
        language_code: String,
    },
    /// Removes a list of commands.
    DeleteMyCommands {
        /// The chats that show the list.
        scope: CommandScope,
        /// See [`Call::SetMyCommands`].
        #[serde(skip_serializing_if = "String::is_empty")]
        language_code: String,
    },
    /// Reads a text of the bot. Without a text of this language Telegram gives the text of the other languages.
    GetMyText {
        /// The text.
        #[serde(skip)]
        text: BotText,
        /// Two letters (ISO 639-1); empty for every language that has no text of its own.
        #[serde(skip_serializing_if = "String::is_empty")]
        language_code: String,
    },
    /// Sets a text of the bot.
    #[serde(serialize_with = "text_of_the_bot")]
    SetMyText {
        /// The text.
        text: BotText,
        /// The words.
        value: String,
        /// See [`Call::GetMyText`].
        language_code: String,
    },
    /// Sets the menu button next to the text field, in every private chat that has no menu button of its own.
    SetChatMenuButton {
        /// What the menu button opens.
        menu_button: MenuButton,
    },
}

/// The parameters of a call that sets a text: the text's own field, and the language if there is one.
fn text_of_the_bot<S: Serializer>(text: &BotText, value: &str, language_code: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(None)?;
    fields.serialize_entry(text.field(), value)?;
    if !language_code.is_empty() {
        fields.serialize_entry("language_code", language_code)?;
    }
    fields.end()
}

/// A call, and the thread of the chat that gets its message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threaded {
    #[serde(flatten)]
    call: Call,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
}

/// How text is marked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ParseMode {
    /// Telegram's subset of HTML.
    #[serde(rename = "HTML")]
    Html,
}

/// Whether links are shown with a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LinkPreview {
    /// `true` if links have no preview.
    pub is_disabled: bool,
}

const NO_PREVIEW: LinkPreview = LinkPreview { is_disabled: true };

impl Call {
    /// The call that sends a screen as a new message.
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

    /// The call that sends a text and removes the reply keyboard, which another program of the same bot may have left.
    #[must_use]
    pub fn greeting(chat_id: i64, text: String) -> Self {
        Self::SendMessage {
            chat_id,
            text,
            parse_mode: ParseMode::Html,
            reply_markup: Some(Markup::RemoveKeyboard { remove_keyboard: true }),
            link_preview_options: NO_PREVIEW,
        }
    }

    /// The call that replaces an earlier message by a screen.
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

    /// The call that answers a tap, with or without a short note.
    #[must_use]
    pub fn answer(callback_query_id: &str, text: Option<&str>) -> Self {
        Self::AnswerCallbackQuery { callback_query_id: callback_query_id.to_owned(), text: text.map(str::to_owned) }
    }

    /// The name of the Bot API's method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::SendMessage { .. } => "sendMessage",
            Self::EditMessageText { .. } => "editMessageText",
            Self::AnswerCallbackQuery { .. } => "answerCallbackQuery",
            Self::SendVideo { .. } => "sendVideo",
            Self::SendAnimation { .. } => "sendAnimation",
            Self::SendDocument { .. } => "sendDocument",
            Self::SendChatAction { .. } => "sendChatAction",
            Self::GetFile { .. } => "getFile",
            Self::SetWebhook { .. } => "setWebhook",
            Self::GetWebhookInfo {} => "getWebhookInfo",
            Self::SetMyCommands { .. } => "setMyCommands",
            Self::GetMyCommands { .. } => "getMyCommands",
            Self::DeleteMyCommands { .. } => "deleteMyCommands",
            Self::GetMyText { text: BotText::Name, .. } => "getMyName",
            Self::GetMyText { text: BotText::Description, .. } => "getMyDescription",
            Self::GetMyText { text: BotText::ShortDescription, .. } => "getMyShortDescription",
            Self::SetMyText { text: BotText::Name, .. } => "setMyName",
            Self::SetMyText { text: BotText::Description, .. } => "setMyDescription",
            Self::SetMyText { text: BotText::ShortDescription, .. } => "setMyShortDescription",
            Self::SetChatMenuButton { .. } => "setChatMenuButton",
        }
    }

    /// Whether repeating the call sends another message.
    #[must_use]
    pub fn sends(&self) -> bool {
        matches!(self, Self::SendMessage { .. } | Self::SendVideo { .. } | Self::SendAnimation { .. } | Self::SendDocument { .. })
    }

    /// The call whose message goes into this thread of the chat.
    #[must_use]
    pub fn in_thread(self, thread: Option<i64>) -> Threaded {
        let is_in_thread = self.sends() || matches!(self, Self::SendChatAction { .. });
        let message_thread_id = thread.filter(|_| is_in_thread);
        Threaded { call: self, message_thread_id }
    }

    /// The call as the body of the reply to a webhook request. Such a call saves a request, but its outcome stays unknown.
    /// Telegram allows this for all methods but `get*`, `setWebhook` and a few more.
    #[must_use]
    pub fn as_webhook_reply(self) -> Value {
        self.in_thread(None).as_webhook_reply()
    }
}

impl Threaded {
    /// See [`Call::as_webhook_reply`].
    #[must_use]
    pub fn as_webhook_reply(&self) -> Value {
        let mut reply = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(fields) = &mut reply {
            fields.insert("method".to_owned(), self.call.method().into());
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
    fn a_message_goes_into_its_thread_and_an_edit_stays_where_it_is() {
        let thread = |call: Call| call.in_thread(Some(7)).as_webhook_reply()["message_thread_id"].clone();
        assert_eq!(thread(Call::screen(5, &plain("Hi"))), 7);
        assert_eq!(thread(Call::edit(5, 9, &plain("Hi"))), Value::Null);
    }

    #[test]
    fn an_answer_to_a_tap_has_no_empty_fields() {
        let reply = Call::answer("id", None).as_webhook_reply();
        assert_eq!(reply, json!({"method": "answerCallbackQuery", "callback_query_id": "id"}));
    }
}
