//! Checks of a message's life: sent, received, hidden, deleted, moved to the dead-letter queue.

use std::time::Duration;

use aws_sdk_sqs::types::{
    MessageSystemAttributeName as System, MessageSystemAttributeNameForSends as ForSends, MessageSystemAttributeValue,
    QueueAttributeName,
};
use futures_util::future::join;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::queue::{TestQueue, attribute, system};
use super::{Check, Target, ensure, equal, text};

const BODY: &str = r#"{"user":7,"job":"j-1","sequence":0}"#;

fn json_of(body: Option<&str>) -> Value {
    serde_json::from_str(body.unwrap_or_default()).unwrap_or(Value::Null)
}

async fn seconds(secs: f64) {
    sleep(Duration::from_secs_f64(secs)).await;
}

pub(super) async fn a_message_comes_back_as_it_was_sent(target: &Target) -> Check {
    let queue = TestQueue::new(target, "whole", &[]).await?;
    let id = queue.send(BODY).await?;
    let message = queue.receive_one(5).await?;
    equal("message id", message.message_id(), Some(id.as_str()))?;
    equal("body", json_of(message.body()), json!({"user": 7, "job": "j-1", "sequence": 0}))?;
    equal("attribute", attribute(&message, "stage"), "send")?;
    equal("receive count", system(&message, System::ApproximateReceiveCount), "1")?;
    let stamps = [System::SentTimestamp, System::ApproximateFirstReceiveTimestamp];
    let stamps = stamps.map(|name| system(&message, name).parse::<u64>().unwrap_or(0));
    ensure(stamps[0] > 0 && stamps[0] <= stamps[1], || format!("the times of sending and of the first receive are {stamps:?}"))
}

pub(super) async fn a_trace_header_travels_with_its_message(target: &Target) -> Check {
    const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let queue = TestQueue::new(target, "traced", &[]).await?;
    let header = MessageSystemAttributeValue::builder().data_type("String").string_value(HEADER).build().map_err(text)?;
    let request = queue.sqs.send_message().queue_url(&queue.url).message_body(BODY);
    request.message_system_attributes(ForSends::AwsTraceHeader, header).send().await.map_err(text)?;
    equal("trace", system(&queue.receive_one(5).await?, System::AwsTraceHeader), HEADER)
}

pub(super) async fn a_received_message_is_hidden_until_its_visibility_timeout_is_over(target: &Target) -> Check {
    let queue = TestQueue::new(target, "hidden", &[]).await?;
    queue.send(BODY).await?;
    let first = queue.receive_one(5).await?;
    equal("messages while hidden", queue.receive(0).await?.len(), 0)?;
    let again = queue.receive_one(4).await?;
    equal("receive count", system(&again, System::ApproximateReceiveCount), "2")?;
    ensure(first.receipt_handle() != again.receipt_handle(), || "the receipt handle did not change".to_owned())
}

pub(super) async fn a_delayed_message_comes_after_its_delay(target: &Target) -> Check {
    let queue = TestQueue::new(target, "delayed", &[]).await?;
    let sent_at = Instant::now();
    queue.send_delayed(BODY, 2).await?;
    equal("messages at once", queue.receive(0).await?.len(), 0)?;
    queue.receive_one(5).await?;
    // The tolerance is one second, because SQS counts delays in whole seconds of its own clock.
    ensure(sent_at.elapsed() >= Duration::from_secs(1), || format!("the message came after {:?}", sent_at.elapsed()))
}

pub(super) async fn a_long_poll_returns_when_a_message_comes(target: &Target) -> Check {
    let queue = TestQueue::new(target, "long-poll", &[]).await?;
    let start = Instant::now();
    let send_later = async {
        seconds(1.0).await;
        queue.send(BODY).await
    };
    let (received, sent) = join(queue.receive_one(15), send_later).await;
    sent?;
    received?;
    ensure(start.elapsed() < Duration::from_secs(8), || format!("the poll returned after {:?}", start.elapsed()))
}

