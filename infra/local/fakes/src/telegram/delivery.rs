//! Delivers updates to the bot (tdlib/telegram-bot-api, WebhookActor.cpp). Each person has a queue for each kind of update,
//! delivered in order. An update that fails is tried again at once, then after 2, 4, 8 ... 60 s, and holds up the later ones
//! until it expires. Without a webhook an update waits for getUpdates.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Telegram;
use super::polling::Unconfirmed;
use crate::lock;

/// The result of delivering an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The update's id.
    pub update_id: i64,
    /// The HTTP statuses of the bot's answers, in order; 0 if no answer came. Empty if the bot does not ask for such updates. 200 for
    /// an update that the bot confirmed to getUpdates.
    pub statuses: Vec<u16>,
}

impl Delivery {
    /// Whether the bot accepted the update in the end.
    #[must_use]
    pub fn taken(&self) -> bool {
        self.statuses.last().is_some_and(|status| (200..300).contains(status))
    }
}

/// The ids of updates are as long as real ones.
const IDS_AFTER: i64 = 100_000_000;

#[derive(Default)]
pub(super) struct Updates {
    last_id: i64,
    /// Every update with its person, for redelivery.
    sent: BTreeMap<i64, (i64, Value)>,
    /// The updates that the bot has not taken yet, with their people.
    undelivered: BTreeMap<i64, (i64, Value)>,
    pub(super) unconfirmed: Unconfirmed,
    queues: BTreeMap<(i64, String), Arc<tokio::sync::Mutex<()>>>,
}

impl Updates {
    /// The newest id, or the one before the first.
    pub fn newest(&self) -> i64 {
        self.last_id.max(IDS_AFTER)
    }

    /// The next id is above this one.
    pub const fn begin_after(&mut self, id: i64) {
        self.last_id = id;
    }

    /// The updates that the bot has not taken yet, oldest first, with their people.
    pub fn undelivered(&self) -> Vec<(i64, Value)> {
        self.undelivered.values().cloned().collect()
    }

    pub fn pending(&self) -> usize {
        self.undelivered.len()
    }
}

/// Whether an update waits for the earlier updates of its queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Queueing {
    Waits,
    AtOnce,
}

impl Telegram {
    /// Gives the update its id and delivers it until the bot accepts it or it expires.
    pub(super) async fn deliver(&self, person: i64, update: Value, queueing: Queueing) -> Delivery {
        let (update_id, update, queue) = self.enlist(person, update);
        let held = if queueing == Queueing::Waits { Some(queue.lock().await) } else { None };
        let statuses = self.post_until_taken(&update).await;
        drop(held);
        lock(&self.inner.state).updates.undelivered.remove(&update_id);
        Delivery { update_id, statuses }
    }

    pub(super) fn last_update(&self) -> i64 {
        lock(&self.inner.state).updates.sent.keys().max().copied().unwrap_or_default()
    }

    /// Posts an update again, outside any queue. To the bot this is the same as a lost 2xx answer.
    pub(super) async fn deliver_again(&self, update_id: i64) -> Option<Delivery> {
        let (_, update) = lock(&self.inner.state).updates.sent.get(&update_id).cloned()?;
        Some(Delivery { update_id, statuses: self.post_until_taken(&update).await })
    }

    pub(super) async fn deliver_membership(&self, chat: i64, old: &str, new: &str) -> Delivery {
        let (from, wire) = {
            let state = lock(&self.inner.state);
            state.chats.get(&chat).map(|chat| (chat.user.clone(), chat.wire())).unwrap_or_default()
        };
        let member = |status: &str| {
            let mut member = json!({ "user": self.me(), "status": status });
            if status == "kicked" {
                member["until_date"] = json!(0);
            }
            member
        };
        let change = json!({
            "chat": wire,
            "from": from,
            "date": self.now_secs(),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        });
        self.deliver(chat, json!({ "my_chat_member": change }), Queueing::Waits).await
    }

    /// Delivers the updates of an earlier process that its bot did not take, in their order.
    pub fn deliver_kept(&self, updates: Vec<(i64, Value)>) {
        for (person, update) in updates {
            let telegram = self.clone();
            tokio::spawn(async move { telegram.deliver(person, update, Queueing::Waits).await });
        }
    }

    fn enlist(&self, person: i64, mut update: Value) -> (i64, Value, Arc<tokio::sync::Mutex<()>>) {
        let mut state = lock(&self.inner.state);
        let updates = &mut state.updates;
        let given = update["update_id"].as_i64();
        let update_id = given.unwrap_or(updates.newest() + 1);
        updates.last_id = updates.last_id.max(update_id);
        update["update_id"] = json!(update_id);
        updates.sent.insert(update_id, (person, update.clone()));
        updates.undelivered.insert(update_id, (person, update.clone()));
        let queue = Arc::clone(updates.queues.entry((person, kind(&update))).or_default());
        (update_id, update, queue)
    }

    async fn post_until_taken(&self, update: &Value) -> Vec<u16> {
        let mut statuses = Vec::new();
        let kind = kind(update);
        let expiry = tokio::time::Instant::now() + lifetime(&kind);
        loop {
            let webhook = self.webhook();
            if !webhook.allowed_updates.is_empty() && !webhook.allowed_updates.contains(&kind) {
                return statuses;
            }
            if webhook.url.is_empty() {
                match self.wait_for_poll(update, expiry).await {
                    Some(taken) => return taken,
                    None => continue,
                }
            }
            let posted = self.post_update(update).await;
            statuses.push(posted.status);
            if (200..300).contains(&posted.status) {
                return statuses;
            }
            let pause = Duration::from_secs(posted.retry_after_secs.unwrap_or_else(|| backoff_secs(statuses.len())));
            if tokio::time::Instant::now() + pause >= expiry {
                return statuses;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Leaves an update to getUpdates, until the bot confirms it or it expires. A bot that has never asked gets the update with its first
    /// call, and this call does not wait for that. `None` if a webhook was set meanwhile.
    async fn wait_for_poll(&self, update: &Value, expiry: tokio::time::Instant) -> Option<Vec<u16>> {
        let id = update["update_id"].as_i64().unwrap_or_default();
        let is_polled = {
            let mut state = lock(&self.inner.state);
            state.updates.unconfirmed.add(id, update.clone());
            state.updates.unconfirmed.is_polled()
        };
        if !is_polled {
            return Some(Vec::new());
        }
        if self.confirmed(id, expiry).await {
            return Some(vec![200]);
        }
        let mut state = lock(&self.inner.state);
        state.updates.unconfirmed.take(id);
        if state.webhook.url.is_empty() { Some(vec![0]) } else { None }
    }
}

/// Seconds before the next attempt after this many failures. Telegram's real maximum lies between 60 and 120 s.
fn backoff_secs(failures: usize) -> u64 {
    match failures {
        0 | 1 => 0,
        2..=6 => 1 << (failures - 1),
        _ => 60,
    }
}

/// How long Telegram keeps an update that the bot does not accept.
fn lifetime(kind: &str) -> Duration {
    match kind {
        "callback_query" | "pre_checkout_query" | "shipping_query" => Duration::from_secs(150),
        "inline_query" => Duration::from_secs(30),
        _ => Duration::from_secs(24 * 3600),
    }
}

/// The kind of an update: the name of its only field other than the id.
fn kind(update: &Value) -> String {
    let fields = update.as_object().into_iter().flatten().map(|(name, _)| name.clone());
    fields.into_iter().find(|name| name != "update_id").unwrap_or_default()
}
