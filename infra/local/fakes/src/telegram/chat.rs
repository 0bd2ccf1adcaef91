//! The contents of a chat, and their form in the API and in transcripts.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::films::SentVideo;
use super::keyboard::{KeyButton, Keyboard};

/// The author of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// The bot.
    Bot,
    /// The person.
    Person,
}

/// The content of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// A text.
    Text {
        /// The text as a person reads it, without markup.
        text: String,
        /// The text as it was sent, with markup.
        html: String,
        /// The markup as entities.
        entities: Vec<Value>,
    },
    /// A film from the bot: a video, an animation or a document.
    Video(SentVideo),
    /// A photo or a document from the person: the fields of the message in the API.
    Sent(Value),
    /// The person tapped a button.
    Tap {
        /// The button's data.
        data: String,
    },
    /// The bot's short answer to a tap.
    Notice {
        /// The text.
        text: String,
    },
}

/// One line of a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatLine {
    /// The message's id; 0 for taps and notices, which are no messages.
    pub message_id: i64,
    /// When the line was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// When the line was last edited, in milliseconds since 1970; `None` if never.
    pub edited_ms: Option<i64>,
    /// The author of the line.
    pub author: Author,
    /// The present content.
    pub body: Body,
    /// The present buttons.
    pub keyboard: Keyboard,
    /// The content before each edit, oldest first.
    pub earlier: Vec<Earlier>,
    /// The number of the line's last change among all changes in the chat.
    change_number: usize,
}

/// The content of a line before an edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// When this content was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// The content.
    pub body: Body,
    /// The buttons under it.
    pub keyboard: Keyboard,
    change_number: usize,
}

impl ChatLine {
    pub(super) fn new(message_id: i64, at_ms: i64, author: Author, body: Body, keyboard: Keyboard) -> Self {
        Self { message_id, at_ms, edited_ms: None, author, body, keyboard, earlier: Vec::new(), change_number: 0 }
    }
}

/// A private chat with one person.
#[derive(Serialize, Deserialize)]
pub(super) struct Chat {
    pub user: Value,
    pub blocked: bool,
    /// When the bot last learned from a call that this person cannot be reached, in milliseconds since 1970.
    pub refused_ms: Option<i64>,
    pub down: bool,
    /// The bot's chat actions: milliseconds since 1970, and the action.
    pub actions: Vec<(i64, String)>,
    pub lines: Vec<ChatLine>,
    /// The number of changes so far. It orders changes at the same time of a paused clock.
    changes: usize,
}

impl Chat {
    pub fn new(id: i64, language_code: &str, first_name: &str) -> Self {
        let user = json!({ "id": id, "is_bot": false, "first_name": first_name, "language_code": language_code });
        Self { user, blocked: false, refused_ms: None, down: false, actions: Vec::new(), lines: Vec::new(), changes: 0 }
    }

    /// The number of changes so far.
    pub fn changes(&self) -> usize {
        self.changes + self.actions.len()
    }

    /// `Chat` on the wire.
    pub fn wire(&self) -> Value {
        json!({ "id": self.user["id"], "first_name": self.user["first_name"], "type": "private" })
    }

    pub fn line(&mut self, message_id: i64) -> Option<&mut ChatLine> {
        self.lines.iter_mut().find(|line| line.message_id == message_id && message_id != 0)
    }

    /// Appends a line.
    pub fn write(&mut self, line: ChatLine) {
        self.changes += 1;
        self.lines.push(ChatLine { change_number: self.changes, ..line });
    }

    /// Replaces the content of a message, and returns the edited message.
    pub fn rewrite(&mut self, message_id: i64, at_ms: i64, body: Body, keyboard: Keyboard) -> Option<ChatLine> {
        self.changes += 1;
        let change_number = self.changes;
        let line = self.line(message_id)?;
        let body = std::mem::replace(&mut line.body, body);
        let keyboard = std::mem::replace(&mut line.keyboard, keyboard);
        let written_ms = line.edited_ms.replace(at_ms).unwrap_or(line.at_ms);
        let change_number = std::mem::replace(&mut line.change_number, change_number);
        line.earlier.push(Earlier { at_ms: written_ms, body, keyboard, change_number });
        Some(line.clone())
    }

