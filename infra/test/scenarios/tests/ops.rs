//! What an operator does, through the library of `ops`, in a sandbox: with the money invariants and the guard of the ledger.

#[cfg(test)]
mod ops_in_a_sandbox {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use adapters::table::{mark, replay_id};
    use bytes::Bytes;
    use domain::{
        catalog::Kind,
        classify::Class,
        credits::{Credits, EntryKind},
        ids::UserId,
        job::{Job, State},
        laws,
    };
    use local_aws::net::{CallInfo, NetError, Response, Tap, Verdict};
    use ops::{
        audit,
        desk::{Answer, Desk},
        grant,
        import::{self, How},
        look, parked, replay,
    };
    use serde_json::{Value, json};
    use standins::{
        film::{self, Detail},
        kie::Outcome,
    };
    use testkit::environment::{Carrier, Sandbox, Seller, TestEnvironment, Times, armed_faults::mint};

    const OLGA: i64 = 780_000_001;
    /// Words that must be in no letter.
    const WORDS: &str = "Zephyrina's secret mug";

    async fn env() -> (TestEnvironment, Desk) {
        let env = Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox");
        let setup = env.sandbox().unwrap().setup_with(&[]).await.unwrap();
        (env, Desk::new(setup, "tester, key none"))
    }

    async fn olga(env: &TestEnvironment) -> Seller {
        let olga = Seller::new(env, OLGA, "en", "Zephyrina");
        olga.start().await.unwrap();
        olga
    }

    /// The money invariants hold, and the guard of the ledger had nothing to refuse.
    async fn all_is_well(env: &TestEnvironment, desk: &Desk) {
        let audited = audit::audit(desk).await.unwrap();
        assert!(!audited.found_problems(), "{audited}");
        assert_eq!(env.sandbox().unwrap().dynamodb.guard().unwrap().refused(), Vec::<String>::new());
        assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
    }

    fn photo_of(seller: &Seller) -> String {
        format!("/photos/{}/", seller.user)
    }

    /// An order with words whose video Telegram takes from nobody: refunded, and its letter parked.
    async fn undelivered(env: &TestEnvironment) -> (Seller, Job) {
        let olga = olga(env).await;
        env.kie.script(photo_of(&olga), vec![Outcome::success().after(env.times.making * 2)]);
        for data in ["make:neurocard"] {
            olga.tap_data(data).await.unwrap();
        }
        olga.send_photo(film::sample_photo()).await.unwrap();
        olga.say(WORDS).await.unwrap();
        olga.tap_data("skip").await.unwrap();
        olga.confirm().await.unwrap();
        env.until("KIE has the task", async || Ok(!env.kie.tasks().is_empty())).await.unwrap();
        env.telegram.down(OLGA);
        env.until("it is parked", async || Ok(!env.parked(olga.user).await?.is_empty())).await.unwrap();
        env.telegram.up(OLGA);
        let jobs = olga.until_over(1).await.unwrap();
        assert!(matches!(jobs[0].state, State::Failed { class: Class::CouldNotDeliver, .. }));
        (olga, jobs[0].clone())
    }

    /// An order that KIE refuses, and a letter about it, as a message that was burnt before would leave one.
    async fn refused(env: &TestEnvironment, outcomes: Vec<Outcome>) -> (Seller, Job) {
        let olga = olga(env).await;
        env.kie.script(photo_of(&olga), outcomes);
        olga.order(Kind::Neurocard).await.unwrap();
        let jobs = olga.until_over(1).await.unwrap();
        assert!(matches!(jobs[0].state, State::Failed { class: Class::ContentRejected, .. }), "{:?}", jobs[0].state);
        dead_letter(env, &jobs[0]).await;
        (olga, jobs[0].clone())
    }

    async fn dead_letter(env: &TestEnvironment, job: &Job) {
        let (before, (sqs, _)) = (env.parked(job.user).await.unwrap().len(), env.clients());
        let url = "http://sqs.local/000000000000/generate-dead";
        sqs.send_message().queue_url(url).message_body(job.wake().body()).send().await.unwrap();
        env.until("it is parked", async || Ok(env.parked(job.user).await?.len() > before)).await.unwrap();
    }

