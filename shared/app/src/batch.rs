//! A batch of queue messages. Each message is handled by itself, and only the failed messages are reported to SQS.

use std::fmt::Display;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::join_all;
use tracing::Instrument;

use crate::{Outcome, job_span::message_span};

/// What SQS does with a handled message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// SQS deletes the message.
    Done,
    /// SQS delivers the message again, and counts one more receive.
    Failed,
}

impl From<Outcome> for Handled {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::ComesBack | Outcome::LeftToRedrive => Self::Failed,
            _ => Self::Done,
        }
    }
}

/// Handles all messages of an event concurrently and reports the failed ones.
///
/// Source: "Implementing partial batch responses", AWS Lambda developer guide.
pub async fn each_message<F, H, E>(event: SqsEvent, handle: F) -> SqsBatchResponse
where
    F: Fn(SqsMessage) -> H,
    H: Future<Output = Result<Handled, E>>,
    E: Display,
{
    let one = async |message: SqsMessage| {
        let id = message.message_id.clone().unwrap_or_default();
        match handle(message).await {
            Ok(Handled::Done) => None,
            Ok(Handled::Failed) => Some(id),
            Err(error) => {
                tracing::error!(message_id = %id, %error, "the queue message was not handled; the message comes back");
                Some(id)
            }
        }
    };
    let all = event.records.into_iter().map(|message| {
        let span = message_span(message.body.as_deref());
        one(message).instrument(span)
    });
    let handled = join_all(all).await;
    let mut response = SqsBatchResponse::default();
    for id in handled.into_iter().flatten() {
        response.add_failure(id);
    }
    response
}
