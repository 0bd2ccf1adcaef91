//! getUpdates (core.telegram.org/bots/api#getupdates; texts and limits as in tdlib/telegram-bot-api, Client.cpp). An update waits
//! until the bot confirms it by a later `offset`, or expires.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Telegram;
use super::params::Params;
use super::refusal::Refusal;
use super::settings::wanted_kinds;
use crate::lock;

/// Most updates of one answer, which is also the default.
const UPDATES_MAX: i64 = 100;
/// Longest wait for the first update, in seconds.
const TIMEOUT_MAX_SECS: i64 = 50;

/// The updates that wait for getUpdates.
#[derive(Default)]
pub(super) struct Unconfirmed {
    updates: BTreeMap<i64, Value>,
    /// The number of getUpdates calls so far. A later call ends an earlier one.
    polls: u64,
    /// Notifies the waiting calls and deliveries of a change.
    changed: Arc<Notify>,
}

impl Unconfirmed {
    pub fn len(&self) -> usize {
        self.updates.len()
    }

    /// Whether the bot has ever asked for updates.
    pub const fn is_polled(&self) -> bool {
        self.polls > 0
    }

    pub fn add(&mut self, id: i64, update: Value) {
        self.updates.insert(id, update);
        self.changed.notify_waiters();
    }

    /// Takes an update out. `None` if the bot has confirmed it.
    pub fn take(&mut self, id: i64) -> Option<Value> {
        self.updates.remove(&id)
    }

    /// Forgets every update if asked to, and lets the deliveries see the webhook.
    pub fn end(&mut self, forget: bool) {
        if forget {
            self.updates.clear();
        }
        self.changed.notify_waiters();
    }

    /// Confirms the updates before `offset`; with a negative offset all but the last ones.
    fn confirm(&mut self, offset: i64) {
        let first = if offset < 0 {
            let last = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            self.updates.keys().nth(self.updates.len().saturating_sub(last)).copied().unwrap_or(i64::MAX)
        } else {
            offset
        };
        self.updates = self.updates.split_off(&first);
        self.changed.notify_waiters();
    }
}

impl Telegram {
    /// The updates that the bot has not confirmed, oldest first. Waits for the first one up to `timeout` seconds.
    pub(super) async fn get_updates(&self, params: &Params) -> Result<Value, Refusal> {
        let kinds = wanted_kinds(params)?;
        let limit = params.int("limit").filter(|limit| (1..=UPDATES_MAX).contains(limit)).unwrap_or(UPDATES_MAX);
        let secs = params.int("timeout").unwrap_or_default().clamp(0, TIMEOUT_MAX_SECS);
        let end = Instant::now() + Duration::from_secs(secs.unsigned_abs());
        let poll = {
            let mut state = lock(&self.inner.state);
            if !state.webhook.url.is_empty() {
                let text = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
                return Err(Refusal::new(409, text));
            }
            if let Some(kinds) = kinds {
                state.webhook.allowed_updates = kinds;
            }
            let unconfirmed = &mut state.updates.unconfirmed;
            unconfirmed.polls += 1;
            unconfirmed.confirm(params.int("offset").unwrap_or_default());
            unconfirmed.polls
        };
        loop {
            let changed = {
                let state = lock(&self.inner.state);
                let unconfirmed = &state.updates.unconfirmed;
                if unconfirmed.polls != poll {
                    let text =
                        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
                    return Err(Refusal::new(409, text));
                }
                let count = usize::try_from(limit).unwrap_or_default();
                let found: Vec<&Value> = unconfirmed.updates.values().take(count).collect();
                if !found.is_empty() || Instant::now() >= end || !state.webhook.url.is_empty() {
                    return Ok(json!(found));
                }
                // Registered under the lock, so no change is missed.
                let mut changed = Box::pin(Arc::clone(&unconfirmed.changed).notified_owned());
                changed.as_mut().enable();
                changed
            };
            let _timed_out = tokio::time::timeout_at(end, changed).await;
        }
    }

    /// Waits until the bot has confirmed an update, until it expires, or until a webhook is set. Returns whether the bot confirmed it.
    pub(super) async fn confirmed(&self, id: i64, expiry: Instant) -> bool {
        loop {
            let changed = {
                let state = lock(&self.inner.state);
                let unconfirmed = &state.updates.unconfirmed;
                if !unconfirmed.updates.contains_key(&id) {
                    return true;
                }
                if Instant::now() >= expiry || !state.webhook.url.is_empty() {
                    return false;
                }
                let mut changed = Box::pin(Arc::clone(&unconfirmed.changed).notified_owned());
                changed.as_mut().enable();
                changed
            };
            let _timed_out = tokio::time::timeout_at(expiry, changed).await;
        }
    }
}
