//! Metrics in CloudWatch's embedded metric format: CloudWatch reads them from lines of the log, so that a metric needs no call.
//!
//! A metric is a tracing event whose target is `metric`. The log leaves such events out. If the stack has a namespace, each event
//! becomes one line in that format.
//! Source: "Specification: Embedded metric format", Amazon CloudWatch user guide.

use std::{fmt, io::Write, time::Duration};

use domain::{classify::Class, limits::Limit};
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, filter::Targets, fmt::MakeWriter, layer::Context, registry::LookupSpan};

/// The variable with the namespace of the stack's metrics. If it is unset, no metrics are written.
pub const NAMESPACE: &str = "METRICS_NAMESPACE";
/// The target of a metric's event.
pub(crate) const TARGET: &str = "metric";

/// A metric and its value. The dashboard and alarms in infra/template.yaml use these names and units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// This many videos were ordered and charged. Each of them is delivered or refunded in the end.
    Orders(u64),
    /// This many of our credits were charged for them.
    CreditsCharged(u64),
    /// A video arrived and was captured.
    Delivered,
    /// A film is held, because its seller cannot be reached.
    Held,
    /// A charge was refunded.
    Refunded(Class),
    /// A film whose charge was refunded is in the chat after all: Telegram's answer had been lost.
    RefundedThoughDelivered,
    /// An order was refused, or an account was opened without welcome credits, because this limit is reached.
    LimitReached(Limit),
    /// A second or later attempt to make or to send a video began.
    Retries,
    /// A call to KIE failed, was refused, or has an unknown outcome.
    KieErrors,
    /// KIE refused or failed an attempt with a text and a code that are unknown to us.
    UnknownKieAnswers,
    /// A result of KIE was on a host that is unknown to us. It was fetched if the host is a public one.
    UnknownResultHost,
    /// A call to Telegram failed, was refused, or has an unknown outcome. A blocked bot and an unchanged text do not count.
    TelegramErrors,
    /// What KIE took for a task, in KIE's credits.
    KieSpent(f64),
    /// KIE took credits for a task of an order that was charged; a free replay does not count. Emit it with [`Metric::emit_at`].
    FilmsPaid,
    /// A film whose proportions are not those of its frame was delivered.
    FrameMisses,
    /// The credits that our account has at KIE.
    KieBalance(f64),
    /// Age of the oldest open job since its confirmation; zero if no job is open.
    OldestOpenJob(Duration),
    /// Time from a job's confirmation until its video is in the media store.
    Generation(Duration),
    /// Time from a video's arrival in the media store until the video is in the chat.
    Delivery(Duration),
}

impl Metric {
    /// The metric's name, unit and value.
    fn name_unit_value(self) -> (&'static str, &'static str, f64) {
        match self {
            Self::Orders(videos) => ("Orders", "Count", count(videos)),
            Self::CreditsCharged(credits) => ("CreditsCharged", "Count", count(credits)),
            Self::Delivered => ("Delivered", "Count", 1.0),
            Self::Held => ("Held", "Count", 1.0),
            Self::Refunded(_) => ("Refunded", "Count", 1.0),
            Self::RefundedThoughDelivered => ("RefundedThoughDelivered", "Count", 1.0),
            Self::LimitReached(_) => ("LimitReached", "Count", 1.0),
            Self::Retries => ("Retries", "Count", 1.0),
            Self::KieErrors => ("KieErrors", "Count", 1.0),
            Self::UnknownKieAnswers => ("UnknownKieAnswers", "Count", 1.0),
            Self::UnknownResultHost => ("UnknownResultHost", "Count", 1.0),
            Self::TelegramErrors => ("TelegramErrors", "Count", 1.0),
            Self::KieSpent(credits) => ("KieSpent", "None", credits),
            Self::FilmsPaid => ("FilmsPaid", "Count", 1.0),
            Self::FrameMisses => ("FrameMisses", "Count", 1.0),
            Self::KieBalance(credits) => ("KieBalance", "None", credits),
            Self::OldestOpenJob(age) => ("OldestOpenJobSeconds", "Seconds", age.as_secs_f64()),
            Self::Generation(time) => ("GenerationSeconds", "Seconds", time.as_secs_f64()),
            Self::Delivery(time) => ("DeliverySeconds", "Seconds", time.as_secs_f64()),
        }
    }

