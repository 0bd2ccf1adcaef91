//! sendChatAction: what the bot is doing, as the person sees it for some seconds.

use serde_json::{Value, json};

use super::Telegram;
use super::messages::open_chat;
use super::params::Params;
use super::refusal::Refusal;
use crate::lock;

/// The actions (core.telegram.org/bots/api#sendchataction).
const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

impl Telegram {
    /// The actions that the bot showed in a chat, oldest first: milliseconds since 1970, and the action.
    #[must_use]
    pub fn actions(&self, chat: i64) -> Vec<(i64, String)> {
        lock(&self.inner.state).chats.get(&chat).map(|chat| chat.actions.clone()).unwrap_or_default()
    }

    pub(super) fn send_chat_action(&self, params: &Params) -> Result<Value, Refusal> {
        let at_ms = self.inner.clock.now_ms();
        let mut state = lock(&self.inner.state);
        let chat = open_chat(&mut state, params.int("chat_id"))?;
        let action = params.text("action").filter(|action| ACTIONS.contains(action));
        let action = action.ok_or_else(|| Refusal::bad("wrong parameter action in request"))?;
        chat.actions.push((at_ms, action.to_owned()));
        Ok(json!(true))
    }
}
