//! The interceptor that holds the queue mappings and stops the tried functions.

use std::sync::{Arc, Mutex};

use local_aws::net::{Action, CallInfo, Interceptor, Moment};
use serde_json::Value;
use tokio::sync::Notify;

/// Holds the queue mappings, records the calls of the tried functions, and stops them.
pub struct Watch {
    /// The gate that holds the queue mappings; `None` once they are released.
    pub hold: Mutex<Option<Arc<Notify>>>,
    /// The tried function of each person, by the person's index.
    pub trials: Vec<Mutex<Trial>>,
}

/// A function that is being tried.
#[derive(Default)]
pub struct Trial {
    /// The names of the function's calls so far.
    pub calls: Vec<String>,
    /// The call at which the function dies.
    pub death: Option<(DeathPoint, Moment, Arc<Notify>)>,
}

/// A call at which a function dies.
#[derive(Clone, Copy)]
pub enum DeathPoint {
    /// The call with this index, counted from 0.
    At(usize),
    /// The first call of this name.
    Named(&'static str),
}

impl Watch {
    pub fn of(people: usize) -> Self {
        Self { hold: Mutex::new(Some(Arc::default())), trials: (0..people).map(|_| Mutex::default()).collect() }
    }
}

impl Interceptor for Watch {
    fn before(&self, call: &CallInfo) -> Action {
        if call.caller == "mapping" {
            return self.hold.lock().unwrap().clone().map_or(Action::Pass, Action::Hold);
        }
        let person = call.caller.strip_prefix("tried ").and_then(|n| n.parse::<usize>().ok());
        let (Some(person), Some(name)) = (person, name(call)) else { return Action::Pass };
        let mut trial = self.trials[person].lock().unwrap();
        let at = trial.calls.len();
        trial.calls.push(name.clone());
        let is_here = |place: &DeathPoint| match place {
            DeathPoint::At(call) => *call == at,
            DeathPoint::Named(call) => *call == name,
        };
        match &trial.death {
            Some((place, moment, died)) if is_here(place) => Action::Kill { moment: *moment, died: died.clone() },
            _ => Action::Pass,
        }
    }
}

/// Returns the name of a call; `None` for Telegram's fetch by a presigned URL, which happens within a call of a function.
pub fn name(call: &CallInfo) -> Option<String> {
    if call.path.contains("X-Amz-Signature") {
        return None;
    }
    let path = call.path.split('?').next().unwrap_or_default();
    let queue = || {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default().to_owned()
    };
    Some(match (call.host.as_str(), &call.operation) {
        ("sqs.local", Some(operation)) => format!("{operation} {}", queue()),
        (_, Some(operation)) => operation.clone(),
        ("s3.local", _) => format!("{} object", call.method),
        ("telegram.local", _) if path.starts_with("/file/") => "file".to_owned(),
        ("kie.local", _) if path.starts_with("/results/") => "result".to_owned(),
        _ => path.rsplit('/').next().unwrap_or_default().to_owned(),
    })
}

/// Whether a call changes nothing, so that a death before it and one after it leave the same environment behind.
pub fn only_reads(call: &str) -> bool {
    const READS: [&str; 11] = [
        "GetItem",
        "BatchGetItem",
        "Query",
        "HEAD object",
        "GET object",
        "getFile",
        "file",
        "recordInfo",
        "result",
        "completions",
        // This call only stops the spinner of a tapped button.
        "answerCallbackQuery",
    ];
    READS.contains(&call)
}