    /// Emits the metric as a tracing event. Call this after the commit of the event that the metric counts: before it, the metric
    /// would also count a write that then fails. Without a namespace nothing is written.
    pub fn emit(self) {
        self.emit_as_of(None);
    }

    /// Emits the metric with the time of an order's confirmation instead of the present. The films that were charged and those that
    /// KIE was paid for are compared over a day: by this time both fall into the same minute, however long a film takes.
    ///
    /// CloudWatch takes times of the last 14 days, and shows a value within two hours if its time is more than three hours ago.
    pub fn emit_at(self, confirmed_at: Timestamp) {
        self.emit_as_of(Some(confirmed_at));
    }

    fn emit_as_of(self, time: Option<Timestamp>) {
        let (name, unit, value) = self.name_unit_value();
        let class = if let Self::Refunded(class) = self { Some(class.name()) } else { None };
        let limit = if let Self::LimitReached(limit) = self { Some(limit.name()) } else { None };
        let at_millis = time.map(Timestamp::as_millisecond);
        tracing::info!(target: TARGET, name, unit, value, class, limit, at_millis);
    }
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The time from `from` to `to`. It is zero if `to` is earlier, which happens when the clocks of two functions differ.
#[must_use]
pub fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// A layer that writes each metric as a line, in this namespace.
pub(crate) fn lines<S, W>(namespace: String, to: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    Lines { namespace, to }.with_filter(Targets::new().with_target(TARGET, Level::INFO))
}

struct Lines<W> {
    namespace: String,
    to: W,
}

impl<S: Subscriber, W: for<'a> MakeWriter<'a> + 'static> Layer<S> for Lines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut emitted = Emitted::default();
        event.record(&mut emitted);
        let at_millis = emitted.at_millis.unwrap_or_else(|| Timestamp::now().as_millisecond());
        let line = format!("{}\n", emitted.line(&self.namespace, at_millis));
        // A metric that cannot be written is lost, like a log line: there is no other place to report it.
        let _lost = self.to.make_writer().write_all(line.as_bytes());
    }
}

