//! A fake for Telegram: the Bot API's server (core.telegram.org/bots/api, error texts as in tdlib/telegram-bot-api)
//! and the people who talk to the bot.
//!
//! The fake is stricter than Telegram in one way: it refuses an unknown parameter or kind of update ("Bad Request: unknown
//! parameter X"), which Telegram would ignore.

mod actions;
mod api;
mod chat;
mod commands;
mod delivery;
mod faults;
mod files;
mod films;
mod html;
mod kept;
mod keyboard;
mod markup;
mod menu;
mod messages;
mod params;
mod person;
mod pictures;
mod polling;
mod refusal;
mod schema;
mod settings;
mod texts;
mod videos;
mod webhook;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use serde_json::Value;

use crate::clock::FakeClock;
use crate::lock;
use crate::outbound::Outbound;

pub use chat::{Author, Body, ChatLine, Earlier};
pub use delivery::Delivery;
pub use faults::{CallFailure, NO_CHAT};
pub use films::{SentAs, SentVideo, Via};
pub use keyboard::KeyButton;
pub use person::Person;
pub use webhook::Webhook;

/// The settings of the fake and its bot.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's token.
    pub token: String,
    /// The bot's name without the at sign.
    pub username: String,
    /// How long after a tap the bot may answer it. Telegram does not document this time; bots observe about 15 seconds.
    pub query_lifetime: Duration,
    /// How long the bot's webhook may take before a delivery counts as failed.
    pub webhook_patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "123456:test-token".into(),
            username: "neurocards_bot".into(),
            query_lifetime: Duration::from_secs(15),
            webhook_patience: Duration::from_secs(60),
        }
    }
}

/// The fake: a cloneable handle to one bot's Telegram.
#[derive(Clone)]
pub struct Telegram {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clock: FakeClock,
    outbound: Arc<dyn Outbound>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chats: BTreeMap<i64, chat::Chat>,
    files: files::Files,
    queries: BTreeMap<String, messages::Query>,
    updates: delivery::Updates,
    webhook: Webhook,
    faults: Vec<faults::Planned>,
    planned_forms: Vec<videos::PlannedForm>,
    calls: Vec<Call>,
    commands: BTreeMap<commands::Listed, commands::Commands>,
    /// The texts of the bot by field and language code.
    texts: BTreeMap<(String, String), String>,
    /// The menu buttons by chat. The entry `None` is the default of all chats.
    menu_buttons: BTreeMap<Option<i64>, Value>,
    last_message_id: i64,
    /// The number of albums so far.
    albums: i64,
    /// Changes outside the lines of a chat: people, blocks, outages.
    other_changes: usize,
}

/// Parts of the texts of refusals in which the call itself is at fault.
const BLAMES: [&str; 14] = [
    "unknown parameter",
    "wrong parameter",
    "wrong type",
    "can't parse",
    "BUTTON_DATA",
    "too long",
    "is empty",
    "Not Found",
    "BOT_COMMAND",
    "BotCommand",
    "length must not exceed",
    "must be non-empty",
    "language code",
    "menu button",
];

/// One call of the bot, kept for inspection.
#[derive(Clone, Debug)]
pub struct Call {
    /// When the call came, in milliseconds since 1970.
    pub at_ms: i64,
    /// The method, or "file" for a download.
    pub method: String,
    /// The chat that the call is about, if any.
    pub chat: Option<i64>,
    /// The call's parameters; an upload is shown as its size.
    pub params: Value,
    /// The HTTP status of the answer; 0 before the answer, or if the answer was lost.
    pub status: u16,
    /// The refusal's text; empty if the call was not refused.
    pub description: String,
}

impl Telegram {
    /// A bot without chats. Updates and video fetches go through `outbound`.
    #[must_use]
    pub fn new(settings: Settings, clock: FakeClock, outbound: Arc<dyn Outbound>) -> Self {
        Self { inner: Arc::new(Inner { settings, clock, outbound, state: Mutex::default() }) }
    }

    /// The Bot API: `/bot<token>/<method>` and `/file/bot<token>/<path>`.
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// A person with a private chat. The bot may write to them at once, as if they had pressed Start before.
    pub fn person(&self, id: i64, language_code: &str, first_name: &str) -> Person {
        {
            let mut guard = lock(&self.inner.state);
            let State { chats, other_changes, .. } = &mut *guard;
            chats.entry(id).or_insert_with(|| {
                *other_changes += 1;
                chat::Chat::new(id, language_code, first_name)
            });
        }
        Person { telegram: self.clone(), id }
    }

    /// Everybody with a chat: id, first name, language.
    #[must_use]
    pub fn people(&self) -> Vec<(i64, String, String)> {
        let text = |user: &Value, name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let state = lock(&self.inner.state);
        state.chats.iter().map(|(id, chat)| (*id, text(&chat.user, "first_name"), text(&chat.user, "language_code"))).collect()
    }

    /// Sets the webhook as the Bot API's method setWebhook does, without recording a call.
    pub fn set_webhook(&self, url: impl Into<String>, secret: impl Into<String>) {
        let (url, secret) = (url.into(), Some(secret.into()));
        let mut state = lock(&self.inner.state);
        let allowed_updates = std::mem::take(&mut state.webhook.allowed_updates);
        state.webhook = Webhook { url, secret, allowed_updates, ..Webhook::default() };
    }

