//! A whole local environment for the tests of this crate: the real SDK clients over one [`Net`].

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use local_aws::clock::AwsClock;
use local_aws::dynamodb::DynamoDb;
use local_aws::net::Net;
use local_aws::s3::S3;
use local_aws::sqs::Sqs;

pub const TABLE: &str = "neurocards";

pub struct TestEnv {
    pub net: Net,
    pub clock: AwsClock,
    pub dynamodb: DynamoDb,
    pub sqs: Sqs,
    pub s3: S3,
}

/// A new environment. Its virtual time starts far in the future, as [`AwsClock`] requires.
pub fn env() -> TestEnv {
    let clock = AwsClock::starting_at(UNIX_EPOCH + Duration::from_secs(4_102_444_800));
    let (net, dynamodb) = (Net::new(), DynamoDb::new().unwrap());
    dynamodb.create_table(TABLE).unwrap();
    let (sqs, s3) = (Sqs::new(clock), S3::new(clock, "key", "secret"));
    net.mount("dynamodb.local", dynamodb.clone());
    net.mount("sqs.local", sqs.clone());
    net.mount("s3.local", s3.clone());
    TestEnv { net, clock, dynamodb, sqs, s3 }
}

pub fn credentials(secret: &str) -> Credentials {
    Credentials::new("key", secret, None, None, "test")
}

macro_rules! client {
    ($name:ident, $sdk:ident, $url:literal) => {
        pub fn $name(&self) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region($sdk::config::Region::new("us-east-1"))
                .credentials_provider(credentials("secret"))
                .endpoint_url($url)
                .time_source(self.clock)
                .http_client(self.net.clone())
                .retry_config($sdk::config::retry::RetryConfig::disabled());
            $sdk::Client::from_conf(config.build())
        }
    };
}

impl TestEnv {
    client!(dynamodb_client, aws_sdk_dynamodb, "http://dynamodb.local");
    client!(sqs_client, aws_sdk_sqs, "http://sqs.local");

    pub fn s3_client(&self, endpoint: &str, secret: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .credentials_provider(credentials(secret))
            .endpoint_url(endpoint)
            .force_path_style(true)
            .time_source(self.clock)
            .http_client(self.net.clone());
        aws_sdk_s3::Client::from_conf(config.build())
    }
}