    /// Every text ever shown, in the order of writing: time and text.
    pub fn history(&self) -> Vec<(i64, String)> {
        let mut versions: Vec<_> = self.lines.iter().flat_map(ChatLine::versions).collect();
        versions.sort_by_key(|(change_number, ..)| *change_number);
        versions.into_iter().map(|(_, at_ms, text)| (at_ms, text)).collect()
    }

    /// `Message` on the wire.
    pub fn message(&self, line: &ChatLine, bot: &Value) -> Value {
        let from = if line.author == Author::Bot { bot } else { &self.user };
        let mut message = json!({
            "message_id": line.message_id,
            "from": from,
            "chat": self.wire(),
            "date": line.at_ms / 1000,
        });
        match &line.body {
            Body::Text { text, entities, .. } => {
                message["text"] = json!(text);
                if !entities.is_empty() {
                    message["entities"] = json!(entities);
                }
            }
            Body::Video(video) => video.describe(&mut message),
            Body::Sent(fields) => {
                fields.as_object().into_iter().flatten().for_each(|(name, value)| message[name] = value.clone());
            }
            Body::Tap { .. } | Body::Notice { .. } => {}
        }
        if !line.keyboard.is_empty() {
            message["reply_markup"] = json!({ "inline_keyboard": wire_keyboard(&line.keyboard) });
        }
        if let Some(edited_ms) = line.edited_ms {
            message["edit_date"] = json!(edited_ms / 1000);
        }
        message
    }
}

fn wire_keyboard(keyboard: &Keyboard) -> Value {
    let button = |button: &KeyButton| match (&button.data, &button.url) {
        (Some(data), _) => json!({ "text": button.label, "callback_data": data }),
        (None, Some(url)) => json!({ "text": button.label, "url": url }),
        (None, None) => json!({ "text": button.label }),
    };
    keyboard.iter().map(|row| row.iter().map(button).collect::<Value>()).collect()
}

impl ChatLine {
    /// The texts of a line over time: number of the change, milliseconds since 1970, text.
    fn versions(&self) -> impl Iterator<Item = (usize, i64, String)> {
        let before = self.earlier.iter().map(|earlier| (earlier.change_number, earlier.at_ms, &earlier.body, &earlier.keyboard));
        let now = (self.change_number, self.edited_ms.unwrap_or(self.at_ms), &self.body, &self.keyboard);
        before.chain([now]).enumerate().map(|(edits, (change_number, at_ms, body, keyboard))| {
            let author = if edits == 0 { self.author.to_string() } else { format!("{} (edits)", self.author) };
            (change_number, at_ms, format!("{author}: {body}{}", buttons(keyboard)))
        })
    }
}

impl fmt::Display for ChatLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}{}", self.author, self.body, buttons(&self.keyboard))
    }
}

impl fmt::Display for Author {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if *self == Self::Bot { "bot" } else { "person" })
    }
}

impl fmt::Display for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => write!(out, "{text}"),
            Self::Video(video) => out.write_str(&video.shown()),
            Self::Sent(fields) => {
                let kind = if fields.get("photo").is_some() { "photo" } else { "document" };
                write!(out, "[{kind}]")?;
                let caption = fields.get("caption").and_then(Value::as_str);
                caption.map_or(Ok(()), |caption| write!(out, " {caption}"))
            }
            Self::Tap { data } => write!(out, "[tap {data}]"),
            Self::Notice { text } => write!(out, "({text})"),
        }
    }
}

/// A keyboard in a transcript: a line for each row.
fn buttons(keyboard: &Keyboard) -> String {
    let row = |row: &Vec<KeyButton>| row.iter().map(|button| format!(" [{}]", button.label)).collect::<String>();
    keyboard.iter().map(|buttons| format!("\n   {}", row(buttons))).collect()
}
