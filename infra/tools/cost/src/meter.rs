//! The interceptor that measures: it counts each call, lets it take as long as assumed, and reads what the table says it consumed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
use serde_json::Value;

use super::{
    assumptions::{HEADER_BYTES, latency},
    call::{BY_ADDRESS, Call, POLLER},
    units::{Units, consumed},
};

/// How often a call was made, and what that consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// How often.
    pub requests: u64,
    /// Of DynamoDB.
    pub units: Units,
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The calls.
    pub calls: BTreeMap<Call, Count>,
    /// Bytes that left AWS, by sender: requests to others, and answers of our addresses.
    pub bytes_out: BTreeMap<&'static str, u64>,
    /// What could not be measured.
    pub mistakes: Vec<String>,
}

/// The interceptor.
pub struct Meter {
    counted: Mutex<Counted>,
    slowness: u32,
}

impl Meter {
    /// Nothing counted yet. Calls take so many times as long as assumed.
    #[must_use]
    pub fn new(slowness: u32) -> Self {
        Self { counted: Mutex::default(), slowness }
    }

    /// What was counted since it was last taken.
    #[must_use]
    pub fn take(&self) -> Counted {
        std::mem::take(&mut *self.counted())
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interceptor for Meter {
    fn before(&self, call: &CallInfo) -> Action {
        match Call::of(call) {
            Some(call) if call.caller != POLLER && call.caller != BY_ADDRESS => Action::Delay(self.slowness * latency(&call)),
            _ => Action::Pass,
        }
    }

    fn after(&self, info: &CallInfo, outcome: &Result<Response, NetError>) {
        let mut counted = self.counted();
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => return counted.mistakes.push(format!("{} {}: {error}", info.host, info.path)),
        };
        let Some(call) = Call::of(info) else {
            let answers = match info.host.as_str() {
                "webhook.local" => "webhook",
                "callback.local" => "callback",
                _ => return,
            };
            *counted.bytes_out.entry(answers).or_default() += answer.body().len() as u64 + HEADER_BYTES;
            return;
        };
        // How often an empty queue is asked is Lambda's business, and assumed.
        if call.operation == "ReceiveMessage" && is_empty(answer) {
            return;
        }
        let units = if call.service.name() == "DynamoDB" { consumed(operation(info), answer) } else { Ok(Units::default()) };
        let units = units.unwrap_or_else(|mistake| {
            counted.mistakes.push(format!("{} {mistake}", call.caller));
            Units::default()
        });
        if call.leaves_aws() {
            *counted.bytes_out.entry(call.caller).or_default() += info.body.len() as u64 + HEADER_BYTES;
        }
        let count = counted.calls.entry(call).or_default();
        count.requests += 1;
        count.units.read += units.read;
        count.units.write += units.write;
    }
}

fn operation(info: &CallInfo) -> &str {
    info.operation.as_deref().unwrap_or_default()
}

fn is_empty(answer: &Response) -> bool {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    body.get("Messages").is_none()
}
