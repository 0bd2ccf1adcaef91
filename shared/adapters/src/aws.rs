//! AWS clients over the one [`Wire`]. They are built by hand from the environment, because the SDK's own loader takes longer
//! than the whole first request.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::checksum_config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::{ReconnectMode, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::config::{ConfigError, Env};
use crate::wire::{Wire, chain};

/// Longest time for one attempt of a call to DynamoDB, SQS or SSM.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest time for a call to DynamoDB, SQS or SSM with all its attempts.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time for an upload of a whole file to S3.
pub const S3_PUT_TIMEOUT: Duration = Duration::from_secs(40);
/// Most attempts of one call, including the first. A streamed body is sent only once.
pub const ATTEMPTS_MAX: u32 = 3;
/// The longest wait before the second attempt. It doubles with each further attempt.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// Region, credentials and endpoints of AWS. Lambda passes the credentials in variables, and replaces the process before the
/// credentials expire.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    env: Env,
    region: Region,
    credentials: SharedCredentialsProvider,
}

impl AwsConfig {
    /// Reads `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
    /// `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_{DYNAMODB,SQS,S3,SSM}`.
    ///
    /// # Errors
    /// [`ConfigError`]: the region or the credentials are missing, or an endpoint is no address.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let region = match env.optional("AWS_REGION") {
            Some(region) => region,
            None => env
                .optional("AWS_DEFAULT_REGION")
                .ok_or_else(|| ConfigError::missing("AWS_REGION", "a region such as eu-central-1"))?,
        };
        for service in ["", "_DYNAMODB", "_SQS", "_S3", "_SSM"] {
            env.optional_url(&format!("AWS_ENDPOINT_URL{service}"))?;
        }
        let credentials = Credentials::new(
            env.required("AWS_ACCESS_KEY_ID")?,
            env.required("AWS_SECRET_ACCESS_KEY")?,
            env.optional("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        Ok(Self { env: env.clone(), region: Region::new(region), credentials: SharedCredentialsProvider::new(credentials) })
    }

    /// A client of DynamoDB.
    #[must_use]
    pub fn dynamodb_client(&self, wire: &Wire) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.sdk(wire, "DYNAMODB", ATTEMPT_TIMEOUT, CALL_TIMEOUT))
    }

    /// A client of SQS.
    #[must_use]
    pub fn sqs_client(&self, wire: &Wire) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk(wire, "SQS", ATTEMPT_TIMEOUT, CALL_TIMEOUT))
    }

    /// A client of SSM.
    #[must_use]
    pub fn ssm_client(&self, wire: &Wire) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.sdk(wire, "SSM", ATTEMPT_TIMEOUT, CALL_TIMEOUT))
    }

    /// A client of S3. Checksums are sent only where S3 demands them, because computing a checksum would read the body twice.
    /// With a configured endpoint the bucket is in the path, because bucket host names do not resolve there.
    #[must_use]
    pub fn s3_client(&self, wire: &Wire) -> aws_sdk_s3::Client {
        let sdk = self.sdk(wire, "S3", ATTEMPT_TIMEOUT, CALL_TIMEOUT);
        let config = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(self.endpoint("S3").is_some());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        self.env.optional(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.env.optional("AWS_ENDPOINT_URL"))
    }

    /// The SDK's settings. Stalled-stream protection is off: it would measure virtual time by the real clock, and every stream
    /// here has a time limit anyway.
    fn sdk(&self, wire: &Wire, service: &str, attempt: Duration, call: Duration) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(wire.sdk())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(retries())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(call).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        config.set_endpoint_url(self.endpoint(service));
        tracing::debug!(service, "an AWS client is built");
        config.build()
    }
}

/// The retries of a call. Connections are left to the HTTP client: the SDK cannot close a connection that it does not see, and
/// would log an error.
fn retries() -> RetryConfig {
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(FIRST_BACKOFF);
    retries.with_reconnect_mode(ReconnectMode::ReuseAllConnections)
}

/// The setting for a call that must not be repeated: one attempt and no retry.
pub(crate) fn once() -> RetryConfig {
    RetryConfig::disabled().with_reconnect_mode(ReconnectMode::ReuseAllConnections)
}

/// Describes the failure of an AWS call in one line: the service's code and message, or what happened on the way to the service.
pub fn describe<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error {
        SdkError::ServiceError(refusal) => {
            let meta = refusal.err().meta();
            format!("{}: {}", meta.code().unwrap_or("error without a code"), meta.message().unwrap_or("no message"))
        }
        SdkError::TimeoutError(_) => "no reply in time".to_owned(),
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().map_or_else(|| "the request was not sent".to_owned(), |error| chain(error))
        }
        SdkError::ResponseError(_) => "malformed reply".to_owned(),
        other => chain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Script};

    fn env(more: &[(&str, &str)]) -> Env {
        let base = [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "SK")];
        Env::from_map(base.into_iter().chain(more.iter().copied()))
    }

    async fn host_asked(more: &[(&str, &str)]) -> String {
        let script = Script::new([Answer::json(200, r#"{"TableNames":[]}"#)]);
        let aws = AwsConfig::from_env(&env(more)).unwrap();
        aws.dynamodb_client(&script.wire()).list_tables().send().await.unwrap();
        script.seen()[0].uri.clone()
    }

    #[tokio::test]
    async fn the_endpoint_is_the_region_s_unless_a_variable_sets_another() {
        assert_eq!(host_asked(&[]).await, "https://dynamodb.eu-central-1.amazonaws.com/");
        assert_eq!(host_asked(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]).await, "http://127.0.0.1:1/");
        let both = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2")];
        assert_eq!(host_asked(&both).await, "http://127.0.0.1:2/");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_call_is_tried_again_and_a_silent_one_ends() {
        let script = Script::new([Answer::Lost, Answer::json(500, "{}"), Answer::json(200, r#"{"TableNames":[]}"#)]);
        let aws = AwsConfig::from_env(&env(&[("AWS_SESSION_TOKEN", "ST")])).unwrap();
        aws.dynamodb_client(&script.wire()).list_tables().send().await.unwrap();
        assert_eq!(script.seen().len(), 3);
        assert_eq!(script.seen()[0].header("x-amz-security-token"), "ST");

        let script = Script::new([Answer::Silence, Answer::Silence, Answer::Silence]);
        let started = tokio::time::Instant::now();
        let error = aws.dynamodb_client(&script.wire()).list_tables().send().await.unwrap_err();
        assert_eq!(describe(&error), "no reply in time");
        assert!(started.elapsed() <= CALL_TIMEOUT, "{:?}", started.elapsed());
    }

    #[test]
    fn a_missing_or_malformed_variable_is_named() {
        let name = |env: &Env| AwsConfig::from_env(env).unwrap_err().name;
        assert_eq!(name(&Env::from_map([("AWS_ACCESS_KEY_ID", "AK")])), "AWS_REGION");
        assert_eq!(name(&Env::from_map([("AWS_DEFAULT_REGION", "x")])), "AWS_ACCESS_KEY_ID");
        assert_eq!(name(&env(&[("AWS_ENDPOINT_URL_S3", "localhost")])), "AWS_ENDPOINT_URL_S3");
    }
}
