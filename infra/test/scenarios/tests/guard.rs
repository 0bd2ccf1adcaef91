//! The ledger's guard: it refuses no write of the functions, and refuses the unbalanced writes of a bug.

#[cfg(test)]
mod guard {
    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
    use domain::{credits::Credits, invariants};
    use fakes::film::Detail;
    use futures_util::future::join_all;
    use scenarios::{ScenarioRun, all, runner::play};
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    fn text(value: impl Into<String>) -> AttributeValue {
        AttributeValue::S(value.into())
    }

    fn number(value: i64) -> AttributeValue {
        AttributeValue::N(value.to_string())
    }

    /// Creates an update that changes only the balance, without a ledger entry.
    fn bare_update(user: i64, by: i64) -> Update {
        let update =
            Update::builder().table_name("neurocards").key("pk", text(format!("USER#{user}"))).key("sk", text("PROFILE"));
        let update = update.update_expression("SET balance = balance + :x").expression_attribute_values(":x", number(by));
        update.build().unwrap()
    }

    async fn balance_is_two(env: &TestEnvironment, seller: &Seller) {
        let (balance, ledger) = (env.balance(seller.user).await.unwrap(), env.ledger(seller.user).await.unwrap());
        assert_eq!((balance, ledger.len()), (Credits(2), 1));
        assert_eq!(invariants::violations(balance, &ledger, &[]), vec![]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_scenario_does_anything_the_guard_refuses() {
        let scenarios = all().into_iter().map(async |scenario| {
            let env = env().await;
            let report = play(scenario, ScenarioRun::new(env.clone(), 700_000_000)).await;
            assert!(report.failure.is_none(), "{}", report.text());
            let guard = env.sandbox().and_then(|sandbox| sandbox.dynamodb.guard()).expect("the sandbox has a guard");
            assert_eq!(guard.refused(), Vec::<String>::new(), "{}", scenario.title);
            guard.checked()
        });
        let checked = join_all(scenarios).await;
        println!(
            "writes that the ledger's guard checked, by scenario: {checked:?}, {} in all; none was refused",
            checked.iter().sum::<u64>()
        );
        assert!(
            checked.iter().all(|checked| *checked >= 2),
            "each scenario opens an account and charges for an order: {checked:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_balance_that_moves_alone_is_refused_and_recorded() {
        let env = env().await;
        let seller = Seller::new(&env, 720_000_001, "en", "Olga");
        seller.start().await.unwrap();
        let sandbox = env.sandbox().unwrap();
        let setup = sandbox.setup_with(&[]).await.unwrap();
        let dynamodb = setup.aws().dynamodb_client(setup.wire());
        for (refusals, by) in [(1, 1), (2, -1), (3, 1000)] {
            let Update { key, update_expression, expression_attribute_values, .. } = bare_update(seller.user.0, by);
            let update = dynamodb.update_item().table_name("neurocards").set_key(Some(key)).update_expression(update_expression);
            let refused = update.set_expression_attribute_values(expression_attribute_values).send().await;
            let why = format!("{:?}", refused.expect_err("the guard did not refuse the write"));
            assert!(why.contains("ledger guard refused UpdateItem") && why.contains("its new ledger entries by 0"), "{why}");
            let recorded = sandbox.dynamodb.guard().unwrap().refused();
            assert_eq!(recorded.len(), refusals, "{recorded:?}");
            balance_is_two(&env, &seller).await;
        }
        // The guard's record makes a scenario with such a bug fail.
        let run = ScenarioRun::new(env.clone(), 720_000_100);
        run.seller("Olga", "en").await.unwrap();
        let failure = run.aftermath().await.unwrap_err();
        assert!(failure.contains("guard refused"), "{failure}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_ledger_entry_of_another_amount_is_refused_with_its_balance() {
        let env = env().await;
        let seller = Seller::new(&env, 720_000_002, "en", "Olga");
        seller.start().await.unwrap();
        let sandbox = env.sandbox().unwrap();
        let setup = sandbox.setup_with(&[]).await.unwrap();
        let dynamodb = setup.aws().dynamodb_client(setup.wire());
        let transaction = async |by: i64, amount: i64| {
            let entry = Put::builder().table_name("neurocards").item("pk", text(format!("USER#{}", seller.user)));
            let entry = entry.item("sk", text("LEDGER#GRANT#bug")).item("amount", number(amount)).build().unwrap();
            let entry = TransactWriteItem::builder().put(entry).build();
            let balance = TransactWriteItem::builder().update(bare_update(seller.user.0, by)).build();
            dynamodb.transact_write_items().transact_items(balance).transact_items(entry).send().await
        };
        for (refusals, (by, amount)) in [(1, (5, 6)), (2, (5, -5)), (3, (0, 5)), (4, (-3, -3))] {
            let why = format!("{:?}", transaction(by, amount).await.expect_err("the guard did not refuse the write"));
            assert!(why.contains("ledger guard refused TransactWriteItems"), "{by} and {amount}: {why}");
            assert_eq!(sandbox.dynamodb.guard().unwrap().refused().len(), refusals);
            balance_is_two(&env, &seller).await;
        }
        // The same transaction with a matching amount passes, so the guard refused the amounts above.
        transaction(5, 5).await.expect("the guard accepts a balanced transaction");
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(7));
    }
}
