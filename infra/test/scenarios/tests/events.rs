//! The sample events of the folder `events`: each parses as its type, and its function handles it as expected.

#[cfg(test)]
mod events {
    use std::path::Path;

    use app::Setup;
    use aws_lambda_events::{lambda_function_urls::LambdaFunctionUrlRequest, sqs::SqsEvent};
    use domain::{
        catalog::{Catalog, Kind},
        conversation::{Chat, Notice},
        credits::{self, Credits},
        ids::{JobId, UserId},
        job::{Job, Order, State},
        job_message::JobMessage,
        limits::{Buyer, Limits},
        locale::Locale,
        rules::Rules,
    };
    use fakes::film::{self, Detail};
    use jiff::Timestamp;
    use serde::de::DeserializeOwned;
    use serde_json::Value;
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};

    /// The person of the samples. `JOB` is the samples' job.
    const USER: UserId = UserId(100_200_300);
    const JOB: &str = "019c089617207a1b8c2d3e4f5a6b7c8d.1";
    /// Settings with the secrets that the samples are signed with. events/README.md lists them.
    const SIGNED_WITH: [(&str, Option<&str>); 3] = [
        ("TELEGRAM_WEBHOOK_SECRET", Some("sample-webhook-secret")),
        ("CALLBACK_SIGNING_KEY", Some("sample-signing-key")),
        ("KIE_WEBHOOK_HMAC_KEY", None),
    ];

    fn sample<T: DeserializeOwned>(name: &str) -> T {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(name);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("the sample {} cannot be read: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the sample {name} cannot be parsed: {error}"))
    }

    async fn env() -> (TestEnvironment, Setup) {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let setup = env.sandbox().unwrap().setup_with(&SIGNED_WITH).await.unwrap();
        (env, setup)
    }

    /// Writes the samples' order to the table, confirmed, with a photo that the fake Telegram has.
    async fn ordered(env: &TestEnvironment) -> Job {
        let seller = Seller::new(env, USER.0, "en", "Anna");
        seller.start().await.unwrap();
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        let (id, now): (JobId, _) = (JOB.parse().unwrap(), Timestamp::now());
        let chat = env.table.person(USER, None, now).await.unwrap().chat;
        let catalog = Catalog::built_in().unwrap();
        let draft = chat.place.draft().unwrap();
        let order = Order::of_one(draft.product(&catalog).unwrap(), draft.photo.clone().unwrap(), Locale::En);
        let job = Job::confirmed(USER, id, order, now, &Rules::default());
        let charge = credits::charge(USER, id, Credits(1), now);
        let chat = Chat { version: chat.version + 1, ..chat };
        let allowance = Limits::default().allowance(1, 0, Buyer::NotYet).unwrap();
        env.table.confirm_order(USER, &chat, &[(job.clone(), charge)], &allowance, now).await.unwrap();
        job
    }

    async fn job(env: &TestEnvironment) -> Job {
        env.table.job(USER, JOB.parse().unwrap()).await.unwrap().expect("the table has the job")
    }

    #[test]
    fn there_is_one_sample_for_every_function() {
        let functions = ["callback", "generator", "refunder", "sender", "sweeper", "webhook"];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let mut names: Vec<_> = std::fs::read_dir(folder.join("functions"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, functions);
        for function in functions {
            sample::<Value>(&format!("{function}.json"));
        }
        for queue in ["generator", "sender", "sender-repeat", "refunder"] {
            let event: SqsEvent = sample(&format!("{queue}.json"));
            let job_message = JobMessage::parse(event.records[0].body.as_deref().unwrap()).unwrap();
            assert_eq!((job_message.user, job_message.job.to_string().as_str()), (USER, JOB), "{queue}");
        }
    }

    /// Returns the text that the webhook answers to its sample.
    async fn shown(setup: &Setup) -> String {
        let answer = webhook::Webhook::new(setup).unwrap().handle(sample("webhook.json")).await;
        assert_eq!(answer.status_code, 200);
        let body: Value = serde_json::from_str(&answer.body.unwrap()).unwrap();
        assert_eq!((&body["method"], &body["chat_id"]), (&"sendMessage".into(), &USER.0.into()));
        body["text"].as_str().unwrap().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn the_webhook_sample_opens_an_account_and_asks_for_consent_first() {
        let (env, setup) = env().await;
        let text = shown(&setup).await;
        assert!(text.contains(&Locale::En.notice(Notice::ConsentFirst)) && text.contains(&Locale::En.consent()), "{text}");
        assert_eq!(env.balance(USER).await.unwrap(), Credits(2));
        let other = env.sandbox().unwrap().setup_with(&[]).await.unwrap();
        let refused = webhook::Webhook::new(&other).unwrap().handle(sample("webhook.json")).await;
        assert_eq!(refused.status_code, 401, "a webhook with another secret refuses the sample");
    }

    #[tokio::test(start_paused = true)]
    async fn without_terms_the_webhook_samples_photo_begins_an_order() {
        let (env, _) = env().await;
        let without = [SIGNED_WITH.as_slice(), &[("TERMS_URL", None), ("PRIVACY_URL", None)]].concat();
        let text = shown(&env.sandbox().unwrap().setup_with(&without).await.unwrap()).await;
        assert!(
            text.contains(&Locale::En.notice(Notice::Welcome(Credits(2)))) && text.contains(&Locale::En.ask_kind()),
            "{text}"
        );
        let chat = env.table.person(USER, None, Timestamp::now()).await.unwrap().chat;
        let photo = chat.place.draft().unwrap().photo.clone().unwrap();
        assert_eq!(
            (photo.file_id.as_str(), photo.unique_id.as_str()),
            ("AgACAgIAAxkBAAIBSAMPLEy", "AQADSAMPLEy"),
            "the largest size of the photo is used"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_callback_sample_has_a_sealed_address_and_its_task_is_adopted() {
        let (env, setup) = env().await;
        let callback = callback::Callback::new(&setup).unwrap();
        let request: LambdaFunctionUrlRequest = sample("callback.json");
        assert_eq!(callback.handle(request.clone()).await.status_code, 200, "the job does not exist yet");
        assert!(env.sandbox().unwrap().everything().is_empty());
        let job_before = ordered(&env).await;
        let claimed = job_before.claim_submission("photos/x", "a prompt", setup.clock.now(), &Rules::default()).unwrap();
        env.table.save_job(&claimed).await.unwrap();
        assert_eq!(callback.handle(request.clone()).await.status_code, 200);
        let State::Generating { task, attempt, .. } = job(&env).await.state else { panic!("{:?}", job(&env).await.state) };
        assert_eq!((task.0.as_str(), attempt), ("ee9c2715375b7837f8bb51d641ff5863", 1));
        let other = env.sandbox().unwrap().setup_with(&[]).await.unwrap();
        let refused = callback::Callback::new(&other).unwrap().handle(request).await;
        assert_eq!(refused.status_code, 404, "a callback with another key refuses the sample");
    }

    /// The release after this one removes the test, together with the old form of the address.
    #[tokio::test(start_paused = true)]
    async fn a_callback_to_an_address_of_release_0_1_0_is_still_handled() {
        let (env, setup) = env().await;
        let callback = callback::Callback::new(&setup).unwrap();
        let claimed = ordered(&env).await.claim_submission("photos/x", "a prompt", setup.clock.now(), &Rules::default()).unwrap();
        env.table.save_job(&claimed).await.unwrap();
        let mut request: LambdaFunctionUrlRequest = sample("callback.json");
        request.raw_path = Some("/kie/100200300/019c089617207a1b8c2d3e4f5a6b7c8d.1/1/6SBHwMqgqZHCnsHvsrdE6PqEwVA".to_owned());
        assert_eq!(callback.handle(request).await.status_code, 200);
        assert_eq!(job(&env).await.state.name(), "generating");
    }

    #[tokio::test(start_paused = true)]
    async fn the_generator_sample_submits_its_job() {
        let (env, setup) = env().await;
        let generator = generator::Generator::new(&setup).unwrap();
        assert!(
            generator.handle(sample("generator.json")).await.batch_item_failures.is_empty(),
            "a message of a missing job is dropped"
        );
        let before = ordered(&env).await;
        assert!(before.sequence <= 1, "the sample's sequence number is older than the job's {}", before.sequence);
        assert!(generator.handle(sample("generator.json")).await.batch_item_failures.is_empty());
        assert_eq!(job(&env).await.state.name(), "generating");
        let [task] = &env.kie.tasks()[..] else { panic!("KIE does not have exactly one task") };
        let path = task.callback_url.as_ref().unwrap().strip_prefix("http://callback.local").unwrap();
        assert_eq!(setup.callback_sealer().unwrap().verify(path), Some((USER, JOB.parse().unwrap(), 1)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_sender_sample_leaves_a_job_that_is_not_ready_alone() {
        let (env, setup) = env().await;
        let sender = sender::Sender::new(&setup).unwrap();
        assert!(
            sender.handle(sample("sender.json")).await.batch_item_failures.is_empty(),
            "a message of a missing job is dropped"
        );
        let before = ordered(&env).await;
        assert!(sender.handle(sample("sender.json")).await.batch_item_failures.is_empty());
        let after = job(&env).await;
        assert_eq!((after.version, after.sequence, after.state), (before.version, before.sequence, before.state));
    }

    #[tokio::test(start_paused = true)]
    async fn the_repeat_sample_sends_a_delivered_video_once_more_for_free() {
        let (env, setup) = env().await;
        let sender = sender::Sender::new(&setup).unwrap();
        let queued = ordered(&env).await;
        let (film, key) = (film::sample_photo().to_vec(), Job::video_key(USER, queued.id));
        let (_, s3) = env.clients();
        s3.put_object().bucket("neurocards-media").key(&key).body(film.into()).send().await.unwrap();
        let state = State::Delivered { file_id: None, message_id: 1, sent_as: domain::job::SentAs::Video, video_key: None };
        let delivered = Job { state, sequence: 4, version: queued.version + 1, due_at: None, ..queued };
        env.table.save_job(&delivered).await.unwrap();
        assert!(sender.handle(sample("sender-repeat.json")).await.batch_item_failures.is_empty());
        let sent = env.telegram.calls().iter().filter(|call| call.method == "sendVideo" && call.status == 200).count();
        assert_eq!((sent, env.ledger(USER).await.unwrap().len()), (1, 2), "one video, and no entry of the ledger");
        assert!(matches!(job(&env).await.state, State::Delivered { file_id: Some(_), .. }), "the new file id is kept");
    }

    #[tokio::test(start_paused = true)]
    async fn the_refunder_sample_is_parked_and_its_healthy_job_requeued() {
        let (env, setup) = env().await;
        let refunder = refunder::Refunder::new(&setup).unwrap();
        let before = ordered(&env).await;
        assert!(refunder.handle(sample("refunder.json")).await.batch_item_failures.is_empty());
        let parked = env.parked(USER).await.unwrap();
        let [message] = &parked[..] else { panic!("{parked:?}") };
        let event: SqsEvent = sample("refunder.json");
        let parsed = |body: &str| JobMessage::parse(body).unwrap();
        assert_eq!(
            parsed(&message.body),
            parsed(event.records[0].body.as_deref().unwrap()),
            "the letter's body still parses as the job message"
        );
        let value = |name: &str| message.attributes[name].as_str();
        assert_eq!([value("queue"), value("job"), value("stage")], ["neurocards-dev-send-dead", JOB, "queued"]);
        assert_eq!(job(&env).await.sequence, before.sequence + 1, "the job is requeued");
        assert_eq!(env.ledger(USER).await.unwrap().len(), 2, "the ledger has only welcome and charge, no refund");
    }

    #[tokio::test(start_paused = true)]
    async fn the_sweeper_sample_is_any_json_and_a_sweep_finishes_the_order() {
        let (env, setup) = env().await;
        let event: Value = sample("sweeper.json");
        assert_eq!(event["source"], "aws.events");
        let sweeper = sweeper::Sweeper::new(&setup).unwrap();
        assert_eq!(sweeper.handle().await, sweeper::Swept::default());
        ordered(&env).await;
        tokio::time::sleep(std::time::Duration::from_secs(31)).await;
        let swept = sweeper.handle().await;
        assert_eq!((swept.due, swept.requeued, swept.failed), (1, 1, 0), "{swept:?}");
    }
}
