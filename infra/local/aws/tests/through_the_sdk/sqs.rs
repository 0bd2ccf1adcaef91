//! The behaviour of the queues beyond the contract, tested through the real SDK in virtual time.

use std::time::Duration;

use crate::common::{TestEnv, env};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry};
use local_aws::sqs::{Depth, MessageState};
use tokio::time::sleep;

async fn queue() -> (TestEnv, Client, String) {
    let env = env();
    let client = env.sqs_client();
    let url = client.create_queue().queue_name("q").send().await.unwrap().queue_url().unwrap().to_owned();
    (env, client, url)
}

async fn send(client: &Client, url: &str, body: &str) {
    client.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn checksums_are_those_of_sqs() {
    let (_, client, url) = queue().await;
    let text = MessageAttributeValue::builder().data_type("String").string_value("value").build().unwrap();
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2])).build().unwrap();
    let request = client.send_message().queue_url(&url).message_body("Hello");
    let sent = request.message_attributes("b", text).message_attributes("a", bytes).send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("8b1a9953c4611296a827abf8c47804d7"));
    // Computed from the developer guide's algorithm with another implementation.
    assert_eq!(sent.md5_of_message_attributes(), Some("b83b28f2ec81f7c09380455a35e3a4df"));
    let request = client.receive_message().queue_url(&url).message_attribute_names(".*");
    let received = request.send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    assert_eq!(message.message_attributes().unwrap()["a"].binary_value(), Some(&Blob::new([1, 2])));
}

#[tokio::test(start_paused = true)]
async fn an_old_receipt_handle_deletes_nothing() {
    let (env, client, url) = queue().await;
    send(&client, &url, "x").await;
    let receive = || client.receive_message().queue_url(&url).visibility_timeout(5).send();
    let first = receive().await.unwrap().messages()[0].receipt_handle().unwrap().to_owned();
    sleep(Duration::from_secs(6)).await;
    receive().await.unwrap();
    client.delete_message().queue_url(&url).receipt_handle(first).send().await.unwrap();
    assert_eq!(env.sqs.depth("q"), Depth { in_flight: 1, ..Depth::default() });
}

#[tokio::test(start_paused = true)]
async fn a_message_back_in_its_queue_cannot_be_hidden_again() {
    let (_, client, url) = queue().await;
    send(&client, &url, "x").await;
    let received = client.receive_message().queue_url(&url).visibility_timeout(5).send().await.unwrap();
    sleep(Duration::from_secs(6)).await;
    let handle = received.messages()[0].receipt_handle().unwrap();
    let request = client.change_message_visibility().queue_url(&url).receipt_handle(handle).visibility_timeout(9);
    assert!(request.send().await.unwrap_err().into_service_error().is_message_not_inflight());
}

#[tokio::test(start_paused = true)]
async fn a_body_of_one_mebibyte_passes_and_one_byte_more_does_not() {
    let (_, client, url) = queue().await;
    send(&client, &url, &"x".repeat(1_048_576)).await;
    let request = client.send_message().queue_url(&url).message_body("x".repeat(1_048_577));
    assert_eq!(request.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn a_message_older_than_the_retention_period_is_gone_and_a_dead_letter_keeps_its_age() {
    let (env, client, url) = queue().await;
    let dead = client.create_queue().queue_name("dead").attributes(QueueAttributeName::MessageRetentionPeriod, "100");
    dead.send().await.unwrap();
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"1"}"#;
    let request = client.set_queue_attributes().queue_url(&url).attributes(QueueAttributeName::RedrivePolicy, policy);
    request.send().await.unwrap();
    send(&client, &url, "x").await;
    let receive = || client.receive_message().queue_url(&url).visibility_timeout(50).wait_time_seconds(20).send();
    receive().await.unwrap();
    sleep(Duration::from_secs(60)).await;
    assert!(receive().await.unwrap().messages().is_empty());
    assert_eq!((env.sqs.messages("q").len(), env.sqs.messages("dead").len()), (0, 1));
    // The letter is 80 s old now. It would be 20 s old if its move to the dead-letter queue had reset its age.
    sleep(Duration::from_secs(30)).await;
    let names = [QueueAttributeName::All];
    let attributes = client.get_queue_attributes().queue_url("dead").set_attribute_names(Some(names.to_vec()));
    let reply = attributes.send().await.unwrap();
    assert_eq!(reply.attributes().unwrap()[&QueueAttributeName::ApproximateNumberOfMessages], "0");
}

#[tokio::test(start_paused = true)]
async fn sent_timestamps_follow_the_virtual_clock() {
    let (env, client, url) = queue().await;
    sleep(Duration::from_secs(100)).await;
    let now_ms = env.clock.now_millis();
    send(&client, &url, "x").await;
    let request = client.receive_message().queue_url(&url);
    let received = request.message_system_attribute_names(MessageSystemAttributeName::SentTimestamp).send().await.unwrap();
    let attributes = received.messages()[0].attributes().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::SentTimestamp], now_ms.to_string());
    assert_eq!(attributes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_test_sees_and_drops_messages_without_receiving_them() {
    let (env, client, url) = queue().await;
    send(&client, &url, "x").await;
    let seen = env.sqs.messages("q").remove(0);
    assert_eq!((seen.body.as_str(), seen.receive_count, seen.state), ("x", 0, MessageState::Visible));
    assert_eq!((env.sqs.drop_all("q"), env.sqs.messages("q").len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_poll_takes_no_message() {
    let (env, client, url) = queue().await;
    let poll = client.receive_message().queue_url(&url).wait_time_seconds(20).send();
    assert!(tokio::time::timeout(Duration::from_secs(1), poll).await.is_err());
    send(&client, &url, "x").await;
    assert_eq!(env.sqs.messages("q").remove(0).receive_count, 0);
}

#[tokio::test(start_paused = true)]
async fn a_delay_over_fifteen_minutes_is_refused_alone_and_in_a_batch() {
    let (env, client, url) = queue().await;
    for delay_secs in [-1, 901] {
        let request = client.send_message().queue_url(&url).message_body("x");
        let refused = request.delay_seconds(delay_secs).send().await;
        assert_eq!(refused.unwrap_err().code(), Some("InvalidParameterValue"));
    }
    let late = SendMessageBatchRequestEntry::builder().id("late").message_body("x");
    let late = late.delay_seconds(901).build().unwrap();
    let request = client.send_message_batch().queue_url(&url).entries(late);
    assert_eq!(request.send().await.unwrap().failed()[0].code(), "InvalidParameterValue");
    assert!(env.sqs.messages("q").is_empty());
}
