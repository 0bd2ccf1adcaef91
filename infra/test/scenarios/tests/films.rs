//! The film end of an order: its frame and length, how it reaches the chat, a result that comes late, and the second ways when a
//! model or an address fails.

#[cfg(test)]
mod films {
    use std::time::Duration;

    use domain::{
        catalog::{Catalog, Frame, Kind},
        conversation::Notice,
        job::{Job, Making, PhotoRoute, SentAs, State},
        locale::Locale,
    };
    use fakes::{
        film::{self, Detail},
        kie::{Outcome, TaskView},
        telegram::{CallFailure, SentAs as Shown, SentVideo, Via},
    };
    use testkit::environment::{Carrier, Logs, Seller, TestEnvironment, Times};

    const USER: i64 = 797_000_001;

    async fn env() -> (TestEnvironment, Seller) {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let seller = Seller::new(&env, USER, "en", "Olga");
        seller.start().await.unwrap();
        (env, seller)
    }

    /// Orders one Reels of this style, with a photo of this size.
    async fn order_reels(seller: &Seller, style: &str, (width, height): (u32, u32)) {
        seller.tap_data("make:reels").await.unwrap();
        seller.send_photo(film::photo_of(width, height)).await.unwrap();
        seller.tap_data(style).await.unwrap();
        seller.confirm().await.unwrap();
    }

    /// Waits for the end of the seller's only job; returns the job, its tasks at KIE and the videos in the chat.
    async fn ended(env: &TestEnvironment, seller: &Seller) -> (Job, Vec<TaskView>, Vec<SentVideo>) {
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
        (job, env.tasks_of(seller.user), seller.videos())
    }

