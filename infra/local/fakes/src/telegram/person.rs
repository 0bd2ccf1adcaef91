//! A person in Telegram, whose actions become updates for the bot.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Telegram;
use super::chat::{Author, Body, ChatLine};
use super::delivery::{Delivery, Queueing};
use super::keyboard::KeyButton;
use super::messages::Query;
use crate::lock;

/// A person with a private chat. Every action waits until the bot has accepted the update or the update has expired.
#[derive(Clone)]
pub struct Person {
    pub(super) telegram: Telegram,
    pub(super) id: i64,
}

impl Person {
    /// The user's id, which is also the chat's.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// The person's chat with the bot.
    #[must_use]
    pub fn chat(&self) -> Vec<ChatLine> {
        self.telegram.chat(self.id)
    }

    /// Writes a text; one that begins with a slash is a command.
    pub async fn say(&self, text: &str) -> Delivery {
        let length = text.split_whitespace().next().unwrap_or_default().encode_utf16().count();
        let command = vec![json!({ "type": "bot_command", "offset": 0, "length": length })];
        let entities = if text.starts_with('/') { command } else { Vec::new() };
        self.send(Body::Text { text: text.into(), html: text.into(), entities }).await
    }

    /// Changes the text of an earlier message of the person.
    pub async fn edit(&self, message_id: i64, text: &str) -> Delivery {
        let me = self.telegram.me();
        let at_ms = self.telegram.inner.clock.now_ms();
        let body = Body::Text { text: text.into(), html: text.into(), entities: Vec::new() };
        let message = lock(&self.telegram.inner.state).chats.get_mut(&self.id).and_then(|chat| {
            let edited = chat.rewrite(message_id, at_ms, body, Vec::new())?;
            Some(chat.message(&edited, &me))
        });
        self.telegram.deliver(self.id, json!({ "edited_message": message }), Queueing::Waits).await
    }

    /// Taps the newest button with this data. If no button has it, forges such a tap on the newest message.
    pub async fn tap(&self, data: &str) -> Delivery {
        let update = self.tapped(data, None);
        self.telegram.deliver(self.id, update, Queueing::Waits).await
    }

    /// Taps a button of this message, whether or not the message still has it: an edit may have removed it. A missing message
    /// arrives as Telegram's `InaccessibleMessage`.
    pub async fn tap_on(&self, message_id: i64, data: &str) -> Delivery {
        let update = self.tapped(data, Some(message_id));
        self.telegram.deliver(self.id, update, Queueing::Waits).await
    }

    /// Taps the newest button whose label contains `part`; `None` if there is no such button with data.
    pub async fn tap_label(&self, part: &str) -> Option<Delivery> {
        let chat = self.chat();
        let mut buttons = chat.iter().rev().flat_map(|line| line.keyboard.iter().flatten());
        let data = buttons.find(|button| button.label.contains(part))?.data.clone()?;
        Some(self.tap(&data).await)
    }

    /// Taps `count` times at the same moment. Each tap is an update of its own, and none waits for another. This is harder than
    /// Telegram, which delivers one person's taps in order.
    pub async fn tap_many(&self, data: &str, count: usize) -> Vec<Delivery> {
        let updates: Vec<Value> = (0..count).map(|_| self.tapped(data, None)).collect();
        join_all(updates.into_iter().map(|update| self.telegram.deliver(self.id, update, Queueing::AtOnce))).await
    }

    /// Posts any update. Without an `update_id` it gets the next one.
    pub async fn send_raw(&self, update: Value) -> Delivery {
        self.telegram.deliver(self.id, update, Queueing::Waits).await
    }

    /// Posts an earlier update again; `None` if there was none with this id.
    pub async fn redeliver(&self, update_id: i64) -> Option<Delivery> {
        self.telegram.deliver_again(update_id).await
    }

    /// Returns the id of the newest update about anybody; 0 before the first.
    #[must_use]
    pub fn last_update(&self) -> i64 {
        self.telegram.last_update()
    }

    /// Blocks the bot.
    pub async fn block(&self) -> Delivery {
        self.telegram.block(self.id).await
    }

    /// Unblocks the bot.
    pub async fn unblock(&self) -> Delivery {
        self.telegram.unblock(self.id).await
    }

    pub(super) async fn send(&self, body: Body) -> Delivery {
        let update = self.written(body);
        self.telegram.deliver(self.id, update, Queueing::Waits).await
    }

    /// Appends a message of the person to the chat; returns its update.
    pub(super) fn written(&self, body: Body) -> Value {
        let me = self.telegram.me();
        let mut state = lock(&self.telegram.inner.state);
        state.last_message_id += 1;
        let line = self.line(state.last_message_id, body);
        let message = state.chats.get_mut(&self.id).map(|chat| {
            let message = chat.message(&line, &me);
            chat.write(line);
            message
        });
        json!({ "message": message })
    }

    /// Makes the update of a tap and stores its query for the answer. Without a message it uses the newest one with such a
    /// button.
    fn tapped(&self, data: &str, message_id: Option<i64>) -> Value {
        let me = self.telegram.me();
        let sent_ms = self.telegram.inner.clock.now_ms();
        let mut state = lock(&self.telegram.inner.state);
        let id = (4_000_000_000_i64 + i64::try_from(state.queries.len()).unwrap_or(0)).to_string();
        state.queries.insert(id.clone(), Query { chat: self.id, sent_ms });
        let Some(chat) = state.chats.get_mut(&self.id) else {
            return json!({});
        };
        let carries = |button: &KeyButton| button.data.as_deref() == Some(data);
        let written = || chat.lines.iter().rev().filter(|line| line.author == Author::Bot && line.message_id != 0);
        let newest = || written().find(|line| line.keyboard.iter().flatten().any(carries)).or_else(|| written().next());
        let on = message_id.map_or_else(newest, |id| written().find(|line| line.message_id == id));
        let gone = message_id.map(|id| json!({ "chat": chat.wire(), "message_id": id, "date": 0 }));
        let mut query = json!({ "id": id, "from": chat.user, "chat_instance": self.id.to_string(), "data": data });
        if let Some(message) = on.map(|line| chat.message(line, &me)).or(gone) {
            query["message"] = message;
        }
        chat.write(self.line(0, Body::Tap { data: data.into() }));
        json!({ "callback_query": query })
    }

    fn line(&self, message_id: i64, body: Body) -> ChatLine {
        ChatLine::new(message_id, self.telegram.inner.clock.now_ms(), Author::Person, body, Vec::new())
    }
}
