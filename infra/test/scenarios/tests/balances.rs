//! Every balance that a text names is one that the account had: it is read after the commit that the text speaks of. If that read
//! fails, the text names none.

#[cfg(test)]
mod balances {
    use std::sync::{Arc, Mutex};

    use domain::{
        catalog::Kind,
        classify::{Class, Diagnosis},
        credits::Balance,
        invariants::Violation,
        job::{Job, Notified, State},
    };
    use fakes::{
        film::{Detail, sample_photo},
        kie::Outcome,
    };
    use jiff::Timestamp;
    use local_aws::{
        errors::{Service, server_error},
        net::{Action, CallInfo, Interceptor},
    };
    use serde_json::{Value, json};
    use testkit::environment::{Carrier, SECRETS, Seller, TestEnvironment, Times, armed_faults::mint};
    use tokio::sync::Notify;

    const OPERATOR: i64 = 790_000_001;
    const CONFIRMED: i64 = 900_000_000;

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    /// Creates a seller with two credits. The seller's queue messages are lost, so that an order stays queued.
    async fn seller(env: &TestEnvironment, id: i64, language: &str) -> Seller {
        let seller = Seller::new(env, id, language, "Olga");
        env.sandbox().unwrap().faults.lose_messages_of(id);
        seller.start().await.unwrap();
        seller
    }

    /// Decides what happens to each call of a function.
    type Decide = Box<dyn Fn(&CallInfo) -> Option<Action> + Send + Sync>;

    struct Fault(Decide);

    impl Interceptor for Fault {
        fn before(&self, call: &CallInfo) -> Action {
            (self.0)(call).unwrap_or(Action::Pass)
        }
    }

    fn inject(env: &TestEnvironment, decide: impl Fn(&CallInfo) -> Option<Action> + Send + Sync + 'static) {
        env.sandbox().unwrap().net.intercept(Arc::new(Fault(Box::new(decide))));
    }

    fn is(call: &CallInfo, caller: &str, operation: &str) -> bool {
        call.caller == caller && call.operation.as_deref() == Some(operation)
    }

    /// Whether a call reads one account by itself, as a read of a balance does.
    fn reads_balance(call: &CallInfo) -> bool {
        !call.caller.is_empty()
            && call.operation.as_deref() == Some("GetItem")
            && String::from_utf8_lossy(&call.body).contains("\"PROFILE\"")
    }

    /// Every read of a balance fails from now on.
    fn fail_balance_reads(env: &TestEnvironment) {
        inject(env, |call| reads_balance(call).then(|| Action::Reply(server_error(Service::DynamoDb))));
    }

