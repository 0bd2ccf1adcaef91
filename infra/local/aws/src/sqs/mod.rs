//! SQS in process: standard queues, with the behaviour that our code and the simulation can observe.
//!
//! As in AWS: visibility timeouts, delays, receive counts, redrive with the original id and sent time, batch and size limits,
//! checksums, error codes. Time is tokio's; wall-clock stamps come from the [`AwsClock`]. Simpler than AWS: messages come in the
//! order of sending, every poll sees every message, and there is neither an in-flight limit nor a FIFO queue. The receive that
//! would exceed maxReceiveCount moves the message to its dead-letter queue. A receipt handle is valid until the message is
//! received again; deleting with an older one succeeds and deletes nothing (SQS API reference, DeleteMessage).

mod admin;
mod batch;
mod error;
pub(crate) mod message;
mod queue;
mod receipt;
mod receive;
mod send;
mod settings;
mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Notify;

pub use queue::{Depth, MessageState};
pub use view::Seen;

use crate::clock::AwsClock;
use crate::net::{Request, Response, Service};
use crate::{aws_json, lock};
use error::SqsError;
use queue::Queue;

const ACCOUNT: &str = "000000000000";
const ARN_PREFIX: &str = "arn:aws:sqs:us-east-1:000000000000:";

type Reply = Result<Value, SqsError>;

/// The queue service. Clones share the queues.
#[derive(Clone)]
pub struct Sqs(Arc<Inner>);

struct Inner {
    clock: AwsClock,
    /// The shortest wait of a long poll.
    wait_min: Duration,
    state: Mutex<State>,
    /// Notified when a message may have become visible, so that long polls receive again.
    changed: Notify,
}

#[derive(Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    /// The last number used in a message id. Ids are numbered so that the same run gives the same ids.
    ids: u64,
    /// The last number used in a receipt handle.
    receipts: u64,
}

impl Sqs {
    /// A service without queues.
    pub fn new(clock: AwsClock) -> Self {
        Self::patient(clock, Duration::ZERO)
    }

    /// A service whose long polls wait at least this long for a message; SQS ends them after 20 s. A longer wait
    /// makes a simulation of hours faster, because it polls empty queues less often. Nothing else changes.
    pub fn patient(clock: AwsClock, wait_min: Duration) -> Self {
        Self(Arc::new(Inner { clock, wait_min, state: Mutex::default(), changed: Notify::new() }))
    }

    /// Answers one request of the AWS JSON protocol. A long poll may take its whole wait time.
    pub async fn handle(&self, request: Request) -> Response {
        match self.answer(&request).await {
            Ok(Value::Null) => aws_json::json(200, "{}"),
            Ok(body) => aws_json::json(200, body.to_string()),
            Err(error) => error.reply(),
        }
    }

    async fn answer(&self, request: &Request) -> Reply {
        let operation = aws_json::operation(request.headers()).unwrap_or_default();
        let (body, host) = (request.body().as_ref(), aws_json::authority(request));
        match operation {
            "CreateQueue" => self.create_queue(&host, read(body)?),
            "DeleteQueue" => self.delete_queue(&read(body)?),
            "GetQueueUrl" => self.get_queue_url(&host, &read(body)?),
            "ListQueues" => self.list_queues(&host, read(body)?),
            "GetQueueAttributes" => self.get_queue_attributes(&read(body)?),
            "SetQueueAttributes" => self.set_queue_attributes(&read(body)?),
            "PurgeQueue" => self.purge_queue(&read(body)?),
            "SendMessage" => self.send_message(read(body)?),
            "SendMessageBatch" => self.send_message_batch(read(body)?),
            "ReceiveMessage" => self.receive_message(read(body)?).await,
            "DeleteMessage" => self.delete_message(&read(body)?),
            "DeleteMessageBatch" => self.delete_message_batch(&read(body)?),
            "ChangeMessageVisibility" => self.change_message_visibility(&read(body)?),
            "ChangeMessageVisibilityBatch" => self.change_message_visibility_batch(&read(body)?),
            _ => Err(SqsError::unknown_operation(operation)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

impl Service for Sqs {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.handle(request))
    }
}

impl State {
    /// The name of the queue that a URL, an ARN or a name denotes: the last segment.
    fn queue(&mut self, url: &str) -> Result<&mut Queue, SqsError> {
        self.queues.get_mut(queue_name(url)).ok_or_else(SqsError::queue_does_not_exist)
    }
}

fn queue_name(url: &str) -> &str {
    url.rsplit(['/', ':']).next().unwrap_or(url)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|error| SqsError::unreadable(&error))
}
