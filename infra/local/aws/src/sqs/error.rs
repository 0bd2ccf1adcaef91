//! The error replies of SQS: a Smithy error shape in `__type`, and the code of the query protocol in the header
//! `x-amzn-query-error`, by which the SDK recognises the modelled errors. Source: the SQS service model (trait `awsQueryError`),
//! SQS API reference "Common Errors".

use http::HeaderValue;
use serde_json::json;

use crate::aws_json;
use crate::net::Response;

/// The reply to a refused request. The queues are unchanged.
#[derive(Clone, Debug)]
pub(super) struct SqsError {
    /// The shape, as JSON clients know it.
    shape: &'static str,
    /// The code of the older query protocol.
    pub code: &'static str,
    pub message: String,
}

impl SqsError {
    fn new(shape: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { shape, code, message: message.into() }
    }

    pub fn queue_does_not_exist() -> Self {
        let code = "AWS.SimpleQueueService.NonExistentQueue";
        Self::new("QueueDoesNotExist", code, "The specified queue does not exist.")
    }

    pub fn queue_name_exists() -> Self {
        let message = "A queue already exists with the same name and a different value for an attribute";
        Self::new("QueueNameExists", "QueueAlreadyExists", message)
    }

    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValueException", "InvalidParameterValue", message)
    }

    /// The refusal of a number outside its range, in the words of SQS.
    pub fn out_of_range(name: &str, value: i64, range: &str) -> Self {
        Self::invalid_parameter(format!("Value {value} for parameter {name} is invalid. Reason: Must be {range}."))
    }

    pub fn missing_parameter(name: &str) -> Self {
        let message = format!("The request must contain the parameter {name}.");
        Self::new("MissingRequiredParameterException", "MissingParameter", message)
    }

    pub fn invalid_attribute_name(name: &str) -> Self {
        Self::new("InvalidAttributeName", "InvalidAttributeName", format!("Unknown Attribute {name}."))
    }

    pub fn invalid_attribute_value(name: &str) -> Self {
        let message = format!("Invalid value for the parameter {name}.");
        Self::new("InvalidAttributeValue", "InvalidAttributeValue", message)
    }

    pub fn invalid_message_contents() -> Self {
        let message = "Message body contains a character that is not allowed.";
        Self::new("InvalidMessageContents", "InvalidMessageContents", message)
    }

    pub fn receipt_handle_is_invalid(handle: &str) -> Self {
        let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Self::new("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", message)
    }

    pub fn message_not_inflight() -> Self {
        let code = "AWS.SimpleQueueService.MessageNotInflight";
        Self::new("MessageNotInflight", code, "The message referred to is not in flight.")
    }

    pub fn empty_batch() -> Self {
        let code = "AWS.SimpleQueueService.EmptyBatchRequest";
        Self::new("EmptyBatchRequest", code, "There should be at least one entry in the request.")
    }

    pub fn too_many_entries(count: usize) -> Self {
        let message = format!("Maximum number of entries per request are 10. You have sent {count}.");
        Self::new("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", message)
    }

    pub fn ids_not_distinct(id: &str) -> Self {
        let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
        Self::new("BatchEntryIdsNotDistinct", code, format!("Id {id} repeated."))
    }

    pub fn invalid_entry_id() -> Self {
        let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                       It can be at most 80 letters long.";
        Self::new("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", message)
    }

    pub fn batch_too_long(bytes: usize) -> Self {
        let message = format!("Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes.");
        Self::new("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", message)
    }

    pub fn unknown_operation(operation: &str) -> Self {
        Self::new(
            "UnsupportedOperation",
            "AWS.SimpleQueueService.UnsupportedOperation",
            format!("the local SQS does not serve the operation {operation}"),
        )
    }

    pub fn unreadable(error: &serde_json::Error) -> Self {
        Self::new("SerializationException", "SerializationException", error.to_string())
    }

    /// The error as a reply. The sender is always at fault, because this service itself cannot fail.
    pub fn reply(&self) -> Response {
        let body = json!({"__type": format!("com.amazonaws.sqs#{}", self.shape), "message": self.message});
        let mut reply = aws_json::json(400, body.to_string());
        if let Ok(query_error) = HeaderValue::from_str(&format!("{};Sender", self.code)) {
            reply.headers_mut().insert("x-amzn-query-error", query_error);
        }
        reply
    }
}
