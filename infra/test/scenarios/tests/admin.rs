//! The operator's commands in the chat, and their refusal for everybody else.

#[cfg(test)]
mod admin {
    use std::sync::Arc;

    use domain::{catalog::Kind, credits::Credits, invariants};
    use fakes::{film::Detail, kie::Outcome};
    use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
    use serde_json::{Value, json};
    use testkit::environment::{Carrier, Logs, Seller, TestEnvironment, Times};

    const OPERATOR: i64 = 780_000_001;

    async fn env() -> TestEnvironment {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        admit(&env).await;
        env
    }

    async fn admit(env: &TestEnvironment) {
        let admins = format!("1, {OPERATOR}");
        env.sandbox().unwrap().change_webhook(&[("ADMIN_IDS", Some(&admins))]).await.unwrap();
    }

    fn person(env: &TestEnvironment, id: i64) -> Seller {
        Seller::new(env, id, "en", "Olga")
    }

    async fn answer(person: &Seller, text: &str) -> String {
        person.say(text).await.unwrap();
        person.texts().pop().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_operator_sees_the_queues_and_kies_balance() {
        let env = env().await;
        let operator = person(&env, OPERATOR);
        env.kie.set_credits(1234.0);
        let said = answer(&operator, "/admin").await;
        assert!(said.contains("Messages to generate: about 0") && said.contains("1234 credits"), "{said}");
        assert_eq!(env.jobs(operator.user).await.unwrap().len(), 0);
        assert_eq!(env.ledger(operator.user).await.unwrap().len(), 0, "the command opens no account");
    }

    #[tokio::test(start_paused = true)]
    async fn an_operator_sees_the_days_counts() {
        // A seeded sandbox begins at midnight, so the orders end on the same day.
        let env = TestEnvironment::open_seeded(1, Times::production(), &[]).await.expect("the sandbox opens");
        admit(&env).await;
        let operator = person(&env, OPERATOR);
        assert!(answer(&operator, "/admin").await.contains("0 ordered, 0 delivered, 0 refunded"));
        let seller = person(&env, 780_000_005);
        seller.start().await.unwrap();
        env.kie.script("/photos/", vec![Outcome::success(), Outcome::fail("422", "flagged as sensitive")]);
        for ordered in 1..=2 {
            seller.order(Kind::Neurocard).await.unwrap();
            seller.until_over(ordered).await.unwrap();
        }
        let said = answer(&operator, "/admin").await;
        assert!(said.contains("2 ordered, 1 delivered, 1 refunded"), "{said}");
        assert!(said.contains("Charged today: 2 credits for 2 films; free replays: 0"), "{said}");
        assert!(said.contains("KIE took today: 45 of its credits for 1 films and 0 of replays"), "{said}");
        tokio::time::sleep(std::time::Duration::from_secs(24 * 3600)).await;
        let said = answer(&operator, "/admin").await;
        assert!(said.contains("0 ordered, 0 delivered, 0 refunded"), "the next day starts at zero: {said}");
    }

    #[tokio::test(start_paused = true)]
    async fn for_everybody_else_the_operators_commands_are_unknown() {
        let env = env().await;
        let seller = person(&env, 780_000_002);
        seller.start().await.unwrap();
        let unknown = answer(&seller, "/nonsense").await;
        let before = env.kie.count("credit");
        for text in ["/admin", "/grant", &format!("/grant {} 5 for me", seller.user), "/admin@neuro_bot"] {
            assert_eq!(answer(&seller, text).await, unknown, "{text}");
        }
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
        assert_eq!(env.kie.count("credit"), before);
        // With an empty ADMIN_IDS the former operator is an ordinary person.
        env.sandbox().unwrap().change_webhook(&[("ADMIN_IDS", Some(""))]).await.unwrap();
        let operator = person(&env, OPERATOR);
        operator.start().await.unwrap();
        assert_eq!(answer(&operator, "/admin").await, answer(&operator, "/nonsense").await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_records_operator_and_reason_and_its_answer_shows_the_balance() {
        let env = env().await;
        let (logs, _guard) = Logs::capture("info,webhook=trace,adapters=trace,app=trace");
        let (operator, seller) = (person(&env, OPERATOR), person(&env, 780_000_003));
        seller.start().await.unwrap();
        let said = answer(&operator, &format!("/grant {} 5 a late <video>", seller.user)).await;
        assert!(said.contains("5 to 780000003") && said.contains("a late <video>") && said.contains("7"), "{said}");
        let (balance, ledger) = (env.balance(seller.user).await.unwrap(), env.ledger(seller.user).await.unwrap());
        assert_eq!(balance, Credits(7));
        let gift = ledger.iter().find(|entry| entry.amount == 5).unwrap();
        assert_eq!(gift.note, format!("operator {OPERATOR}: a late <video>"));
        assert_eq!(invariants::violations(balance, &ledger, &[]), vec![]);
        assert_eq!(env.sandbox().unwrap().dynamodb.guard().unwrap().refused(), Vec::<String>::new());
        let lines = logs.lines();
        assert!(lines.iter().any(|line| line.contains("an operator gave credits")));
        assert!(!lines.iter().any(|line| line.contains("late") || line.contains("780000003")), "{lines:#?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_malformed_grant_is_answered_with_the_mistake_and_gives_nothing() {
        let env = env().await;
        let (operator, seller) = (person(&env, OPERATOR), person(&env, 780_000_004));
        seller.start().await.unwrap();
        for (text, expected) in [
            ("/grant".to_owned(), "Write it so"),
            (format!("/grant {} five late", seller.user), "Write it so"),
            (format!("/grant {} 5", seller.user), "say why"),
            (format!("/grant {} 20000 late", seller.user), "1 to 10000"),
            ("/grant 999 5 late".to_owned(), "999 has no account"),
        ] {
            let said = answer(&operator, &text).await;
            assert!(said.contains("Nothing was given") && said.contains(expected), "{text}: {said}");
        }
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
    }

    /// Creates an operator's update with this text.
    fn update(id: i64, text: &str) -> Value {
        let from = json!({"id": OPERATOR, "is_bot": false, "first_name": "Olga", "language_code": "en"});
        let chat = json!({"id": OPERATOR, "type": "private", "first_name": "Olga"});
        json!({"update_id": id, "message": {"message_id": 9, "from": from, "chat": chat, "date": 0, "text": text}})
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeated_grant_update_gives_nothing_more_and_gets_the_same_answer() {
        let env = env().await;
        let seller = person(&env, 780_000_005);
        seller.start().await.unwrap();
        let sandbox = env.sandbox().unwrap();
        let setup = sandbox.setup_with(&[("ADMIN_IDS", Some(&OPERATOR.to_string()))]).await.unwrap();
        let webhook = webhook::Webhook::new(&setup).unwrap();
        let deliver = async |id: i64| {
            let mut request = aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest::default();
            let secret = setup.secrets().telegram_webhook_secret().unwrap();
            request.headers.insert("x-telegram-bot-api-secret-token", secret.expose().parse().unwrap());
            request.body = Some(update(id, &format!("/grant {} 5 late", seller.user)).to_string());
            let reply = webhook.handle(request).await;
            assert_eq!(reply.status_code, 200);
            serde_json::from_str::<Value>(&reply.body.unwrap()).unwrap()
        };
        let first = deliver(42).await;
        assert_eq!(first["method"], "sendMessage");
        assert_eq!(deliver(42).await, first);
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(7));
        deliver(43).await;
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(12), "a new update is a new grant");
    }

    /// Opens an account right after a grant did not find it.
    struct OpenAccountAfterGrant(TestEnvironment, i64);

    impl Interceptor for OpenAccountAfterGrant {
        fn before(&self, _: &CallInfo) -> Action {
            Action::Pass
        }

        fn after(&self, call: &CallInfo, _: &Result<Response, NetError>) {
            if String::from_utf8_lossy(&call.body).contains("LEDGER#GRANT#operator") {
                let profile = json!({
                    "pk": { "S": format!("USER#{}", self.1) }, "sk": { "S": "PROFILE" }, "balance": { "N": "0" },
                    "locale": { "S": "en" }, "reachable": { "BOOL": true },
                });
                let put = json!({ "TableName": "neurocards", "Item": profile }).to_string();
                let put =
                    http::Request::post("http://dynamodb.local/").header("x-amz-target", "DynamoDB_20120810.PutItem").body(put);
                let table = &self.0.sandbox().unwrap().dynamodb;
                assert_eq!(table.handle(&put.unwrap().map(Into::into)).status(), 200);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_that_found_no_account_gives_nothing_even_if_the_account_opens_a_moment_later() {
        let env = env().await;
        let (operator, late) = (person(&env, OPERATOR), person(&env, 780_000_006));
        env.sandbox().unwrap().net.intercept(Arc::new(OpenAccountAfterGrant(env.clone(), late.user.0)));
        let said = answer(&operator, &format!("/grant {} 5 late", late.user)).await;
        assert!(said.contains("Nothing was given") && said.contains("has no account"), "{said}");
        assert_eq!(env.balance(late.user).await.unwrap(), Credits(0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_balance_that_cannot_be_read_is_shown_as_unknown() {
        let env = env().await;
        let operator = person(&env, OPERATOR);
        let setup = [("ADMIN_IDS", Some("780000001")), ("KIE_API_URL", Some("http://nobody.local"))];
        env.sandbox().unwrap().change_webhook(&setup).await.unwrap();
        let said = answer(&operator, "/admin").await;
        assert!(said.contains("KIE's balance: not known just now"), "{said}");
    }
}
