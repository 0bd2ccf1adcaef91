//! Asks Telegram for updates, and hands each to the webhook's function as Telegram would post it.
//!
//! **Invariant:** an update is confirmed to Telegram only after the webhook has taken it, so no death of this process loses one. A death
//! between the two brings the update again, and the webhook takes an update once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adapters::{
    config::Secret,
    telegram::{Telegram, TelegramError},
};
use bytes::Bytes;
use local_aws::net::Net;
use serde_json::Value;
use tokio::{sync::Notify, task::JoinHandle, time::Instant};

use crate::sandbox::Sandbox;

/// How long Telegram waits for an update before it answers with none: its maximum.
const WAIT: Duration = Duration::from_secs(50);
/// The shortest and the longest pause between two polls while the webhook handles updates.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(2)];
/// The shortest and the longest pause after a failed poll.
const FAILED_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];
/// The longest pause before an update is handed over again. Telegram's own maximum lies between 60 and 120 s.
const AGAIN_MAX_SECS: u64 = 60;
/// How long an update is handed over again, as Telegram does.
const UPDATE_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How long a tap is handed over again, as Telegram does.
const TAP_LIFETIME: Duration = Duration::from_secs(150);

/// Asks for updates until it is dropped.
pub struct Poller {
    telegram: Telegram,
    handover: Arc<Handover>,
    kinds: Vec<&'static str>,
}

/// The way of one update to the webhook and of its answer to Telegram.
struct Handover {
    telegram: Telegram,
    net: Net,
    webhook_url: String,
    secret: Secret,
    progress: Mutex<Progress>,
    ended: Notify,
}

/// How far the updates are that Telegram may still bring.
#[derive(Default)]
struct Progress {
    in_flight: BTreeSet<i64>,
    /// Taken, and perhaps in an answer that is still on its way.
    taken: BTreeSet<i64>,
}

impl Sandbox {
    /// A poller of the bot's updates of these kinds. Telegram must have no webhook for the bot.
    ///
    /// # Errors
    /// A secret or an address of Telegram is missing.
    pub fn poller(&self, kinds: &[&'static str]) -> Result<Poller, app::SetupError> {
        let telegram = self.setup().services().telegram()?;
        let secret = self.setup().secrets().telegram_webhook_secret()?;
        let (net, webhook_url) = (self.net.clone(), self.webhook_url.clone());
        let (progress, ended) = (Mutex::default(), Notify::new());
        let handover = Arc::new(Handover { telegram: telegram.clone(), net, webhook_url, secret, progress, ended });
        Ok(Poller { telegram, handover, kinds: kinds.to_vec() })
    }
}

impl Poller {
    /// Polls forever.
    pub async fn run(self) {
        let mut next = 0;
        let mut tails: BTreeMap<i64, JoinHandle<()>> = BTreeMap::new();
        let (mut pause, mut failed_pause) = (PAUSES[0], FAILED_PAUSES[0]);
        loop {
            let first = self.handover.first_in_flight();
            if first.is_some() {
                // The updates in flight would be the answer at once.
                let _paused = tokio::time::timeout(pause, self.handover.ended.notified()).await;
            }
            let first = self.handover.first_in_flight();
            let wait = if first.is_some() { Duration::ZERO } else { WAIT };
            let offset = first.unwrap_or(next);
            let confirmed = self.handover.taken_before(offset);
            match self.telegram.get_updates(offset, wait, &self.kinds).await {
                Ok(updates) => {
                    failed_pause = FAILED_PAUSES[0];
                    let fresh = self.begin(updates, &mut next, &mut tails);
                    // Telegram has forgotten them.
                    self.handover.progress().taken.retain(|id| !confirmed.contains(id));
                    pause = if fresh { PAUSES[0] } else { (pause * 2).min(PAUSES[1]) };
                }
                Err(error) => {
                    tracing::warn!(%error, "Telegram gave no updates; they are asked for again");
                    let asked =
                        if let TelegramError::TooManyRequests { retry_after } = error { retry_after } else { failed_pause };
                    tokio::time::sleep(asked).await;
                    failed_pause = (failed_pause * 2).min(FAILED_PAUSES[1]);
                }
            }
        }
    }

