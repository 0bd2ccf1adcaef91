//! The host of a result: an unknown one is fetched and reported, one that is not public never, and a slow one keeps no worker until
//! its time-out.

#[cfg(test)]
mod result_hosts {
    use std::{
        sync::{
            Arc, Mutex,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use bytes::Bytes;
    use domain::{catalog::Kind, job::Job};
    use fakes::kie::Outcome;
    use futures_util::{FutureExt, future::BoxFuture};
    use http::header::{HOST, LOCATION};
    use local_aws::net::{Action, CallInfo, Interceptor, Net, Request, Response, Service};
    use serde_json::Value;
    use testkit::environment::{Logs, Seller, TestEnvironment, Times};

    const NAMESPACE: &str = "neurocards-test";
    /// A host on which KIE puts no results.
    const ELSEWHERE: &str = "films.example";

    /// A sandbox whose KIE is no fake by its address: its results are fetched by the rules of the real one.
    async fn env() -> (TestEnvironment, Seller) {
        let settings = [("KIE_API_URL", "https://kie.local")];
        let env = TestEnvironment::open_seeded(1, Times::production(), &settings).await.expect("the sandbox opens");
        let seller = Seller::new(&env, 798_000_001, "en", "Olga");
        seller.start().await.unwrap();
        (env, seller)
    }

    /// Orders one video whose film is at this address; returns its job at the end.
    async fn order(env: &TestEnvironment, seller: &Seller, base: &str) -> Job {
        env.script_kie(seller.user, vec![Outcome::success().with_result_at(base)]);
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap().remove(0)
    }

    fn parsed(logs: &Logs) -> Vec<Value> {
        logs.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The films of the fake KIE on another host. The first calls are slow redirects to the same address.
    struct Elsewhere {
        net: Net,
        slow_redirects: AtomicU32,
        pause: Duration,
    }

    impl Service for Elsewhere {
        fn call(&self, mut request: Request) -> BoxFuture<'_, Response> {
            async move {
                let path = request.uri().path().to_owned();
                let left = self.slow_redirects.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                if left.is_ok() {
                    tokio::time::sleep(self.pause).await;
                    let reply = http::Response::builder().status(302).header(LOCATION, path);
                    return reply.body(Bytes::new()).unwrap();
                }
                *request.uri_mut() = format!("http://kie.local{path}").parse().unwrap();
                request.headers_mut().remove(HOST);
                self.net.send(request).await.unwrap()
            }
            .boxed()
        }
    }

    fn mount_elsewhere(env: &TestEnvironment, slow_redirects: u32, pause: Duration) {
        let net = env.sandbox().unwrap().net.clone();
        let elsewhere = Elsewhere { net: net.clone(), slow_redirects: slow_redirects.into(), pause };
        net.mount(ELSEWHERE, elsewhere);
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_on_an_unknown_public_host_is_delivered_reported_and_counted() {
        let (logs, _guard) = Logs::capture_with_metrics("warn", Some(NAMESPACE));
        let (env, seller) = env().await;
        mount_elsewhere(&env, 0, Duration::ZERO);
        let job = order(&env, &seller, &format!("https://{ELSEWHERE}")).await;
        assert_eq!((job.state.name(), seller.videos().len(), env.tasks_of(seller.user).len()), ("delivered", 1, 1));
        let lines = parsed(&logs);
        let hosts: Vec<_> = lines.iter().filter_map(|line| line["host"].as_str()).collect();
        assert_eq!(hosts, [ELSEWHERE]);
        assert_eq!(lines.iter().filter(|line| line["UnknownResultHost"] == 1.0).count(), 1, "{lines:#?}");
        assert!(!logs.lines().iter().any(|line| line.contains("/results/")), "{lines:#?}");
    }

    /// Records the hosts of all calls.
    #[derive(Default)]
    struct Hosts(Mutex<Vec<String>>);

    impl Interceptor for Hosts {
        fn before(&self, call: &CallInfo) -> Action {
            self.0.lock().unwrap().push(call.host.clone());
            Action::Pass
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_at_an_address_that_is_not_public_is_not_asked_for_and_the_order_is_refunded() {
        for base in ["https://169.254.169.254", "https://0x7f000001", "https://[fd00:ec2::254]", "http://films.example"] {
            let (logs, _guard) = Logs::capture("error");
            let (env, seller) = env().await;
            mount_elsewhere(&env, 0, Duration::ZERO);
            let hosts = Arc::new(Hosts::default());
            env.sandbox().unwrap().net.intercept(hosts.clone());
            let job = order(&env, &seller, base).await;
            assert_eq!((job.state.name(), seller.videos().len(), env.tasks_of(seller.user).len()), ("failed", 0, 1), "{base}");
            assert!(hosts.0.lock().unwrap().iter().all(|host| host.ends_with(".local")), "{base}: {:?}", hosts.0.lock().unwrap());
            let refused = parsed(&logs).iter().filter(|line| line["message"].to_string().contains("must not be fetched")).count();
            assert_eq!(refused, 1, "{base}: {:#?}", logs.lines());
        }
    }

    /// Delays the first upload of a film to the media store.
    struct SlowStore(Duration, AtomicU32);

    impl Interceptor for SlowStore {
        fn before(&self, call: &CallInfo) -> Action {
            let stores_film = call.host == "s3.local" && call.method == http::Method::PUT && call.path.contains("/videos/");
            if stores_film && self.1.fetch_add(1, Ordering::Relaxed) == 0 { Action::Delay(self.0) } else { Action::Pass }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_in_which_everything_is_slow_ends_before_the_worker_s_timeout_and_the_film_arrives() {
        let (logs, _guard) = Logs::capture("info");
        let (env, seller) = env().await;
        // Three redirects of 19 s and an upload of 59 s: together they outlast the function's time-out of 100 s.
        mount_elsewhere(&env, 3, Duration::from_secs(19));
        let sandbox = env.sandbox().unwrap();
        let slow_store = Arc::new(SlowStore(Duration::from_secs(59), AtomicU32::new(0)));
        sandbox.net.intercept(slow_store.clone());
        let job = order(&env, &seller, &format!("https://{ELSEWHERE}")).await;
        assert_eq!((job.state.name(), seller.videos().len(), env.tasks_of(seller.user).len()), ("delivered", 1, 1));
        assert!(slow_store.1.load(Ordering::Relaxed) >= 1, "no film was stored slowly");
        let lines = parsed(&logs);
        let late = |line: &&Value| line["reason"].to_string().contains("it was not complete within 40s");
        assert!(lines.iter().filter(late).count() >= 1, "{lines:#?}");
        let handled = lines.iter().filter(|line| line["message"] == "a generate message is handled").count();
        assert_eq!(u64::try_from(handled).unwrap(), sandbox.invocations()["generator"], "a time-out stopped an invocation");
    }
}
