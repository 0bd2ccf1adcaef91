//! Somebody in Telegram: what they do becomes updates for the bot.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Telegram;
use super::chat::{Author, Body, ChatLine, KeyButton};
use super::delivery::{Delivery, Turn};
use super::files::File;
use super::messages::Query;
use crate::{digest, lock};

/// A person with a private chat. Every act waits until the bot took the update or Telegram gave up on it.
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

    /// Their chat with the bot.
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

    /// Sends a photo as a photo: it arrives in several sizes, the largest last.
    pub async fn send_photo(&self, bytes: impl Into<Bytes>) -> Delivery {
        let sizes = self.telegram.keep_photo(self.id, &bytes.into());
        self.send(Body::Sent(json!({ "photo": sizes }))).await
    }

    /// Sends a file as a file.
    pub async fn send_document(&self, bytes: impl Into<Bytes>, mime: &str, name: &str) -> Delivery {
        let bytes = bytes.into();
        let (unique, size) = (digest(&bytes), bytes.len());
        let file = File { bytes, folder: "documents", chat: self.id };
        let file_id = lock(&self.telegram.inner.world).files.add(file);
        let document = json!({
            "file_id": file_id,
            "file_unique_id": unique.get(..16),
            "file_name": name,
            "mime_type": mime,
            "file_size": size,
        });
        self.send(Body::Sent(json!({ "document": document }))).await
    }

    /// Taps the newest button with this data; if none has it, forges such a tap on the newest message.
    pub async fn tap(&self, data: &str) -> Delivery {
        let update = self.tapped(data);
        self.telegram.deliver(self.id, update, Turn::Waits).await
    }

    /// Taps the newest button whose label contains `part`. `None`: there is no such button that carries data.
    pub async fn tap_label(&self, part: &str) -> Option<Delivery> {
        let chat = self.chat();
        let mut buttons = chat.iter().rev().flat_map(|line| line.keyboard.iter().flatten());
        let data = buttons.find(|button| button.label.contains(part))?.data.clone()?;
        Some(self.tap(&data).await)
    }

    /// Taps `count` times at the same moment, each tap its own update and none waiting for another: harder than
    /// Telegram, which keeps one person's taps in order.
    pub async fn tap_many(&self, data: &str, count: usize) -> Vec<Delivery> {
        let updates: Vec<Value> = (0..count).map(|_| self.tapped(data)).collect();
        join_all(updates.into_iter().map(|update| self.telegram.deliver(self.id, update, Turn::AtOnce))).await
    }

    /// Posts any update as it is; without `update_id` it gets the next.
    pub async fn send_raw(&self, update: Value) -> Delivery {
        self.telegram.deliver(self.id, update, Turn::Waits).await
    }

    /// Posts an earlier update again. `None`: there was none with this id.
    pub async fn redeliver(&self, update_id: i64) -> Option<Delivery> {
        self.telegram.deliver_again(update_id).await
    }

    /// Blocks the bot.
    pub async fn block(&self) -> Delivery {
        self.telegram.block(self.id).await
    }

    /// Lets the bot in again.
    pub async fn unblock(&self) -> Delivery {
        self.telegram.unblock(self.id).await
    }

    async fn send(&self, body: Body) -> Delivery {
        let update = {
            let me = self.telegram.me();
            let mut world = lock(&self.telegram.inner.world);
            world.last_message_id += 1;
            let line = self.line(world.last_message_id, body);
            let message = world.chats.get_mut(&self.id).map(|chat| {
                let message = chat.message(&line, &me);
                chat.lines.push(line);
                message
            });
            json!({ "message": message })
        };
        self.telegram.deliver(self.id, update, Turn::Waits).await
    }

    /// A tap on the wire, its query kept for the answer.
    fn tapped(&self, data: &str) -> Value {
        let me = self.telegram.me();
        let sent_ms = self.telegram.inner.clock.now_ms();
        let mut world = lock(&self.telegram.inner.world);
        let id = (4_000_000_000_i64 + i64::try_from(world.queries.len()).unwrap_or(0)).to_string();
        world.queries.insert(id.clone(), Query { chat: self.id, sent_ms });
        let Some(chat) = world.chats.get_mut(&self.id) else {
            return json!({});
        };
        let carries = |button: &KeyButton| button.data.as_deref() == Some(data);
        let written = || chat.lines.iter().rev().filter(|line| line.author == Author::Bot && line.message_id != 0);
        let on = written().find(|line| line.keyboard.iter().flatten().any(carries)).or_else(|| written().next());
        let mut query = json!({ "id": id, "from": chat.user, "chat_instance": self.id.to_string(), "data": data });
        if let Some(message) = on.map(|line| chat.message(line, &me)) {
            query["message"] = message;
        }
        chat.lines.push(self.line(0, Body::Tap { data: data.into() }));
        json!({ "callback_query": query })
    }

    fn line(&self, message_id: i64, body: Body) -> ChatLine {
        let at_ms = self.telegram.inner.clock.now_ms();
        ChatLine { message_id, at_ms, author: Author::Person, body, keyboard: Vec::new(), earlier: Vec::new() }
    }
}