    /// Begins to hand over the updates that are neither in flight nor taken. Those of one person are handed over in order. Returns whether there was
    /// such an update.
    fn begin(&self, updates: Vec<Value>, next: &mut i64, tails: &mut BTreeMap<i64, JoinHandle<()>>) -> bool {
        tails.retain(|_, tail| !tail.is_finished());
        let mut fresh = false;
        for update in updates {
            let id = update.get("update_id").and_then(Value::as_i64).unwrap_or_default();
            if !self.handover.enter(id) {
                continue;
            }
            fresh = true;
            *next = (*next).max(id + 1);
            let person = person_of(&update);
            let (handover, before) = (self.handover.clone(), tails.remove(&person));
            let tail = tokio::spawn(async move {
                if let Some(before) = before {
                    let _ended = before.await;
                }
                handover.hand_over(&update).await;
                handover.leave(id);
            });
            tails.insert(person, tail);
        }
        fresh
    }
}

impl Handover {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first_in_flight(&self) -> Option<i64> {
        self.progress().in_flight.first().copied()
    }

    /// The taken updates that a poll with this offset confirms.
    fn taken_before(&self, offset: i64) -> BTreeSet<i64> {
        self.progress().taken.range(..offset).copied().collect()
    }

    /// Whether an update is to be handed over: an answer that was on its way while an update was taken brings it again.
    fn enter(&self, id: i64) -> bool {
        let mut progress = self.progress();
        !progress.taken.contains(&id) && progress.in_flight.insert(id)
    }

    fn leave(&self, id: i64) {
        let mut progress = self.progress();
        progress.in_flight.remove(&id);
        progress.taken.insert(id);
        self.ended.notify_one();
    }

    /// Hands an update to the webhook until the webhook takes it, or until Telegram would give it up.
    async fn hand_over(&self, update: &Value) {
        let lifetime = if update.get("callback_query").is_some() { TAP_LIFETIME } else { UPDATE_LIFETIME };
        let end = Instant::now() + lifetime;
        let body = Bytes::from(update.to_string());
        for tries in 1_u32.. {
            let Some(pause) = self.hand_over_once(body.clone(), tries).await else { return };
            if Instant::now() + pause >= end {
                tracing::error!(outcome = "GivenUp", tries, "the webhook did not take an update in time");
                return;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// The pause before the next try; `None` if the webhook has taken the update.
    async fn hand_over_once(&self, body: Bytes, tries: u32) -> Option<Duration> {
        let request = http::Request::post(&self.webhook_url)
            .header("content-type", "application/json")
            .header("x-telegram-bot-api-secret-token", self.secret.expose());
        // The address and the secret are checked when the poller is made.
        let request = request.body(body).ok()?;
        let again = Duration::from_secs(2_u64.saturating_pow(tries).min(AGAIN_MAX_SECS) / if tries == 1 { 2 } else { 1 });
        match self.net.send(request).await {
            Ok(answer) if answer.status().is_success() => {
                // The bot does not learn the result of such a call, with a webhook neither.
                if let Err(error) = self.telegram.carry_out(answer.body()).await {
                    tracing::info!(%error, "Telegram did not do what the webhook answered");
                }
                None
            }
            Ok(answer) => {
                let asked = answer.headers().get(http::header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
                Some(asked.map_or(again, Duration::from_secs))
            }
            Err(_) => Some(again),
        }
    }
}

/// The person of an update, whose updates are handed over in order; 0 if it names none.
fn person_of(update: &Value) -> i64 {
    let fields = update.as_object().into_iter().flatten();
    let of = fields.filter_map(|(_, field)| field.get("from")?.get("id")?.as_i64());
    of.max().unwrap_or_default()
}
