//! The operator's metrics and logs: the metrics of orders, the gauges of a sweep, and the fields of every outcome's log line.

#[cfg(test)]
mod metrics {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use adapters::table::user_hash;
    use domain::catalog::Kind;
    use fakes::{
        film::{self, Detail},
        kie::Outcome,
        telegram::CallFailure,
    };
    use local_aws::net::{Action, CallInfo, Interceptor};
    use serde_json::Value;
    use sweeper::Sweeper;
    use testkit::environment::{Carrier, Logs, Seller, TestEnvironment, Times};

    const NAMESPACE: &str = "neurocards-test";

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    fn parsed(logs: &Logs) -> impl Iterator<Item = Value> {
        logs.lines().into_iter().map(|line| serde_json::from_str(&line).unwrap())
    }

    /// Returns the values of each metric logged so far. A metric with a class is named `<metric> <class>`.
    fn written(logs: &Logs) -> BTreeMap<String, Vec<f64>> {
        let mut written = BTreeMap::<_, Vec<f64>>::new();
        for line in parsed(logs).filter(|line| line.get("_aws").is_some()) {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(directive["Namespace"], NAMESPACE);
            let metric = directive["Metrics"][0]["Name"].as_str().unwrap();
            let class = line["Class"].as_str().map(|class| format!(" {class}")).unwrap_or_default();
            written.entry(format!("{metric}{class}")).or_default().push(line[metric].as_f64().unwrap());
        }
        written
    }

    /// Returns each counter's name and number of values, without the metrics in seconds.
    fn counts(written: &BTreeMap<String, Vec<f64>>) -> Vec<(&str, usize)> {
        written
            .iter()
            .filter(|(name, _)| !name.ends_with("Seconds"))
            .map(|(name, values)| (name.as_str(), values.len()))
            .collect()
    }

    /// The messages of the lines that say how a job was handled, one a function.
    const HANDLED: [&str; 4] =
        ["a generate message is handled", "a send message is handled", "a due job is handled", "a callback is handled"];

