//! Measures the logs of the functions: lines, bytes, and the metrics in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use adapters::logging::json_lines;
use local_aws::net::CALLER;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

/// The namespace of the metrics. The template uses the stack's name, here that of the production stack.
const NAMESPACE: &str = "neurocards-prod";
/// The log levels that the functions have by default: `info` for our crates, `warn` for all others.
const LEVELS: &str =
    "warn,adapters=info,app=info,webhook=info,callback=info,generator=info,sender=info,refunder=info,sweeper=info";
/// Replaces the timestamp of each line, because the machine's own timestamps differ in length from run to run.
const TIMESTAMP: &str = "2100-01-01T00:00:00.000000000Z";

/// The log of one function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The count of lines.
    pub lines: u64,
    /// The bytes of all lines.
    pub bytes: u64,
    /// The metrics in the lines. CloudWatch bills each pair of a name and dimension values as one metric.
    pub metrics: BTreeSet<String>,
}

/// The logs of this thread, by function.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<BTreeMap<&'static str, Written>>>);

impl Logs {
    /// Captures the log lines of this thread as long as the guard lives.
    #[must_use]
    pub fn capture() -> (Self, DefaultGuard) {
        let logs = Self::default();
        let to = logs.clone();
        let guard = tracing::subscriber::set_default(json_lines(LEVELS, Some(NAMESPACE.to_owned()), move || to.clone()));
        (logs, guard)
    }

    /// The logs since the last call of `take`.
    #[must_use]
    pub fn take(&self) -> BTreeMap<&'static str, Written> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The subscriber writes each line within the invocation that logs it, so `CALLER` names the function.
impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let caller = CALLER.try_with(|caller| *caller).unwrap_or_default();
        let mut logs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = logs.entry(caller).or_default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            written.add_line(serde_json::from_slice(line).unwrap_or_default());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn add_line(&mut self, mut line: Value) {
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
    fn a_metric_with_and_without_a_dimension_is_two_metrics() {
        let directive = json!({"Dimensions": [[], ["Class"]], "Metrics": [{"Name": "Refunded"}]});
        let mut written = Written::default();
        written.add_line(json!({"_aws": {"CloudWatchMetrics": [directive]}, "Class": "took_too_long", "Refunded": 1}));
        written.add_line(json!({"timestamp": "2026-11-23T00:00:00Z", "message": "swept"}));
        assert_eq!(written.metrics.into_iter().collect::<Vec<_>>(), ["Refunded", "Refunded took_too_long"]);
        assert_eq!(written.lines, 2);
    }
}