pub(super) async fn an_empty_long_poll_returns_after_its_wait(target: &Target) -> Check {
    let queue = TestQueue::new(target, "empty", &[]).await?;
    let start = Instant::now();
    equal("messages", queue.receive(1).await?.len(), 0)?;
    ensure(start.elapsed() >= Duration::from_millis(900), || format!("the poll returned after {:?}", start.elapsed()))
}

pub(super) async fn a_deleted_message_does_not_come_back(target: &Target) -> Check {
    let queue = TestQueue::new(target, "deleted", &[]).await?;
    queue.send(BODY).await?;
    let message = queue.receive_one(5).await?;
    queue.delete(&message).await?;
    equal("messages after the visibility timeout", queue.receive(2).await?.len(), 0)
}

pub(super) async fn deleting_twice_succeeds(target: &Target) -> Check {
    let queue = TestQueue::new(target, "twice", &[]).await?;
    queue.send(BODY).await?;
    let message = queue.receive_one(5).await?;
    queue.delete(&message).await?;
    queue.delete(&message).await
}

pub(super) async fn a_visibility_of_zero_gives_a_message_back_at_once(target: &Target) -> Check {
    let queue = TestQueue::new(target, "giveback", &[(QueueAttributeName::VisibilityTimeout, "60")]).await?;
    queue.send(BODY).await?;
    let message = queue.receive_one(5).await?;
    queue.hide(&message, 0).await?;
    let again = queue.receive_one(3).await?;
    equal("receive count", system(&again, System::ApproximateReceiveCount), "2")
}

pub(super) async fn a_longer_visibility_keeps_a_message_hidden(target: &Target) -> Check {
    let queue = TestQueue::new(target, "longer", &[]).await?;
    queue.send(BODY).await?;
    let message = queue.receive_one(5).await?;
    queue.hide(&message, 60).await?;
    equal("messages after the first timeout", queue.receive(2).await?.len(), 0)
}

pub(super) async fn after_the_last_receive_a_message_is_a_dead_letter_with_its_id_body_and_attributes(target: &Target) -> Check {
    let dead = TestQueue::new(target, "redrive-dead", &[]).await?;
    let arn = dead.attribute(QueueAttributeName::QueueArn).await?;
    let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": 2}).to_string();
    let queue = TestQueue::new(target, "redrive", &[(QueueAttributeName::RedrivePolicy, &policy)]).await?;
    let id = queue.send(BODY).await?;
    let first = queue.receive_one(5).await?;
    queue.receive_one(4).await?;
    equal("messages at the third receive", queue.receive(2).await?.len(), 0)?;
    let letter = dead.receive_one(5).await?;
    equal("message id", letter.message_id(), Some(id.as_str()))?;
    equal("body", json_of(letter.body()), json_of(Some(BODY)))?;
    equal("attribute", attribute(&letter, "stage"), "send")?;
    equal("sent", system(&letter, System::SentTimestamp), system(&first, System::SentTimestamp))?;
    let source = system(&letter, System::DeadLetterQueueSourceArn);
    ensure(source.ends_with(&format!("{}-redrive", target.prefix)), || format!("the source ARN of the dead letter is {source:?}"))
}

pub(super) async fn messages_are_counted_by_where_they_are(target: &Target) -> Check {
    let queue = TestQueue::new(target, "counted", &[(QueueAttributeName::VisibilityTimeout, "60")]).await?;
    queue.send(BODY).await?;
    queue.receive_one(5).await?;
    queue.send(BODY).await?;
    queue.send_delayed(BODY, 600).await?;
    for (name, expected) in [
        (QueueAttributeName::ApproximateNumberOfMessages, "1"),
        (QueueAttributeName::ApproximateNumberOfMessagesNotVisible, "1"),
        (QueueAttributeName::ApproximateNumberOfMessagesDelayed, "1"),
    ] {
        equal(name.as_str(), queue.attribute(name.clone()).await?.as_str(), expected)?;
    }
    Ok(())
}

pub(super) async fn a_purged_queue_is_empty(target: &Target) -> Check {
    let queue = TestQueue::new(target, "purged", &[]).await?;
    queue.send(BODY).await?;
    queue.sqs.purge_queue().queue_url(&queue.url).send().await.map_err(text)?;
    equal("messages", queue.receive(1).await?.len(), 0)
}
