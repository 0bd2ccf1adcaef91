//! Injected faults and their effect on the SDK: lost replies, refused connections, killed callers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use bytes::Bytes;
use local_aws::net::{Action, CALLER, CallInfo, Interceptor, Moment};
use tokio::sync::Notify;

use crate::common::{TestEnv, env};

/// An interceptor that applies one action to the first SendMessage of one caller.
struct Once {
    caller: &'static str,
    action: Action,
    given: AtomicU64,
}

impl Interceptor for Once {
    fn before(&self, call: &CallInfo) -> Action {
        let is_meant = call.caller == self.caller && call.operation.as_deref() == Some("SendMessage");
        if is_meant && self.given.fetch_add(1, Ordering::Relaxed) == 0 {
            return self.action.clone();
        }
        Action::Pass
    }
}

/// A queue, and a client that retries as in production.
async fn with_fault(action: Action) -> (TestEnv, aws_sdk_sqs::Client) {
    let env = env();
    env.sqs_client().create_queue().queue_name("q").send().await.unwrap();
    env.net.intercept(Arc::new(Once { caller: "webhook", action, given: AtomicU64::new(0) }));
    let config = env.sqs_client().config().to_builder();
    let config = config.retry_config(RetryConfig::standard()).sleep_impl(TokioSleep::new());
    (env, aws_sdk_sqs::Client::from_conf(config.build()))
}

async fn send(client: &aws_sdk_sqs::Client) -> bool {
    let sent = client.send_message().queue_url("http://sqs.local/000000000000/q").message_body("x").send();
    CALLER.scope("webhook", sent).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn the_sdk_sends_again_after_a_lost_reply_so_a_message_may_come_twice() {
    let (env, client) = with_fault(Action::LoseReply).await;
    assert!(send(&client).await);
    assert_eq!(env.sqs.depth("q").visible, 2);
}

/// An interceptor that keeps the number and the body of every SendMessage.
#[derive(Default)]
struct Attempts(Mutex<Vec<(u64, Bytes)>>);

impl Interceptor for Attempts {
    fn before(&self, call: &CallInfo) -> Action {
        if call.operation.as_deref() == Some("SendMessage") {
            self.0.lock().unwrap().push((call.index, call.body.clone()));
        }
        Action::Pass
    }
}

#[tokio::test(start_paused = true)]
async fn an_interceptor_sees_every_retry_as_a_new_call_with_the_same_body() {
    let (env, client) = with_fault(Action::LoseReply).await;
    env.net.remove_interceptors();
    let attempts = Arc::new(Attempts::default());
    env.net.intercept(attempts.clone());
    env.net.intercept(Arc::new(Once { caller: "webhook", action: Action::LoseReply, given: AtomicU64::new(0) }));
    assert!(send(&client).await);
    let attempts = attempts.0.lock().unwrap();
    let [(first, body), (second, again)] = attempts.as_slice() else { panic!("{attempts:?}") };
    assert_eq!((first + 1, body), (*second, again));
}

#[tokio::test(start_paused = true)]
async fn the_sdk_sends_again_after_a_refused_connection() {
    let (env, client) = with_fault(Action::RefuseNotSent).await;
    assert!(send(&client).await);
    assert_eq!(env.sqs.depth("q").visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_handler_can_be_killed_just_after_its_call_was_applied() {
    let died = Arc::new(Notify::new());
    let (env, client) = with_fault(Action::Kill { moment: Moment::AfterApplied, died: died.clone() }).await;
    let survived = tokio::select! {
        _ = send(&client) => true,
        () = died.notified() => false,
    };
    assert!(!survived);
    assert_eq!(env.sqs.depth("q").visible, 1);
}
