//! What the functions write into their logs: how much, and which metrics are in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use adapters::logging::json_lines;
use local_aws::net::CALLER;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

/// The namespace of the metrics; in the template it is the stack's name, and `neurocards-prod` is as long.
const NAMESPACE: &str = "neurocards-prod";
/// What the functions log by default, in effect: other crates only what needs a person.
const LEVELS: &str =
    "warn,adapters=info,app=info,webhook=info,callback=info,generator=info,sender=info,refunder=info,sweeper=info";
/// As long as any time that a line begins with: here it is the machine's, whose digits differ from run to run.
const TIMESTAMP: &str = "2100-01-01T00:00:00.000000000Z";

/// What one function wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Lines.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The metrics in them, each with its dimensions: what CloudWatch bills as one.
    pub metrics: BTreeSet<String>,
}

/// The logs of this thread, by function.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<BTreeMap<&'static str, Written>>>);

impl Logs {
    /// Logs go here while the guard lives.
    #[must_use]
    pub fn capture() -> (Self, DefaultGuard) {
        let logs = Self::default();
        let to = logs.clone();
        let guard = tracing::subscriber::set_default(json_lines(LEVELS, Some(NAMESPACE.to_owned()), move || to.clone()));
        (logs, guard)
    }

    /// What was written since it was last taken.
    #[must_use]
    pub fn take(&self) -> BTreeMap<&'static str, Written> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The subscriber writes a line at a time, within the invocation it is about.
impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let caller = CALLER.try_with(|caller| *caller).unwrap_or_default();
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = logs.entry(caller).or_default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            written.note(serde_json::from_slice(line).unwrap_or_default());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn note(&mut self, mut line: Value) {
        if let Some(timestamp) = line.get_mut("timestamp") {
            *timestamp = TIMESTAMP.into();
        }
        self.metrics.extend(metrics(&line));
        self.lines += 1;
        self.bytes += line.to_string().len() as u64;
    }
}

/// The metrics of a line in CloudWatch's embedded format: one for each name and set of dimensions.
fn metrics(line: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    for directive in list(line.pointer("/_aws/CloudWatchMetrics")) {
        for metric in list(directive.get("Metrics")) {
            let name = metric.get("Name").and_then(Value::as_str).unwrap_or_default();
            for set in list(directive.get("Dimensions")) {
                let value = |dimension: &Value| line.get(dimension.as_str()?)?.as_str().map(str::to_owned);
                let values: Vec<_> = set.as_array().into_iter().flatten().filter_map(value).collect();
                found.push([vec![name.to_owned()], values].concat().join(" "));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_metric_with_a_dimension_is_two() {
        let directive = json!({"Dimensions": [[], ["Class"]], "Metrics": [{"Name": "Refunded"}]});
        let mut written = Written::default();
        written.note(json!({"_aws": {"CloudWatchMetrics": [directive]}, "Class": "took_too_long", "Refunded": 1}));
        written.note(json!({"timestamp": "2026-11-23T00:00:00Z", "message": "swept"}));
        assert_eq!(written.metrics.into_iter().collect::<Vec<_>>(), ["Refunded", "Refunded took_too_long"]);
        assert_eq!(written.lines, 2);
    }
}
