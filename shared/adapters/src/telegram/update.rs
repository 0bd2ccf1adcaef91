//! Updates from Telegram. Only the fields that we use are read; unknown fields are ignored, because each version adds some.

use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// One update. At most one of the optional fields is set; none is set for a kind of update that we do not use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Update {
    /// The number of the update, which rises with every update. Telegram may deliver the same update again.
    pub update_id: i64,
    /// A message to the bot.
    #[serde(default)]
    pub message: Option<Message>,
    /// A message to the bot that the person has changed, as it is now.
    #[serde(default)]
    pub edited_message: Option<Message>,
    /// A tapped button.
    #[serde(default)]
    pub callback_query: Option<CallbackQuery>,
    /// The person blocked or unblocked the bot, if the chat is private.
    #[serde(default)]
    pub my_chat_member: Option<ChatMemberUpdated>,
}

/// The body has no update id, so it is not from Telegram. Nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an update")]
pub struct NotAnUpdate;

#[derive(Deserialize)]
struct Bare {
    update_id: i64,
}

impl Update {
    /// Reads a webhook body. A body with a malformed part gives an empty update instead of an error: Telegram would deliver a
    /// failed update again for a day, and hold back the person's later updates meanwhile.
    ///
    /// # Errors
    /// [`NotAnUpdate`]: the body has no update id.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnUpdate> {
        serde_json::from_slice(body).or_else(|error| {
            let bare: Bare = serde_json::from_slice(body).map_err(|_| NotAnUpdate)?;
            // The log has the position of the error, never the update's text, which may be personal.
            tracing::warn!(
                update_id = bare.update_id,
                line = error.line(),
                column = error.column(),
                "an update has a malformed part; the update is ignored"
            );
            Ok(Self { update_id: bare.update_id, ..Self::default() })
        })
    }
}

/// A message in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// The message's id in the chat; 0 if the bot may no longer read the message.
    pub message_id: i64,
    /// The author of the message; `None` in channels.
    #[serde(default)]
    pub from: Option<User>,
    /// The chat with the message.
    pub chat: Chat,
    /// When the message was sent, seconds since 1970; 0 if the bot may no longer read the message.
    #[serde(default)]
    pub date: i64,
    /// The message's text.
    #[serde(default)]
    pub text: Option<String>,
    /// The text under the message's photo or document.
    #[serde(default)]
    pub caption: Option<String>,
    /// The message's photo in several sizes, the largest last.
    #[serde(default)]
    pub photo: Vec<PhotoSize>,
    /// The message's file.
    #[serde(default)]
    pub document: Option<Document>,
    /// The message's video.
    #[serde(default)]
    pub video: Option<SentFile>,
    /// The message's animation, which a chat shows as a GIF.
    #[serde(default)]
    pub animation: Option<SentFile>,
    /// The buttons under the message.
    #[serde(default)]
    pub reply_markup: Option<InlineKeyboard>,
    /// The thread of the message.
    #[serde(default)]
    pub message_thread_id: Option<i64>,
    /// Whether the thread is a topic of the chat. Other threads, such as that of a reply, take no message.
    #[serde(default)]
    pub is_topic_message: bool,
    /// What else a person can send. Empty for a service message: a pinned message, a new topic, a gift.
    #[serde(flatten)]
    pub other: OtherContent,
    /// The album that the message belongs to. Each photo of an album comes as a message of its own.
    #[serde(default)]
    pub media_group_id: Option<String>,
}

impl Message {
    /// Whether [`super::Call::EditMessageText`] can edit this message of the bot: the message has a text, and the bot may still
    /// read it. A video has a caption instead, which another method edits.
    #[must_use]
    pub fn is_editable_text(&self) -> bool {
        self.date != 0 && self.text.is_some()
    }

    /// The topic that holds the message and takes an answer; `None` in a chat without topics, and in the topic that every chat has.
    #[must_use]
    pub fn topic(&self) -> Option<i64> {
        self.message_thread_id.filter(|thread| self.is_topic_message && *thread != GENERAL_TOPIC)
    }

    /// Whether the message states something that happened, such as a pinned message: no person wrote it.
    #[must_use]
    pub fn is_service(&self) -> bool {
        let has_file = self.document.is_some() || self.video.is_some() || self.animation.is_some();
        self.text.is_none() && self.photo.is_empty() && !has_file && self.other == OtherContent::default()
    }
}

