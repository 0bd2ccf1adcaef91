//! The queues with the messages in them.

use local_aws::sqs::{Depth, MessageState, Seen};
use maud::{Markup, html};
use serde_json::Value;

use super::keyed;
use crate::App;

/// The queues, in the order of an order's way.
const QUEUES: [&str; 5] = ["generate", "send", "generate-dead", "send-dead", "parked"];
/// Messages that are shown of one queue.
const MESSAGES_SHOWN: usize = 4;

pub(super) fn queues(app: &App) -> Markup {
    let sqs = &app.sandbox.sqs;
    keyed(
        "queues",
        &html! {
            h3 { "Queues " small { "messages about jobs" } }
            table.queues {
                thead { tr { th { "queue" } th.number { "visible" } th.number { "delayed" } th.number { "in flight" } th { "messages" } } }
                tbody {
                    @for name in QUEUES {
                        @let Depth { visible, delayed, in_flight } = sqs.depth(name);
                        @let messages = sqs.messages(name);
                        tr data-queue=(name) {
                            td { (name) }
                            @for count in [visible, delayed, in_flight] { td.number.zero[count == 0] { (count) } }
                            td {
                                @for message in messages.iter().take(MESSAGES_SHOWN) { (row(app, message)) }
                                @if messages.len() > MESSAGES_SHOWN { span.none { "and " (messages.len() - MESSAGES_SHOWN) " more" } }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// What changes when a message comes, goes, or changes its state.
pub(super) fn version(app: &App) -> usize {
    let depths = QUEUES.iter().map(|name| app.sandbox.sqs.depth(name));
    depths.fold(0, |all, Depth { visible, delayed, in_flight }| all * 31 + visible * 1_000_000 + delayed * 1000 + in_flight)
}

/// A message: its job, the state of the job, and how often it was received.
fn row(app: &App, message: &Seen) -> Markup {
    let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
    let job = body.get("job").and_then(Value::as_str).unwrap_or_default();
    let stage = app.history.of_job(job).pop().map(|change| change.state);
    let class = match message.state {
        MessageState::Visible => "visible",
        MessageState::Delayed => "delayed",
        MessageState::InFlight => "flying",
    };
    html! {
        span.message.(class) {
            "job " code { (short(job)) } @if let Some(stage) = stage { ", " (stage) } ", received " (message.receive_count) "×"
        }
    }
}

/// The end of a job's id: its beginning is the time, which all jobs of an hour share.
pub(super) fn short(job: &str) -> String {
    let skipped = job.chars().count().saturating_sub(8);
    format!("…{}", job.chars().skip(skipped).collect::<String>())
}
