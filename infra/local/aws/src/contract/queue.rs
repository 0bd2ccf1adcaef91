//! A queue of its own for one check.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName};

use super::{Target, text};

pub(super) struct TestQueue {
    pub sqs: aws_sdk_sqs::Client,
    pub url: String,
}

impl TestQueue {
    /// A queue with a visibility timeout of 1 s and these further attributes.
    pub async fn new(target: &Target, name: &str, attributes: &[(QueueAttributeName, &str)]) -> Result<Self, String> {
        let mut all = HashMap::from([(QueueAttributeName::VisibilityTimeout, "1".to_owned())]);
        all.extend(attributes.iter().map(|(name, value)| (name.clone(), (*value).to_owned())));
        let request = target.sqs.create_queue().queue_name(format!("{}-{name}", target.prefix));
        let created = request.set_attributes(Some(all)).send().await.map_err(text)?;
        let url = created.queue_url().ok_or("the reply of CreateQueue has no QueueUrl")?.to_owned();
        Ok(Self { sqs: target.sqs.clone(), url })
    }

    pub async fn send(&self, body: &str) -> Result<String, String> {
        self.send_delayed(body, 0).await
    }

    pub async fn send_delayed(&self, body: &str, delay_secs: i32) -> Result<String, String> {
        let request = self.sqs.send_message().queue_url(&self.url).message_body(body);
        let stage = MessageAttributeValue::builder().data_type("String").string_value("send").build().map_err(text)?;
        let sent = request.message_attributes("stage", stage).delay_seconds(delay_secs).send().await.map_err(text)?;
        Ok(sent.message_id().unwrap_or_default().to_owned())
    }

    /// The messages that arrive within `wait_secs`: at most ten, with all attributes.
    pub async fn receive(&self, wait_secs: i32) -> Result<Vec<Message>, String> {
        let request = self.sqs.receive_message().queue_url(&self.url).max_number_of_messages(10);
        let request = request.wait_time_seconds(wait_secs).message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        Ok(request.send().await.map_err(text)?.messages.unwrap_or_default())
    }

    /// The one message that arrives within `wait_secs`.
    pub async fn receive_one(&self, wait_secs: i32) -> Result<Message, String> {
        let mut messages = self.receive(wait_secs).await?;
        match (messages.pop(), messages.len()) {
            (Some(message), 0) => Ok(message),
            (None, _) => Err(format!("expected one message within {wait_secs} s, got none")),
            (Some(_), others) => Err(format!("expected one message, got {}", others + 1)),
        }
    }

    pub async fn delete(&self, message: &Message) -> Result<(), String> {
        let request = self.sqs.delete_message().queue_url(&self.url);
        let deleted = request.receipt_handle(message.receipt_handle().unwrap_or_default()).send().await;
        deleted.map(drop).map_err(text)
    }

    pub async fn hide(&self, message: &Message, secs: i32) -> Result<(), String> {
        let request = self.sqs.change_message_visibility().queue_url(&self.url).visibility_timeout(secs);
        let changed = request.receipt_handle(message.receipt_handle().unwrap_or_default()).send().await;
        changed.map(drop).map_err(text)
    }

    pub async fn attribute(&self, name: QueueAttributeName) -> Result<String, String> {
        let request = self.sqs.get_queue_attributes().queue_url(&self.url).attribute_names(QueueAttributeName::All);
        let reply = request.send().await.map_err(text)?;
        let value = reply.attributes().and_then(|attributes| attributes.get(&name)).cloned();
        value.ok_or_else(|| format!("the queue has no attribute {name}"))
    }
}

/// A system attribute of a message; "" if it is missing.
pub(super) fn system(message: &Message, name: MessageSystemAttributeName) -> &str {
    message.attributes().and_then(|attributes| attributes.get(&name)).map(String::as_str).unwrap_or_default()
}

/// The text of a message attribute.
pub(super) fn attribute<'a>(message: &'a Message, name: &str) -> &'a str {
    let value = message.message_attributes().and_then(|attributes| attributes.get(name));
    value.and_then(MessageAttributeValue::string_value).unwrap_or_default()
}
