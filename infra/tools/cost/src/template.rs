//! Reads from the template the facts that a bill needs: memory, polled queues, the schedule, alarms. A missing fact is an error,
//! never a default.

use std::collections::BTreeSet;

use testkit::template::Template;

/// The facts of a template that a bill needs.
pub(crate) trait BilledTemplate {
    /// The default memory of a function, in MB.
    ///
    /// # Errors
    /// No function has this name, or its memory is no parameter.
    fn memory_mb(&self, function: &str) -> Result<f64, String>;

    /// The number of sweeps a day.
    ///
    /// # Errors
    /// The schedule has another form than `rate(N minutes)`.
    fn sweeps_a_day(&self) -> Result<f64, String>;

    /// The number of queues that Lambda polls.
    fn polled_queues(&self) -> usize;

    /// The number of alarms, and the number of metrics that they watch. CloudWatch bills each metric of an expression.
    fn alarms(&self) -> (usize, usize);

    /// The number of metrics that metric filters write even without a matching line, as zeros. CloudWatch bills them as custom
    /// metrics.
    fn metrics_of_zeros(&self) -> usize;

    /// The number of dashboards.
    fn dashboards(&self) -> usize;
}

impl BilledTemplate for Template {
    fn memory_mb(&self, function: &str) -> Result<f64, String> {
        let name = format!("${{AWS::StackName}}-{function}");
        let found = self.of_type("AWS::Serverless::Function").find(|(_, it)| it["FunctionName"].as_str() == Some(&name));
        let memory = found.and_then(|(_, it)| it["MemorySize"].as_str());
        self.number(memory.ok_or_else(|| format!("the template has no function {function} whose MemorySize is a parameter"))?)
    }

    fn sweeps_a_day(&self) -> Result<f64, String> {
        let schedule = self.default_of("SweepSchedule")?;
        let minutes = schedule.strip_prefix("rate(").and_then(|rest| rest.split_once(" minute"));
        let minutes: Option<f64> = minutes.and_then(|(minutes, _)| minutes.parse().ok());
        Ok(24.0 * 60.0 / minutes.ok_or_else(|| format!("the template's SweepSchedule is {schedule}, not rate(N minutes)"))?)
    }

    fn polled_queues(&self) -> usize {
        let functions = self.of_type("AWS::Serverless::Function");
        let events = functions.flat_map(|(_, it)| it["Events"].as_hash().into_iter().flatten());
        events.filter(|(_, event)| event["Type"].as_str() == Some("SQS")).count()
    }

    fn alarms(&self) -> (usize, usize) {
        let watched: Vec<usize> = self
            .of_type("AWS::CloudWatch::Alarm")
            .map(|(_, it)| it["Metrics"].as_vec().into_iter().flatten().filter(|metric| !metric["MetricStat"].is_badvalue()))
            .map(|metrics| metrics.count().max(1))
            .collect();
        (watched.len(), watched.iter().sum())
    }

    fn metrics_of_zeros(&self) -> usize {
        let filters = self.of_type("AWS::Logs::MetricFilter");
        let all = filters.flat_map(|(_, it)| it["MetricTransformations"].as_vec().into_iter().flatten());
        let zeros = all.filter(|metric| !metric["DefaultValue"].is_badvalue());
        zeros.filter_map(|metric| metric["MetricName"].as_str()).collect::<BTreeSet<_>>().len()
    }

    fn dashboards(&self) -> usize {
        self.of_type("AWS::CloudWatch::Dashboard").count()
    }
}

#[cfg(test)]
mod tests {
    use testkit::environment::FUNCTIONS;

    use super::*;

    #[test]
    fn the_template_has_every_fact_that_the_bill_needs() {
        let template = Template::deployed().unwrap();
        for function in FUNCTIONS {
            let memory = template.memory_mb(function).unwrap();
            assert!((128.0..=10_240.0).contains(&memory), "{function}: {memory}");
        }
        assert!(template.memory_mb("unknown").is_err());
        assert!(template.sweeps_a_day().unwrap() > 0.0);
        let (alarms, metrics) = template.alarms();
        assert!(alarms > 0);
        // Each of two alarms adds up the metrics of six functions, and each of two alarms compares two metrics.
        assert_eq!(metrics, alarms + 5 + 5 + 1 + 1);
        assert_eq!((template.polled_queues(), template.dashboards(), template.metrics_of_zeros()), (4, 1, 1));
    }
}
