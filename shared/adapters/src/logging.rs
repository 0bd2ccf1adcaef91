//! One JSON object a line on stdout, as CloudWatch and Lambda's JSON log format read it.

use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::Targets, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Env;

/// Other people's crates: only what needs a person. (At debug they would print requests.)
const QUIET: &str = "aws_config=warn,aws_credential_types=warn,aws_runtime=warn,aws_sdk_dynamodb=warn,aws_sdk_s3=warn,\
aws_sdk_sqs=warn,aws_sdk_ssm=warn,aws_sigv4=warn,aws_smithy_http=warn,aws_smithy_runtime=warn,\
aws_smithy_runtime_api=warn,hyper=warn,hyper_util=warn,lambda_runtime=info,lambda_runtime_api_client=info,reqwest=warn,\
rustls=warn,tower=warn";

/// Starts logging; a second call does nothing. The level comes from `RUST_LOG` (levels by crate or module, such as `info,sender=debug`), else
/// from `AWS_LAMBDA_LOG_LEVEL` (set by Lambda), else it is `info`. Used instead of `lambda_runtime`'s own subscriber.
pub fn init() {
    let _already_started = json_lines(&directives(&Env::process()), std::io::stdout).try_init();
}

/// The same lines to anywhere, at any level.
pub fn json_lines<W>(directives: &str, to: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Targets, not EnvFilter: the latter's regular expressions are a tenth of a function's binary.
    let filter: Targets = directives.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(lines.with_ansi(false).with_writer(to).with_filter(filter))
}

/// Quiet crates first: a directive of the operator's for the same crate comes later and wins.
fn directives(env: &Env) -> String {
    let level = env.optional("RUST_LOG").or_else(|| env.optional("AWS_LAMBDA_LOG_LEVEL").map(|level| lambda_level(&level)));
    format!("{QUIET},{}", level.as_deref().unwrap_or("info"))
}

/// Lambda's levels: TRACE, DEBUG, INFO, WARN, ERROR, FATAL.
fn lambda_level(level: &str) -> String {
    let level = level.to_ascii_lowercase();
    if level == "fatal" { "error".to_owned() } else { level }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(vars: &[(&str, &str)]) -> String {
        directives(&Env::from_map(vars.iter().copied())).rsplit_once("tower=warn,").unwrap().1.to_owned()
    }

    #[test]
    fn the_level_is_info_unless_told() {
        assert_eq!(level(&[]), "info");
        assert_eq!(level(&[("AWS_LAMBDA_LOG_LEVEL", "FATAL")]), "error");
        assert_eq!(level(&[("AWS_LAMBDA_LOG_LEVEL", "DEBUG"), ("RUST_LOG", "sender=trace")]), "sender=trace");
    }

    #[test]
    fn the_operator_s_word_on_a_quiet_crate_wins() {
        let filter: Targets = directives(&Env::from_map([("RUST_LOG", "hyper=debug")])).parse().unwrap();
        assert!(filter.would_enable("hyper", &tracing::Level::DEBUG));
        assert!(!filter.would_enable("reqwest", &tracing::Level::INFO));
    }

    #[test]
    fn the_directives_are_well_formed() {
        assert!(directives(&Env::from_map::<&str, &str>([])).parse::<Targets>().is_ok());
    }
}
