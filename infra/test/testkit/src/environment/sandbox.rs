//! The sandbox: the whole system in one process, with no account and no network.

use std::collections::BTreeMap;

use adapters::clock::Clock;
use local_aws::{
    dynamodb::DynamoDb,
    net::{Loopback, Net},
    sqs::{Depth, Sqs},
};
use tokio::task::JoinSet;

use super::{
    armed_faults::ArmedFaults,
    lambda::{Billed, Function},
    queues::QUEUES,
};

/// A bug put in on purpose, to show that the scenarios find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeededBug {
    /// A refund is answered as done and is not.
    NoRefund,
}

/// What only the sandbox can do.
pub struct Sandbox {
    /// The faults that a scenario arms on the wire.
    pub faults: ArmedFaults,
    /// The embedded table, with the guard of its ledger.
    pub dynamodb: DynamoDb,
    /// The queues.
    pub sqs: Sqs,
    /// The wire that everything goes over.
    pub net: Net,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) clock: Clock,
    pub(super) functions: BTreeMap<&'static str, Function>,
    // Ends with the environment: queue mappings, schedule and servers.
    pub(super) _running: JoinSet<()>,
    pub(super) _served: Vec<Loopback>,
}

impl Sandbox {
    /// The time in this environment.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Messages that some function will still get, now or later.
    #[must_use]
    pub fn messages_on_their_way(&self) -> usize {
        let depths = QUEUES.iter().map(|(name, _)| self.sqs.depth(name));
        depths.map(|Depth { visible, delayed, in_flight }| visible + delayed + in_flight).sum()
    }

    /// How often each function was invoked.
    #[must_use]
    pub fn invocations(&self) -> BTreeMap<&'static str, u64> {
        self.functions.iter().map(|(name, function)| (*name, function.invocations())).collect()
    }

    /// What Lambda would bill for each function since it was last taken.
    #[must_use]
    pub fn take_billed(&self) -> BTreeMap<&'static str, Billed> {
        self.functions.iter().map(|(name, function)| (*name, function.take_billed())).collect()
    }
}
