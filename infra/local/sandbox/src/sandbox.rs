//! The sandbox: the whole system in one process, with no account and no network.

use std::{collections::BTreeMap, time::Duration};

use adapters::{callback_url::CallbackSealer, clock::Clock, media::Media, table::Table};
use app::Setup;
use fakes::{kie::Kie, llm::Llm, telegram::Telegram};
use local_aws::{
    dynamodb::DynamoDb,
    net::{Loopback, Net},
    sqs::{Depth, Sqs},
};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    armed_faults::ArmedFaults,
    invocations::Invocation,
    lambda::{Billed, Function},
    queues::QUEUES,
    settings::SECRETS,
    times::Times,
};

/// The six functions in one process, with the services that they use.
pub struct Sandbox {
    /// The fake Telegram; `None` if Telegram is real.
    pub telegram: Option<Telegram>,
    /// The fake KIE; `None` if KIE is real.
    pub kie: Option<Kie>,
    /// The fake prompt writer; `None` if there is a real one or none.
    pub llm: Option<Llm>,
    /// The table: accounts, jobs and the ledger.
    pub table: Table,
    /// The media store: photos and videos.
    pub media: Media,
    /// The durations that set the speed.
    pub times: Times,
    /// The faults that are armed on the wire.
    pub faults: ArmedFaults,
    /// The embedded table, with the guard of its ledger.
    pub dynamodb: DynamoDb,
    /// The embedded SQS.
    pub sqs: Sqs,
    /// The wire that carries every call.
    pub net: Net,
    pub(crate) setup: Setup,
    pub(crate) webhook_url: String,
    pub(crate) callback_url: String,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) callbacks: CallbackSealer,
    pub(crate) clock: Clock,
    pub(crate) functions: BTreeMap<&'static str, Function>,
    pub(crate) sweep_every: watch::Sender<Duration>,
    // Queue mappings, schedule and servers stop when the sandbox is dropped.
    pub(crate) _running: JoinSet<()>,
    pub(crate) _served: Vec<Loopback>,
}

impl Sandbox {
    /// What the functions started from: settings, secrets, clock and wire.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The addresses of the webhook and of the callback on the sandbox's wire.
    #[must_use]
    pub fn function_urls(&self) -> (String, String) {
        (self.webhook_url.clone(), self.callback_url.clone())
    }

    /// The sealer of the callback addresses.
    #[must_use]
    pub fn callbacks(&self) -> &CallbackSealer {
        &self.callbacks
    }

    /// The current time of the sandbox's clock.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// The sandbox's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The number of messages in the queues that functions consume: visible, delayed and in flight.
    #[must_use]
    pub fn messages_on_their_way(&self) -> usize {
        let depths = QUEUES.iter().map(|(name, _)| self.sqs.depth(name));
        depths.map(|Depth { visible, delayed, in_flight }| visible + delayed + in_flight).sum()
    }

    /// The number of invocations of each function, by its name.
    #[must_use]
    pub fn invocations(&self) -> BTreeMap<&'static str, u64> {
        self.functions.iter().map(|(name, function)| (*name, function.invocations())).collect()
    }

    /// The latest invocations of each function, oldest first; at most [`INVOCATIONS_KEPT`](crate::INVOCATIONS_KEPT) of one.
    #[must_use]
    pub fn latest_invocations(&self) -> BTreeMap<&'static str, Vec<Invocation>> {
        self.functions.iter().map(|(name, function)| (*name, function.latest())).collect()
    }

    /// Sets the time from one sweep to the next; `None` sets it to that of [`Self::times`].
    pub fn sweep_every(&self, every: Option<Duration>) {
        self.sweep_every.send_replace(every.unwrap_or(self.times.sweep_every));
    }

    /// Kills the process of each running invocation that `is_meant`, and returns their number.
    pub fn kill_running(&self, is_meant: &dyn Fn(&Invocation) -> bool) -> usize {
        self.functions.values().map(|function| function.kill(is_meant)).sum()
    }

    /// The secrets of the settings, which no page may show.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let names = SECRETS.iter().map(|(name, _)| *name);
        names.filter_map(|name| self.settings.get(name)).filter(|secret| !secret.is_empty()).cloned().collect()
    }

    /// Returns the billed usage of each function since the previous call, and resets it.
    #[must_use]
    pub fn take_billed(&self) -> BTreeMap<&'static str, Billed> {
        self.functions.iter().map(|(name, function)| (*name, function.take_billed())).collect()
    }
}
