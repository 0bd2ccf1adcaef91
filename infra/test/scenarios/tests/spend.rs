//! What is charged and what KIE takes: on the job, in the day's counts, and in the metrics that the alarm kie-overpaid compares.

#[cfg(test)]
mod spend {
    use std::{sync::Arc, time::Duration};

    use domain::{catalog::Kind, job::Job, operator::Day};
    use fakes::kie::{Callback, Outcome};
    use generator::Generator;
    use local_aws::net::{Action, CallInfo, Interceptor};
    use serde_json::Value;
    use testkit::environment::{Logs, Seller, TestEnvironment, Times, delivery};

    const USER: i64 = 781_000_001;
    const NAMESPACE: &str = "neurocards-test";
    /// What KIE takes for a Neurocard, in thousandths of its credits.
    const NEUROCARD: u64 = 45_000;

    /// A sandbox that begins at midnight, so that orders and their ends are counted on one day.
    async fn env() -> (TestEnvironment, Seller) {
        let env = TestEnvironment::open_seeded(1, Times::production(), &[]).await.expect("the sandbox opens");
        let seller = Seller::new(&env, USER, "en", "Olga");
        seller.start().await.unwrap();
        (env, seller)
    }

    /// Orders a Neurocard with this outcome of each task, and waits for its end.
    async fn ordered(env: &TestEnvironment, seller: &Seller, outcomes: Vec<Outcome>) -> Job {
        env.script_kie(seller.user, outcomes);
        seller.order(Kind::Neurocard).await.unwrap();
        seller.until_over(1).await.unwrap().remove(0)
    }

    async fn today(env: &TestEnvironment) -> Day {
        let sandbox = env.sandbox().unwrap();
        let table = sandbox.setup_with(&[]).await.unwrap().services().table().unwrap();
        table.day(sandbox.now()).await.unwrap()
    }

    /// The values and the times of a metric.
    fn metric(logs: &Logs, name: &str) -> Vec<(f64, i64)> {
        let lines = logs.lines().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
        lines.filter_map(|line| Some((line[name].as_f64()?, line["_aws"]["Timestamp"].as_i64()?))).collect()
    }

