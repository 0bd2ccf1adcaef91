//! sendMessage, the three edits and answerCallbackQuery.

use serde_json::{Value, json};

use super::chat::{Author, Body, Chat, ChatLine};
use super::keyboard::Keyboard;
use super::markup;
use super::params::Params;
use super::refusal::Refusal;
use super::{State, Telegram, html};
use crate::lock;

const TEXT_MAX: usize = 4096;
const CAPTION_MAX: usize = 1024;
const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the \
    same as a current content and reply markup of the message";
const TOO_OLD: &str = "query is too old and response timeout expired or query ID is invalid";

/// A tap that waits for its answer.
pub struct Query {
    pub chat: i64,
    pub sent_ms: i64,
}

/// The chat with this id, if the bot may write to it.
pub fn open_chat(state: &mut State, id: Option<i64>) -> Result<&mut Chat, Refusal> {
    let id = id.ok_or_else(|| Refusal::bad("chat_id is empty"))?;
    let chat = state.chats.get_mut(&id).ok_or_else(|| Refusal::bad("chat not found"))?;
    if chat.blocked { Err(Refusal::blocked()) } else { Ok(chat) }
}

/// A text of a call with its markup parsed.
pub fn parsed(params: &Params, name: &str) -> Result<html::Parsed, Refusal> {
    let raw = params.text(name).unwrap_or_default();
    let plain = || html::Parsed { text: raw.trim().to_owned(), entities: Vec::new() };
    match params.text("parse_mode").map(str::to_lowercase).as_deref() {
        None => Ok(plain()),
        Some("html") => html::parse(raw).map_err(|why| Refusal::bad(format!("can't parse entities: {why}"))),
        Some(_) => Err(Refusal::bad("unsupported parse_mode")),
    }
}

pub fn caption(params: &Params) -> Result<String, Refusal> {
    let parsed = parsed(params, "caption")?;
    if html::utf16(&parsed.text) > CAPTION_MAX {
        return Err(Refusal::bad("message caption is too long"));
    }
    Ok(parsed.text)
}

fn text_body(params: &Params) -> Result<Body, Refusal> {
    let parsed = parsed(params, "text")?;
    if parsed.text.trim().is_empty() {
        return Err(Refusal::bad("message text is empty"));
    }
    if html::utf16(&parsed.text) > TEXT_MAX {
        return Err(Refusal::bad("message is too long"));
    }
    let html = params.text("text").unwrap_or_default().to_owned();
    Ok(Body::Text { text: parsed.text, html, entities: parsed.entities })
}

impl Telegram {
    /// The bot as a `User` of the API.
    pub(super) fn me(&self) -> Value {
        let settings = &self.inner.settings;
        let id = settings.token.split(':').next().and_then(|id| id.parse::<i64>().ok()).unwrap_or(1);
        json!({ "id": id, "is_bot": true, "first_name": "NeuroCards", "username": settings.username })
    }

    /// Appends a line of the bot to a chat; returns the new `Message`.
    pub(super) fn post(&self, chat: Option<i64>, body: Body, keyboard: Keyboard) -> Result<Value, Refusal> {
        let at_ms = self.inner.clock.now_ms();
        let mut state = lock(&self.inner.state);
        state.last_message_id += 1;
        let message_id = state.last_message_id;
        let chat = open_chat(&mut state, chat)?;
        let line = ChatLine::new(message_id, at_ms, Author::Bot, body, keyboard);
        let message = chat.message(&line, &self.me());
        chat.write(line);
        Ok(message)
    }

    pub(super) fn send_message(&self, params: &Params) -> Result<Value, Refusal> {
        open_chat(&mut lock(&self.inner.state), params.int("chat_id"))?;
        let body = text_body(params)?;
        self.post(params.int("chat_id"), body, markup::read(params)?)
    }

    pub(super) fn edit_text(&self, params: &Params) -> Result<Value, Refusal> {
        let body = text_body(params)?;
        let keyboard = markup::read(params)?;
        self.edit(params, |line| match line.body {
            Body::Text { .. } => Ok((body, keyboard)),
            _ => Err(Refusal::bad("there is no text in the message to edit")),
        })
    }

    pub(super) fn edit_caption(&self, params: &Params) -> Result<Value, Refusal> {
        let caption = caption(params)?;
        let keyboard = markup::read(params)?;
        self.edit(params, |line| match &line.body {
            Body::Video(video) => {
                let mut video = video.clone();
                video.caption = caption;
                Ok((Body::Video(video), keyboard))
            }
            _ => Err(Refusal::bad("there is no caption in the message to edit")),
        })
    }

    pub(super) fn edit_markup(&self, params: &Params) -> Result<Value, Refusal> {
        let keyboard = markup::read(params)?;
        self.edit(params, |line| Ok((line.body.clone(), keyboard)))
    }

    fn edit(
        &self,
        params: &Params,
        change: impl FnOnce(&ChatLine) -> Result<(Body, Keyboard), Refusal>,
    ) -> Result<Value, Refusal> {
        let (me, at_ms) = (self.me(), self.inner.clock.now_ms());
        let mut state = lock(&self.inner.state);
        let chat = open_chat(&mut state, params.int("chat_id"))?;
        let message_id = params.int("message_id").ok_or_else(|| Refusal::bad("message identifier is not specified"))?;
        let not_found = || Refusal::bad("message to edit not found");
        let line = chat.line(message_id).ok_or_else(not_found)?;
        if line.author == Author::Person {
            return Err(Refusal::bad("message can't be edited"));
        }
        let (body, keyboard) = change(line)?;
        if same(&body, &line.body) && keyboard == line.keyboard {
            return Err(Refusal::bad(NOT_MODIFIED));
        }
        let edited = chat.rewrite(message_id, at_ms, body, keyboard).ok_or_else(not_found)?;
        Ok(chat.message(&edited, &me))
    }

    pub(super) fn answer_callback(&self, params: &Params) -> Result<Value, Refusal> {
        let text = params.text("text").unwrap_or_default().to_owned();
        if html::utf16(&text) > 200 {
            return Err(Refusal::bad("MESSAGE_TOO_LONG"));
        }
        let at_ms = self.inner.clock.now_ms();
        let lifetime = i64::try_from(self.inner.settings.query_lifetime.as_millis()).unwrap_or(i64::MAX);
        let mut state = lock(&self.inner.state);
        let query = params.text("callback_query_id").and_then(|id| state.queries.get(id));
        let query = query.filter(|query| at_ms - query.sent_ms <= lifetime).ok_or_else(|| Refusal::bad(TOO_OLD))?;
        let chat = query.chat;
        if let Some(chat) = state.chats.get_mut(&chat).filter(|_| !text.is_empty()) {
            chat.write(ChatLine::new(0, at_ms, Author::Bot, Body::Notice { text }, Vec::new()));
        }
        Ok(json!(true))
    }
}

/// Whether a person sees no difference between two contents. Markup is compared by its entities, not by its source.
fn same(one: &Body, other: &Body) -> bool {
    match (one, other) {
        (Body::Text { text, entities, .. }, Body::Text { text: old, entities: marks, .. }) => text == old && entities == marks,
        _ => one == other,
    }
}
