//! The settings of a sandbox, as the template would set them, and the secrets of the tests.

use std::{collections::BTreeMap, time::Duration};

use domain::rate_limiter::CREATES_MAX;

use crate::{names::TABLE, queues::queue_url, times::Times};

/// The name of the sandbox's bucket.
pub const BUCKET: &str = "neurocards-media";
/// The key pair that the sandbox's functions sign AWS calls with.
pub(crate) const ACCESS_KEY: &str = "sandbox";
pub(crate) const SECRET_KEY: &str = "sandbox-secret";
/// The test environments' secrets. No real account has them.
pub const SECRETS: [(&str, &str); 6] = [
    ("TELEGRAM_BOT_TOKEN", "123456:local-token-that-no-log-may-show"),
    ("TELEGRAM_WEBHOOK_SECRET", "local-webhook-secret"),
    ("KIE_API_KEY", "local-kie-key-that-no-log-may-show"),
    ("KIE_WEBHOOK_HMAC_KEY", "local-kie-hmac-key"),
    ("CALLBACK_SIGNING_KEY", "local-callback-signing-key"),
    ("LLM_API_KEY", "local-llm-key-that-no-log-may-show"),
];
/// URLs of the service's pages: terms, privacy, support.
pub const HOUSE: [(&str, &str); 3] = [
    ("TERMS_URL", "https://neurocards.example/terms"),
    ("PRIVACY_URL", "https://neurocards.example/privacy"),
    ("SUPPORT_URL", "https://neurocards.example/support"),
];
/// KIE's rate limit: createTask calls of one account, in this time.
pub(crate) const KIE_RATE: (usize, Duration) = (20, Duration::from_secs(10));
/// KIE's rate limit of the discovery endpoints: the least time between two calls of one account.
pub(crate) const KIE_DISCOVERY_PACE: Duration = Duration::from_secs(1);
/// The model of the fake prompt writer.
pub const LLM_MODEL: &str = "local-writer";

/// Returns the value of a test secret; an empty text for an unknown name.
#[must_use]
pub fn secret(name: &str) -> &'static str {
    SECRETS.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}
/// The value of the setting `KIE_CREATES_PER_10S`. With shortened times the limit is off, because ten seconds stay ten seconds.
#[must_use]
pub fn kie_creates_per_10s(times: &Times) -> String {
    let (most, within) = KIE_RATE;
    if times.making < within { CREATES_MAX.to_string() } else { most.to_string() }
}

/// Where the functions find what is not DynamoDB and SQS. A service without an address is found as in the cloud.
pub(crate) struct Addresses {
    /// The media store.
    pub s3: String,
    /// The fake Telegram.
    pub telegram: Option<String>,
    /// The fake KIE.
    pub kie: Option<String>,
    /// The fake prompt writer.
    pub llm: Option<String>,
    /// The base of the callbacks' addresses; `None` if KIE cannot reach this process.
    pub callback: Option<String>,
    /// Whether the services outside can fetch from the media store.
    pub has_public_media: bool,
}

/// The sandbox's own settings: the environment variables that the template would set.
pub(crate) fn settings(times: &Times, addresses: Addresses) -> BTreeMap<String, String> {
    let Addresses { s3, telegram, kie, llm, callback, has_public_media } = addresses;
    let rules = &times.rules;
    let list =
        |delays: &domain::rules::Delays| delays.0.iter().map(|delay| delay.as_secs().to_string()).collect::<Vec<_>>().join(",");
    let secs = |duration: std::time::Duration| duration.as_secs().to_string();
    let own = [
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb.local".to_owned()),
        ("AWS_ENDPOINT_URL_SQS", "http://sqs.local".to_owned()),
        ("AWS_ENDPOINT_URL_S3", s3),
        ("AWS_ENDPOINT_URL_SSM", "http://ssm.local".to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("MEDIA_BUCKET", BUCKET.to_owned()),
        ("GENERATE_QUEUE_URL", queue_url("generate")),
        ("SEND_QUEUE_URL", queue_url("send")),
        ("PARKED_QUEUE_URL", queue_url("parked")),
        ("KIE_CREATES_PER_10S", kie_creates_per_10s(times)),
        ("LEASE_SECS", secs(rules.lease)),
        ("LOOK_DELAYS_SECS", list(&rules.poll_delays)),
        ("RETRY_DELAYS_SECS", list(&rules.retry_delays)),
        ("SEND_DELAYS_SECS", list(&rules.send_delays)),
        ("CALLBACK_WAIT_SECS", secs(rules.callback_wait)),
        ("GENERATION_DEADLINE_SECS", secs(rules.generation_deadline)),
        ("DELIVERY_DEADLINE_SECS", secs(rules.delivery_deadline)),
    ];
    let found = [
        ("TELEGRAM_API_URL", telegram),
        ("KIE_API_URL", kie.clone()),
        ("KIE_UPLOAD_API_URL", kie),
        ("CALLBACK_BASE_URL", callback),
        ("LLM_MODEL", llm.as_ref().map(|_| LLM_MODEL.to_owned())),
        ("LLM_API_URL", llm.map(|llm| format!("{llm}/v1"))),
        // Without this setting the functions take the media store for public.
        ("MEDIA_IS_PUBLIC", (!has_public_media).then(|| "false".to_owned())),
    ];
    let found = found.into_iter().filter_map(|(name, value)| Some((name, value?)));
    own.into_iter().chain(found).map(|(name, value)| (name.to_owned(), value)).collect()
}