/// The fields of a metric's event.
#[derive(Default)]
struct Emitted {
    name: String,
    unit: String,
    value: f64,
    /// The metric's dimension: its name and its value.
    dimension: Option<(&'static str, String)>,
    /// The metric's own time; `None` for the present.
    at_millis: Option<i64>,
}

impl Emitted {
    /// The metric's line. A metric with a dimension is also written without it, because CloudWatch does not sum over dimensions.
    fn line(&self, namespace: &str, at_millis: i64) -> Value {
        let Self { name, unit, value, dimension, .. } = self;
        let dimensions = if let Some((dimension, _)) = dimension { json!([[], [dimension]]) } else { json!([[]]) };
        let metrics = json!([{ "Name": name, "Unit": unit }]);
        let directive = json!({ "Namespace": namespace, "Dimensions": dimensions, "Metrics": metrics });
        let mut line = json!({ "_aws": { "Timestamp": at_millis, "CloudWatchMetrics": [directive] }, name: value });
        if let (Some((dimension, of)), Some(fields)) = (dimension, line.as_object_mut()) {
            fields.insert((*dimension).to_owned(), of.as_str().into());
        }
        line
    }
}

impl Visit for Emitted {
    fn record_f64(&mut self, _: &Field, value: f64) {
        self.value = value;
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "at_millis" {
            self.at_millis = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "name" => self.name = value.to_owned(),
            "unit" => self.unit = value.to_owned(),
            "class" => self.dimension = Some(("Class", value.to_owned())),
            "limit" => self.dimension = Some(("Limit", value.to_owned())),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logging::{json_lines, tests::Captured};

    /// The lines that these metrics write.
    fn written(namespace: Option<&str>, levels: &str, metrics: &[Metric]) -> Vec<String> {
        let captured = Captured::default();
        let to = captured.clone();
        let subscriber = json_lines(levels, namespace.map(str::to_owned), move || to.clone());
        tracing::subscriber::with_default(subscriber, || metrics.iter().for_each(|metric| metric.emit()));
        captured.lines()
    }

    const ALL: [Metric; 19] = [
        Metric::Held,
        Metric::RefundedThoughDelivered,
        Metric::Orders(5),
        Metric::CreditsCharged(10),
        Metric::Delivered,
        Metric::Refunded(Class::TookTooLong),
        Metric::LimitReached(Limit::FilmsADay),
        Metric::Retries,
        Metric::KieErrors,
        Metric::UnknownKieAnswers,
        Metric::UnknownResultHost,
        Metric::TelegramErrors,
        Metric::KieSpent(65.6),
        Metric::FilmsPaid,
        Metric::FrameMisses,
        Metric::KieBalance(1234.5),
        Metric::OldestOpenJob(Duration::from_millis(1500)),
        Metric::Generation(Duration::from_secs(130)),
        Metric::Delivery(Duration::from_secs(2)),
    ];

    /// A line whose time is replaced by `<now>`. The time must be in milliseconds and close to the present.
    fn timeless(line: &str) -> String {
        let line: Value = serde_json::from_str(line).unwrap();
        let at = line["_aws"]["Timestamp"].as_i64().unwrap();
        assert!((Timestamp::now().as_millisecond() - at).abs() < 60_000, "{at} is no time in milliseconds");
        line.to_string().replace(&at.to_string(), "<now>")
    }

    #[test]
    fn each_metric_is_one_raw_line() {
        let lines: Vec<_> = written(Some("neurocards-test"), "info", &ALL).iter().map(|line| timeless(line)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    /// The rules are those of the specification of the format.
    #[test]
    fn each_line_is_valid_by_the_rules_of_the_format() {
        let lines = written(Some("neurocards-test"), "info", &ALL);
        assert_eq!(lines.len(), ALL.len());
        for line in lines {
            let line: Value = serde_json::from_str(&line).unwrap();
            assert!(line["_aws"]["Timestamp"].is_i64(), "{line}");
            for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                let namespace = directive["Namespace"].as_str().unwrap();
                assert!((1..=255).contains(&namespace.len()) && !namespace.starts_with("AWS/"), "{line}");
                for metric in directive["Metrics"].as_array().unwrap() {
                    assert!(line[metric["Name"].as_str().unwrap()].is_number(), "a metric without its value: {line}");
                    assert!(["Count", "Seconds", "None"].contains(&metric["Unit"].as_str().unwrap()), "{line}");
                }
                for dimension in directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap()) {
                    let value = line[dimension.as_str().unwrap()].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()), "{line}");
                }
            }
        }
    }

    #[test]
    fn a_metric_may_have_the_time_of_its_order() {
        let captured = Captured::default();
        let to = captured.clone();
        let subscriber = json_lines("info", Some("neurocards-test".to_owned()), move || to.clone());
        let confirmed_at = Timestamp::from_second(1_795_000_000).unwrap();
        tracing::subscriber::with_default(subscriber, || Metric::FilmsPaid.emit_at(confirmed_at));
        let line: Value = serde_json::from_str(&captured.lines()[0]).unwrap();
        assert_eq!((&line["_aws"]["Timestamp"], &line["FilmsPaid"]), (&json!(1_795_000_000_000_i64), &json!(1.0)));
    }

    #[test]
    fn metrics_need_a_namespace_and_are_never_in_the_log() {
        assert_eq!(written(None, "trace", &ALL), Vec::<String>::new());
        assert_eq!(written(None, "info,metric=trace", &ALL), Vec::<String>::new());
        for levels in ["trace", "error", "off", "metric=off"] {
            assert_eq!(written(Some("x"), levels, &ALL).len(), ALL.len(), "the levels of the log do not limit metrics: {levels}");
        }
    }

    #[test]
    fn a_time_between_is_never_negative() {
        let at = |secs| Timestamp::from_second(secs).unwrap();
        assert_eq!(between(at(10), at(12)), Duration::from_secs(2));
        assert_eq!(between(at(12), at(10)), Duration::ZERO);
    }
}
