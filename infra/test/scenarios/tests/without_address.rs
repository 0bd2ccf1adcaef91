//! The bot without a public address: it asks Telegram for its updates, KIE gets the photo by upload and is polled, and Telegram gets the
//! film by upload. It is how `make run` works with a bot token.

#[cfg(test)]
mod without_address {
    use std::time::Duration;

    use domain::{catalog::Kind, credits::Credits, job::State};
    use fakes::{film::Detail, telegram::Via};
    use local_aws::net::Moment;
    use ops::register::UPDATES;
    use sandbox::{Chance, Opening};
    use scenarios::{ScenarioRun, all, runner::play};
    use serde_json::json;
    use testkit::environment::{SECRETS, Seller, TestEnvironment, Times, armed_faults::Kill};

    fn opening() -> Opening<'static> {
        Opening { posts_updates: false, ..Opening::new(Chance::real(), Times::production(), Detail::Sketch) }
    }

    /// Opens an environment whose bot polls.
    async fn polling(opening: Opening<'_>) -> TestEnvironment {
        let env = TestEnvironment::over(opening).await.expect("the sandbox opens");
        let poller = env.sandbox().unwrap().poller(&UPDATES).expect("the poller starts");
        tokio::spawn(poller.run());
        while env.telegram.count("getUpdates") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        env
    }

    async fn play_scenario(number: u8) {
        let scenario =
            all().into_iter().find(|scenario| scenario.number == number).expect("the list has a scenario of this number");
        let report = play(scenario, ScenarioRun::new(polling(opening()).await, 700_000_000)).await;
        assert!(report.failure.is_none(), "{}", report.text());
    }

    macro_rules! played {
        ($($name:ident $number:literal)*) => {
            const PLAYED: &[u8] = &[$($number),*];
            $(#[tokio::test(start_paused = true)]
            async fn $name() { play_scenario($number).await; })*
        };
    }

    played! {
        scenario_1 1 scenario_2 2 scenario_3 3 scenario_4 4 scenario_5 5 scenario_6 6 scenario_7 7 scenario_8 8 scenario_9 9
        scenario_10 10 scenario_11 11 scenario_12 12 scenario_13 13 scenario_14 14 scenario_15 15 scenario_16 16 scenario_17 17
        scenario_18 18 scenario_19 19 scenario_20 20
    }

    #[test]
    fn every_scenario_has_a_test_here() {
        let numbers: Vec<u8> = all().into_iter().map(|scenario| scenario.number).collect();
        assert_eq!(numbers, PLAYED);
    }

    #[tokio::test(start_paused = true)]
    async fn photo_and_film_are_uploaded_and_the_polls_find_the_film() {
        let env = polling(Opening { has_callbacks: false, has_public_media: false, ..opening() }).await;
        let seller = Seller::new(&env, 1, "en", "Ben");
        seller.start().await.unwrap();
        seller.order(Kind::Reels).await.unwrap();
        env.until("the video is in the chat", || async { Ok(!env.telegram.videos(1).is_empty()) }).await.unwrap();
        let jobs = env.jobs(seller.user).await.unwrap();
        assert!(matches!(jobs[0].state, State::Delivered { .. }), "{:?}", jobs[0].state);
        let task = env.kie.tasks().pop().unwrap();
        assert_eq!(task.callback_url, None);
        assert!(task.input.to_string().contains("http://kie.local/"), "KIE has the photo: {}", task.input);
        assert_eq!(env.telegram.videos(1)[0].via, Via::Upload);
        assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_the_webhook_cannot_take_is_handed_over_again_and_holds_up_only_its_person() {
        let env = polling(opening()).await;
        let (anna, ben) = (Seller::new(&env, 1, "en", "Anna"), Seller::new(&env, 2, "en", "Ben"));
        let faults = env.sandbox().unwrap().faults.clone();
        faults.kill(Kill { function: "webhook", call: "TransactWriteItems", moment: Moment::BeforeSent }, 1);
        let began = tokio::time::Instant::now();
        let (for_anna, for_ben) = tokio::join!(anna.start(), ben.start());
        for_anna.unwrap();
        for_ben.unwrap();
        assert!(faults.has_killed(1), "the webhook died once");
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
        assert_eq!((env.balance(anna.user).await, env.balance(ben.user).await), (Ok(Credits(2)), Ok(Credits(2))));
    }

    #[tokio::test(start_paused = true)]
    async fn updates_from_before_the_first_poll_are_taken_and_one_that_comes_again_does_nothing() {
        let env = TestEnvironment::over(opening()).await.unwrap();
        let ben = Seller::new(&env, 2, "en", "Ben");
        assert!(!ben.person.say("/start").await.taken(), "no bot asks yet");
        tokio::spawn(env.sandbox().unwrap().poller(&UPDATES).unwrap().run());
        env.until("the greeting is there", || async { Ok(ben.button("accept").is_some()) }).await.unwrap();
        let lines = env.telegram.chat(2).len();
        // A process that died before it confirmed the update gets it again.
        assert!(ben.person.redeliver(ben.person.last_update()).await.unwrap().taken());
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(env.telegram.chat(2).len(), lines, "{}", env.telegram.transcript(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_webhook_takes_over_the_updates_that_wait() {
        let env = TestEnvironment::over(opening()).await.unwrap();
        let sandbox = env.sandbox().unwrap();
        let poller = tokio::spawn(sandbox.poller(&UPDATES).unwrap().run());
        while env.telegram.count("getUpdates") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        poller.abort();
        let ben = Seller::new(&env, 2, "en", "Ben");
        let said = tokio::spawn({
            let person = ben.person.clone();
            async move { person.say("/start").await }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        let [(_, token), (_, secret), ..] = SECRETS;
        let call = json!({ "url": "http://webhook.local", "secret_token": secret, "allowed_updates": UPDATES });
        let set = http::Request::post(format!("http://telegram.local/bot{token}/setWebhook"))
            .header("content-type", "application/json")
            .body(call.to_string().into())
            .unwrap();
        assert!(sandbox.request(set).await.unwrap().status().is_success());
        assert!(said.await.unwrap().taken(), "the webhook took the update that waited");
    }
}