/// The topic that every chat with topics has. A message is sent to it without a thread.
const GENERAL_TOPIC: i64 = 1;

/// The kinds of content that the bot does not use (core.telegram.org/bots/api#message). A message with none of them, and with no text,
/// photo, file, video or animation, is a service message: Telegram adds kinds of those with each version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OtherContent {
    audio: Present,
    checklist: Present,
    contact: Present,
    dice: Present,
    game: Present,
    live_photo: Present,
    location: Present,
    paid_media: Present,
    poll: Present,
    rich_message: Present,
    sticker: Present,
    story: Present,
    venue: Present,
    video_note: Present,
    voice: Present,
}

/// Whether a message has a field, whatever its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

/// A video or an animation in a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SentFile {
    /// The id with which the file is sent again; empty if Telegram states none.
    #[serde(default)]
    pub file_id: String,
}

/// The buttons under a message of the bot, in rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct InlineKeyboard {
    /// The rows.
    #[serde(default)]
    pub inline_keyboard: Vec<Vec<InlineButton>>,
}

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InlineButton {
    /// The button's data; `None` for a button that opens an address.
    #[serde(default)]
    pub callback_data: Option<String>,
}

/// A person or a bot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// The Telegram id, up to 52 bits.
    pub id: i64,
    /// The language of the person's app, as an IETF tag.
    #[serde(default)]
    pub language_code: Option<String>,
    /// Whether it is a bot.
    #[serde(default)]
    pub is_bot: bool,
    /// The name that the person chose. Escape it in HTML.
    #[serde(default)]
    pub first_name: String,
}

/// A chat.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Chat {
    /// The chat's id. In a private chat it is the person's id.
    pub id: i64,
    /// `private`, `group`, `supergroup`, `channel`, or a kind that is still unknown.
    #[serde(default, rename = "type")]
    pub kind: String,
}

impl Chat {
    /// Whether the chat has only one person and the bot.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.kind == "private"
    }
}

/// One size of a photo.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PhotoSize {
    /// The id with which the file is downloaded.
    pub file_id: String,
    /// An id that is the same for the same file, over time and bots. A file cannot be downloaded by it.
    #[serde(default)]
    pub file_unique_id: String,
    /// Width in pixels.
    #[serde(default)]
    pub width: u32,
    /// Height in pixels.
    #[serde(default)]
    pub height: u32,
    /// Size in bytes.
    #[serde(default)]
    pub file_size: Option<u64>,
}

/// A file that was sent as a file, not as a photo or video.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Document {
    /// The id with which the file is downloaded.
    pub file_id: String,
    /// An id that is the same for the same file, over time and bots. A file cannot be downloaded by it.
    #[serde(default)]
    pub file_unique_id: String,
    /// The media type that the sender's app states.
    #[serde(default)]
    pub mime_type: Option<String>,
    /// The file name that the sender's app states.
    #[serde(default)]
    pub file_name: Option<String>,
    /// Size in bytes.
    #[serde(default)]
    pub file_size: Option<u64>,
    /// A small JPEG of the file, made by Telegram or by the sender's app.
    #[serde(default)]
    pub thumbnail: Option<PhotoSize>,
}

/// A tapped button.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CallbackQuery {
    /// The id with which the tap is answered.
    pub id: String,
    /// The person who tapped the button.
    pub from: User,
    /// The message with the button. If the bot may no longer read the message, only the message's id and chat are set.
    #[serde(default)]
    pub message: Option<Message>,
    /// The button's data.
    #[serde(default)]
    pub data: Option<String>,
}

/// The bot's membership in a chat changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChatMemberUpdated {
    /// The chat in which the membership changed.
    pub chat: Chat,
    /// The person who changed the membership.
    pub from: User,
    /// The new membership.
    pub new_chat_member: ChatMember,
}

