//! Tests least privilege: the roles of the template allow the permissions that the functions use, also under faults, and no
//! other.

#[cfg(test)]
mod permissions {
    use std::{collections::BTreeSet, sync::Arc};

    use domain::{
        catalog::Kind,
        credits::{self, Credits},
    };
    use fakes::{
        film::{self, Detail},
        telegram::CallFailure as Refusal,
    };
    use permissions::{allowed, by_itself, page};
    use scenarios::all;
    use simulation::{
        injector::Injector,
        plan::Plan,
        sweep::{self, Depth},
        task::Task,
    };
    use testkit::{
        environment::{Carrier, FUNCTIONS, Seller, TestEnvironment, Times},
        fault::FaultKind,
        template::Template,
        uses::{Permission, Uses, queue},
    };

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");
    const PAGE: &str = "docs/permissions.md";
    /// The user id of the operator in [`operator_and_dead_letters`].
    const OPERATOR: i64 = 780_000_009;

    fn read(path: &str) -> String {
        std::fs::read_to_string(format!("{ROOT}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The permissions used in every scenario without a fault, in one scenario whose healthy jobs become dead letters, which the
    /// refunder requeues, and in calls that no scenario makes.
    fn used() -> Uses {
        let clean = all().into_iter().map(Task::clean);
        let struck = all().into_iter().take(1).flat_map(|scenario| sweep::of_scenario(scenario, Depth::Ends));
        let is_dead_letter = |task: &Task| matches!(&task.plan, Plan::At(faults) if faults[0].1 == FaultKind::DeadLetter);
        let mut uses = Uses::default();
        for task in clean.chain(struck.filter(is_dead_letter)) {
            uses.add(task.uses());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        uses.add(runtime.block_on(operator_and_dead_letters()));
        uses
    }

    /// The permissions of calls that no scenario makes: an operator's /admin, a video that Telegram delays by its rate limit, and
    /// an order of three videos that become dead letters, whose status message counts the order's jobs.
    async fn operator_and_dead_letters() -> Uses {
        let injector = Injector::new(Plan::Clean, None).keeping_uses();
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.unwrap();
        let sandbox = env.sandbox().unwrap();
        sandbox.change_webhook(&[("ADMIN_IDS", Some(&OPERATOR.to_string()))]).await.unwrap();
        sandbox.net.intercept(Arc::new(injector.clone()));
        let dana = Seller::new(&env, OPERATOR, "en", "Dana");
        dana.say("/admin").await.unwrap();
        dana.start().await.unwrap();
        let gift = credits::grant(dana.user, "test", Credits(4), "", sandbox.now());
        env.table.give(&gift).await.unwrap();
        env.telegram.fail(OPERATOR, "sendVideo", 1, Refusal::TooManyRequests(35));
        dana.order(Kind::Neurocard).await.unwrap();
        dana.until_over(1).await.unwrap();
        env.telegram.fail(OPERATOR, "sendVideo", usize::MAX, Refusal::Transient(502));
        dana.prepare(Kind::Reels, film::sample_photo()).await.unwrap();
        for answer in ["back", "count:3"] {
            dana.tap_data(answer).await.unwrap();
        }
        dana.confirm().await.unwrap();
        dana.until_over(4).await.unwrap();
        injector.uses()
    }

    /// The permissions that the calls in docs/faults.md need. `make simulate` writes that page, with a fault at every call.
    fn known_to_the_simulation() -> BTreeSet<Permission> {
        let page = read("docs/faults.md");
        let calls = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()?.split_once(" · "));
        let of_functions = calls.filter(|(caller, _)| FUNCTIONS.contains(caller));
        let needed = |(function, call): (&str, &str)| {
            let (service, operation) = call.split_once(' ').unwrap_or_default();
            let (verb, object) = operation.trim().split_once(' ').unwrap_or((operation.trim(), ""));
            let needs: Vec<(String, String)> = match (service, verb) {
                ("DynamoDB", "TransactWriteItems") => {
                    // A capture and a new account are puts; every other transaction also updates an account.
                    let writes =
                        if ["capture", "account"].contains(&object) { &["PutItem"][..] } else { &["PutItem", "UpdateItem"] };
                    writes.iter().map(|write| (format!("dynamodb:{write}"), "Table".to_owned())).collect()
                }
                ("DynamoDB", "Query") if object == "due" => vec![("dynamodb:Query".to_owned(), "Table/index/due".to_owned())],
                ("DynamoDB", verb) => vec![(format!("dynamodb:{verb}"), "Table".to_owned())],
                ("SQS", verb) => vec![(format!("sqs:{}", verb.trim_end_matches("Batch")), queue(object))],
                ("S3", "PUT") => vec![("s3:PutObject".to_owned(), format!("MediaBucket/{object}s/*"))],
                ("S3", _) => vec![("s3:GetObject".to_owned(), format!("MediaBucket/{object}s/*"))],
                _ => vec![],
            };
            let permission = move |(action, resource)| Permission { function: function.to_owned(), action, resource };
            needs.into_iter().map(permission).collect::<Vec<_>>()
        };
        of_functions.flat_map(needed).collect()
    }

    #[test]
    fn the_roles_allow_what_the_functions_use_and_nothing_else() {
        let template = Template::deployed().unwrap();
        let allowed = allowed(&template).unwrap();

        let known = known_to_the_simulation();
        assert!(known.len() > 30, "docs/faults.md has another form than this test reads: {known:#?}");
        let unknown: Vec<_> = known.difference(&allowed).map(ToString::to_string).collect();
        assert!(unknown.is_empty(), "docs/faults.md has calls that infra/template.yaml does not allow: {unknown:#?}");

        let mut uses = by_itself(&template).unwrap();
        uses.add(used());
        let (missing, idle) = (uses.not_allowed(&allowed), uses.not_used(&allowed));
        assert!(missing.is_empty(), "the functions use permissions that infra/template.yaml does not allow: {missing:#?}");
        assert!(idle.is_empty(), "infra/template.yaml allows permissions that no function uses: {idle:#?}");

        let page = page(&uses);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            return std::fs::write(format!("{ROOT}/{PAGE}"), page).unwrap();
        }
        assert!(
            read(PAGE) == page,
            "{PAGE} differs from the permissions that the functions use; its first lines name the command that writes it"
        );
    }

    #[test]
    fn a_missing_and_an_unused_permission_are_found() {
        let text = read("infra/template.yaml");
        let narrowed = text.replace("[dynamodb:GetItem, dynamodb:PutItem]", "[dynamodb:GetItem, dynamodb:DeleteItem]");
        assert_ne!(narrowed, text);
        let allowed = allowed(&Template::parse(&narrowed).unwrap()).unwrap();
        // In scenario 11 the callback records a task whose createTask reply was lost.
        let scenario = all().into_iter().find(|scenario| scenario.number == 11).unwrap();
        let uses = Task::clean(scenario).uses();
        let missing: Vec<_> = uses.not_allowed(&allowed).iter().map(ToString::to_string).collect();
        assert!(missing.contains(&"callback: dynamodb:PutItem on Table".to_owned()), "{missing:#?}");
        let idle: Vec<_> = uses.not_used(&allowed).iter().map(ToString::to_string).collect();
        assert!(idle.contains(&"callback: dynamodb:DeleteItem on Table".to_owned()), "{idle:#?}");
    }
}
