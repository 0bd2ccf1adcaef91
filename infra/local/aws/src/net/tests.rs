use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::*;
use crate::lock;

/// A service that counts the calls that reach it and answers 200.
#[derive(Default)]
struct Counter(AtomicU64);

impl Service for Counter {
    fn call(&self, _request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async {
            self.0.fetch_add(1, Ordering::Relaxed);
            Response::new(Bytes::from_static(b"ok"))
        })
    }
}

/// An interceptor that gives every call the same action and keeps the calls.
struct Always(Action, Mutex<Vec<CallInfo>>);

impl Interceptor for Always {
    fn before(&self, call: &CallInfo) -> Action {
        lock(&self.1).push(call.clone());
        self.0.clone()
    }
}

fn net_with(action: Action) -> (Net, Arc<Counter>, Arc<Always>) {
    let (net, counter) = (Net::new(), Arc::new(Counter::default()));
    net.mount("counter.local", counter.clone());
    let interceptor = Arc::new(Always(action, Mutex::new(vec![])));
    net.intercept(interceptor.clone());
    (net, counter, interceptor)
}

fn request(url: &str) -> Request {
    http::Request::post(url).header("x-amz-target", "Test_1.Count").body(Bytes::from_static(b"{}")).unwrap()
}

fn arrived(counter: &Counter) -> u64 {
    counter.0.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_call_reaches_the_service_mounted_at_its_authority() {
    let (net, counter, _) = net_with(Action::Pass);
    let reply = net.send(request("http://counter.local/a")).await.unwrap();
    assert_eq!((reply.body().as_ref(), arrived(&counter)), (b"ok".as_slice(), 1));
}

#[tokio::test]
async fn an_unknown_authority_refuses_the_connection() {
    let refused = Net::new().send(request("http://nobody.local/")).await;
    assert!(matches!(refused, Err(NetError::NotSent(host)) if host == "nobody.local"));
}

#[tokio::test]
async fn an_interceptor_sees_the_caller_the_operation_and_the_address() {
    let (net, _, interceptor) = net_with(Action::Pass);
    CALLER.scope("generator", net.send(request("http://counter.local/a?b=1"))).await.unwrap();
    let seen = lock(&interceptor.1).remove(0);
    assert_eq!((seen.caller, seen.host.as_str(), seen.path.as_str()), ("generator", "counter.local", "/a?b=1"));
    assert_eq!((seen.operation.as_deref(), seen.index), (Some("Count"), 0));
}

#[tokio::test]
async fn a_refused_call_never_arrives() {
    let (net, counter, _) = net_with(Action::RefuseNotSent);
    assert!(matches!(net.send(request("http://counter.local/")).await, Err(NetError::NotSent(_))));
    assert_eq!(arrived(&counter), 0);
}

#[tokio::test]
async fn a_lost_reply_was_applied() {
    let (net, counter, _) = net_with(Action::LoseReply);
    assert!(matches!(net.send(request("http://counter.local/")).await, Err(NetError::ReplyLost(_))));
    assert_eq!(arrived(&counter), 1);
}

#[tokio::test]
async fn an_injected_reply_answers_in_place_of_the_service() {
    let throttle = http::Response::builder().status(429).body(Bytes::new()).unwrap();
    let (net, counter, _) = net_with(Action::Reply(throttle));
    let reply = net.send(request("http://counter.local/")).await.unwrap();
    assert_eq!((reply.status().as_u16(), arrived(&counter)), (429, 0));
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_arrives_later() {
    let (net, counter, _) = net_with(Action::Delay(Duration::from_secs(3)));
    let start = tokio::time::Instant::now();
    net.send(request("http://counter.local/")).await.unwrap();
    assert_eq!((start.elapsed().as_secs(), arrived(&counter)), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_held_call_arrives_only_when_it_is_released() {
    let released = Arc::new(Notify::new());
    let (net, counter, _) = net_with(Action::Hold(released.clone()));
    let held = tokio::spawn(async move { net.send(request("http://counter.local/")).await });
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(arrived(&counter), 0);
    released.notify_one();
    held.await.unwrap().unwrap();
    assert_eq!(arrived(&counter), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stored_permit_releases_one_held_call_at_once() {
    let released = Arc::new(Notify::new());
    let (net, counter, _) = net_with(Action::Hold(released.clone()));
    released.notify_one();
    net.send(request("http://counter.local/")).await.unwrap();
    let second = tokio::time::timeout(Duration::from_secs(3600), net.send(request("http://counter.local/"))).await;
    assert!(second.is_err(), "the first call used up the permit");
    assert_eq!(arrived(&counter), 1, "a held caller that is dropped sends nothing");
}

#[tokio::test(start_paused = true)]
async fn each_permit_releases_one_held_call_in_the_order_of_the_calls() {
    let released = Arc::new(Notify::new());
    let (net, counter, _) = net_with(Action::Hold(released.clone()));
    let first = net.send(request("http://counter.local/first"));
    let second = net.send(request("http://counter.local/second"));
    let release = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        released.notify_one();
    };
    tokio::select! {
        biased;
        ((), first) = async { tokio::join!(release, first) } => assert!(first.is_ok()),
        _ = second => panic!("the second call was delivered before the first"),
    }
    assert_eq!(arrived(&counter), 1);
}

#[tokio::test]
async fn an_interceptor_does_not_decide_after_an_earlier_one_but_sees_the_outcome() {
    struct Ends(AtomicU64);
    impl Interceptor for Ends {
        fn before(&self, _: &CallInfo) -> Action {
            panic!("the later interceptor was called")
        }
        fn after(&self, _: &CallInfo, outcome: &Result<Response, NetError>) {
            assert!(matches!(outcome, Err(NetError::NotSent(_))));
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (net, _, _) = net_with(Action::RefuseNotSent);
    let ends = Arc::new(Ends(AtomicU64::new(0)));
    net.intercept(ends.clone());
    assert!(net.send(request("http://counter.local/")).await.is_err());
    assert_eq!(ends.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_killed_caller_never_returns_and_its_runner_is_notified() {
    for (moment, applied) in [(Moment::BeforeSent, 0), (Moment::AfterApplied, 1)] {
        let died = Arc::new(Notify::new());
        let (net, counter, _) = net_with(Action::Kill { moment, died: died.clone() });
        let returned = tokio::select! {
            _ = net.send(request("http://counter.local/")) => true,
            () = died.notified() => false,
        };
        assert!(!returned);
        assert_eq!(arrived(&counter), applied);
    }
}

#[tokio::test]
async fn a_tower_service_can_be_mounted() {
    let echo = ::tower::service_fn(|request: http::Request<http_body_util::Full<Bytes>>| async move {
        Ok::<_, std::convert::Infallible>(http::Response::new(request.into_body()))
    });
    let net = Net::new();
    net.mount("echo.local", Tower::new(echo));
    let reply = net.send(request("http://echo.local/")).await.unwrap();
    assert_eq!(reply.body().as_ref(), b"{}");
}

#[tokio::test]
async fn a_reply_to_head_has_no_body() {
    let (net, _, _) = net_with(Action::Pass);
    let head = http::Request::head("http://counter.local/").body(Bytes::new()).unwrap();
    assert!(net.send(head).await.unwrap().body().is_empty());
}
