//! The parts of Lambda that the sandbox imitates: Function URLs, queue mappings, schedules, time-outs and process deaths.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_lambda_events::{
    lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse},
    sqs::{SqsBatchResponse, SqsEvent, SqsMessage},
};
use aws_sdk_sqs::config::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use local_aws::net::{CALLER, Request, Response, Service};
use tokio::{sync::watch, time::Instant};

use crate::{
    cold_start::ColdStart,
    invocations::{Ended, Invocation, Invocations},
};

/// Maximum number of messages in one SQS event: the template's default.
pub const BATCH_SIZE: i32 = 5;
/// The caller's name when Lambda itself receives and deletes messages.
pub(crate) const MAPPING: &str = "mapping";
/// Seconds that a receive waits for a message.
const POLL_SECS: i32 = 20;

/// A function of the sandbox, with the counters of its invocations.
#[derive(Clone, Debug)]
pub struct Function {
    /// The function's name.
    pub name: &'static str,
    timeout: Duration,
    invocations: Invocations,
    billed: Arc<Mutex<Billed>>,
    cold_start: Option<Arc<ColdStart>>,
}

/// The usage that Lambda would bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    /// Invocations that have ended.
    pub invocations: u64,
    /// Total duration of the invocations in milliseconds, each rounded up.
    pub ms: u64,
}

impl Function {
    /// Creates a function that has not been invoked yet.
    #[must_use]
    pub fn new(name: &'static str, timeout: Duration) -> Self {
        Self { name, timeout, invocations: Invocations::default(), billed: Arc::default(), cold_start: None }
    }

    /// The function with processes that have to start before their first invocation, and again after a death.
    pub(crate) fn starting(self, cold_start: Option<ColdStart>) -> Self {
        Self { cold_start: cold_start.map(Arc::new), ..self }
    }

    /// The number of invocations that have started.
    #[must_use]
    pub fn invocations(&self) -> u64 {
        self.invocations.count()
    }

    /// The latest invocations, oldest first.
    pub(crate) fn latest(&self) -> Vec<Invocation> {
        self.invocations.latest()
    }

    /// Kills the process of each running invocation that `is_meant`, and returns their number.
    pub(crate) fn kill(&self, is_meant: &dyn Fn(&Invocation) -> bool) -> usize {
        self.invocations.kill(is_meant)
    }

    /// Returns the billed usage since the previous call, and resets it.
    pub(crate) fn take_billed(&self) -> Billed {
        std::mem::take(&mut *self.billed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Invokes the function once. Returns `None` if its process did not start, died or timed out: the handler then stops at its
    /// current await.
    async fn run<T>(&self, handler: impl Future<Output = T>) -> Option<T> {
        let running = self.invocations.start(self.name);
        let (number, died) = (running.number, running.died.clone());
        let began = Instant::now();
        let invoked = async {
            match &self.cold_start {
                Some(cold_start) if !cold_start.started().await => None,
                _ => Some(handler.await),
            }
        };
        let (done, how) = tokio::select! {
            // A fixed order makes a seeded run repeatable.
            biased;
            done = running.scope(CALLER.scope(self.name, invoked)) => {
                let how = if done.is_some() { Ended::Returned } else { Ended::Died };
                (done, how)
            }
            () = died.notified() => (None, Ended::Died),
            () = tokio::time::sleep(self.timeout) => (None, Ended::TimedOut),
        };
        self.invocations.end(number, how);
        if let (None, Some(cold_start)) = (&done, &self.cold_start) {
            cold_start.died();
        }
        let mut billed = self.billed.lock().unwrap_or_else(PoisonError::into_inner);
        billed.invocations += 1;
        billed.ms += u64::try_from(began.elapsed().as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        done
    }
}

/// Handler of a function that a queue mapping invokes.
pub type QueueHandler = Arc<dyn Fn(SqsEvent) -> BoxFuture<'static, SqsBatchResponse> + Send + Sync>;
/// Handler of a function that a Function URL invokes.
pub type UrlHandler = Arc<dyn Fn(LambdaFunctionUrlRequest) -> BoxFuture<'static, LambdaFunctionUrlResponse> + Send + Sync>;

/// Polls a queue forever, invokes the function with each batch of messages, and deletes the handled messages.
/// Batches run concurrently.
pub async fn map_queue(
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    queue: &'static str,
    function: Function,
    handler: QueueHandler,
) {
    loop {
        let receive = sqs
            .receive_message()
            .queue_url(&queue_url)
            .max_number_of_messages(BATCH_SIZE)
            .wait_time_seconds(POLL_SECS)
            .message_system_attribute_names(MessageSystemAttributeName::All);
        // A long poll needs no time-out and no retry: the loop polls again.
        let patient =
            aws_sdk_sqs::Config::builder().timeout_config(TimeoutConfig::disabled()).retry_config(RetryConfig::disabled());
        let received = CALLER.scope(MAPPING, receive.customize().config_override(patient).send()).await;
        let Ok(messages) = received.map(|received| received.messages.unwrap_or_default()) else {
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        if messages.is_empty() {
            continue;
        }
        let (sqs, queue_url, function, handler) = (sqs.clone(), queue_url.clone(), function.clone(), handler.clone());
        tokio::spawn(async move {
            let mut event = SqsEvent::default();
            event.records = messages.iter().map(|message| record(message, queue)).collect();
            if let Some(response) = function.run(handler(event)).await {
                delete_handled(&sqs, &queue_url, &messages, &response).await;
            }
        });
    }
}

fn record(message: &Message, queue: &str) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = message.message_id.clone();
    record.receipt_handle = message.receipt_handle.clone();
    record.body = message.body.clone();
    record.event_source = Some("aws:sqs".to_owned());
    record.event_source_arn = Some(format!("arn:aws:sqs:us-east-1:000000000000:{queue}"));
    record.attributes =
        message.attributes.iter().flatten().map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect();
    record
}

/// Deletes the messages of a batch that the function did not report as failed. SQS redelivers the failed ones.
async fn delete_handled(sqs: &aws_sdk_sqs::Client, queue_url: &str, messages: &[Message], response: &SqsBatchResponse) {
    let failed: Vec<&str> = response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    let handled = messages.iter().filter(|message| !failed.contains(&message.message_id().unwrap_or_default()));
    let entries: Vec<_> = handled
        .enumerate()
        .filter_map(|(at, message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
            entry.receipt_handle(message.receipt_handle().unwrap_or_default()).build().ok()
        })
        .collect();
    if !entries.is_empty() {
        // If the delete fails, SQS redelivers the messages, and their jobs have nothing left to do.
        let delete = sqs.delete_message_batch().queue_url(queue_url).set_entries(Some(entries));
        let _redelivered = CALLER.scope(MAPPING, delete.send()).await;
    }
}

/// Invokes a function forever, `every` time after its previous invocation ended. A change of the time begins the wait again.
pub async fn schedule(
    mut every: watch::Receiver<Duration>,
    function: Function,
    handler: Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
) {
    loop {
        let wait = *every.borrow_and_update();
        tokio::select! {
            // A fixed order makes a seeded run repeatable.
            biased;
            () = tokio::time::sleep(wait) => drop(function.run(handler()).await),
            Ok(()) = every.changed() => {}
        }
    }
}

/// A Function URL.
pub struct FunctionUrl {
    /// The function that the URL invokes.
    pub function: Function,
    /// The function's handler.
    pub handler: UrlHandler,
}

impl Service for FunctionUrl {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            match self.function.run((self.handler)(url_request(&request))).await {
                Some(response) => url_response(response),
                // Lambda answers 502 when the function's process died.
                None => status_only(502),
            }
        })
    }
}

