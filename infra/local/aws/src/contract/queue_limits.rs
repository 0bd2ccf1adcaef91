//! Checks of the requests that the queues refuse, and of the error codes.

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName, SendMessageBatchRequestEntry as SendEntry};

use super::queue::TestQueue;
use super::{Check, Target, equal, refused_with, text};

fn entry(id: &str, body: &str) -> Result<SendEntry, String> {
    SendEntry::builder().id(id).message_body(body).build().map_err(text)
}

pub(super) async fn a_batch_reports_the_result_of_each_entry(target: &Target) -> Check {
    let queue = TestQueue::new(target, "batch", &[]).await?;
    let request = queue.sqs.send_message_batch().queue_url(&queue.url);
    let request = request.entries(entry("good", "{}")?).entries(entry("bad", "\u{1}")?).entries(entry("fine", "{}")?);
    let sent = request.send().await.map_err(text)?;
    let successful: Vec<&str> = sent.successful().iter().map(|entry| entry.id()).collect();
    let failed: Vec<&str> = sent.failed().iter().map(|entry| entry.id()).collect();
    equal("successful", successful, vec!["good", "fine"])?;
    equal("failed", failed, vec!["bad"])?;
    equal("messages", queue.attribute(QueueAttributeName::ApproximateNumberOfMessages).await?.as_str(), "2")
}

pub(super) async fn a_batch_deletes_each_of_its_entries(target: &Target) -> Check {
    let queue = TestQueue::new(target, "batch-delete", &[]).await?;
    queue.send("{}").await?;
    queue.send("{}").await?;
    let mut request = queue.sqs.delete_message_batch().queue_url(&queue.url);
    let mut received = queue.receive(5).await?;
    if received.len() < 2 {
        received.extend(queue.receive(1).await?);
    }
    for (index, message) in received.iter().enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder().id(format!("m{index}"));
        let handle = message.receipt_handle().unwrap_or_default();
        request = request.entries(entry.receipt_handle(handle).build().map_err(text)?);
    }
    equal("deleted", request.send().await.map_err(text)?.successful().len(), 2)?;
    equal("messages after the visibility timeout", queue.receive(2).await?.len(), 0)
}

pub(super) async fn an_empty_batch_is_refused(target: &Target) -> Check {
    let queue = TestQueue::new(target, "batch-empty", &[]).await?;
    let sent = queue.sqs.send_message_batch().queue_url(&queue.url).set_entries(Some(vec![])).send().await;
    refused_with(sent, "AWS.SimpleQueueService.EmptyBatchRequest")
}

pub(super) async fn a_batch_of_eleven_is_refused(target: &Target) -> Check {
    let queue = TestQueue::new(target, "batch-eleven", &[]).await?;
    let entries = (0..11).map(|index| entry(&format!("m{index}"), "{}")).collect::<Result<Vec<_>, _>>()?;
    let sent = queue.sqs.send_message_batch().queue_url(&queue.url).set_entries(Some(entries)).send().await;
    refused_with(sent, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
}

pub(super) async fn a_batch_with_equal_ids_is_refused(target: &Target) -> Check {
    let queue = TestQueue::new(target, "batch-equal", &[]).await?;
    let request = queue.sqs.send_message_batch().queue_url(&queue.url);
    let sent = request.entries(entry("same", "{}")?).entries(entry("same", "{}")?).send().await;
    refused_with(sent, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
}

pub(super) async fn an_unknown_queue_is_named_as_such(target: &Target) -> Check {
    let found = target.sqs.get_queue_url().queue_name(format!("{}-nowhere", target.prefix)).send().await;
    let is_modelled =
        found.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|error| error.is_queue_does_not_exist()));
    equal("the SDK knows the error", is_modelled, true)?;
    refused_with(found, "AWS.SimpleQueueService.NonExistentQueue")
}

pub(super) async fn a_receive_of_more_than_ten_messages_is_refused(target: &Target) -> Check {
    let queue = TestQueue::new(target, "receive-limit", &[]).await?;
    let request = queue.sqs.receive_message().queue_url(&queue.url).max_number_of_messages(11);
    refused_with(request.send().await, "InvalidParameterValue")
}

pub(super) async fn a_garbled_receipt_handle_is_refused(target: &Target) -> Check {
    let queue = TestQueue::new(target, "garbled", &[]).await?;
    let request = queue.sqs.delete_message().queue_url(&queue.url).receipt_handle("no such handle");
    refused_with(request.send().await, "ReceiptHandleIsInvalid")
}

pub(super) async fn a_queue_can_be_created_twice_but_not_differently(target: &Target) -> Check {
    let first = TestQueue::new(target, "again", &[]).await?;
    let again = TestQueue::new(target, "again", &[]).await?;
    equal("url", &again.url, &first.url)?;
    let request = target.sqs.create_queue().queue_name(format!("{}-again", target.prefix));
    refused_with(request.attributes(QueueAttributeName::VisibilityTimeout, "9").send().await, "QueueAlreadyExists")
}
