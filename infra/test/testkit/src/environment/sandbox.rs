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

/// A bug added on purpose, to show that the scenarios detect it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeededBug {
    /// The table answers every refund with success and does not write it.
    NoRefund,
}

/// The backend of a test environment that runs in one process.
pub struct Sandbox {
    /// The faults that a scenario arms on the wire.
    pub faults: ArmedFaults,
    /// The embedded table, with the guard of its ledger.
    pub dynamodb: DynamoDb,
    /// The embedded SQS.
    pub sqs: Sqs,
    /// The wire that carries every call.
    pub net: Net,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) clock: Clock,
    pub(super) functions: BTreeMap<&'static str, Function>,
    // Queue mappings, schedule and servers stop when the sandbox is dropped.
    pub(super) _running: JoinSet<()>,
    pub(super) _served: Vec<Loopback>,
}

impl Sandbox {
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

    /// Returns the billed usage of each function since the previous call, and resets it.
    #[must_use]
    pub fn take_billed(&self) -> BTreeMap<&'static str, Billed> {
        self.functions.iter().map(|(name, function)| (*name, function.take_billed())).collect()
    }
}
