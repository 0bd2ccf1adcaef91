//! Queue attributes: their ranges, defaults, and what SetQueueAttributes may change.
//! Source: SQS API reference, CreateQueue and SetQueueAttributes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::SqsError;

/// Attribute names and values, as on the wire.
pub(super) type Attributes = BTreeMap<String, String>;

/// The dead-letter queue, and how often a message is received before it goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    pub target_arn: String,
    pub receive_count_max: u32,
}

/// The settings of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub visibility_secs: u32,
    pub delay_secs: u32,
    pub wait_secs: u32,
    pub retention_secs: u32,
    pub size_max_bytes: u32,
    pub redrive: Option<Redrive>,
    /// Attributes that are accepted and returned but have no effect here (Policy, encryption).
    pub others: Attributes,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_secs: 30,
            delay_secs: 0,
            wait_secs: 0,
            retention_secs: 345_600,
            size_max_bytes: 1_048_576,
            redrive: None,
            others: Attributes::new(),
        }
    }
}

impl Settings {
    pub fn retention(&self) -> Duration {
        Duration::from_secs(self.retention_secs.into())
    }

    /// These settings with `attributes` changed.
    pub fn with(mut self, attributes: &Attributes) -> Result<Self, SqsError> {
        for (name, value) in attributes {
            match name.as_str() {
                "VisibilityTimeout" => self.visibility_secs = number(name, value, 0, 43_200)?,
                "DelaySeconds" => self.delay_secs = number(name, value, 0, 900)?,
                "ReceiveMessageWaitTimeSeconds" => self.wait_secs = number(name, value, 0, 20)?,
                "MessageRetentionPeriod" => self.retention_secs = number(name, value, 60, 1_209_600)?,
                "MaximumMessageSize" => self.size_max_bytes = number(name, value, 1_024, 1_048_576)?,
                "RedrivePolicy" => self.redrive = redrive(value)?,
                "Policy" | "RedriveAllowPolicy" | "SqsManagedSseEnabled" | "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds" => {
                    self.others.insert(name.clone(), value.clone());
                }
                _ => return Err(SqsError::invalid_attribute_name(name)),
            }
        }
        Ok(self)
    }

    /// The settings as GetQueueAttributes returns them.
    pub fn to_attributes(&self) -> Attributes {
        let mut attributes = self.others.clone();
        let mut add = |name: &str, value: String| attributes.insert(name.to_owned(), value);
        add("VisibilityTimeout", self.visibility_secs.to_string());
        add("DelaySeconds", self.delay_secs.to_string());
        add("ReceiveMessageWaitTimeSeconds", self.wait_secs.to_string());
        add("MessageRetentionPeriod", self.retention_secs.to_string());
        add("MaximumMessageSize", self.size_max_bytes.to_string());
        if let Some(Redrive { target_arn, receive_count_max }) = &self.redrive {
            let policy = json!({"deadLetterTargetArn": target_arn, "maxReceiveCount": receive_count_max});
            add("RedrivePolicy", policy.to_string());
        }
        attributes
    }
}

fn number(name: &str, value: &str, min: u32, max: u32) -> Result<u32, SqsError> {
    let number = value.parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| SqsError::invalid_attribute_value(name))
}

/// An empty policy removes it. The count may be written as a number or a string.
fn redrive(policy: &str) -> Result<Option<Redrive>, SqsError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Policy {
        dead_letter_target_arn: String,
        max_receive_count: Value,
    }
    if policy.is_empty() {
        return Ok(None);
    }
    let invalid = || SqsError::invalid_attribute_value("RedrivePolicy");
    let policy: Policy = serde_json::from_str(policy).map_err(|_| invalid())?;
    let count = match &policy.max_receive_count {
        Value::String(count) => count.parse().ok(),
        count => count.as_u64(),
    };
    let count = count.filter(|count| (1..=1_000).contains(count)).and_then(|count| u32::try_from(count).ok());
    Ok(Some(Redrive { target_arn: policy.dead_letter_target_arn, receive_count_max: count.ok_or_else(invalid)? }))
}
