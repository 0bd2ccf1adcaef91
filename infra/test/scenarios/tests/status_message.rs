//! The status message of an order shows the order's end within minutes, whatever happened to the edit that should have shown it.

#[cfg(test)]
mod status_message {
    use domain::{
        catalog::Kind,
        credits::{self, Credits},
        job::{Job, State},
    };
    use fakes::{
        film::Detail,
        kie::Outcome,
        telegram::{Body, CallFailure},
    };
    use local_aws::net::Moment;
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times, armed_faults::Kill};

    const USER: i64 = 797_000_001;
    /// Edits that show progress before the end: the task has begun, the film is made.
    const PROGRESS_EDITS: usize = 2;

    async fn env() -> (TestEnvironment, Seller) {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let seller = Seller::new(&env, USER, "en", "Olga");
        seller.start().await.unwrap();
        (env, seller)
    }

    /// The text that the order's status message shows.
    fn shown(seller: &Seller, job: &Job) -> String {
        let message = job.order.status_message.expect("an order has a status message");
        let lines = seller.person.chat();
        let line = lines.iter().rfind(|line| line.message_id == message).expect("the status message is in the chat");
        let Body::Text { text, .. } = &line.body else { panic!("{:?}", line.body) };
        text.clone()
    }

    fn edits(env: &TestEnvironment) -> usize {
        env.telegram.calls().iter().filter(|call| call.method == "editMessageText").count()
    }

    const DELIVERED: char = '✅';
    const FAILED: char = '❌';

    #[tokio::test(start_paused = true)]
    async fn an_edit_that_telegram_refused_for_now_is_repeated() {
        for failure in [CallFailure::Transient(502), CallFailure::TooManyRequests(100), CallFailure::Hang, CallFailure::LoseReply]
        {
            let (env, seller) = env().await;
            seller.order(Kind::Neurocard).await.unwrap();
            env.telegram.fail(USER, "editMessageText", PROGRESS_EDITS + 3, failure.clone());
            let job = seller.until_over(1).await.unwrap().remove(0);
            assert!(shown(&seller, &job).starts_with(DELIVERED), "{failure:?}: {}", shown(&seller, &job));
            assert_eq!(job.unshown, None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_dies_before_the_edit_leaves_it_to_the_sweeper() {
        for moment in [Moment::BeforeSent, Moment::AfterApplied] {
            let (env, seller) = env().await;
            let kill = Kill { function: "sender", call: "editMessageText", moment };
            env.sandbox().unwrap().faults.kill(kill, USER);
            seller.order(Kind::Neurocard).await.unwrap();
            let job = seller.until_over(1).await.unwrap().remove(0);
            assert!(env.sandbox().unwrap().faults.has_killed(USER));
            assert!(shown(&seller, &job).starts_with(DELIVERED), "{}", shown(&seller, &job));
            assert_eq!(seller.videos().len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_refunded_order_is_shown_too() {
        let (env, seller) = env().await;
        env.script_kie(seller.user, vec![Outcome::fail("422", "The input or output was flagged as sensitive")]);
        seller.order(Kind::Neurocard).await.unwrap();
        // The task begins and ends: one edit shows progress.
        env.telegram.fail(USER, "editMessageText", 3, CallFailure::Transient(502));
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert!(shown(&seller, &job).starts_with(FAILED), "{}", shown(&seller, &job));
        let news = seller.texts().iter().filter(|text| text.contains("Your credit is back")).count();
        assert_eq!(news, 1, "the notification is not repeated: {:#?}", seller.texts());
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_of_several_ends_is_shown() {
        let (env, seller) = env().await;
        let gift = credits::grant(seller.user, "more", Credits(3), "", env.sandbox().unwrap().now());
        env.table.give(&gift).await.unwrap();
        seller.prepare(Kind::Reels, fakes::film::sample_photo()).await.unwrap();
        seller.tap_data("count:3").await.unwrap();
        seller.confirm().await.unwrap();
        env.telegram.fail(USER, "editMessageText", 5, CallFailure::Transient(502));
        let jobs = seller.until_over(3).await.unwrap();
        assert!(jobs.iter().all(|job| matches!(job.state, State::Delivered { .. })));
        assert!(shown(&seller, &jobs[0]).starts_with(DELIVERED), "{}", shown(&seller, &jobs[0]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_confirm_that_telegram_repeats_after_the_end_does_not_hide_it() {
        let (_env, seller) = env().await;
        seller.order(Kind::Neurocard).await.unwrap();
        let confirm = seller.person.last_update();
        let job = seller.until_over(1).await.unwrap().remove(0);
        let texts = seller.texts().len();
        for update in [confirm - 1, confirm] {
            seller.person.redeliver(update).await.expect("the update was delivered before");
            assert!(shown(&seller, &job).starts_with(DELIVERED), "{update}: {}", shown(&seller, &job));
        }
        assert_eq!(seller.texts().len(), texts, "nothing new is said");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_gone_is_tried_once_and_an_outage_a_bounded_number_of_times() {
        let gone = CallFailure::Refuse(400, "Bad Request: message to edit not found".into());
        for (failure, most) in [(gone, 1), (CallFailure::Transient(502), 8)] {
            let (env, seller) = env().await;
            seller.order(Kind::Neurocard).await.unwrap();
            let before = edits(&env);
            env.telegram.fail(USER, "editMessageText", 1000, failure.clone());
            let job = seller.until_over(1).await.unwrap().remove(0);
            assert!(matches!(job.state, State::Delivered { .. }), "{:?}", job.state);
            assert_eq!(edits(&env) - before, PROGRESS_EDITS + most, "{failure:?}");
            tokio::time::sleep(std::time::Duration::from_secs(7200)).await;
            assert_eq!(edits(&env) - before, PROGRESS_EDITS + most, "{failure:?}");
        }
    }
}