fn url_request(request: &Request) -> LambdaFunctionUrlRequest {
    let mut event = LambdaFunctionUrlRequest::default();
    event.version = Some("2.0".to_owned());
    event.raw_path = Some(request.uri().path().to_owned());
    event.raw_query_string = Some(request.uri().query().unwrap_or_default().to_owned());
    event.headers = request.headers().clone();
    event.query_string_parameters = BTreeMap::new().into_iter().collect();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    event.body = (!body.is_empty()).then_some(body);
    event
}

fn url_response(response: LambdaFunctionUrlResponse) -> Response {
    let mut reply = status_only(u16::try_from(response.status_code).unwrap_or(500));
    *reply.headers_mut() = response.headers;
    *reply.body_mut() = Bytes::from(response.body.unwrap_or_default());
    reply
}

fn status_only(status: u16) -> Response {
    let mut reply = http::Response::new(Bytes::new());
    *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    reply
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::BatchItemFailure;
    use fakes::film::Detail;

    use super::*;
    use crate::{Chance, Opening, Sandbox, Times};

    #[tokio::test(start_paused = true)]
    async fn of_several_messages_in_one_event_only_the_failed_one_comes_back() {
        let sandbox = Sandbox::open(Opening::new(Chance::real(), Times::production(), Detail::Sketch)).await.unwrap();
        let sqs = sandbox.setup().aws().sqs_client(sandbox.setup().wire());
        let queue = sqs.create_queue().queue_name("several").send().await.unwrap().queue_url.unwrap();
        for body in ["a", "b", "c"] {
            sqs.send_message().queue_url(&queue).message_body(body).send().await.unwrap();
        }
        let events = Arc::new(Mutex::new(Vec::<Vec<String>>::new()));
        let seen = events.clone();
        let handler: QueueHandler = Arc::new(move |event| {
            let is_first = seen.lock().unwrap().is_empty();
            seen.lock().unwrap().push(event.records.iter().filter_map(|record| record.body.clone()).collect());
            let failed = event.records.iter().filter(|record| is_first && record.body.as_deref() == Some("b"));
            let mut response = SqsBatchResponse::default();
            for record in failed {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = record.message_id.clone().unwrap_or_default();
                response.batch_item_failures.push(failure);
            }
            Box::pin(std::future::ready(response))
        });
        tokio::spawn(map_queue(sqs, queue, "several", Function::new("several", Duration::from_secs(100)), handler));
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(*events.lock().unwrap(), [vec!["a", "b", "c"], vec!["b"]]);
    }
}
