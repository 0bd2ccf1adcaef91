//! The interceptor that holds the rest of the environment and stops the tried functions.

use std::sync::{Arc, Mutex};

use local_aws::net::{Action, CallInfo, Interceptor, Moment};
use serde_json::Value;
use tokio::sync::Notify;

/// Holds the rest of the environment, and watches the functions that are tried.
pub struct Watch {
    /// What holds the queue mappings; `None` once they are let go.
    pub hold: Mutex<Option<Arc<Notify>>>,
    /// By person.
    pub trials: Vec<Mutex<Trial>>,
}

/// A function that is being tried.
#[derive(Default)]
pub struct Trial {
    /// Its calls so far.
    pub calls: Vec<String>,
    /// Where it dies.
    pub death: Option<(DeathPoint, Moment, Arc<Notify>)>,
}

/// A call at which a function dies.
#[derive(Clone, Copy)]
pub enum DeathPoint {
    /// This one, counted from 0.
    At(usize),
    /// The first of this name.
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

/// What a call is; `None` for Telegram's own fetch by a presigned address, which happens within a call of ours.
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

/// Whether a call changes nothing: a death before it and one after it leave the same environment behind.
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
        // Of the spinner: there is nobody who waits for it here.
        "answerCallbackQuery",
    ];
    READS.contains(&call)
}
