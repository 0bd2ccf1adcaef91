//! The calls of the functions and of the fakes, as they happen. Names only: a body may hold what a person wrote, a path a secret.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};

/// Calls that are kept.
const CALLS_KEPT: usize = 80;

/// A call that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The number of the call.
    pub number: usize,
    /// The function, or the fake, that called.
    pub caller: &'static str,
    /// The service that was called.
    pub service: &'static str,
    /// What was called for.
    pub what: String,
    /// The HTTP status; 0 if no answer came.
    pub status: u16,
    /// How long the call took, in milliseconds.
    pub ms: u128,
}

/// The latest calls.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    ended: VecDeque<Call>,
    began: BTreeMap<u64, Instant>,
    count: usize,
}

impl Calls {
    /// The latest calls, the newest first.
    pub fn latest(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ended.iter().rev().cloned().collect()
    }

    /// The number of calls so far.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count
    }
}

impl Interceptor for Calls {
    fn before(&self, call: &CallInfo) -> Action {
        if is_shown(call) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).began.insert(call.index, Instant::now());
        }
        Action::Pass
    }

    fn after(&self, call: &CallInfo, outcome: &Result<Response, NetError>) {
        if !is_shown(call) {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = kept.began.remove(&call.index).map_or(0, |began| began.elapsed().as_millis());
        kept.count += 1;
        let number = kept.count;
        let (caller, service) = (caller(call), service(&call.host));
        let status = outcome.as_ref().map_or(0, |reply| reply.status().as_u16());
        kept.ended.push_back(Call { number, caller, service, what: what(call), status, ms });
        if kept.ended.len() > CALLS_KEPT {
            kept.ended.pop_front();
        }
    }
}

/// Whether the page shows the call. The polls of the queues and the sweeps come every few seconds and show nothing; the reads of the
/// page itself are no work of the bot.
fn is_shown(call: &CallInfo) -> bool {
    let is_own_read = call.caller.is_empty() && matches!(service(&call.host), "DynamoDB" | "SQS");
    call.caller != "sweeper" && !is_own_read && call.operation.as_deref() != Some("ReceiveMessage")
}

fn caller(call: &CallInfo) -> &'static str {
    match (call.caller, call.host.as_str()) {
        ("", "webhook.local") => "Telegram",
        ("", "callback.local") => "KIE",
        ("", "s3.local") => "KIE or Telegram",
        ("", _) => "the fakes",
        (function, _) => function,
    }
}

fn service(host: &str) -> &'static str {
    match host.split('.').next().unwrap_or_default() {
        "dynamodb" => "DynamoDB",
        "sqs" => "SQS",
        "s3" => "S3",
        "telegram" => "Telegram",
        "kie" => "KIE",
        "llm" => "prompt writer",
        "webhook" => "webhook",
        "callback" => "callback",
        _ => "another host",
    }
}

/// The operation, or the part of the path that names one: never a token, a key or a signature.
fn what(call: &CallInfo) -> String {
    if let Some(operation) = &call.operation {
        return operation.clone();
    }
    let path = call.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (service(&call.host), parts.as_slice()) {
        ("Telegram", ["file", ..]) => "file".to_owned(),
        ("Telegram", [_, method]) => (*method).to_owned(),
        ("S3", [_, folder, ..]) => format!("{} {folder}", call.method),
        ("KIE", ["api", .., name]) => (*name).to_owned(),
        ("KIE", [folder, ..]) => (*folder).to_owned(),
        _ => call.method.to_string(),
    }
}
