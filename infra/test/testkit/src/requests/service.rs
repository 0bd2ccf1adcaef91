//! The services that are called on the sandbox's wire.

use local_aws::{errors::Service as Aws, net::CallInfo};

/// The service that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// The table, the queues, the media store.
    Aws(Aws),
    /// The Bot API.
    Telegram,
    /// The model's provider.
    Kie,
    /// The prompt writer.
    Writer,
    /// Our own webhook: an update on its way.
    Webhook,
    /// Our own callback: KIE's news on their way.
    Callback,
}

impl Service {
    /// The service of a host; `None` for a host that is not the system's.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        Some(match call.host.as_str() {
            "dynamodb.local" => Self::Aws(Aws::DynamoDb),
            "sqs.local" => Self::Aws(Aws::Sqs),
            "s3.local" => Self::Aws(Aws::S3),
            "telegram.local" => Self::Telegram,
            "kie.local" => Self::Kie,
            "llm.local" => Self::Writer,
            "webhook.local" => Self::Webhook,
            "callback.local" => Self::Callback,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws(Aws::DynamoDb) => "DynamoDB",
            Self::Aws(Aws::Sqs) => "SQS",
            Self::Aws(Aws::Ssm) => "SSM",
            Self::Aws(Aws::S3) => "S3",
            Self::Telegram => "Telegram",
            Self::Kie => "KIE",
            Self::Writer => "writer",
            Self::Webhook => "webhook",
            Self::Callback => "callback",
        }
    }
}

/// The path of a call, without its query.
#[must_use]
pub fn path(call: &CallInfo) -> &str {
    call.path.split('?').next().unwrap_or_default()
}

/// What a service outside AWS is asked for: the last part of the path, or the file or result that is fetched.
#[must_use]
pub fn outside_operation(path: &str) -> String {
    if path.starts_with("/file/") {
        return "file".to_owned();
    }
    if path.starts_with("/results/") {
        return "result".to_owned();
    }
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Whether a caller outside follows an address that a function signed: KIE to the photo, Telegram to the video.
#[must_use]
pub fn is_by_address(call: &CallInfo) -> bool {
    call.path.contains("X-Amz-Signature")
}
