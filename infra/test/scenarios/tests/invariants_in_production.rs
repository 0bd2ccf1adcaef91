//! The sweeper checks the money invariants in production: it finds violations by a bug or by an edit in the console.

#[cfg(test)]
mod invariants_in_production {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use adapters::table::user_hash;
    use bytes::Bytes;
    use domain::{
        catalog::Kind,
        conversation::{Chat, Profile},
        credits::{self, Credits},
        ids::UserId,
        locale::Locale,
    };
    use fakes::film::Detail;
    use local_aws::{
        dynamodb::DynamoDb,
        net::{Action, CallInfo, Interceptor, Moment, NetError, Response},
    };
    use serde_json::{Value, json};
    use sweeper::INVARIANT_VIOLATED;
    use testkit::environment::{
        Carrier, Logs, Seller, TABLE, TestEnvironment, Times,
        armed_faults::{Kill, mint},
    };

    const DAY: Duration = Duration::from_secs(24 * 3600);
    /// The time between two sweeps, and two seconds more.
    const A_SWEEP: Duration = Duration::from_secs(62);
    const STATE: &str = "PASS#laws STATE";

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    fn seller(env: &TestEnvironment, id: i64) -> Seller {
        Seller::new(env, id, "en", "Zephyrina")
    }

    /// Returns the logged violations so far: user hash, invariant's number, violation.
    fn found(logs: &Logs) -> Vec<(String, Option<u64>, String)> {
        let lines = logs.lines().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
        let broken = lines.filter(|line| line["message"] == INVARIANT_VIOLATED);
        let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
        broken
            .map(|line| {
                assert_eq!(line["level"], "ERROR");
                (text(&line, "user_hash"), line["invariant"].as_u64(), text(&line, "violation"))
            })
            .collect()
    }

    fn three_more(user: UserId) -> (String, Option<u64>, String) {
        (user_hash(user), Some(1), "the balance is 3 more than the ledger's sum".to_owned())
    }

    /// Returns every item of the table except the state of the pass.
    fn everything(env: &TestEnvironment) -> BTreeMap<String, Value> {
        let mut items = env.sandbox().unwrap().everything();
        items.remove(STATE);
        items
    }