    #[tokio::test(start_paused = true)]
    async fn an_order_is_counted_and_its_generation_and_delivery_are_timed() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_001, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::success().after(Duration::from_secs(130))]);
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let written = written(&logs);
        assert_eq!(counts(&written), [("CreditsCharged", 1), ("Delivered", 1), ("FilmsPaid", 1), ("KieSpent", 1), ("Orders", 1)]);
        assert_eq!(written["KieSpent"], [45.0]);
        let seconds = |name: &str| written[name].clone();
        assert!(matches!(seconds("GenerationSeconds")[..], [130.0..150.0]), "{written:?}");
        assert!(matches!(seconds("DeliverySeconds")[..], [0.0..10.0]), "{written:?}");
        assert_eq!(written["Orders"], [1.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn failed_tasks_count_as_retries_and_one_refund_of_their_class() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_002, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", (0..3).map(|_| Outcome::fail("500", "Internal Error")).collect());
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        assert_eq!(
            counts(&written(&logs)),
            [("CreditsCharged", 1), ("Orders", 1), ("Refunded broken_upstream", 1), ("Retries", 2)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_answer_of_kie_is_tried_once_more_then_by_the_spare_and_logged_without_the_prompt() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_009, "en", "Olga");
        seller.start().await.unwrap();
        let answer = "The flux capacitor is misaligned, prompt: a red mug";
        env.kie.script("/photos/", (0..3).map(|_| Outcome::fail("422", answer)).collect());
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let expected =
            [("CreditsCharged", 1), ("Orders", 1), ("Refunded broken_upstream", 1), ("Retries", 2), ("UnknownKieAnswers", 3)];
        assert_eq!(counts(&written(&logs)), expected);
        let unknown =
            parsed(&logs).filter(|line| line["message"].as_str().is_some_and(|it| it.starts_with("KIE's answer is unknown")));
        let answers: Vec<_> = unknown.map(|line| line["answer"].as_str().unwrap().to_owned()).collect();
        assert_eq!(answers, ["422 The flux capacitor is misaligned, prompt <removed>"; 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_telegram_and_kie_are_counted_by_service() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_003, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::refuse(500, "Server exception"), Outcome::success()]);
        // Telegram refuses the video by URL, then refuses the upload, and accepts the third attempt.
        env.telegram.fail(seller.user.0, "sendVideo", 2, CallFailure::BadUrl);
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let written = written(&logs);
        let expected = [
            ("CreditsCharged", 1),
            ("Delivered", 1),
            ("FilmsPaid", 1),
            ("KieErrors", 1),
            ("KieSpent", 1),
            ("Orders", 1),
            ("Retries", 2),
            ("TelegramErrors", 2),
        ];
        assert_eq!(counts(&written), expected, "{written:?}");
    }

    /// Counts calls by AWS operation, or by the last part of the path.
    #[derive(Default)]
    struct CallCounts(Mutex<BTreeMap<String, u32>>);

    impl Interceptor for CallCounts {
        fn before(&self, call: &CallInfo) -> Action {
            let path = call.path.split('?').next().unwrap_or_default();
            let name = call.operation.clone().unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
            *self.0.lock().unwrap().entry(name).or_default() += 1;
            Action::Pass
        }
    }

    impl CallCounts {
        fn take(&self, name: &str) -> u32 {
            self.0.lock().unwrap().remove(name).unwrap_or_default()
        }
    }

    /// Places an order and checks that the gauge finds its age of a hundred seconds.
    async fn a_new_order_is_the_oldest_open_job(env: &TestEnvironment) {
        let olga = Seller::new(env, 770_000_099, "en", "Olga");
        olga.start().await.unwrap();
        olga.order(Kind::Neurocard).await.unwrap();
        tokio::time::sleep(Duration::from_secs(100)).await;
        let setup = env.sandbox().unwrap().setup_with(&[("METRICS_NAMESPACE", Some(NAMESPACE))]).await.unwrap();
        let sweeper = Sweeper::new(&setup).unwrap();
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        sweeper.measure().await;
        let ages = written(&logs)["OldestOpenJobSeconds"].clone();
        assert!(matches!(ages[..], [100.0..105.0]), "{ages:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn many_held_films_do_not_hide_the_oldest_open_job() {
        let env = env().await;
        let sellers: Vec<_> = (0..20).map(|n| Seller::new(&env, 770_000_100 + n, "en", "Olga")).collect();
        for seller in &sellers {
            seller.start().await.unwrap();
            seller.order(Kind::Neurocard).await.unwrap();
            seller.person.block().await;
        }
        // After the checks of two minutes and an hour the sellers are checked daily.
        tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
        a_new_order_is_the_oldest_open_job(&env).await;
    }

    #[tokio::test(start_paused = true)]
    async fn many_unshown_ends_do_not_hide_the_oldest_open_job() {
        let env = env().await;
        for n in 0..20 {
            let seller = Seller::new(&env, 770_000_200 + n, "en", "Olga");
            seller.start().await.unwrap();
            seller.order(Kind::Neurocard).await.unwrap();
            env.telegram.fail(seller.user.0, "editMessageText", 1000, CallFailure::Transient(502));
        }
        tokio::time::sleep(Duration::from_secs(300)).await;
        a_new_order_is_the_oldest_open_job(&env).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_sweep_measures_the_oldest_open_job_every_time_and_kies_balance_every_15_minutes() {
        let env = env().await;
        let sandbox = env.sandbox().unwrap();
        let calls = Arc::new(CallCounts::default());
        sandbox.net.intercept(calls.clone());
        let setup = sandbox.setup_with(&[("METRICS_NAMESPACE", Some(NAMESPACE))]).await.unwrap();
        let sweeper = Sweeper::new(&setup).unwrap();
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        sweeper.measure().await;
        assert_eq!(written(&logs)["OldestOpenJobSeconds"], [0.0], "no job is open");
        assert_eq!(written(&logs)["KieBalance"], [env.kie.credits()]);
        assert_eq!((calls.take("credit"), calls.take("GetItem")), (1, 0));

        // Vera begins her order first and confirms it last, so Olga's job is the oldest.
        let (olga, vera) = (Seller::new(&env, 770_000_004, "en", "Olga"), Seller::new(&env, 770_000_005, "en", "Vera"));
        for seller in [&vera, &olga] {
            seller.start().await.unwrap();
        }
        env.kie.script("/photos/", vec![Outcome::success().after(Duration::from_secs(600)); 2]);
        vera.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        olga.order(Kind::Neurocard).await.unwrap();
        tokio::time::sleep(Duration::from_secs(100)).await;
        vera.confirm().await.unwrap();
        tokio::time::sleep(Duration::from_secs(50)).await;
        sweeper.measure().await;
        let ages = written(&logs)["OldestOpenJobSeconds"].clone();
        assert!(matches!(ages[..], [_, 150.0..155.0]), "{ages:?}");
        assert_eq!(calls.take("credit"), 0, "fifteen minutes have not passed yet");
        tokio::time::sleep(Duration::from_secs(15 * 60)).await;
        sweeper.measure().await;
        assert_eq!(written(&logs)["OldestOpenJobSeconds"].last(), Some(&0.0), "both jobs have ended");
        assert_eq!((calls.take("credit"), written(&logs)["KieBalance"].len()), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_namespace_no_gauge_is_read_and_no_metric_is_written() {
        let (logs, _guard) = Logs::capture("info");
        let env = env().await;
        let calls = Arc::new(CallCounts::default());
        env.sandbox().unwrap().net.intercept(calls.clone());
        let seller = Seller::new(&env, 770_000_006, "en", "Olga");
        seller.start().await.unwrap();
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let empty = env.sandbox().unwrap().setup_with(&[("METRICS_NAMESPACE", Some(""))]).await.unwrap();
        Sweeper::new(&empty).unwrap().measure().await;
        assert_eq!((calls.take("credit"), written(&logs).len()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gauge_that_cannot_be_read_delays_the_sweep_by_five_seconds_at_most() {
        struct DelayEveryCall;
        impl Interceptor for DelayEveryCall {
            fn before(&self, _: &CallInfo) -> Action {
                Action::Delay(Duration::from_secs(3600))
            }
        }
        let env = env().await;
        let sandbox = env.sandbox().unwrap();
        let setup = sandbox.setup_with(&[("METRICS_NAMESPACE", Some(NAMESPACE))]).await.unwrap();
        let sweeper = Sweeper::new(&setup).unwrap();
        sandbox.net.intercept(Arc::new(DelayEveryCall));
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let began = tokio::time::Instant::now();
        sweeper.measure().await;
        assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(counts(&written(&logs)), [("KieErrors", 1)], "no gauge is written");
        assert_eq!(written(&logs).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_order_has_one_trace_across_all_functions() {
        const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
        let (logs, _guard) = Logs::capture("info");
        let env = env().await;
        let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1");
        let changes = [("_X_AMZN_TRACE_ID", Some(header.as_str()))];
        env.sandbox().unwrap().change_webhook(&changes).await.unwrap();
        let seller = Seller::new(&env, 770_000_008, "en", "Olga");
        seller.start().await.unwrap();
        // The first message is lost, so the sweeper requeues the job. Later the callback requeues it too.
        env.sandbox().unwrap().faults.lose_messages_of(seller.user.0);
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        seller.confirm().await.unwrap();
        seller.until_over(1).await.unwrap();
        let written = parsed(&logs).filter(|line| line.get("outcome").is_some() && line.get("job").is_some());
        let lines: Vec<_> = written.map(|line| (line["message"].as_str().unwrap().to_owned(), line["trace"].clone())).collect();
        assert!(lines.iter().all(|(_, trace)| trace == ROOT), "{lines:#?}");
        for function in HANDLED {
            assert!(lines.iter().any(|(message, _)| message == function), "{function}: {lines:#?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_outcome_is_logged_with_user_hash_job_stage_and_attempt() {
        let (logs, _guard) = Logs::capture("info");
        let env = env().await;
        let seller = Seller::new(&env, 770_000_007, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::fail("500", "Internal Error"), Outcome::success()]);
        env.sandbox().unwrap().faults.lose_messages_of(seller.user.0);
        seller.order(Kind::Neurocard).await.unwrap();
        let job = seller.until_over(1).await.unwrap().remove(0);
        let mut outcomes = BTreeMap::<String, Vec<String>>::new();
        for line in parsed(&logs).filter(|line| line.get("outcome").is_some() && line["message"] != "an update is handled") {
            assert_eq!(line["job"], job.id.to_string(), "{line}");
            assert_eq!(line["user_hash"], user_hash(seller.user), "{line}");
            assert!(line["stage"].is_string() && line["attempt"].is_u64(), "{line}");
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let outcome = format!("{} in {} {}", text("outcome"), text("stage"), line["attempt"]);
            outcomes.entry(text("message")).or_default().push(outcome);
        }
        println!("{outcomes:#?}");
        for function in HANDLED {
            assert!(outcomes.contains_key(function), "{function}: {outcomes:#?}");
        }
        assert_eq!(outcomes["a send message is handled"], ["Delivered in delivered 1"]);
        let updates = parsed(&logs).filter(|line| line["message"] == "an update is handled");
        let mut answered = 0;
        for line in updates {
            answered += usize::from(line["outcome"] == "Answered");
            assert!(line["user_hash"] == user_hash(seller.user) && line["update"].is_i64(), "{line}");
        }
        assert!(answered >= 5, "{answered}");
    }
}