/// The bot's membership in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChatMember {
    /// The bot's status: `kicked` (the person blocked the bot), `member`, ...
    #[serde(default)]
    pub status: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(update: serde_json::Value) -> Update {
        Update::parse(update.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_photo_is_read_with_its_album_and_caption() {
        let update = parse(json!({"update_id": 1, "message": {
            "message_id": 2, "date": 1_795_000_000, "media_group_id": "13", "caption": "Shoes",
            "from": {"id": 5, "is_bot": false, "first_name": "Ann", "language_code": "ru"},
            "chat": {"id": 5, "first_name": "Ann", "type": "private"},
            "photo": [{"file_id": "S", "file_unique_id": "s", "file_size": 900, "width": 90, "height": 67},
                      {"file_id": "L", "file_unique_id": "l", "file_size": 90000, "width": 1280, "height": 960}],
        }}));
        let message = update.message.unwrap();
        assert!(message.chat.is_private());
        let largest = message.photo.last().unwrap();
        assert_eq!((largest.file_id.as_str(), largest.width, largest.height), ("L", 1280, 960));
        assert_eq!((message.media_group_id.as_deref(), message.caption.as_deref()), (Some("13"), Some("Shoes")));
        assert_eq!(message.from.unwrap().language_code.as_deref(), Some("ru"));
    }

    #[test]
    fn a_tap_is_read_even_under_an_unreadable_message() {
        let from = json!({"id": 5, "is_bot": false, "first_name": "Ann"});
        let chat = json!({"id": 5, "type": "private"});
        let update = parse(json!({"update_id": 1, "callback_query": {
            "id": "77", "from": from, "chat_instance": "1", "data": "go",
            "message": {"chat": chat, "message_id": 9, "date": 0},
        }}));
        let tap = update.callback_query.unwrap();
        assert_eq!((tap.data.as_deref(), tap.message.unwrap().message_id), (Some("go"), 9));
    }

    #[test]
    fn only_a_readable_message_with_a_text_can_get_another_text() {
        let message = |date: i64, content: serde_json::Value| {
            let mut message = json!({"chat": {"id": 5, "type": "private"}, "message_id": 9, "date": date});
            message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
            serde_json::from_value::<Message>(message).unwrap()
        };
        assert!(message(1_795_000_000, json!({"text": "Which style?"})).is_editable_text());
        assert!(!message(1_795_000_000, json!({"caption": "Your video", "video": {}})).is_editable_text());
        assert!(!message(0, json!({})).is_editable_text());
        assert!(!message(0, json!({"text": "Which style?"})).is_editable_text());
    }

    #[test]
    fn a_document_is_read_with_its_thumbnail_or_without() {
        let document = |document: serde_json::Value| serde_json::from_value::<Document>(document).unwrap();
        let small = json!({"file_id": "T", "file_unique_id": "t", "file_size": 900, "width": 320, "height": 240});
        let thumbnail = document(json!({"file_id": "F", "thumbnail": small})).thumbnail.unwrap();
        assert_eq!((thumbnail.file_id.as_str(), thumbnail.width, thumbnail.file_size), ("T", 320, Some(900)));
        assert_eq!(document(json!({"file_id": "F"})).thumbnail, None);
    }

    #[test]
    fn blocking_is_read() {
        let update = parse(json!({"update_id": 1, "my_chat_member": {
            "chat": {"id": 5, "type": "private"}, "from": {"id": 5, "is_bot": false, "first_name": "Ann"}, "date": 1,
            "old_chat_member": {"user": {}, "status": "member"},
            "new_chat_member": {"user": {}, "status": "kicked", "until_date": 0},
        }}));
        let change = update.my_chat_member.unwrap();
        assert_eq!((change.new_chat_member.status.as_str(), change.from.id), ("kicked", 5));
    }

    #[test]
    fn unknown_fields_and_kinds_are_ignored() {
        let update = parse(json!({"update_id": 1, "telepathy": {"thought": []}}));
        assert_eq!(update, Update { update_id: 1, ..Update::default() });
        let update = parse(json!({"update_id": 1, "message": {
            "message_id": 2, "chat": {"id": 5, "type": "hologram"}, "text": "Hi", "aura": {},
            "entities": [{"type": "shimmer", "offset": 0, "length": 2}],
        }}));
        assert_eq!(update.message.unwrap().text.as_deref(), Some("Hi"));
    }

    #[test]
    fn an_update_with_a_malformed_part_is_an_empty_one() {
        let update = parse(json!({"update_id": 1, "message": {"message_id": "two"}}));
        assert_eq!(update, Update { update_id: 1, ..Update::default() });
        assert_eq!(Update::parse(b"{}"), Err(NotAnUpdate));
        assert_eq!(Update::parse(b"hello"), Err(NotAnUpdate));
    }
}
