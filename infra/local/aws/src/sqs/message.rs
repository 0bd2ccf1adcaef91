//! A message, its attributes, and their checksums.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::error::SqsError;

/// The largest message and the largest batch, in bytes (1 MiB since August 2025).
pub(super) const SIZE_MAX_BYTES: usize = 1_048_576;

/// A message attribute as it is on the wire; binary values are base64.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

pub(super) type Attributes = BTreeMap<String, Attribute>;

impl Attribute {
    /// The type byte and the value, as they count in checksums and sizes.
    fn value(&self) -> (u8, Vec<u8>) {
        match (&self.string_value, &self.binary_value) {
            (_, Some(binary)) => (2, base64::decode(binary).unwrap_or_default()),
            (Some(string), None) => (1, string.clone().into_bytes()),
            (None, None) => (1, vec![]),
        }
    }

    fn is_valid(&self) -> bool {
        let base = self.data_type.split('.').next().unwrap_or_default();
        let value = if base == "Binary" { &self.binary_value } else { &self.string_value };
        matches!(base, "String" | "Number" | "Binary") && value.as_ref().is_some_and(|value| !value.is_empty())
    }
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub id: String,
    pub body: String,
    pub attributes: Attributes,
    /// The system attributes that are stored: AWSTraceHeader, DeadLetterQueueSourceArn.
    pub system: BTreeMap<String, String>,
    pub sent_at_ms: u64,
    pub enqueued_at: Instant,
    pub visible_at: Instant,
    pub first_received_at_ms: Option<u64>,
    /// The number of receives in all queues of the message: ApproximateReceiveCount.
    pub receives: u32,
    /// The number of receives in this queue, which the redrive policy counts.
    pub receives_here: u32,
    /// The receive number in the newest receipt handle; `None` before the first receive.
    pub receipt: Option<u64>,
}

impl Message {
    pub fn receipt_handle(&self) -> Option<String> {
        self.receipt.map(|receipt| format!("{}#{receipt}", self.id))
    }
}

/// The message id and receive number in a receipt handle.
pub(super) fn parse_receipt_handle(handle: &str) -> Result<(&str, u64), SqsError> {
    let parts = handle.split_once('#').and_then(|(id, receipt)| Some((id, receipt.parse().ok()?)));
    parts.ok_or_else(|| SqsError::receipt_handle_is_invalid(handle))
}

/// Checks a body and its attributes as SQS does; returns their size in bytes.
pub(super) fn check(body: &str, attributes: &Attributes) -> Result<usize, SqsError> {
    if body.is_empty() {
        return Err(SqsError::missing_parameter("MessageBody"));
    }
    if !body.chars().all(is_allowed) {
        return Err(SqsError::invalid_message_contents());
    }
    if attributes.len() > 10 {
        return Err(SqsError::invalid_parameter("Number of message attributes exceeds the allowed maximum [10]."));
    }
    if let Some((name, _)) = attributes.iter().find(|(_, attribute)| !attribute.is_valid()) {
        return Err(SqsError::invalid_parameter(format!("The message attribute '{name}' is invalid.")));
    }
    let of_attribute = |(name, a): (&String, &Attribute)| name.len() + a.data_type.len() + a.value().1.len();
    let size = body.len() + attributes.iter().map(of_attribute).sum::<usize>();
    if size > SIZE_MAX_BYTES {
        let reason = format!("Reason: Message must be shorter than {SIZE_MAX_BYTES} bytes.");
        return Err(SqsError::invalid_parameter(format!("One or more parameters are invalid. {reason}")));
    }
    Ok(size)
}

/// XML 1.0 characters, as SendMessage documents them.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// MD5OfMessageBody.
pub(super) fn md5_of_body(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// MD5OfMessageAttributes: name, type and value in the order of names, each with its length in front; None for none.
/// Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
pub(super) fn md5_of_attributes(attributes: &Attributes) -> Option<String> {
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        let (kind, value) = attribute.value();
        with_length(&mut digest, name.as_bytes());
        with_length(&mut digest, attribute.data_type.as_bytes());
        digest.update([kind]);
        with_length(&mut digest, &value);
    }
    (!attributes.is_empty()).then(|| hex(&digest.finalize()))
}

fn with_length(digest: &mut Md5, bytes: &[u8]) {
    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_checksum_is_plain_md5() {
        assert_eq!(md5_of_body("Hello"), "8b1a9953c4611296a827abf8c47804d7");
    }
}