    fn calls(env: &TestEnvironment, method: &str) -> Vec<serde_json::Value> {
        let calls = env.telegram.calls().into_iter().filter(|call| call.method == method && call.chat == Some(USER));
        calls.map(|call| call.params).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_has_the_ordered_frame_and_length_whatever_the_photo_and_its_geometry_is_sent() {
        for size in [(600, 800), (900, 600), (700, 700), (3000, 500)] {
            // The reference of a UGC video keeps its own proportions, and the model takes no strip.
            let styles = if size == (3000, 500) { &["style:broll"][..] } else { &["style:ugc", "style:broll"] };
            for &style in styles {
                let (env, seller) = env().await;
                order_reels(&seller, style, size).await;
                let (job, _, videos) = ended(&env, &seller).await;
                let [video] = videos.as_slice() else { panic!("{style} {size:?}: {videos:?}") };
                let film = job.making.film.unwrap();
                assert!(Frame::Vertical.holds((film.width, film.height), None), "{style} {size:?}: {film:?}");
                assert_eq!(film.secs(), 8, "{style} {size:?}");
                assert_eq!(video.film, Some((film.width, film.height, 8)), "{style} {size:?}");
                for sent in calls(&env, "sendVideo") {
                    for name in ["width", "height", "duration"] {
                        assert!(!sent[name].is_null(), "{style} {size:?}: sendVideo without {name}: {sent}");
                    }
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_has_the_frame_that_the_seller_chose() {
        for (kind, taps, frame, secs) in [
            ("make:neurocard", &["shape:8:3:4"][..], Frame::Card, 10),
            ("make:neurocard", &["frame:9:16"][..], Frame::Vertical, 10),
            ("make:reels", &["style:ugc", "shape:8:3:4"][..], Frame::Card, 8),
            ("make:reels", &["frame:1:1", "secs:10"][..], Frame::Square, 10),
            ("make:reels", &["style:broll", "frame:3:4"][..], Frame::Card, 8),
            ("make:reels", &["frame:1:1", "style:broll", "shape:8:9:16"][..], Frame::Vertical, 8),
        ] {
            let (env, seller) = env().await;
            seller.tap_data(kind).await.unwrap();
            seller.send_photo(film::photo_of(1280, 960)).await.unwrap();
            for tap in taps {
                seller.tap_data(tap).await.unwrap();
            }
            seller.confirm().await.unwrap();
            let (job, _, _) = ended(&env, &seller).await;
            let film = job.making.film.unwrap();
            assert!(frame.holds((film.width, film.height), None) && film.secs() == secs, "{kind} {taps:?}: {film:?}");
            assert_eq!(job.order.frame, Some(frame), "{kind} {taps:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_card_keeps_the_photo_s_own_proportions() {
        let (env, seller) = env().await;
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        seller.confirm().await.unwrap();
        let (job, _, _) = ended(&env, &seller).await;
        let film = job.making.film.unwrap();
        assert!(Frame::Own.holds((film.width, film.height), Some((720, 960))), "{film:?}");
        assert_eq!((film.secs(), film.sound), (10, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_without_sound_is_uploaded_and_stays_a_video() {
        let (env, seller) = env().await;
        order_reels(&seller, "style:broll", (600, 800)).await;
        let (job, _, videos) = ended(&env, &seller).await;
        assert!(!job.making.film.unwrap().sound);
        assert_eq!((videos[0].via, videos[0].sent_as), (Via::Upload, Shown::Video));
        let actions: Vec<_> = env.telegram.actions(USER).into_iter().map(|(_, action)| action).collect();
        assert_eq!(actions, ["upload_video"]);
        assert!(matches!(job.state, State::Delivered { sent_as: SentAs::Video, .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_film_arrives_with_its_own_geometry() {
        let (env, seller) = env().await;
        env.script_kie(seller.user, vec![Outcome::success().with_video_bytes(12_000_000)]);
        seller.order(Kind::Neurocard).await.unwrap();
        let (job, _, videos) = ended(&env, &seller).await;
        let film = job.making.film.unwrap();
        assert_eq!((videos[0].via, videos[0].film), (Via::Url, Some((film.width, film.height, 10))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_is_sent_again_as_what_telegram_made_of_it() {
        for (shown, stored, method) in [
            (Shown::Video, SentAs::Video, "sendVideo"),
            (Shown::Animation, SentAs::Animation, "sendAnimation"),
            (Shown::Document, SentAs::Document, "sendDocument"),
        ] {
            let (env, seller) = env().await;
            env.telegram.make_next_films(USER, 1, shown);
            seller.order(Kind::Neurocard).await.unwrap();
            let (job, _, _) = ended(&env, &seller).await;
            assert!(matches!(job.state, State::Delivered { sent_as, .. } if sent_as == stored), "{shown:?}: {:?}", job.state);
            let before = calls(&env, method).len();
            seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
            assert_eq!(calls(&env, method).len(), before + 1, "{shown:?}");
            let videos = seller.videos();
            let [first, again] = videos.as_slice() else { panic!("{shown:?}: {videos:?}") };
            assert_eq!((&first.sha256, again.via, again.sent_as), (&again.sha256, Via::FileId, shown));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeat_of_an_earlier_release_s_animation_finds_its_kind_and_keeps_it() {
        let (env, seller) = env().await;
        env.telegram.make_next_films(USER, 1, Shown::Animation);
        seller.order(Kind::Neurocard).await.unwrap();
        let (job, _, _) = ended(&env, &seller).await;
        // Release 0.1.0 stored neither the kind nor the film.
        let State::Delivered { file_id, message_id, video_key, .. } = job.state.clone() else { panic!("{:?}", job.state) };
        let state = State::Delivered { file_id, message_id, sent_as: SentAs::Video, video_key };
        let old = Job { state, making: Making::default(), version: job.version + 1, ..job.clone() };
        env.table.save_job(&old).await.unwrap();
        for sends_of_a_video in [1, 1] {
            seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
            assert_eq!(seller.videos().pop().unwrap().sent_as, Shown::Animation);
            let refused = env.telegram.calls().into_iter().filter(|call| call.method == "sendVideo" && call.status == 400);
            assert_eq!(refused.count(), sends_of_a_video, "only the first repeat tries the wrong kind");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_file_id_is_replaced_by_the_film_in_the_store() {
        for refused in ["Bad Request: wrong file identifier/HTTP URL specified", "Bad Request: type of file mismatch"] {
            let (env, seller) = env().await;
            seller.order(Kind::Neurocard).await.unwrap();
            let (job, _, _) = ended(&env, &seller).await;
            env.telegram.fail(USER, "sendVideo", 1, CallFailure::Refuse(400, refused.into()));
            seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
            env.until("the repeat is in the chat", async || Ok(seller.videos().len() == 2)).await.unwrap();
            let videos = seller.videos();
            let [first, again] = videos.as_slice() else { panic!("{refused}: {videos:?}") };
            assert_eq!((&first.sha256, again.via, again.film), (&again.sha256, Via::Url, first.film), "{refused}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_film_without_sound_is_sent_again_as_a_video_and_its_new_file_id_is_kept() {
        let (env, seller) = env().await;
        order_reels(&seller, "style:broll", (600, 800)).await;
        let (job, _, _) = ended(&env, &seller).await;
        let unknown = "Bad Request: wrong file identifier/HTTP URL specified".to_owned();
        env.telegram.fail(USER, "sendVideo", 1, CallFailure::Refuse(400, unknown));
        seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
        env.until("the repeat is in the chat", async || Ok(seller.videos().len() == 2)).await.unwrap();
        let again = seller.videos().pop().unwrap();
        assert_eq!((again.via, again.sent_as), (Via::Upload, Shown::Video));
        let new_file_id = async || {
            let job = env.jobs(seller.user).await?.remove(0);
            Ok(matches!(job.state, State::Delivered { file_id, .. } if file_id.as_deref() == Some(&again.file_id)))
        };
        env.until("the job has the new file id", new_file_id).await.unwrap();
        seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
        let third = seller.videos().pop().unwrap();
        assert_eq!((third.via, third.file_id), (Via::FileId, again.file_id), "the next repeat uses the new file id");
        assert_eq!(seller.videos().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeat_that_fails_is_tried_three_times_and_the_seller_reads_one_sentence() {
        let refused = || CallFailure::Refuse(400, "Bad Request: type of file mismatch".into());
        // Telegram's failures of the sender's calls, the notice, and the sends of the film in the store.
        let busy = CallFailure::Transient(500);
        let wait = CallFailure::TooManyRequests(4);
        let cases = [
            (vec![busy.clone(); 3], Some(Notice::ResendLater), 3),
            (vec![busy, wait], None, 3),
            (vec![refused(); 2], Some(Notice::CannotResend), 2),
            (vec![CallFailure::Blocked], None, 1),
        ];
        for (failures, notice, sends) in cases {
            let described = format!("{failures:?}");
            let (env, seller) = env().await;
            seller.order(Kind::Neurocard).await.unwrap();
            let (job, _, _) = ended(&env, &seller).await;
            let (ledger, before) = (env.ledger(seller.user).await.unwrap(), calls(&env, "sendVideo").len());
            env.telegram.fail(USER, "sendVideo", 1, refused());
            for failure in failures {
                env.telegram.fail(USER, "sendVideo", 1, failure);
            }
            seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
            env.until("no message is on its way", async || Ok(env.sandbox().unwrap().messages_on_their_way() == 0))
                .await
                .unwrap();
            assert_eq!(calls(&env, "sendVideo").len() - before - 1, sends, "{described}");
            let last = seller.texts().pop().unwrap();
            if let Some(notice) = notice {
                assert_eq!(last, Locale::En.notice(notice), "{described}");
            }
            assert_eq!(env.ledger(seller.user).await.unwrap(), ledger, "{described}");
            assert!(env.parked(seller.user).await.unwrap().is_empty(), "{described}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeat_of_a_film_that_is_no_longer_kept_says_so() {
        let (env, seller) = env().await;
        seller.order(Kind::Neurocard).await.unwrap();
        let (job, _, _) = ended(&env, &seller).await;
        let (_, s3) = env.clients();
        s3.delete_object().bucket("neurocards-media").key(Job::video_key(job.user, job.id)).send().await.unwrap();
        env.telegram.fail(USER, "sendVideo", 1, CallFailure::Refuse(400, "Bad Request: type of file mismatch".into()));
        seller.tap_data(&format!("resend:{}", job.id)).await.unwrap();
        let says = Locale::En.notice(Notice::CannotResend);
        env.until("the seller is notified", async || Ok(seller.texts().pop().as_ref() == Some(&says))).await.unwrap();
        assert_eq!(seller.videos().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_that_misses_its_frame_is_delivered_logged_and_counted() {
        let (logs, _guard) = Logs::capture_with_metrics("warn", Some("neurocards-test"));
        let (env, seller) = env().await;
        env.script_kie(seller.user, vec![Outcome::success().with_shape(16, 9)]);
        order_reels(&seller, "style:broll", (600, 800)).await;
        let (job, tasks, videos) = ended(&env, &seller).await;
        assert_eq!((job.state.name(), tasks.len(), videos.len()), ("delivered", 1, 1));
        let lines = logs.lines();
        assert!(lines.iter().any(|line| line.contains("the video misses its frame")), "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.contains("\"FrameMisses\":1.0")).count(), 1, "{lines:#?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_comes_late_buys_no_second_task() {
        let late = [
            Outcome::success().with_result_delay(Duration::from_secs(200)),
            Outcome::success().with_result_failures(404, 3),
            Outcome::success().with_result_failures(403, 3),
            Outcome::success().with_result_failures(202, 3),
            Outcome::success().with_result_failures(200, 3),
            Outcome::success().with_result_failures(503, 3),
            Outcome::success().with_urls_after_polls(3),
            Outcome::success().with_result_page("<html>please wait</html>", 2),
        ];
        for outcome in late {
            let (env, seller) = env().await;
            let described = format!("{outcome:?}");
            env.script_kie(seller.user, vec![outcome]);
            seller.order(Kind::Neurocard).await.unwrap();
            let (job, tasks, videos) = ended(&env, &seller).await;
            assert_eq!((job.state.name(), tasks.len(), videos.len()), ("delivered", 1, 1), "{described}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_never_comes_fails_the_attempt_after_five_minutes_or_three_pages() {
        for (outcome, at_least, at_most) in [
            (Outcome::success().with_result_failures(404, 1000), 300, 420),
            (Outcome::success().with_urls_after_polls(1000), 300, 420),
            (Outcome::success().with_result_page("<html>error</html>", 1000), 60, 180),
        ] {
            let (env, seller) = env().await;
            let described = format!("{outcome:?}");
            env.script_kie(seller.user, vec![outcome]);
            seller.order(Kind::Neurocard).await.unwrap();
            let (job, tasks, _) = ended(&env, &seller).await;
            let [first, second] = tasks.as_slice() else { panic!("{described}: {} tasks", tasks.len()) };
            assert_eq!(job.state.name(), "delivered", "{described}");
            assert_eq!(first.model, second.model, "{described}: the spare is not used");
            let made = i64::try_from(env.times.making.as_secs()).unwrap();
            let waited = (second.created_ms - first.created_ms) / 1000 - made;
            assert!((at_least..at_most).contains(&waited), "{described}: {waited} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_that_is_cut_off_is_not_delivered() {
        let (env, seller) = env().await;
        // The head of an MP4 without its index.
        let cut = String::from_utf8(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x0cmdatabcd".to_vec()).unwrap();
        env.script_kie(seller.user, vec![Outcome::success().with_result_page(cut, 1000)]);
        seller.order(Kind::Neurocard).await.unwrap();
        let (job, tasks, videos) = ended(&env, &seller).await;
        assert_eq!((job.state.name(), tasks.len(), videos.len()), ("delivered", 2, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_spare_model_makes_what_the_own_model_cannot() {
        let broken = || Outcome::fail("500", "Internal Error, Please try again later.");
        let people = || Outcome::fail("400", "The input image may contain real person.");
        let catalog = Catalog::built_in().unwrap();
        for (outcomes, tasks_expected) in [(vec![broken(), broken()], 3), (vec![people()], 2)] {
            let (env, seller) = env().await;
            env.script_kie(seller.user, outcomes);
            order_reels(&seller, "style:ugc", (600, 800)).await;
            let (job, tasks, videos) = ended(&env, &seller).await;
            assert_eq!((job.state.name(), tasks.len(), videos.len()), ("delivered", tasks_expected, 1));
            let row = catalog.product(&job.order.product).unwrap();
            let spare = catalog.spare(row).unwrap();
            let models: Vec<_> = tasks.iter().map(|task| task.model.as_str()).collect();
            assert_eq!((models[0], *models.last().unwrap()), (row.model.as_str(), spare.model.as_str()));
            let film = job.making.film.unwrap();
            assert!(row.frame(None).holds((film.width, film.height), None) && film.secs() >= job.order.secs.unwrap(), "{film:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_by_every_model_refunds_the_order_with_the_own_reason() {
        let (env, seller) = env().await;
        let people = || Outcome::fail("400", "The input image may contain real person.");
        env.script_kie(seller.user, vec![people(), people()]);
        order_reels(&seller, "style:ugc", (600, 800)).await;
        let (job, tasks, videos) = ended(&env, &seller).await;
        assert_eq!((job.state.name(), tasks.len(), videos.len()), ("failed", 2, 0));
        assert!(seller.texts().iter().any(|text| text.contains("doesn't accept photos with people")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_photo_that_kie_cannot_fetch_or_read_is_uploaded_to_kie() {
        for refused in [
            Outcome::fail("400", "Image fetch failed. Check access settings or use our File Upload API instead."),
            Outcome::refuse(500, "image_urls file type not supported"),
        ] {
            let (env, seller) = env().await;
            env.script_kie(seller.user, vec![refused]);
            seller.order(Kind::Neurocard).await.unwrap();
            let (job, tasks, videos) = ended(&env, &seller).await;
            assert_eq!((job.state.name(), videos.len(), env.kie.count("upload")), ("delivered", 1, 1));
            assert_eq!(job.making.photo_route, PhotoRoute::Uploaded);
            let address = tasks.last().unwrap().input["image_urls"][0].as_str().unwrap().to_owned();
            assert!(address.contains("/uploads/") && address.ends_with(".jpg"), "{address}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_address_that_kie_sees_names_the_seller_or_lacks_an_extension() {
        let (env, seller) = env().await;
        seller.order(Kind::Neurocard).await.unwrap();
        let (_, tasks, _) = ended(&env, &seller).await;
        let task = &tasks[0];
        let photo = task.input["image_urls"][0].as_str().unwrap();
        let path = photo.split('?').next().unwrap();
        assert!(path.ends_with(".jpg"), "{photo}");
        for address in [photo, task.callback_url.as_deref().unwrap()] {
            assert!(!address.contains(&USER.to_string()), "{address}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_kie_took_is_kept_on_the_job() {
        let (env, seller) = env().await;
        env.script_kie(seller.user, vec![Outcome::fail("500", "Internal Error")]);
        seller.order(Kind::Neurocard).await.unwrap();
        let (job, _, _) = ended(&env, &seller).await;
        // KIE takes nothing for the failed task.
        assert_eq!(job.making.kie_millicredits, 45_000);
    }
}
