//! Each fault of the proxy, against a fake LocalStack that only counts calls.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{Router, routing::any};
use bytes::Bytes;
use serde_json::json;

use super::*;

const SEND: (&str, &str) = ("sqs", "SendMessage generate");

/// A proxy, the URL of its port for the sender, and the number of calls that reached the fake LocalStack.
struct TestProxy {
    proxy: Proxy,
    sender: String,
    arrived: Arc<AtomicUsize>,
}

impl TestProxy {
    async fn open(name: &str) -> Self {
        let arrived = Arc::new(AtomicUsize::new(0));
        let count = arrived.clone();
        let behind = any(move || async move {
            count.fetch_add(1, Ordering::SeqCst);
            "done"
        });
        let (address, _served) = fakes::server::serve(Router::new().fallback(behind)).await.unwrap();
        let state = std::env::temp_dir().join(format!("proxy-{}-{name}", std::process::id()));
        let proxy = Proxy::open("stack", &format!("http://{address}"), &state).await.unwrap();
        let sender = std::fs::read_to_string(state.join(ENDPOINTS).join("stack-sender")).unwrap();
        Proxy::withdraw(&state);
        let _absent = std::fs::remove_dir_all(&state);
        Self { proxy, sender, arrived }
    }

    fn inject(&self, fault: FaultKind, after: usize) -> FaultId {
        self.proxy.inject(PlannedFault { function: "sender", call: SEND, after, fault }, "user 7")
    }

    /// Sends a call and returns the reply's status; `None` without a reply.
    async fn send(&self, request_id: &str, about: &str) -> Option<u16> {
        let body = json!({ "QueueUrl": "http://localhost/0/stack-generate", "MessageBody": about }).to_string();
        let request = http::Request::post(&self.sender)
            .header("x-amz-target", "AmazonSQS.SendMessage")
            .header("amz-sdk-invocation-id", request_id)
            .body(Bytes::from(body));
        LoopbackHttp.send(request.unwrap()).await.ok().map(|reply| reply.status().as_u16())
    }

    fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_fault_strikes_the_planned_call_and_its_retries_only() {
    let test = TestProxy::open("refused").await;
    let id = test.inject(FaultKind::Refused, 1);
    assert_eq!(test.send("a", "user 8").await, Some(200), "a call about another user passes");
    assert_eq!(test.send("b", "user 7").await, Some(200), "the first call passes");
    assert_eq!(test.proxy.has_struck(id), Err("the fault did not strike".to_owned()));
    for _ in 0..3 {
        assert_eq!(test.send("c", "user 7").await, None, "the second call and its retries fail");
    }
    assert_eq!(test.send("d", "user 7").await, Some(200), "the third call passes");
    assert_eq!((test.proxy.has_struck(id), test.arrived()), (Ok(()), 3));
}

#[tokio::test]
async fn a_call_with_a_lost_reply_takes_effect_and_a_refused_call_does_not() {
    let test = TestProxy::open("lost").await;
    test.inject(FaultKind::ReplyLost, 0);
    assert_eq!((test.send("a", "user 7").await, test.arrived()), (None, 1));
    for (fault, status) in [(FaultKind::ServerError, 500), (FaultKind::Throttled, 403)] {
        test.inject(fault, 0);
        assert_eq!((test.send(fault.name(), "user 7").await, test.arrived()), (Some(status), 1));
    }
}

#[tokio::test]
async fn a_duplicated_call_is_answered_once_and_its_copy_arrives_later() {
    let test = TestProxy::open("twice").await;
    let id = test.inject(FaultKind::Twice, 0);
    assert_eq!((test.send("a", "user 7").await, test.arrived()), (Some(200), 1));
    assert!(test.proxy.is_under_way(id));
    tokio::time::sleep(AGAIN + Duration::from_millis(300)).await;
    assert_eq!((test.proxy.is_under_way(id), test.arrived()), (false, 2));
}

#[tokio::test]
async fn no_process_is_killed_if_the_function_is_not_busy() {
    let test = TestProxy::open("killed").await;
    let id = test.inject(FaultKind::KilledBefore, 0);
    assert_eq!((test.send("a", "user 7").await, test.arrived()), (None, 0));
    assert!(test.proxy.has_struck(id).unwrap_err().starts_with("no process was killed: stack-sender is not busy"));
}

#[tokio::test]
async fn the_permissions_of_a_call_are_recorded() {
    let test = TestProxy::open("kept").await;
    test.send("a", "user 7").await;
    let uses = test.proxy.uses();
    let needed: Vec<_> = uses.not_allowed(&BTreeSet::new()).iter().map(ToString::to_string).collect();
    assert_eq!(needed, ["sender: sqs:SendMessage on GenerateQueue"]);
}