    fn values(logs: &Logs, name: &str) -> Vec<f64> {
        metric(logs, name).into_iter().map(|(value, _)| value).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn one_film_is_one_charge_and_is_paid_for_once() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let (env, seller) = env().await;
        let job = ordered(&env, &seller, vec![Outcome::success()]).await;
        assert_eq!((job.making.kie_films, job.making.kie_millicredits), (1, NEUROCARD));
        let counted = Day { ordered: 1, charged: 1, delivered: 1, kie_films: 1, kie_millicredits: NEUROCARD, ..Day::default() };
        assert_eq!(today(&env).await, counted);
        assert_eq!((values(&logs, "CreditsCharged"), values(&logs, "KieSpent")), (vec![1.0], vec![45.0]));
        // The charge and the film have the same time, so a window of the alarm has both or none.
        let confirmed_at = job.confirmed_at.as_millisecond();
        assert_eq!(metric(&logs, "Orders"), [(1.0, confirmed_at)]);
        assert_eq!(metric(&logs, "FilmsPaid"), [(1.0, confirmed_at)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_is_read_again_and_again_counts_once() {
        for outcome in [
            Outcome::success().with_result_failures(503, 3),
            Outcome::success().with_result_failures(404, 2),
            Outcome::success().with_callback(Callback::Twice).with_urls_after_polls(2),
        ] {
            let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
            let (env, seller) = env().await;
            let job = ordered(&env, &seller, vec![outcome.clone()]).await;
            assert_eq!((job.state.name(), env.kie.tasks().len()), ("delivered", 1), "{outcome:?}");
            assert_eq!((job.making.kie_films, job.making.kie_millicredits), (1, NEUROCARD), "{outcome:?}");
            let day = today(&env).await;
            assert_eq!((day.delivered, day.kie_films, day.kie_millicredits), (1, 1, NEUROCARD), "{outcome:?}");
            assert_eq!((values(&logs, "KieSpent"), values(&logs, "FilmsPaid")), (vec![45.0], vec![1.0]), "{outcome:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_task_counts_as_paid_only_if_kie_took_credits_for_it() {
        let failed = || Outcome::fail("500", "Internal Error");
        for (first, films) in [(failed(), 1), (failed().with_charged_failure(), 2)] {
            let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
            let (env, seller) = env().await;
            let job = ordered(&env, &seller, vec![first, Outcome::success()]).await;
            assert_eq!((job.state.name(), job.making.kie_films), ("delivered", films));
            let day = today(&env).await;
            let films = u64::from(films);
            assert_eq!((day.ordered, day.delivered, day.kie_films, day.kie_millicredits), (1, 1, films, films * NEUROCARD));
            assert_eq!(values(&logs, "FilmsPaid").len() as u64, films);
            let warned = logs.lines().iter().filter(|line| line.contains("KIE was paid for more than one film of a job")).count();
            assert_eq!(warned as u64, films - 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_charged_failure_that_ends_the_job_is_counted_with_its_refund() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let (env, seller) = env().await;
        let job = ordered(&env, &seller, vec![Outcome::fail("422", "flagged as sensitive").with_charged_failure()]).await;
        assert_eq!(job.state.name(), "failed");
        let counted = Day { ordered: 1, charged: 1, refunded: 1, kie_films: 1, kie_millicredits: NEUROCARD, ..Day::default() };
        assert_eq!(today(&env).await, counted);
        assert_eq!(values(&logs, "FilmsPaid"), [1.0]);
    }

    /// The film could not be fetched before the deadline, and another function may refund the job. KIE has been paid all the same.
    #[tokio::test(start_paused = true)]
    async fn a_film_that_is_not_fetched_by_the_deadline_is_counted_with_the_refund() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let (env, seller) = env().await;
        let job = ordered(&env, &seller, vec![Outcome::success().with_result_failures(503, 1000)]).await;
        assert_eq!(job.state.name(), "failed");
        let day = today(&env).await;
        assert_eq!((day.refunded, day.kie_films, day.kie_millicredits), (1, 1, NEUROCARD));
        assert_eq!((values(&logs, "KieSpent"), values(&logs, "FilmsPaid")), (vec![45.0], vec![1.0]));
    }

    /// Each poll takes a second, so two handlers of one job read it before either writes it.
    struct SlowPolls;

    impl Interceptor for SlowPolls {
        fn before(&self, call: &CallInfo) -> Action {
            if call.path.contains("recordInfo") { Action::Delay(Duration::from_secs(1)) } else { Action::Pass }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_handlers_of_one_failed_task_count_it_once() {
        let (logs, _guard) = Logs::capture_with_metrics("info", Some(NAMESPACE));
        let (env, seller) = env().await;
        let sandbox = env.sandbox().unwrap();
        sandbox.net.intercept(Arc::new(SlowPolls));
        let refused = Outcome::fail("422", "flagged as sensitive").with_charged_failure();
        env.script_kie(seller.user, vec![refused.after(Duration::from_secs(5)).with_callback(Callback::Lost)]);
        seller.order(Kind::Neurocard).await.unwrap();
        // The task has ended, and the first poll of the queue comes 30 s after its submission.
        tokio::time::sleep(Duration::from_secs(15)).await;
        let job = env.jobs(seller.user).await.unwrap().remove(0);
        assert_eq!(job.state.name(), "generating");
        let generator = Generator::new(&sandbox.setup_with(&[]).await.unwrap()).unwrap();
        let handled = || generator.handle(delivery("generate", [job.message().body()]));
        tokio::join!(handled(), handled());
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert_eq!((job.state.name(), job.making.kie_films), ("failed", 1));
        let day = today(&env).await;
        assert_eq!((day.refunded, day.kie_films, day.kie_millicredits), (1, 1, NEUROCARD));
        assert_eq!((values(&logs, "KieSpent"), values(&logs, "FilmsPaid")), (vec![45.0], vec![1.0]));
    }
}
