//! The rate limiter: KIE accepts twenty createTask calls in ten seconds, so many concurrent orders are spread over time. The
//! sellers are not notified of the wait.

#[cfg(test)]
mod limiter {
    use std::{
        collections::BTreeMap,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use bytes::Bytes;
    use domain::{
        catalog::Kind,
        credits::{self, Credits},
        job::{Job, State},
    };
    use fakes::film;
    use futures_util::future::join_all;
    use local_aws::net::{Action, CallInfo, Interceptor, Moment};
    use serde_json::Value;
    use testkit::environment::{Seller, TestEnvironment, armed_faults::Kill};

    async fn env() -> TestEnvironment {
        TestEnvironment::open_limited().await.expect("the sandbox opens")
    }

    /// Returns sellers whose orders are ready to be confirmed.
    async fn sellers(env: &TestEnvironment, first: i64, count: i64) -> Vec<Seller> {
        let ready = (first..first + count).map(async |id| {
            let seller = Seller::new(env, id, "en", "Olga");
            seller.start().await.unwrap();
            seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
            seller
        });
        join_all(ready).await
    }

    async fn order_all(sellers: &[Seller]) {
        for ordered in join_all(sellers.iter().map(Seller::confirm)).await {
            ordered.unwrap();
        }
    }

    fn is_delivered(jobs: &[Job]) -> bool {
        jobs.iter().all(|job| matches!(job.state, State::Delivered { .. }))
    }

    /// Returns the creation time of each task, in seconds since the first, ascending.
    fn created(env: &TestEnvironment) -> Vec<f64> {
        let mut created: Vec<i64> = env.kie.tasks().iter().map(|task| task.created_ms).collect();
        created.sort_unstable();
        let first = created.first().copied().unwrap_or_default();
        created.into_iter().map(|at| f64::from(u32::try_from(at - first).unwrap()) / 1000.0).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn forty_orders_at_once_are_spread_and_none_is_refused() {
        let env = env().await;
        let sellers = sellers(&env, 770_000_000, 40).await;
        order_all(&sellers).await;
        let mut texts = BTreeMap::new();
        for seller in &sellers {
            let jobs = seller.until_over(1).await.unwrap();
            assert!(is_delivered(&jobs), "{jobs:?}");
            *texts.entry(seller.texts().concat()).or_insert(0) += 1;
        }
        let created = created(&env);
        let windows = (0..4).map(|window| created.iter().filter(|at| (**at / 10.0) as i32 == window).count());
        println!("tasks created in each ten seconds: {:?}; the last one after {} s", windows.collect::<Vec<_>>(), created[39]);
        assert_eq!((env.kie.refusals(), created.len()), (vec![], 40));
        assert!(created[39] < 40.0, "{created:?}");
        assert_eq!(env.llm.requests().len(), 40, "a prompt is written once, also for a job that waits several times");
        assert_eq!(texts.len(), 1, "a waiting seller gets the same messages as the others: {texts:#?}");
    }

    #[tokio::test(start_paused = true)]
    async fn sixty_orders_in_eighteen_seconds_exceed_the_limit_and_none_is_refused() {
        let env = env().await;
        let sellers = sellers(&env, 770_010_000, 60).await;
        let confirmed = sellers.iter().zip(0_u32..).map(async |(seller, at)| {
            tokio::time::sleep(Duration::from_millis(300) * at).await;
            seller.confirm().await.unwrap();
        });
        join_all(confirmed).await;
        for seller in &sellers {
            assert!(is_delivered(&seller.until_over(1).await.unwrap()));
        }
        let (created, items) = (created(&env), env.sandbox().unwrap().everything());
        let number = |item: &Value, field: &str| item[field]["N"].as_str().unwrap().parse::<i64>().unwrap();
        let counts: Vec<_> = items.iter().filter(|(key, _)| key.starts_with("LIMIT#kie ")).collect();
        let drawn: i64 = counts.iter().map(|(_, count)| number(count, "drawn")).sum();
        println!(
            "60 orders in 18 s: the last task was created after {} s, {drawn} numbers were drawn in {} windows",
            created[59],
            counts.len()
        );
        assert_eq!(env.kie.refusals(), Vec::<String>::new());
        assert!(created[59] < 54.0, "{created:?}");
        for (key, count) in counts {
            let window: jiff::Timestamp = key.split_once(' ').unwrap().1.parse().unwrap();
            assert_eq!(number(count, "expires_at"), window.as_second() + 3600, "each counter expires an hour after its window");
        }
    }

    /// Fails every update of the rate limiter's counter.
    struct CounterFault {
        fault: Action,
        asked: AtomicU32,
    }

    impl Interceptor for CounterFault {
        fn before(&self, call: &CallInfo) -> Action {
            if call.operation.as_deref() != Some("UpdateItem") || !String::from_utf8_lossy(&call.body).contains("LIMIT#kie") {
                return Action::Pass;
            }
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.fault.clone()
        }
    }

    fn reply(status: u16, kind: &str) -> Action {
        let mut reply = http::Response::new(Bytes::from(format!(r#"{{"__type":"{kind}","message":"seeded"}}"#)));
        *reply.status_mut() = http::StatusCode::from_u16(status).unwrap();
        Action::Reply(reply)
    }

    #[tokio::test(start_paused = true)]
    async fn if_the_counter_cannot_be_read_no_order_waits() {
        let refused = "com.amazon.coral.service#AccessDeniedException";
        let throttled = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        let faults = [
            ("refused", reply(400, refused)),
            ("throttled", reply(400, throttled)),
            ("broken", reply(500, "InternalServerError")),
            ("not reached", Action::RefuseNotSent),
            ("silent", Action::Delay(Duration::from_secs(600))),
        ];
        for (name, fault) in faults {
            let env = env().await;
            let counter_fault = Arc::new(CounterFault { fault, asked: AtomicU32::new(0) });
            env.sandbox().unwrap().net.intercept(counter_fault.clone());
            let sellers = sellers(&env, 770_020_000, 4).await;
            let before = env.sandbox().unwrap().now();
            order_all(&sellers).await;
            for seller in &sellers {
                assert!(is_delivered(&seller.until_over(1).await.unwrap()), "{name}");
            }
            let tasks = env.kie.tasks();
            let last = tasks.iter().map(|task| task.created_ms).max().unwrap() - before.as_millisecond();
            println!("{name}: the last of four tasks was created after {last} ms");
            assert!(tasks.len() == 4 && last <= 2500, "{name}: {last} ms");
            assert!(counter_fault.asked.load(Ordering::Relaxed) >= 4, "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_fifth_video_of_an_order_waits_for_seconds() {
        let env = env().await;
        let seller = Seller::new(&env, 770_030_000, "en", "Olga");
        seller.start().await.unwrap();
        let gift = credits::grant(seller.user, "test", Credits(5), "five videos", jiff::Timestamp::now());
        env.table.give(&gift).await.unwrap();
        seller.prepare(Kind::Reels, film::sample_photo()).await.unwrap();
        seller.tap_data("count:5").await.unwrap();
        seller.confirm().await.unwrap();
        assert!(is_delivered(&seller.until_over(5).await.unwrap()));
        let created = created(&env);
        assert!(created.len() == 5 && created[3] < 0.1 && created[4] < 4.5, "{created:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_dies_after_drawing_a_number_delays_only_its_own_job() {
        for moment in [Moment::BeforeSent, Moment::AfterApplied] {
            let env = env().await;
            let sellers = sellers(&env, 770_040_000, 2).await;
            let sandbox = env.sandbox().unwrap();
            // The update names no person. The id 1 is a digit that every update contains, so the first update is hit.
            sandbox.faults.kill(Kill { function: "generator", call: "UpdateItem", moment }, 1);
            order_all(&sellers).await;
            for seller in &sellers {
                assert!(is_delivered(&seller.until_over(1).await.unwrap()));
            }
            assert!(sandbox.faults.has_killed(1), "no process died");
            assert_eq!(env.kie.count("createTask"), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_implausible_rate_limit_stops_the_generator_and_is_named() {
        let env = env().await;
        for value in ["0", "4", "-20", "1001", "20.5", "many"] {
            let setup = env.sandbox().unwrap().setup_with(&[("KIE_CREATES_PER_10S", Some(value))]).await.unwrap();
            let error = generator::Generator::new(&setup).expect_err("the generator starts").to_string();
            assert!(error.starts_with("KIE_CREATES_PER_10S"), "{error}");
        }
    }
}