    /// Holds the webhook's calls of these operations. Returns the gate that releases one call for each permit, and the names of
    /// the calls that were held.
    fn hold(env: &TestEnvironment, operations: &'static [&'static str]) -> (Arc<Notify>, Arc<Mutex<Vec<String>>>) {
        let (gate, held) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
        let (to_hold, log) = (gate.clone(), held.clone());
        inject(env, move |call| {
            let operation = operations.iter().find(|operation| is(call, "webhook", operation))?;
            log.lock().unwrap().push((*operation).to_owned());
            Some(Action::Hold(to_hold.clone()))
        });
        (gate, held)
    }

    async fn until_held(held: &Mutex<Vec<String>>, count: usize) {
        for _ in 0..10_000 {
            if held.lock().unwrap().len() >= count {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("held: {:?}", held.lock().unwrap());
    }

    /// Refunds a job, as the function that ends it does.
    async fn refund(env: &TestEnvironment, job: &Job) {
        let (ended, refund) = job.ended(&Diagnosis::of(Class::BrokenUpstream), Timestamp::now(), &env.times.rules).unwrap();
        env.table.settle(&ended, &refund).await.unwrap();
    }

    fn confirm(seller: &Seller, update: i64) -> Value {
        let chat = json!({"id": seller.user.0, "type": "private"});
        let from = json!({"id": seller.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en"});
        let message = json!({"message_id": 9, "date": 1, "chat": chat, "text": "?"});
        let data = seller.confirm_data().unwrap();
        json!({"update_id": update, "callback_query": {"id": "7", "from": from, "chat_instance": "1", "data": data, "message": message}})
    }

    /// Posts an update, and returns the text of the webhook's answer.
    async fn post(env: &TestEnvironment, update: Value) -> String {
        let secret = SECRETS.iter().find(|(name, _)| *name == "TELEGRAM_WEBHOOK_SECRET").unwrap().1;
        let request = http::Request::post("http://webhook.local/").header("x-telegram-bot-api-secret-token", secret);
        let answer = env.sandbox().unwrap().request(request.body(update.to_string().into()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{update}");
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["text"].as_str().expect("the answer is a screen").to_owned()
    }

    async fn amounts(env: &TestEnvironment, seller: &Seller) -> i64 {
        env.ledger(seller.user).await.unwrap().iter().map(|entry| entry.amount).sum()
    }

    #[tokio::test(start_paused = true)]
    async fn a_refund_between_an_order_s_read_and_its_commit_is_in_the_order_s_balance() {
        let env = env().await;
        let seller = seller(&env, 790_000_002, "en").await;
        seller.order(Kind::Reels).await.unwrap();
        let first = env.jobs(seller.user).await.unwrap().remove(0);
        seller.prepare(Kind::Reels, sample_photo()).await.unwrap();
        let (gate, held) = hold(&env, &["TransactWriteItems"]);
        let order = {
            let (env, update) = (env.clone(), confirm(&seller, CONFIRMED));
            tokio::spawn(async move { post(&env, update).await })
        };
        until_held(&held, 1).await;
        // The balance goes 2, 1, 2, 1. It is never 0.
        refund(&env, &first).await;
        gate.notify_one();
        let text = order.await.unwrap();
        assert!(text.ends_with("Charged: 1 credit. Your balance: 1 credit."), "{text}");
        assert_eq!(amounts(&env, &seller).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refund_between_an_order_s_commit_and_its_screen_is_in_the_screen_s_balance() {
        let env = env().await;
        let seller = Seller::new(&env, 790_000_003, "en", "Olga");
        seller.start().await.unwrap();
        seller.prepare(Kind::Reels, sample_photo()).await.unwrap();
        let (gate, held) = hold(&env, &["SendMessageBatch", "GetItem"]);
        let order = {
            let (env, update) = (env.clone(), confirm(&seller, CONFIRMED));
            tokio::spawn(async move { post(&env, update).await })
        };
        // Both calls are on their way at the same time, so a confirm takes three round trips.
        until_held(&held, 2).await;
        let mut calls = held.lock().unwrap().clone();
        calls.sort();
        assert_eq!(calls, ["GetItem", "SendMessageBatch"]);
        refund(&env, &env.jobs(seller.user).await.unwrap().remove(0)).await;
        gate.notify_one();
        gate.notify_one();
        gate.notify_one();
        let text = order.await.unwrap();
        assert!(text.ends_with("Charged: 1 credit. Your balance: 2 credits."), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_whose_balance_cannot_be_read_names_none() {
        for (id, language, expected) in [
            (790_000_004, "en", "Charged: 1 credit. Send /balance to see your balance."),
            (790_000_005, "ru", "Списано: 1 кредит. Баланс покажет команда /balance."),
        ] {
            let env = env().await;
            let seller = seller(&env, id, language).await;
            seller.prepare(Kind::Reels, sample_photo()).await.unwrap();
            fail_balance_reads(&env);
            let text = post(&env, confirm(&seller, CONFIRMED)).await;
            assert!(text.ends_with(expected), "{text}");
            assert_eq!((env.jobs(seller.user).await.unwrap().len(), amounts(&env, &seller).await), (1, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_whose_balance_is_read_too_slowly_names_none() {
        let env = env().await;
        let seller = seller(&env, 790_000_006, "en").await;
        seller.prepare(Kind::Reels, sample_photo()).await.unwrap();
        inject(&env, |call| reads_balance(call).then_some(Action::Delay(std::time::Duration::from_secs(3))));
        let began = tokio::time::Instant::now();
        let text = post(&env, confirm(&seller, CONFIRMED)).await;
        assert!(text.ends_with("Charged: 1 credit. Send /balance to see your balance."), "{text}");
        assert!(began.elapsed() < std::time::Duration::from_secs(3));
    }

    /// From now on the webhook's batch read gives the account as it was with one credit more, and the chat as it is.
    fn tear_reads(env: &TestEnvironment) {
        let table = env.sandbox().unwrap().dynamodb.clone();
        inject(env, move |call| {
            if !is(call, "webhook", "BatchGetItem") {
                return None;
            }
            let request = http::Request::post("http://dynamodb.local/").header("x-amz-target", "DynamoDB_20120810.BatchGetItem");
            let reply = table.handle(&request.body(call.body.clone()).unwrap());
            let mut read: Value = serde_json::from_slice(reply.body()).unwrap();
            for item in read["Responses"]["neurocards"].as_array_mut().unwrap() {
                if let Some(balance) = item["balance"]["N"].as_str() {
                    item["balance"]["N"] = json!((balance.parse::<i64>().unwrap() + 1).to_string());
                }
            }
            Some(Action::Reply(local_aws::errors::json_reply(200, &read)))
        });
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_s_screen_shown_again_names_the_balance_after_the_charge() {
        let env = env().await;
        let seller = seller(&env, 790_000_007, "en").await;
        seller.prepare(Kind::Reels, sample_photo()).await.unwrap();
        let update = confirm(&seller, CONFIRMED);
        let first = post(&env, update.clone()).await;
        assert!(first.ends_with("Charged: 1 credit. Your balance: 1 credit."), "{first}");
        tear_reads(&env);
        assert_eq!(post(&env, update.clone()).await, first, "the same update again");
        let second_tap = Value::from_iter(update.as_object().unwrap().clone().into_iter().map(|(name, value)| {
            let value = if name == "update_id" { json!(CONFIRMED + 1) } else { value };
            (name, value)
        }));
        let again = post(&env, second_tap).await;
        assert!(again.ends_with(&first) && again != first, "a notice above the same screen: {again}");
        fail_balance_reads(&env);
        let text = post(&env, update).await;
        assert!(text.ends_with("Charged: 1 credit. Send /balance to see your balance."), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeated_update_whose_balance_cannot_be_read_names_none() {
        let env = env().await;
        let seller = seller(&env, 790_000_008, "en").await;
        let from = json!({"id": seller.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en"});
        let chat = json!({"id": seller.user.0, "type": "private"});
        let says = |id: i64, text: &str| json!({"update_id": id, "message": {"message_id": id, "date": 1, "from": from, "chat": chat, "text": text}});
        env.table.set_reachable(seller.user, false).await.unwrap();
        assert!(post(&env, says(CONFIRMED, "/start")).await.contains("Your balance: 2 credits."));
        fail_balance_reads(&env);
        let text = post(&env, says(CONFIRMED, "/start")).await;
        assert!(!text.contains("2 credits") && text.contains("Send /balance to see your balance."), "{text}");
        assert!(post(&env, says(CONFIRMED + 1, "/balance")).await.contains("2 credits"), "a first update needs no second read");
        let text = post(&env, says(CONFIRMED + 1, "/balance")).await;
        assert!(text.starts_with("💳 I can't show your balance right now."), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refund_whose_balance_cannot_be_read_is_notified_at_once_without_one() {
        for (id, language, expected) in [
            (790_000_009, "en", "Your credit is back. Send /balance to see your balance."),
            (790_000_010, "ru", "Кредит возвращён. Баланс покажет команда /balance."),
        ] {
            let env = env().await;
            let seller = Seller::new(&env, id, language, "Olga");
            seller.start().await.unwrap();
            env.script_kie(seller.user, vec![Outcome::fail("422", "The input or output was flagged as sensitive")]);
            fail_balance_reads(&env);
            seller.order(Kind::Reels).await.unwrap();
            let jobs = seller.until_over(1).await.unwrap();
            assert!(matches!(jobs[0].state, State::Failed { notified: Notified::Yes, .. }), "{:?}", jobs[0].state);
            let texts = seller.texts();
            assert_eq!(texts.iter().filter(|text| text.ends_with(expected)).count(), 1, "{texts:#?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_in_debt_sees_no_credits_and_cannot_order() {
        let env = env().await;
        let seller = seller(&env, 790_000_012, "en").await;
        seller.prepare(Kind::Reels, sample_photo()).await.unwrap();
        assert!(mint(&env.sandbox().unwrap().dynamodb, seller.user, -5));
        assert_eq!(env.table.balance(seller.user).await.unwrap(), Balance(-3));
        let text = post(&env, confirm(&seller, CONFIRMED)).await;
        assert!(text.contains("Not enough credits") && text.contains("Your balance: 0 credits."), "{text}");
        assert_eq!(env.jobs(seller.user).await.unwrap().len(), 0);
        let snapshot = env.table.account_snapshot(seller.user).await.unwrap();
        assert_eq!(snapshot.violations(), [Violation::BalanceOff { difference: -5 }], "the debt has no entry");
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_whose_balance_cannot_be_read_is_answered_as_given() {
        let env = env().await;
        env.sandbox().unwrap().change_webhook(&[("ADMIN_IDS", Some(&OPERATOR.to_string()))]).await.unwrap();
        let (operator, seller) = (Seller::new(&env, OPERATOR, "en", "Ann"), seller(&env, 790_000_011, "en").await);
        // The answer reads the account by itself or in a batch; both fail after the grant.
        inject(&env, |call| {
            let reads = is(call, "webhook", "GetItem") || is(call, "webhook", "BatchGetItem");
            reads.then(|| Action::Reply(server_error(Service::DynamoDb)))
        });
        operator.say(&format!("/grant {} 5 late", seller.user)).await.unwrap();
        let said = operator.texts().pop().unwrap();
        assert!(said.starts_with("Given: 5 to 790000011") && said.ends_with("Their balance could not be read."), "{said}");
        assert_eq!(amounts(&env, &seller).await, 7);
    }
}