    /// Everything in a chat, oldest first.
    #[must_use]
    pub fn chat(&self, chat: i64) -> Vec<ChatLine> {
        lock(&self.inner.state).chats.get(&chat).map(|chat| chat.lines.clone()).unwrap_or_default()
    }

    /// The number of changes in a chat so far: lines, edits and chat actions.
    #[must_use]
    pub fn changes(&self, chat: i64) -> usize {
        let state = lock(&self.inner.state);
        state.chats.get(&chat).map_or(0, chat::Chat::changes) + state.other_changes
    }

    /// Every text ever shown in a chat, edits included, in the order of writing: milliseconds since 1970, and the text.
    #[must_use]
    pub fn history(&self, chat: i64) -> Vec<(i64, String)> {
        lock(&self.inner.state).chats.get(&chat).map(chat::Chat::history).unwrap_or_default()
    }

    /// The chat as a person reads it, a line each: for snapshots and the demo.
    #[must_use]
    pub fn transcript(&self, chat: i64) -> String {
        self.chat(chat).iter().map(|line| format!("{line}\n")).collect()
    }

    /// The films that arrived in a chat, as videos, animations or documents, oldest first.
    #[must_use]
    pub fn videos(&self, chat: i64) -> Vec<SentVideo> {
        let lines = self.chat(chat);
        lines.into_iter().filter_map(|line| if let Body::Video(video) = line.body { Some(video) } else { None }).collect()
    }

    /// The bytes of a file.
    #[must_use]
    pub fn file(&self, file_id: &str) -> Option<Bytes> {
        lock(&self.inner.state).files.get(file_id).map(|file| file.bytes.clone())
    }

    /// The number of calls of a method, refused ones included; "file" counts downloads.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        lock(&self.inner.state).calls.iter().filter(|call| call.method == method).count()
    }

    /// Every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.inner.state).calls.clone()
    }

    /// The refusals in which the call itself is at fault, as "method: text". A scenario without deliberate mistakes has none.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let blamed = |call: &Call| call.method != "file" && BLAMES.iter().any(|blame| call.description.contains(blame));
        let calls = self.calls();
        calls.iter().filter(|call| blamed(call)).map(|call| format!("{}: {}", call.method, call.description)).collect()
    }

    /// The webhook as the bot set it.
    #[must_use]
    pub fn webhook(&self) -> Webhook {
        lock(&self.inner.state).webhook.clone()
    }

    /// Makes the next `times` calls of `method` ("*": any method) about `chat`, or about [`NO_CHAT`], fail in this way.
    pub fn fail(&self, chat: i64, method: &str, times: usize, fault: CallFailure) {
        lock(&self.inner.state).faults.push(faults::Planned { chat, method: method.into(), left: times, fault });
    }

    /// Answers every call about this chat with 502 until [`Telegram::up`].
    pub fn down(&self, chat: i64) {
        self.change(chat, |chat| chat.down = true);
    }

    /// Whether calls about this chat are answered with 502 now.
    #[must_use]
    pub fn is_down(&self, chat: i64) -> bool {
        lock(&self.inner.state).chats.get(&chat).is_some_and(|chat| chat.down)
    }

    /// Ends [`Telegram::down`] for this chat.
    pub fn up(&self, chat: i64) {
        self.change(chat, |chat| chat.down = false);
    }

    /// Blocks the bot in the name of the person. The webhook gets an update.
    pub async fn block(&self, chat: i64) -> Delivery {
        self.change(chat, |chat| chat.blocked = true);
        self.deliver_membership(chat, "member", "kicked").await
    }

    /// Unblocks the bot in the name of the person. The webhook gets an update.
    pub async fn unblock(&self, chat: i64) -> Delivery {
        let now_ms = self.inner.clock.now_ms();
        self.change(chat, |chat| {
            if std::mem::take(&mut chat.blocked) {
                chat.refused_ms = Some(now_ms);
            }
        });
        self.deliver_membership(chat, "kicked", "member").await
    }

    /// Whether the person blocks the bot now.
    #[must_use]
    pub fn is_blocked(&self, chat: i64) -> bool {
        lock(&self.inner.state).chats.get(&chat).is_some_and(|chat| chat.blocked)
    }

    /// Whether the person was unreachable at some time from `since_ms` (milliseconds since 1970) on: the bot was blocked, or a
    /// call answered that the chat does not exist.
    #[must_use]
    pub fn was_unreachable_since(&self, chat: i64, since_ms: i64) -> bool {
        let state = lock(&self.inner.state);
        state.chats.get(&chat).is_some_and(|chat| chat.blocked || chat.refused_ms.is_some_and(|at_ms| at_ms >= since_ms))
    }

    fn change(&self, chat: i64, change: impl FnOnce(&mut chat::Chat)) {
        let mut state = lock(&self.inner.state);
        state.other_changes += 1;
        if let Some(chat) = state.chats.get_mut(&chat) {
            change(chat);
        }
    }

    fn now_secs(&self) -> i64 {
        self.inner.clock.now_secs()
    }
}
