//! What the bill needs of infra/template.yaml: memory, queues with a poller, the schedule, how long things are kept, alarms.
//!
//! A small strict reader in place of YAML: a section at the margin, an entry two deep, its fields below. What is not found as
//! expected is an error, never a default.

use std::collections::BTreeMap;

/// The template that deploys.
const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The lines below a name.
type Block = Vec<&'static str>;

/// The template, as far as it is read.
pub struct Template {
    parameters: BTreeMap<&'static str, Block>,
    resources: BTreeMap<&'static str, Block>,
}

impl Template {
    /// The template that deploys.
    ///
    /// # Errors
    /// A section is not there.
    pub fn read() -> Result<Self, String> {
        Ok(Self { parameters: section("Parameters")?, resources: section("Resources")? })
    }

    /// The default of a parameter.
    ///
    /// # Errors
    /// There is none.
    pub fn default_of(&self, parameter: &str) -> Result<&'static str, String> {
        let block = self.parameters.get(parameter).ok_or_else(|| format!("no parameter {parameter}"))?;
        Ok(field(block, "Default").ok_or_else(|| format!("{parameter} has no default"))?.trim_matches('"'))
    }

    /// The default of a parameter that is a number.
    ///
    /// # Errors
    /// There is none, or it is no number.
    pub fn number(&self, parameter: &str) -> Result<f64, String> {
        let text = self.default_of(parameter)?;
        text.parse().map_err(|_| format!("{parameter} is {text}, not a number"))
    }

    /// The memory of a function by default, in MB.
    ///
    /// # Errors
    /// No function has this name, or its memory is no parameter.
    pub fn memory_mb(&self, function: &str) -> Result<f64, String> {
        let name = format!("!Sub ${{AWS::StackName}}-{function}");
        let block = self.of_type("AWS::Serverless::Function").find(|block| field(block, "FunctionName") == Some(&name));
        let memory = block.and_then(|block| field(block, "MemorySize")).ok_or_else(|| format!("{function} has no memory"))?;
        let parameter = memory.strip_prefix("!Ref ").ok_or_else(|| format!("the memory of {function} is no parameter"))?;
        self.number(parameter)
    }

    /// Sweeps a day.
    ///
    /// # Errors
    /// The schedule is not so many minutes.
    pub fn sweeps_a_day(&self) -> Result<f64, String> {
        let schedule = self.default_of("SweepSchedule")?;
        let minutes = schedule.strip_prefix("rate(").and_then(|rest| rest.split_once(" minute"));
        let minutes: Option<f64> = minutes.and_then(|(minutes, _)| minutes.parse().ok());
        Ok(24.0 * 60.0 / minutes.ok_or_else(|| format!("{schedule} is not so many minutes"))?)
    }

    /// Queues that Lambda polls.
    #[must_use]
    pub fn polled_queues(&self) -> usize {
        self.of_type("AWS::Serverless::Function").flatten().filter(|line| line.trim() == "Type: SQS").count()
    }

    /// Alarms, and the metrics they watch: CloudWatch bills each metric of an expression.
    #[must_use]
    pub fn alarms(&self) -> (usize, usize) {
        let metrics = |block: &Block| block.iter().filter(|line| line.trim_start().starts_with("MetricStat:")).count().max(1);
        let watched: Vec<usize> = self.of_type("AWS::CloudWatch::Alarm").map(metrics).collect();
        (watched.len(), watched.iter().sum())
    }

    /// Dashboards.
    #[must_use]
    pub fn dashboards(&self) -> usize {
        self.of_type("AWS::CloudWatch::Dashboard").count()
    }

    fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.resources.values().filter(move |block| field(block, "Type") == Some(kind))
    }
}

/// The entries of a section, each with its lines.
fn section(name: &str) -> Result<BTreeMap<&'static str, Block>, String> {
    let mut entries = BTreeMap::<_, Block>::new();
    let mut lines = TEMPLATE.lines().skip_while(|line| line.strip_suffix(':') != Some(name));
    lines.next().ok_or_else(|| format!("the template has no {name}"))?;
    let mut entry = "";
    for line in lines {
        let text = line.trim_start();
        match line.len() - text.len() {
            _ if text.is_empty() || text.starts_with('#') => {}
            0 => break,
            2 => entry = text.strip_suffix(':').ok_or_else(|| format!("{name}: {line} is no name"))?,
            _ => entries.entry(entry).or_default().push(line),
        }
    }
    Ok(entries)
}

/// The first value of this name in a block.
fn field(block: &Block, name: &str) -> Option<&'static str> {
    block.iter().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(": ").map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::FUNCTIONS;

    #[test]
    fn the_template_says_what_the_bill_needs() {
        let template = Template::read().unwrap();
        for function in FUNCTIONS {
            let memory = template.memory_mb(function).unwrap();
            assert!((128.0..=10_240.0).contains(&memory), "{function}: {memory}");
        }
        assert_eq!(template.default_of("Architecture"), Ok("arm64"));
        assert_eq!(template.default_of("AlarmEmail"), Ok(""));
        assert!(template.number("VideoRetentionDays").unwrap() >= 1.0);
        assert!(template.sweeps_a_day().unwrap() > 0.0);
        let (alarms, metrics) = template.alarms();
        assert_eq!(alarms, TEMPLATE.matches("Type: AWS::CloudWatch::Alarm").count());
        // Two alarms add up six functions each, and one divides two metrics.
        assert_eq!(metrics, alarms + 5 + 5 + 1);
        assert_eq!((template.polled_queues(), template.dashboards()), (4, 1));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let template = Template::read().unwrap();
        assert!(template.default_of("Nothing").is_err());
        assert!(template.number("Architecture").is_err());
        assert!(template.memory_mb("nobody").is_err());
    }
}
