//! What an operator reads: the metrics of orders as they come and go, the gauges of a sweep, and who, what and where in every
//! line.

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
    use testkit::environment::{Carrier, Logs, Sandbox, Seller, TestEnvironment, Times};

    const NAMESPACE: &str = "neurocards-test";

    async fn env() -> TestEnvironment {
        Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox")
    }

    fn parsed(logs: &Logs) -> impl Iterator<Item = Value> {
        logs.lines().into_iter().map(|line| serde_json::from_str(&line).unwrap())
    }

    /// The metrics so far: each with its values, those of a class under its class.
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

    /// The names and counts of what was counted.
    fn counts(written: &BTreeMap<String, Vec<f64>>) -> Vec<(&str, usize)> {
        written
            .iter()
            .filter(|(name, _)| !name.ends_with("Seconds"))
            .map(|(name, values)| (name.as_str(), values.len()))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_is_counted_and_timed_on_its_way() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_001, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::success().after(Duration::from_secs(130))]);
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let written = written(&logs);
        assert_eq!(counts(&written), [("Delivered", 1), ("Orders", 1)]);
        let seconds = |name: &str| written[name].clone();
        assert!(matches!(seconds("GenerationSeconds")[..], [130.0..150.0]), "{written:?}");
        assert!(matches!(seconds("DeliverySeconds")[..], [0.0..10.0]), "{written:?}");
        assert_eq!(written["Orders"], [1.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_an_error_a_retry_and_a_refund_of_its_class() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_002, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", (0..3).map(|_| Outcome::fail("500", "Internal Error")).collect());
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        assert_eq!(counts(&written(&logs)), [("Orders", 1), ("Refunded broken_upstream", 1), ("Retries", 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_telegram_and_kie_refuse_is_counted_where_it_is_understood() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let env = env().await;
        let seller = Seller::new(&env, 770_000_003, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::refuse(500, "Server exception"), Outcome::success()]);
        // By address Telegram will not have it, the upload breaks off, and then it goes.
        env.telegram.fail(seller.user.0, "sendVideo", 2, CallFailure::BadUrl);
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let written = written(&logs);
        let expected = [("Delivered", 1), ("KieErrors", 1), ("Orders", 1), ("Retries", 2), ("TelegramErrors", 2)];
        assert_eq!(counts(&written), expected, "{written:?}");
    }

    /// Who asked KIE for its balance, and how often the index was asked.
    #[derive(Default)]
    struct Asked(Mutex<BTreeMap<String, u32>>);

    impl Interceptor for Asked {
        fn before(&self, call: &CallInfo) -> Action {
            let path = call.path.split('?').next().unwrap_or_default();
            let what = call.operation.clone().unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
            *self.0.lock().unwrap().entry(what).or_default() += 1;
            Action::Pass
        }
    }

    impl Asked {
        fn take(&self, what: &str) -> u32 {
            self.0.lock().unwrap().remove(what).unwrap_or_default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sweep_measures_kie_s_balance_every_quarter_of_an_hour_and_the_oldest_open_job_each_time() {
        let env = env().await;
        let sandbox = env.sandbox().unwrap();
        let asked = Arc::new(Asked::default());
        sandbox.net.intercept(asked.clone());
        let setup = sandbox.setup_with(&[("METRICS_NAMESPACE", Some(NAMESPACE))]).await.unwrap();
        let sweeper = Sweeper::new(&setup).unwrap();
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        sweeper.measure().await;
        assert_eq!(written(&logs)["OldestOpenJobSeconds"], [0.0], "there is none");
        assert_eq!(written(&logs)["KieBalance"], [env.kie.credits()]);
        assert_eq!((asked.take("credit"), asked.take("GetItem")), (1, 0));

        // Vera begins her order first and confirms it last: of these Olga's is the oldest.
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
        assert_eq!(asked.take("credit"), 0, "not yet again");
        tokio::time::sleep(Duration::from_secs(15 * 60)).await;
        sweeper.measure().await;
        assert_eq!(written(&logs)["OldestOpenJobSeconds"].last(), Some(&0.0), "both have ended");
        assert_eq!((asked.take("credit"), written(&logs)["KieBalance"].len()), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_namespace_nobody_is_asked_and_nothing_is_measured() {
        let (logs, _guard) = Logs::capture("info");
        let env = env().await;
        let asked = Arc::new(Asked::default());
        env.sandbox().unwrap().net.intercept(asked.clone());
        let seller = Seller::new(&env, 770_000_006, "en", "Olga");
        seller.start().await.unwrap();
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap();
        let empty = env.sandbox().unwrap().setup_with(&[("METRICS_NAMESPACE", Some(""))]).await.unwrap();
        Sweeper::new(&empty).unwrap().measure().await;
        assert_eq!((asked.take("credit"), written(&logs).len()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gauge_that_cannot_be_read_holds_nobody_up() {
        struct Deaf;
        impl Interceptor for Deaf {
            fn before(&self, _: &CallInfo) -> Action {
                Action::Delay(Duration::from_secs(3600))
            }
        }
        let env = env().await;
        let sandbox = env.sandbox().unwrap();
        let setup = sandbox.setup_with(&[("METRICS_NAMESPACE", Some(NAMESPACE))]).await.unwrap();
        let sweeper = Sweeper::new(&setup).unwrap();
        sandbox.net.intercept(Arc::new(Deaf));
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let began = tokio::time::Instant::now();
        sweeper.measure().await;
        assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(counts(&written(&logs)), [("KieErrors", 1)], "and nothing is measured");
        assert_eq!(written(&logs).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_order_is_one_trace_whoever_wakes_it() {
        const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
        let (logs, _guard) = Logs::capture("info");
        let env = env().await;
        let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1");
        let changes = [("_X_AMZN_TRACE_ID", Some(header.as_str()))];
        env.sandbox().unwrap().change_webhook(&changes).await.unwrap();
        let seller = Seller::new(&env, 770_000_008, "en", "Olga");
        seller.start().await.unwrap();
        // The first message is lost, so that the sweeper wakes the job; the callback does later.
        env.sandbox().unwrap().faults.lose_messages_of(seller.user.0);
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        seller.confirm().await.unwrap();
        seller.until_over(1).await.unwrap();
        let written = parsed(&logs).filter(|line| line.get("outcome").is_some() && line.get("job").is_some());
        let lines: Vec<_> = written.map(|line| (line["message"].as_str().unwrap().to_owned(), line["trace"].clone())).collect();
        assert!(lines.iter().all(|(_, trace)| trace == ROOT), "{lines:#?}");
        for function in ["generate", "send", "sweep", "callback"] {
            assert!(lines.iter().any(|(message, _)| message == function), "{function}: {lines:#?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_outcome_says_whose_which_where_and_at_what_attempt() {
        let (logs, _guard) = Logs::capture("info");
        let env = env().await;
        let seller = Seller::new(&env, 770_000_007, "en", "Olga");
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::fail("500", "Internal Error"), Outcome::success()]);
        env.sandbox().unwrap().faults.lose_messages_of(seller.user.0);
        seller.order(Kind::Neurocard).await.unwrap();
        let job = seller.until_over(1).await.unwrap().remove(0);
        let mut outcomes = BTreeMap::<String, Vec<String>>::new();
        for line in parsed(&logs).filter(|line| line.get("outcome").is_some() && line["message"] != "update") {
            assert_eq!(line["job"], job.id.to_string(), "{line}");
            assert_eq!(line["user_hash"], user_hash(seller.user), "{line}");
            assert!(line["stage"].is_string() && line["attempt"].is_u64(), "{line}");
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let said = format!("{} in {} {}", text("outcome"), text("stage"), line["attempt"]);
            outcomes.entry(text("message")).or_default().push(said);
        }
        println!("{outcomes:#?}");
        for function in ["generate", "send", "sweep", "callback"] {
            assert!(outcomes.contains_key(function), "{function}: {outcomes:#?}");
        }
        assert_eq!(outcomes["send"], ["Delivered in delivered 1"]);
        let updates = parsed(&logs).filter(|line| line["message"] == "update");
        let mut answered = 0;
        for line in updates {
            answered += usize::from(line["outcome"] == "Answered");
            assert!(line["user_hash"] == user_hash(seller.user) && line["update"].is_i64(), "{line}");
        }
        assert!(answered >= 5, "{answered}");
    }
}
