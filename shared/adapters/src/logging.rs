//! Logs one JSON object a line on stdout, in Lambda's JSON log format.
//!
//! A line has the fields of its event and of the spans around it, all at the top level. So a log query finds `job` or `user_hash`
//! in the same place, whether the event or a span has the field.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormattedFields, MakeWriter,
        format::{JsonFields, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{config::Env, metrics};

/// The log levels of other crates. At debug, those crates would print whole requests.
const QUIET: &str = "aws_config=warn,aws_credential_types=warn,aws_runtime=warn,aws_sdk_dynamodb=warn,aws_sdk_s3=warn,\
aws_sdk_sqs=warn,aws_sdk_ssm=warn,aws_sigv4=warn,aws_smithy_http=warn,aws_smithy_runtime=warn,\
aws_smithy_runtime_api=warn,hyper=warn,hyper_util=warn,lambda_runtime=info,lambda_runtime_api_client=info,reqwest=warn,\
rustls=warn,tower=warn";

/// Starts logging; a second call does nothing. The level comes from `RUST_LOG` (levels by crate or module, such as
/// `info,sender=debug`), else from `AWS_LAMBDA_LOG_LEVEL` (set by Lambda), else it is `info`. This replaces the subscriber of
/// `lambda_runtime`.
pub fn init() {
    let env = Env::process();
    let lines = json_lines(&directives(&env), env.optional(metrics::NAMESPACE), std::io::stdout);
    let _already_started = lines.try_init();
}

/// A subscriber that writes log lines in Lambda's JSON format to any writer, at any level. If a namespace is given, it also
/// writes metrics.
pub fn json_lines<W>(directives: &str, metrics_namespace: Option<String>, to: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    // Targets instead of EnvFilter: EnvFilter's regular expressions would make up a tenth of a function's binary.
    let filter: Targets = directives.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let filter = filter.with_target(metrics::TARGET, tracing::level_filters::LevelFilter::OFF);
    let metrics = metrics_namespace.map(|namespace| metrics::lines(namespace, to.clone()));
    let lines = tracing_subscriber::fmt::layer().fmt_fields(JsonFields::new()).event_format(Line).with_writer(to);
    tracing_subscriber::registry().with(metrics).with(lines.with_filter(filter))
}

/// Formats an event as one line of JSON.
struct Line;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for Line {
    fn format_event(&self, context: &FmtContext<'_, S, JsonFields>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let recorded = extensions.get::<FormattedFields<JsonFields>>().and_then(|json| serde_json::from_str(json).ok());
            fields.0.extend(recorded.unwrap_or_else(Map::new));
        }
        event.record(&mut fields);
        let (level, target) = (event.metadata().level().as_str(), event.metadata().target());
        let own = [("timestamp", Timestamp::now().to_string()), ("level", level.to_owned()), ("target", target.to_owned())];
        fields.0.extend(own.map(|(name, value)| (name.to_owned(), value.into())));
        writeln!(to, "{}", Value::from(fields.0))
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

/// The filter's directives. The levels of other crates come first, so that the operator's later directive for the same crate
/// wins.
fn directives(env: &Env) -> String {
    let level = env.optional("RUST_LOG").or_else(|| env.optional("AWS_LAMBDA_LOG_LEVEL").map(|level| lambda_level(&level)));
    format!("{QUIET},{}", level.as_deref().unwrap_or("info"))
}

/// Converts a level of Lambda (TRACE, DEBUG, INFO, WARN, ERROR, FATAL) to one of `tracing`, which has no FATAL.
fn lambda_level(level: &str) -> String {
    let level = level.to_ascii_lowercase();
    if level == "fatal" { "error".to_owned() } else { level }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    /// A writer that keeps the written lines in memory.
    #[derive(Clone, Default)]
    pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(crate) fn lines(&self) -> Vec<String> {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
        }
    }

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_the_fields_of_its_spans_and_its_own_at_the_top() {
        let captured = Captured::default();
        let to = captured.clone();
        tracing::subscriber::with_default(json_lines("info", None, move || to.clone()), || {
            let _invocation = tracing::error_span!("invocation", request = 7).entered();
            let _job = tracing::error_span!("job", job = "a.1", stage = tracing::field::Empty).entered();
            tracing::Span::current().record("stage", "queued");
            tracing::Span::current().record("stage", "generating");
            tracing::warn!(job = "b.1", outcome = ?Some("x\n"), seconds = 1.5, "said \"so\"");
        });
        let [line] = &captured.lines()[..] else { panic!("one line") };
        let mut line: Map<String, Value> = serde_json::from_str(line).unwrap();
        assert!(line.remove("timestamp").unwrap().as_str().unwrap().parse::<Timestamp>().is_ok());
        let expected = serde_json::json!({
            "request": 7, "job": "b.1", "stage": "generating", "outcome": "Some(\"x\\n\")", "seconds": 1.5,
            "message": "said \"so\"", "level": "WARN", "target": "adapters::logging::tests",
        });
        assert_eq!(Value::from(line), expected);
    }

    fn level(vars: &[(&str, &str)]) -> String {
        directives(&Env::from_map(vars.iter().copied())).rsplit_once("tower=warn,").unwrap().1.to_owned()
    }

    #[test]
    fn the_level_is_info_by_default() {
        assert_eq!(level(&[]), "info");
        assert_eq!(level(&[("AWS_LAMBDA_LOG_LEVEL", "FATAL")]), "error");
        assert_eq!(level(&[("AWS_LAMBDA_LOG_LEVEL", "DEBUG"), ("RUST_LOG", "sender=trace")]), "sender=trace");
    }

    #[test]
    fn the_operator_s_level_for_another_crate_wins() {
        let filter: Targets = directives(&Env::from_map([("RUST_LOG", "hyper=debug")])).parse().unwrap();
        assert!(filter.would_enable("hyper", &tracing::Level::DEBUG));
        assert!(!filter.would_enable("reqwest", &tracing::Level::INFO));
    }

    #[test]
    fn the_directives_are_well_formed() {
        assert!(directives(&Env::from_map::<&str, &str>([])).parse::<Targets>().is_ok());
    }
}
