//! What tests use beside a seller: events of a queue, and the log.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use adapters::logging::json_lines;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use tracing::subscriber::DefaultGuard;

/// Creates an SQS event of a queue, with one message for each body.
#[must_use]
pub fn delivery<B: Into<String>>(queue: &str, bodies: impl IntoIterator<Item = B>) -> SqsEvent {
    let message = |(at, body): (usize, B)| {
        let mut message = SqsMessage::default();
        message.message_id = Some(format!("message-{at}"));
        message.receipt_handle = Some(format!("receipt-{at}"));
        message.body = Some(body.into());
        message.event_source_arn = Some(format!("arn:aws:sqs:us-east-1:000000000000:{queue}"));
        message
    };
    let mut event = SqsEvent::default();
    event.records = bodies.into_iter().enumerate().map(message).collect();
    event
}

/// The captured log of this thread, in the format that CloudWatch gets.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Captures this thread's log at these levels (as in `RUST_LOG`) while the guard lives.
    #[must_use]
    pub fn capture(levels: &str) -> (Self, DefaultGuard) {
        Self::capture_with_metrics(levels, None)
    }

    /// Captures this thread's log as [`Self::capture`] does, together with the metric lines of a namespace.
    #[must_use]
    pub fn capture_with_metrics(levels: &str, namespace: Option<&str>) -> (Self, DefaultGuard) {
        let logs = Self::default();
        let to = logs.clone();
        let lines = json_lines(levels, namespace.map(str::to_owned), move || to.clone());
        let guard = tracing::subscriber::set_default(lines);
        (logs, guard)
    }

    /// Returns the lines captured so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