    #[tokio::test(start_paused = true)]
    async fn the_sweep_that_touches_a_job_checks_its_person() {
        let env = env().await;
        let (sandbox, olga, vera) = (env.sandbox().unwrap(), seller(&env, 760_000_001), seller(&env, 760_000_002));
        olga.start().await.unwrap();
        vera.start().await.unwrap();
        let (logs, _guard) = Logs::capture("info");
        // The first pass ends before the imbalance is seeded.
        tokio::time::sleep(A_SWEEP).await;
        for seller in [&olga, &vera] {
            assert!(mint(&sandbox.dynamodb, seller.user, 3));
        }
        sandbox.faults.lose_messages_of(olga.user.0);
        olga.order(Kind::Neurocard).await.unwrap();
        tokio::time::sleep(A_SWEEP).await;
        assert_eq!(found(&logs), [three_more(olga.user)], "only Olga has a job");
        olga.until_over(1).await.unwrap();
        let balance = env.balance(olga.user).await.unwrap();
        assert_eq!(balance, Credits(2 + 3 - 1), "the sweeper does not correct the balance");
        for line in logs.lines().iter().filter(|line| line.contains(INVARIANT_VIOLATED)) {
            assert!(!line.contains("760000001") && !line.contains("Zephyrina"), "{line}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_daily_pass_reports_an_untouched_account_once_a_day_and_changes_nothing() {
        // Rare sweeps and the long polls of a seeded sandbox let days pass in seconds.
        const EVERY: Duration = Duration::from_secs(600);
        let times = Times { sweep_every: EVERY, ..Times::production() };
        let env = TestEnvironment::open_seeded(1, times, &[]).await.expect("the sandbox opens");
        let (sandbox, olga) = (env.sandbox().unwrap(), seller(&env, 760_000_003));
        olga.start().await.unwrap();
        seller(&env, 760_000_004).start().await.unwrap();
        let (logs, _guard) = Logs::capture("info");
        tokio::time::sleep(EVERY + A_SWEEP).await;
        assert!(mint(&sandbox.dynamodb, olga.user, 3));
        let before = everything(&env);
        tokio::time::sleep(DAY - EVERY).await;
        assert_eq!(found(&logs), [], "the next pass is not due yet");
        tokio::time::sleep(2 * EVERY).await;
        assert_eq!(found(&logs), [three_more(olga.user)]);
        tokio::time::sleep(DAY + 2 * EVERY).await;
        assert_eq!(found(&logs), [three_more(olga.user), three_more(olga.user)], "the violation is reported again every day");
        assert_eq!(everything(&env), before);
        let passes = logs.lines().into_iter().filter(|line| line.contains("the invariants were checked for every account"));
        assert_eq!(passes.count(), 3);
    }

    /// Changes a balance right after the sweeper has read it for the first time.
    struct Between {
        table: DynamoDb,
        user: UserId,
        credits: i64,
        reads: Mutex<u32>,
    }

    impl Interceptor for Between {
        fn after(&self, call: &CallInfo, _: &Result<Response, NetError>) {
            if reads_of(call).is_some_and(|user| user == self.user.0) {
                let mut reads = self.reads.lock().unwrap();
                *reads += 1;
                if *reads == 1 {
                    assert!(mint(&self.table, self.user, self.credits));
                }
            }
        }
    }

    /// Returns the user whose items the sweeper reads with this call; `None` for any other call.
    fn reads_of(call: &CallInfo) -> Option<i64> {
        if call.caller != "sweeper" || call.operation.as_deref() != Some("Query") {
            return None;
        }
        let body: Value = serde_json::from_slice(&call.body).ok()?;
        body["ExpressionAttributeValues"][":pk"]["S"].as_str()?.strip_prefix("USER#")?.parse().ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_violation_that_differs_in_the_second_read_is_not_reported() {
        for (at_first, then) in [(3, -3), (3, -1), (-2, 4)] {
            let env = env().await;
            let (sandbox, olga) = (env.sandbox().unwrap(), seller(&env, 760_000_005));
            olga.start().await.unwrap();
            assert!(mint(&sandbox.dynamodb, olga.user, at_first));
            let table = sandbox.dynamodb.clone();
            let between = Arc::new(Between { table, user: olga.user, credits: then, reads: Mutex::default() });
            sandbox.net.intercept(between.clone());
            let (logs, _guard) = Logs::capture("info");
            tokio::time::sleep(A_SWEEP).await;
            assert_eq!((found(&logs), *between.reads.lock().unwrap()), (vec![], 2), "{at_first}, then {then}");
        }
    }

    /// Counts the reads of the pass, and can delay its pages.
    #[derive(Default)]
    struct Visits {
        people: Mutex<BTreeMap<i64, u32>>,
        pages: Mutex<u32>,
        /// Delay of each page.
        slow: Duration,
    }

    impl Interceptor for Visits {
        fn before(&self, call: &CallInfo) -> Action {
            if let Some(user) = reads_of(call) {
                *self.people.lock().unwrap().entry(user).or_default() += 1;
            }
            if call.operation.as_deref() != Some("Scan") {
                return Action::Pass;
            }
            *self.pages.lock().unwrap() += 1;
            if self.slow.is_zero() { Action::Pass } else { Action::Delay(self.slow) }
        }
    }

    /// Opens accounts with welcome credits and a conversation: three items each.
    async fn accounts(env: &TestEnvironment, first: i64, count: i64) {
        let now = env.sandbox().unwrap().now();
        let profile = Profile {
            balance: Credits(2),
            locale: Locale::En,
            reachable: true,
            consented_at: None,
            open_jobs: vec![],
            bought: false,
            came_from: None,
        };
        for id in first..first + count {
            let gift = credits::grant(UserId(id), "welcome", Credits(2), "welcome", now);
            let chat = Chat { version: 1, ..Chat::default() };
            env.table.open_account(UserId(id), &profile, &gift, &chat).await.unwrap();
        }
    }

    fn count_in_state(env: &TestEnvironment, field: &str) -> u64 {
        env.sandbox().unwrap().everything()[STATE][field]["N"].as_str().unwrap().parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_over_many_sweeps_counts_every_account_once_even_if_a_sweep_dies() {
        const FIRST: i64 = 760_100_000;
        const COUNT: i64 = 1000;
        let env = env().await;
        let sandbox = env.sandbox().unwrap();
        accounts(&env, FIRST, COUNT).await;
        let broken = [FIRST, FIRST + 500, FIRST + COUNT - 1].map(UserId);
        for user in broken {
            assert!(mint(&sandbox.dynamodb, user, 3));
        }
        let visits = Arc::new(Visits::default());
        sandbox.net.intercept(visits.clone());
        let victim = FIRST + 700;
        sandbox.faults.kill(Kill { function: "sweeper", call: "Query", moment: Moment::BeforeSent }, victim);
        let (logs, _guard) = Logs::capture("info");
        let mut sweeps = 0;
        while !logs.lines().iter().any(|line| line.contains("the invariants were checked for every account")) {
            tokio::time::sleep(Duration::from_secs(60)).await;
            sweeps += 1;
            assert!(sweeps < 10, "the pass did not end within ten sweeps");
        }
        assert!(sandbox.faults.has_killed(victim));
        let pages = *visits.pages.lock().unwrap();
        println!("{COUNT} accounts: {pages} pages in {sweeps} sweeps");
        assert!(
            sweeps >= 3 && pages == 14,
            "{pages} pages in {sweeps} sweeps; expected 14 pages: 3000 items, the state, and the repeated page of the dead sweep"
        );
        let state = (count_in_state(&env, "accounts"), count_in_state(&env, "broken"));
        assert_eq!(state, (u64::try_from(COUNT).unwrap(), 3), "each account is counted once");
        let mut reported = found(&logs);
        reported.sort();
        let mut expected = broken.map(three_more);
        expected.sort();
        assert_eq!(reported, expected, "each violation is reported once");
        let people = std::mem::take(&mut *visits.people.lock().unwrap());
        assert_eq!(people.len(), usize::try_from(COUNT).unwrap(), "every account was read");
        let twice = people.iter().filter(|(id, reads)| **reads > 1 && !broken.contains(&UserId(**id))).count();
        // A page of 250 items holds 84 of these accounts at most.
        assert!(twice <= 84, "{twice} accounts were read twice; only the page of the dead sweep may be repeated");
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(*visits.pages.lock().unwrap(), pages, "a second pass began too early");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_cut_short_by_a_slow_table_continues_where_it_stopped() {
        let env = env().await;
        let sandbox = env.sandbox().unwrap();
        accounts(&env, 760_200_000, 700).await;
        let visits = Arc::new(Visits { slow: Duration::from_millis(3900), ..Visits::default() });
        sandbox.net.intercept(visits.clone());
        let (logs, _guard) = Logs::capture("info");
        let cut_short = || logs.lines().iter().filter(|line| line.contains("no time was left")).count();
        // Seven of nine pages fit into the thirty seconds of a sweep.
        tokio::time::sleep(Duration::from_secs(60 + 29)).await;
        let so_far = count_in_state(&env, "accounts");
        assert!((500..700).contains(&so_far) && cut_short() == 0, "{so_far}");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!((count_in_state(&env, "accounts"), cut_short()), (so_far, 1));
        tokio::time::sleep(Duration::from_secs(60 + 9)).await;
        assert_eq!((count_in_state(&env, "accounts"), cut_short()), (700, 1));
        assert!(visits.people.lock().unwrap().values().all(|reads| *reads == 1), "no account was read twice");
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_with_an_unreadable_item_is_reported_and_does_not_stop_the_pass() {
        let env = env().await;
        let (sandbox, olga) = (env.sandbox().unwrap(), seller(&env, 760_000_006));
        olga.start().await.unwrap();
        seller(&env, 760_000_007).start().await.unwrap();
        let odd = json!({ "TableName": TABLE, "Item": {
            "pk": { "S": format!("USER#{}", olga.user) }, "sk": { "S": "LEDGER#GRANT#odd" }, "amount": { "S": "Zephyrina" },
        } });
        let mut request = http::Request::new(Bytes::from(odd.to_string()));
        request.headers_mut().insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.PutItem"));
        assert_eq!(sandbox.dynamodb.unguarded().handle(&request).status(), 200);
        let (logs, _guard) = Logs::capture("info");
        tokio::time::sleep(A_SWEEP).await;
        assert_eq!(count_in_state(&env, "accounts"), 2);
        let lines: Vec<_> = logs.lines().into_iter().filter(|line| line.contains("cannot be read")).collect();
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert!(line.contains(&user_hash(olga.user)) && line.contains("LEDGER#GRANT#odd") && line.contains("ERROR"), "{line}");
        assert!(!line.contains("Zephyrina") && !line.contains("760000006"), "{line}");
    }

    #[test]
    fn the_templates_metric_filter_matches_the_violations_log_line() {
        let template = include_str!("../../../template.yaml");
        assert!(template.contains(&format!("$.message = \"{INVARIANT_VIOLATED}\"")));
    }
}
