//! Films whose seller cannot be reached: they wait, are sent for nothing on the seller's return, and are refunded once at the end.

#[cfg(test)]
mod held {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use domain::{
        catalog::Kind,
        classify::Class,
        credits::{Credits, EntryKind},
        job::{Job, State},
    };
    use fakes::{film::Detail, telegram::CallFailure};
    use local_aws::net::{Action, CallInfo, Interceptor};
    use testkit::environment::{Carrier, Logs, Seller, TestEnvironment, Times};

    const USER: i64 = 796_000_001;

    async fn env() -> (TestEnvironment, Seller) {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let seller = Seller::new(&env, USER, "en", "Olga");
        seller.start().await.unwrap();
        (env, seller)
    }

    async fn jobs(env: &TestEnvironment, seller: &Seller) -> Vec<Job> {
        env.jobs(seller.user).await.unwrap()
    }

    async fn until_held(env: &TestEnvironment, seller: &Seller, films: usize) {
        let held = |jobs: &[Job]| jobs.iter().filter(|job| matches!(job.state, State::Held { .. })).count();
        env.until("the films are held", async || Ok(held(&env.jobs(seller.user).await?) == films)).await.unwrap();
    }

    async fn kinds(env: &TestEnvironment, seller: &Seller) -> Vec<EntryKind> {
        env.ledger(seller.user)
            .await
            .unwrap()
            .into_iter()
            .map(|entry| entry.kind)
            .filter(|kind| *kind != EntryKind::Grant)
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn who_orders_blocks_and_returns_gets_the_film_and_no_credit_however_often() {
        let (env, seller) = env().await;
        for round in 1..=2 {
            seller.order(Kind::Neurocard).await.unwrap();
            seller.person.block().await;
            until_held(&env, &seller, 1).await;
            assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2 - round), "the charge stays");
            for _ in 0..5 {
                seller.person.unblock().await;
                seller.person.block().await;
            }
            seller.person.unblock().await;
            let count = usize::try_from(round).unwrap();
            seller.until_over(count).await.unwrap();
            assert_eq!((seller.videos().len(), env.tasks_of(seller.user).len()), (count, count), "KIE is paid once a film");
        }
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(0));
        assert_eq!(kinds(&env, &seller).await.iter().filter(|kind| **kind == EntryKind::Capture).count(), 2);
        assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_return_that_the_bot_never_heard_of_is_noticed_by_a_check() {
        for refused in [CallFailure::Blocked, CallFailure::ChatNotFound] {
            let (env, seller) = env().await;
            // No update says that the person blocked the bot or came back.
            env.telegram.fail(USER, "sendVideo", 1, refused);
            seller.order(Kind::Neurocard).await.unwrap();
            let job = seller.until_over(1).await.unwrap().remove(0);
            assert!(matches!(job.state, State::Delivered { .. }), "{:?}", job.state);
            assert_eq!((seller.videos().len(), env.balance(seller.user).await.unwrap()), (1, Credits(1)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn several_held_films_are_sent_two_seconds_apart() {
        let (env, seller) = env().await;
        for _ in 0..2 {
            seller.order(Kind::Neurocard).await.unwrap();
        }
        seller.person.block().await;
        until_held(&env, &seller, 2).await;
        seller.person.unblock().await;
        seller.until_over(2).await.unwrap();
        let lines = seller.person.chat();
        let at: Vec<_> =
            lines.iter().filter(|line| matches!(line.body, fakes::telegram::Body::Video(_))).map(|line| line.at_ms).collect();
        let [first, second] = at[..] else { panic!("{at:?}") };
        assert!((2000..10_000).contains(&(second - first)), "{} ms", second - first);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deleted_account_is_refunded_at_once() {
        let (env, seller) = env().await;
        let deactivated = CallFailure::Refuse(403, "Forbidden: user is deactivated".into());
        env.telegram.fail(USER, "sendVideo", 1, deactivated);
        seller.order(Kind::Neurocard).await.unwrap();
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert!(matches!(job.state, State::Failed { class: Class::Unreachable, .. }), "{:?}", job.state);
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_floods_their_way_to_a_refund() {
        let (env, seller) = env().await;
        env.telegram.fail(USER, "sendVideo", 1, CallFailure::TooManyRequests(2000));
        seller.order(Kind::Neurocard).await.unwrap();
        until_held(&env, &seller, 1).await;
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert!(matches!(job.state, State::Delivered { .. }), "{:?}", job.state);
        assert_eq!((env.balance(seller.user).await.unwrap(), seller.videos().len()), (Credits(1), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_hold_refunds_and_the_seller_is_notified_once_on_the_return() {
        let (env, seller) = env().await;
        seller.order(Kind::Neurocard).await.unwrap();
        seller.person.block().await;
        until_held(&env, &seller, 1).await;
        let texts = seller.texts().len();
        // Weeks of polls would take minutes: the film is made older instead, so that its hold ends in an hour.
        let job = jobs(&env, &seller).await.remove(0);
        let (rules, hour) = (&env.times.rules, Duration::from_secs(3600));
        let State::Held { video_key, attempts, checks, .. } = job.state.clone() else { panic!("{:?}", job.state) };
        let ends_at = env.sandbox().unwrap().now() + hour;
        let state = State::Held { video_key, ready_at: ends_at - rules.hold, attempts, checks, next_at: ends_at };
        env.table.save_job(&Job { state, due_at: Some(ends_at), version: job.version + 1, ..job }).await.unwrap();
        tokio::time::sleep(2 * hour).await;
        let job = jobs(&env, &seller).await.remove(0);
        assert!(matches!(job.state, State::Failed { class: Class::Unreachable, on_return: true, .. }), "{:?}", job.state);
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
        assert_eq!(seller.texts().len(), texts, "nothing is said while the bot is blocked");
        seller.person.unblock().await;
        let news = || seller.texts().iter().filter(|text| text.contains("deliver your video in time")).count();
        env.until("the seller reads of the refund", async || Ok(news() == 1)).await.unwrap();
        for text in ["/start", "/balance"] {
            seller.say(text).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!((news(), seller.videos().len(), env.tasks_of(seller.user).len()), (1, 0, 1));
        let person = env.table.person(seller.user, None, env.sandbox().unwrap().now()).await.unwrap();
        assert_eq!(person.waiting, None, "the mark is removed once nothing waits");
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_that_is_gone_from_the_store_is_refunded_at_once() {
        let (env, seller) = env().await;
        seller.order(Kind::Neurocard).await.unwrap();
        seller.person.block().await;
        until_held(&env, &seller, 1).await;
        let job = jobs(&env, &seller).await.remove(0);
        let (_, s3) = env.clients();
        s3.delete_object().bucket("neurocards-media").key(Job::video_key(job.user, job.id)).send().await.unwrap();
        seller.person.unblock().await;
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert!(matches!(job.state, State::Failed { class: Class::CouldNotDeliver, .. }), "{:?}", job.state);
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_tap_under_a_film_proves_its_delivery() {
        for data in ["again", "open"] {
            let (env, seller) = env().await;
            env.telegram.fail(USER, "sendVideo", 1, CallFailure::LoseReply);
            seller.order(Kind::Neurocard).await.unwrap();
            env.until("the film is in the chat", async || Ok(seller.videos().len() == 1)).await.unwrap();
            let lines = seller.person.chat();
            let line = lines.iter().rev().find(|line| matches!(line.body, fakes::telegram::Body::Video(_))).unwrap();
            let id = jobs(&env, &seller).await[0].id;
            let data = if data == "again" { format!("again:{id}") } else { data.to_owned() };
            seller.person.tap_on(line.message_id, &data).await;
            let job = jobs(&env, &seller).await.remove(0);
            let State::Delivered { message_id, file_id: Some(_), .. } = job.state else { panic!("{data}: {:?}", job.state) };
            assert_eq!(message_id, line.message_id);
            tokio::time::sleep(Duration::from_secs(1800)).await;
            assert_eq!(seller.videos().len(), 1, "{data}: the film is not sent again");
            assert_eq!(kinds(&env, &seller).await, [EntryKind::Charge, EntryKind::Capture], "{data}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_that_arrived_unpaid_is_counted_once_however_often_it_is_tapped() {
        let (env, seller) = env().await;
        env.telegram.fail(USER, "sendVideo", 3, CallFailure::LoseReply);
        seller.order(Kind::Neurocard).await.unwrap();
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert!(matches!(job.state, State::Failed { class: Class::CouldNotDeliver, .. }), "{:?}", job.state);
        let lines = seller.person.chat();
        let line = lines.iter().rev().find(|line| matches!(line.body, fakes::telegram::Body::Video(_))).unwrap();
        let (logs, _guard) = Logs::capture_with_metrics("info", Some("neurocards"));
        for _ in 0..3 {
            seller.person.tap_on(line.message_id, &format!("again:{}", job.id)).await;
        }
        let counted = logs.lines().iter().filter(|line| line.contains("\"RefundedThoughDelivered\":1")).count();
        let after = jobs(&env, &seller).await.remove(0);
        assert_eq!((counted, after.version, after.making.arrived_unpaid), (1, job.version + 1, true));
        assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2), "no credits move");
    }

    /// Refuses the connections of this many sends of a video.
    struct Refuses(AtomicU32);

    impl Interceptor for Refuses {
        fn before(&self, call: &CallInfo) -> Action {
            if !call.path.ends_with("/sendVideo") {
                return Action::Pass;
            }
            let refuse = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if refuse.is_ok() { Action::RefuseNotSent } else { Action::Pass }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_connection_uses_no_attempt_and_ends_delivered() {
        let (env, seller) = env().await;
        // Five minutes without a connection are far more than three attempts.
        let refuses = Arc::new(Refuses(AtomicU32::new(20)));
        env.sandbox().unwrap().net.intercept(refuses.clone());
        seller.order(Kind::Neurocard).await.unwrap();
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert!(matches!(job.state, State::Delivered { .. }), "{:?}", job.state);
        assert_eq!((refuses.0.load(Ordering::Relaxed), seller.videos().len()), (0, 1));
    }
}