    fn text(answer: &impl Answer) -> String {
        answer.to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_made_twice_with_one_key_counts_once_and_says_who_and_why() {
        let (env, desk) = env().await;
        let olga = olga(&env).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let give = async |credits, key: &str| grant::grant(&desk, olga.user, Credits(credits), key, "sorry").await;
        let first = give(5, "ticket-17").await.unwrap();
        assert_eq!((first.already, first.balance, first.note.as_str()), (false, 7, "sorry [tester, key none]"));
        let second = give(5, "ticket-17").await.unwrap();
        assert_eq!((second.already, second.balance, &second.note), (true, 7, &first.note));
        assert!(text(&second).starts_with("given before, nothing was done"), "{second}");
        let other = give(6, "ticket-17").await.unwrap_err().to_string();
        assert!(
            other.starts_with("nothing was given: the key ticket-17 has given person 780000001 5 credits already\n"),
            "{other}"
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(give(1, "ticket-18").await.unwrap().balance, 8);
        let nobody = grant::grant(&desk, UserId(1), Credits(5), "ticket-17", "sorry").await.unwrap_err().to_string();
        assert!(nobody.starts_with("person 1 has no account\n"), "{nobody}");

        let ledger = look::ledger(&desk, olga.user).await.unwrap();
        let lines: Vec<_> = ledger.entries.iter().map(|entry| (entry.amount, entry.key.as_str())).collect();
        assert_eq!(lines, [(2, "GRANT#welcome"), (5, "GRANT#ticket-17"), (1, "GRANT#ticket-18")]);
        assert!(text(&ledger).contains("sorry [tester, key none]") && text(&ledger).ends_with("the balance is 8\n"), "{ledger}");
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_is_found_by_their_hash_and_a_job_by_its_id_alone() {
        let (env, desk) = env().await;
        let olga = olga(&env).await;
        olga.order(Kind::Neurocard).await.unwrap();
        let job = olga.until_over(1).await.unwrap().remove(0);
        assert_eq!(look::person_of_hash(&desk, &mark(olga.user)).await.unwrap(), olga.user);
        let nobody = look::person_of_hash(&desk, "0990c5ff882f2d7d").await.unwrap_err().to_string();
        assert!(nobody.starts_with("no account has the hash 0990c5ff882f2d7d\n"), "{nobody}");

        let person = look::person(&desk, olga.user).await.unwrap();
        assert_eq!((person.balance, person.jobs_in_all, person.broken.len(), person.language), (1, 1, 0, "en"));
        assert!(text(&person).contains(&job.id.to_string()) && text(&person).contains("laws         kept"), "{person}");
        for whose in [None, Some(olga.user)] {
            let found = look::job(&desk, job.id, whose).await.unwrap();
            assert_eq!((found.job.person, found.job.stage, found.job.price), (OLGA, "delivered", 1));
            let kinds =
                [found.charge.as_ref(), found.settlement.as_ref()].map(|entry| entry.map(|entry| (entry.kind, entry.amount)));
            assert_eq!(kinds, [Some((EntryKind::Charge, -1)), Some((EntryKind::Capture, 0))]);
            let json = serde_json::to_value(&found).unwrap();
            assert_eq!((&json["job"], &json["charge"]["amount"]), (&json!(job.id), &json!(-1)));
        }
        for (id, whose) in [(replay_id(job.id), None), (job.id, Some(UserId(7)))] {
            let missing = look::job(&desk, id, whose).await.unwrap_err().to_string();
            assert!(missing.starts_with(&format!("there is no job {id}")), "{missing}");
        }
        assert!(look::person(&desk, UserId(7)).await.is_err() && look::ledger(&desk, UserId(7)).await.is_err());
        assert!(!text(&person).contains("Zephyrina"));
    }

    #[tokio::test(start_paused = true)]
    async fn audit_finds_a_planted_imbalance_and_stats_count() {
        let (env, desk) = env().await;
        let olga = olga(&env).await;
        Seller::new(&env, OLGA + 1, "ru", "Vera").start().await.unwrap();
        olga.order(Kind::Neurocard).await.unwrap();
        olga.until_over(1).await.unwrap();
        let clean = audit::audit(&desk).await.unwrap();
        assert_eq!((clean.accounts, clean.found_problems()), (2, false));
        // Until the last look of its chain has come.
        tokio::time::sleep(Duration::from_secs(600)).await;
        let stats = audit::stats(&desk).await.unwrap();
        assert_eq!((stats.accounts, stats.credits, stats.oldest_open), (2, 3, None));
        assert_eq!(stats.jobs.into_iter().collect::<Vec<_>>(), [("delivered".to_owned(), 1)]);
        assert_eq!(stats.ledger.into_iter().collect::<Vec<_>>(), [("charged", -1), ("granted", 4)]);
        assert_eq!(stats.queues.into_values().collect::<Vec<_>>(), [0, 0, 0]);

        assert!(mint(&env.sandbox().unwrap().dynamodb, olga.user, 3));
        let audited = audit::audit(&desk).await.unwrap();
        let [broken] = &audited.broken[..] else { panic!("{audited}") };
        assert_eq!((broken.person, broken.hash.as_str(), broken.law.as_str()), (OLGA, mark(olga.user).as_str(), "law 1"));
        assert_eq!(broken.what, "the balance is 3 more than the ledger's sum");
        assert!(audited.found_problems() && text(&audited).ends_with("2 accounts checked, 1 laws broken\n"), "{audited}");
        assert_eq!(look::person(&desk, olga.user).await.unwrap().broken.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_nobody_takes_up_is_stuck() {
        let (env, desk) = env().await;
        let olga = olga(&env).await;
        env.sandbox().unwrap().faults.lose_messages_of(OLGA);
        olga.order(Kind::Neurocard).await.unwrap();
        tokio::time::sleep(Duration::from_secs(31)).await;
        let stuck = audit::stuck(&desk, Duration::from_secs(1)).await.unwrap();
        assert!(stuck.found_problems() && stuck.jobs.len() == 1 && stuck.jobs[0].person == OLGA, "{stuck}");
        assert!(text(&stuck).contains("queued") && text(&stuck).contains("The sweeper takes up"), "{stuck}");
        let patient = audit::stuck(&desk, Duration::from_secs(180)).await.unwrap();
        assert!(!patient.found_problems(), "{patient}");
        olga.until_over(1).await.unwrap();
        assert!(!audit::stuck(&desk, Duration::ZERO).await.unwrap().found_problems());
    }

    #[tokio::test(start_paused = true)]
    async fn a_video_that_could_not_be_delivered_is_listed_shown_and_sent_again_for_free() {
        let (env, desk) = env().await;
        let (olga, job) = undelivered(&env).await;
        assert_eq!(env.balance(olga.user).await.unwrap(), Credits(2), "refunded");

        let list = parked::list(&desk).await.unwrap();
        let [letter] = &list.letters[..] else { panic!("{list}") };
        let seen = [&letter.job, &letter.person, &letter.stage, &letter.class, &letter.attempts, &letter.refunded, &letter.queue];
        let id = job.id.to_string();
        assert_eq!(seen, [id.as_str(), "780000001", "ready", "could_not_deliver", "3", "1", "send-dead"]);
        assert!(letter.first_seen.parse::<jiff::Timestamp>().unwrap() > job.confirmed_at, "when it was ready to be sent");
        let attributes = &env.parked(olga.user).await.unwrap()[0].attributes;
        let names: Vec<_> = attributes.keys().map(String::as_str).collect();
        assert_eq!(names, ["attempts", "class", "first_seen", "job", "person", "queue", "refunded", "stage"]);

        let shown = parked::show(&desk, &id[..8]).await.unwrap();
        let told = text(&shown);
        for part in [
            "confirmed: ",
            "ready: 3 sends failed since",
            "dead letter: look ",
            "now failed: could_not_deliver, refunded 1 credits",
        ] {
            assert!(told.contains(part), "{part:?} is not in {told}");
        }
        assert!(!told.contains("Zephyrina") && !told.contains("mug"), "{told}");

        let replayed = replay::replay(&desk, &id, "Telegram was down").await.unwrap();
        assert_eq!((replayed.kept_video, replayed.already, replayed.person), (true, false, OLGA));
        assert!(text(&replayed).contains("the kept video is sent again, for no credits"), "{replayed}");
        let jobs = olga.until_over(2).await.unwrap();
        let again = jobs.iter().find(|found| found.id != job.id).unwrap();
        assert!(matches!(again.state, State::Delivered { .. }) && again.order.price == Credits(0));
        assert_eq!(again.id.to_string(), replayed.replay);
        assert_eq!((env.kie.tasks().len(), olga.videos().len()), (1, 1), "the same video");
        assert_eq!(env.balance(olga.user).await.unwrap(), Credits(2));
        let ledger = look::ledger(&desk, olga.user).await.unwrap();
        let of_it: Vec<_> = ledger.entries.iter().filter(|entry| entry.key.ends_with(&replayed.replay)).collect();
        assert_eq!(
            of_it.iter().map(|entry| (entry.kind, entry.amount)).collect::<Vec<_>>(),
            [(EntryKind::Charge, 0), (EntryKind::Capture, 0)]
        );
        assert_eq!(of_it[0].note, format!("replay of {id}: Telegram was down [tester, key none]"));
        assert!(parked::list(&desk).await.unwrap().letters.is_empty());

        // A second copy of the same letter: the job is there, and nothing is sent.
        dead_letter(&env, &job).await;
        let second = replay::replay(&desk, &id, "again").await.unwrap();
        assert_eq!((second.already, &second.replay), (true, &replayed.replay));
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!((env.jobs(olga.user).await.unwrap().len(), olga.videos().len()), (2, 1));
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_refused_is_made_anew_and_a_free_one_that_fails_is_not_said_to_be_paid_back() {
        let (env, desk) = env().await;
        let bad = || Outcome::fail("422", "nsfw");
        let (olga, job) = refused(&env, vec![bad(), bad(), Outcome::success()]).await;
        let replayed = replay::replay(&desk, &job.id.to_string(), "the photo is fine").await.unwrap();
        assert!(!replayed.kept_video && text(&replayed).contains("a new video is made, for no credits"), "{replayed}");
        let jobs = olga.until_over(2).await.unwrap();
        let free = jobs.iter().find(|found| found.id != job.id).unwrap().clone();
        assert!(matches!(free.state, State::Failed { .. }) && env.kie.tasks().len() == 2);
        let said = olga.texts().pop().unwrap();
        assert!(said.contains("This try was free, no credit was charged. Your balance: 2 credits."), "{said}");
        assert_eq!(env.balance(olga.user).await.unwrap(), Credits(2));
        let entries = env.ledger(olga.user).await.unwrap();
        assert_eq!(laws::broken(Credits(2), &entries, &jobs), vec![]);

        // A replay can be replayed, and is an order of its own.
        dead_letter(&env, &free).await;
        let third = replay::replay(&desk, &free.id.to_string(), "once more").await.unwrap();
        let jobs = olga.until_over(3).await.unwrap();
        let made = jobs.iter().find(|found| found.id.to_string() == third.replay).unwrap();
        assert!(matches!(made.state, State::Delivered { .. }) && olga.videos().len() == 1);
        all_is_well(&env, &desk).await;
    }

    /// Fails the first deletions of an operator.
    #[derive(Default)]
    struct Undeleted(AtomicUsize);

    impl Tap for Undeleted {
        fn before(&self, call: &CallInfo) -> Verdict {
            if call.operation.as_deref() == Some("DeleteMessage") && self.0.fetch_add(1, Ordering::Relaxed) < 3 {
                let mut reply = http::Response::new(Bytes::from_static(b"{}"));
                *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                return Verdict::Reply(reply);
            }
            Verdict::Pass
        }

        fn after(&self, _: &CallInfo, _: &Result<Response, NetError>) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_replay_whose_message_and_whose_deletion_are_lost_makes_one_job_all_the_same() {
        let (env, desk) = env().await;
        let (olga, job) = undelivered(&env).await;
        env.sandbox().unwrap().faults.lose_messages_of(OLGA);
        env.sandbox().unwrap().net.tap(Arc::new(Undeleted::default()));
        let failed = replay::replay(&desk, &job.id.to_string(), "lost").await.unwrap_err().to_string();
        assert!(failed.contains("Parked queue") && failed.contains("run this again"), "{failed}");
        let second = replay::replay(&desk, &job.id.to_string(), "lost").await.unwrap();
        assert!(second.already && parked::list(&desk).await.unwrap().letters.is_empty());
        // The sweeper finds what no message tells of.
        let jobs = olga.until_over(2).await.unwrap();
        assert!(jobs.iter().any(|job| matches!(job.state, State::Delivered { .. })) && olga.videos().len() == 1);
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn two_operators_replaying_at_once_make_one_job() {
        let (env, desk) = env().await;
        let (olga, job) = undelivered(&env).await;
        let id = job.id.to_string();
        let (one, other) = tokio::join!(replay::replay(&desk, &id, "one"), replay::replay(&desk, &id, "other"));
        // One of them holds the letter; the other is told so.
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1, "{one:?} {other:?}");
        assert_eq!(olga.until_over(2).await.unwrap().len(), 2);
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_video_that_is_no_more_is_made_anew() {
        let (env, desk) = env().await;
        let (olga, job) = undelivered(&env).await;
        let (_, s3) = env.clients();
        s3.delete_object().bucket("neurocards-media").key(Job::video_key(job.user, job.id)).send().await.unwrap();
        assert!(!replay::replay(&desk, &job.id.to_string(), "expired").await.unwrap().kept_video);
        olga.until_over(2).await.unwrap();
        assert_eq!((env.kie.tasks().len(), olga.videos().len()), (2, 1));
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_failed_is_not_replayed_and_its_letter_stays_until_it_is_dropped() {
        let (env, desk) = env().await;
        let olga = olga(&env).await;
        olga.order(Kind::Neurocard).await.unwrap();
        let job = env.jobs(olga.user).await.unwrap().remove(0);
        dead_letter(&env, &job).await;
        let id = job.id.to_string();
        let early = replay::replay(&desk, &id, "why not").await.unwrap_err().to_string();
        assert!(early.contains("only what failed is replayed") && early.contains("still under way"), "{early}");
        olga.until_over(1).await.unwrap();
        let late = replay::replay(&desk, &id, "why not").await.unwrap_err().to_string();
        assert!(late.contains("is delivered: only what failed is replayed"), "{late}");
        assert_eq!(parked::list(&desk).await.unwrap().letters.len(), 1);

        let dropped = parked::drop_letters(&desk, &id, "it went well").await.unwrap();
        assert_eq!((dropped.letters.len(), dropped.note.as_str()), (1, "it went well [tester, key none]"));
        assert!(parked::list(&desk).await.unwrap().letters.is_empty());
        let missing = parked::drop_letters(&desk, &id, "it went well").await.unwrap_err().to_string();
        assert!(missing.starts_with(&format!("no parked letter is named {id}\n")), "{missing}");
        let everything = env.sandbox().unwrap().everything();
        let noted: Vec<&Value> =
            everything.iter().filter(|(key, _)| key.starts_with("OPERATIONS ")).map(|(_, item)| item).collect();
        let [note] = noted[..] else { panic!("{noted:?}") };
        assert_eq!(note["note"]["S"], "it went well [tester, key none]");
        assert_eq!(note["what"]["S"], format!("drop the letter {} about job {id}", dropped.letters[0]));
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_letter_about_nothing_is_shown_as_it_came_and_can_only_be_dropped() {
        let (env, desk) = env().await;
        let (sqs, _) = env.clients();
        sqs.send_message().queue_url("http://sqs.local/000000000000/send-dead").message_body("hello").send().await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let list = parked::list(&desk).await.unwrap();
        let [letter] = &list.letters[..] else { panic!("{list}") };
        assert_eq!((letter.job.as_str(), &letter.body), ("-", &json!("hello")));
        let failed = replay::replay(&desk, &letter.letter, "why not").await.unwrap_err().to_string();
        assert!(failed.contains("is about no job: there is nothing to replay"), "{failed}");
        parked::drop_letters(&desk, &letter.letter[..8], "noise").await.unwrap();
        assert!(parked::list(&desk).await.unwrap().letters.is_empty());
    }

    const FILE: &str = "id,balance,language,name\n780000001,12,ru,Olga\n780000002,3,ru,Vera\n780000003,0,en,Ivan\n";

    #[tokio::test(start_paused = true)]
    async fn people_are_imported_once_however_often_the_file_is_run() {
        let (env, desk) = env().await;
        let olga = olga(&env).await;
        let run = async |file: &str, apply, skip_bad| {
            import::import(&desk, import::read(file.as_bytes()).unwrap(), "from the old bot", How { apply, skip_bad })
                .await
                .unwrap()
        };
        let before = env.sandbox().unwrap().everything();
        let dry = run(FILE, false, false).await;
        assert_eq!((dry.applied, dry.opened, dry.added, dry.credits), (false, 2, 1, 15));
        assert!(text(&dry).contains("would be imported: 2 new accounts, 1 people") && text(&dry).contains("--apply"), "{dry}");
        assert_eq!(env.sandbox().unwrap().everything(), before, "nothing was written");

        let first = run(FILE, true, false).await;
        assert_eq!((first.applied, first.opened, first.added, first.credits, first.found_problems()), (true, 2, 1, 15, false));
        let after = env.sandbox().unwrap().everything();
        let second = run(FILE, true, false).await;
        assert_eq!((second.opened, second.added, second.credits, second.already), (0, 0, 0, 3));
        assert_eq!(env.sandbox().unwrap().everything(), after, "nothing changed");
        assert_eq!(env.balance(olga.user).await.unwrap(), Credits(14), "on top of the welcome");
        let note = &look::ledger(&desk, UserId(780_000_002)).await.unwrap().entries[0];
        assert_eq!((note.key.as_str(), note.note.as_str()), ("GRANT#import", "from the old bot [tester, key none]"));

        let other = run(&FILE.replace("780000002,3", "780000002,4"), true, false).await;
        assert_eq!((other.already, other.differ.len(), other.differ[0].line), (2, 1, 3));
        assert_eq!(env.balance(UserId(780_000_002)).await.unwrap(), Credits(3));

        // Somebody imported comes: in their language, asked for consent, with their credits and no welcome gift.
        let vera = Seller::new(&env, 780_000_002, "en", "Vera");
        vera.say("/start").await.unwrap();
        assert!(vera.button("accept").is_some());
        vera.tap_data("accept").await.unwrap();
        assert!(vera.texts().iter().any(|text| text.contains("3 кредита")), "{:?}", vera.texts());
        vera.order(Kind::Neurocard).await.unwrap();
        vera.until_over(1).await.unwrap();
        assert_eq!(env.balance(vera.user).await.unwrap(), Credits(2));
        all_is_well(&env, &desk).await;
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_file_with_bad_rows_nothing_is_applied_unless_they_are_to_be_skipped() {
        let (env, desk) = env().await;
        let file = "id,balance\n7,1\nx,2\n8,3\n";
        let run = async |skip_bad| {
            import::import(&desk, import::read(file.as_bytes()).unwrap(), "why", How { apply: true, skip_bad }).await.unwrap()
        };
        let refused = run(false).await;
        assert_eq!((refused.applied, refused.opened, refused.bad.len(), refused.bad[0].line), (false, 2, 1, 3));
        assert!(text(&refused).starts_with("line 3: id is not a person's"), "{refused}");
        assert!(look::person(&desk, UserId(7)).await.is_err(), "nothing was written");
        let skipped = run(true).await;
        assert_eq!((skipped.applied, skipped.opened, skipped.bad.len()), (true, 2, 1));
        assert_eq!(env.balance(UserId(8)).await.unwrap(), Credits(3));
        all_is_well(&env, &desk).await;
    }
}
