//! The services that calls on the sandbox's wire reach.

use local_aws::{errors::Service as Aws, net::CallInfo};

/// The service that a call reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// An AWS service: the table, the queues, the media store.
    Aws(Aws),
    /// Telegram's Bot API.
    Telegram,
    /// KIE, the provider of the video models.
    Kie,
    /// The language model that writes prompts.
    Writer,
    /// NeuroCards' webhook, which gets Telegram's updates.
    Webhook,
    /// NeuroCards' callback, which gets KIE's callbacks.
    Callback,
}

impl Service {
    /// Returns the service of a call by its host; `None` for an unknown host.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        Some(match call.host.as_str() {
            "dynamodb.local" => Self::Aws(Aws::DynamoDb),
            "sqs.local" => Self::Aws(Aws::Sqs),
            "s3.local" => Self::Aws(Aws::S3),
            "ssm.local" => Self::Aws(Aws::Ssm),
            "telegram.local" => Self::Telegram,
            "kie.local" => Self::Kie,
            "llm.local" => Self::Writer,
            "webhook.local" => Self::Webhook,
            "callback.local" => Self::Callback,
            _ => return None,
        })
    }

    /// Returns the service's name.
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

/// Returns the path of a call without its query.
#[must_use]
pub fn path(call: &CallInfo) -> &str {
    call.path.split('?').next().unwrap_or_default()
}

/// Names the operation of a call outside AWS: `file`, `result`, or the last part of the path.
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

/// Whether the call uses a presigned URL: KIE fetches the photo, Telegram fetches the video.
#[must_use]
pub fn is_by_address(call: &CallInfo) -> bool {
    call.path.contains("X-Amz-Signature")
}
