//! The meter: an interceptor that counts each call, delays it by its assumed latency, and reads the consumed units from replies
//! of the table.

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

/// The requests of one call and the units that they consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// The number of requests.
    pub requests: u64,
    /// The DynamoDB units that they consumed.
    pub units: Units,
}

/// The results of a meter.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The count of each call.
    pub calls: BTreeMap<Call, Count>,
    /// Bytes that left AWS, by function: requests to other services, and replies of our function URLs.
    pub bytes_out: BTreeMap<&'static str, u64>,
    /// Calls that could not be measured, as text.
    pub mistakes: Vec<String>,
}

/// The interceptor that measures calls.
pub struct Meter {
    counted: Mutex<Counted>,
    slowness: u32,
}

impl Meter {
    /// A meter without counts. Calls take `slowness` times their assumed latency.
    #[must_use]
    pub fn new(slowness: u32) -> Self {
        Self { counted: Mutex::default(), slowness }
    }

    /// The counts since the last call of `take`.
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
        // Polls of empty queues are assumed, not measured: Lambda decides how often it polls.
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
