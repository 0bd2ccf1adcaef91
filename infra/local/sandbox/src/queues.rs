//! The queues of the sandbox, as the template defines them.

use crate::times::Times;

/// The address of a queue of the sandbox.
#[must_use]
pub fn queue_url(name: &str) -> String {
    format!("http://sqs.local/000000000000/{name}")
}

/// The queues that functions consume, with their `maxReceiveCount`; `None` for the dead-letter queues.
pub(crate) const QUEUES: [(&str, Option<u32>); 4] =
    [("generate-dead", None), ("send-dead", None), ("generate", Some(5)), ("send", Some(5))];

/// Creates the queues of the template: [`QUEUES`] and the parked queue.
pub(crate) async fn create_queues(sqs: &aws_sdk_sqs::Client, times: &Times) -> Result<(), String> {
    use aws_sdk_sqs::types::QueueAttributeName::{RedrivePolicy, VisibilityTimeout};
    let visibility = times.visibility.as_secs().to_string();
    for (name, redrive) in [("parked", None)].into_iter().chain(QUEUES) {
        let mut queue = sqs.create_queue().queue_name(name).attributes(VisibilityTimeout, &visibility);
        if let Some(receives) = redrive {
            let dead = format!("arn:aws:sqs:us-east-1:000000000000:{name}-dead");
            let policy = serde_json::json!({ "deadLetterTargetArn": dead, "maxReceiveCount": receives });
            queue = queue.attributes(RedrivePolicy, policy.to_string());
        }
        queue.send().await.map_err(|error| format!("the queue {name} was not created: {}", adapters::aws::describe(&error)))?;
    }
    Ok(())
}
