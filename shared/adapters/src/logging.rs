//! One JSON object a line on stdout, as CloudWatch and Lambda's JSON log format read it.

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

use crate::config::Env;

/// Other people's crates: only what needs a person. (At debug they would print requests.)
const QUIET: &str = "aws_config=warn,aws_credential_types=warn,aws_runtime=warn,aws_sdk_dynamodb=warn,aws_sdk_s3=warn,\
aws_sdk_sqs=warn,aws_sdk_ssm=warn,aws_sigv4=warn,aws_smithy_http=warn,aws_smithy_runtime=warn,\
aws_smithy_runtime_api=warn,h2=warn,hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,tower=warn";

/// Starts logging; a second call does nothing. The level comes from `RUST_LOG` (its directives are understood), else
/// from `AWS_LAMBDA_LOG_LEVEL` (set by Lambda), else it is `info`. Used instead of `lambda_runtime`'s own subscriber.
pub fn init() {
    let _already_started = json_lines(&directives(&Env::process()), std::io::stdout).try_init();
}

/// The same lines to anywhere, at any level.
pub fn json_lines<W>(directives: &str, to: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false)
        .with_env_filter(EnvFilter::builder().parse_lossy(directives))
        .with_writer(to)
        .finish()
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
        let filter = EnvFilter::new(directives(&Env::from_map([("RUST_LOG", "hyper=debug")]))).to_string();
        assert!(filter.contains("hyper=debug") && !filter.contains("hyper=warn"), "{filter}");
    }

    #[test]
    fn the_directives_are_well_formed() {
        assert!(EnvFilter::try_new(directives(&Env::from_map::<&str, &str>([]))).is_ok());
    }
}
