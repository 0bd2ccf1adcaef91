//! The first minutes with a new seller: examples, the welcome credits, and the check of their first photos.

#[cfg(test)]
mod first_contact {
    use std::time::Duration;

    use domain::{
        catalog::Kind,
        conversation::{Notice, Page, Place, Question},
        credits::Credits,
        locale::Locale,
        photo::Flaw,
    };
    use fakes::{
        film::{self, Detail, Shape},
        telegram::{CallFailure, Via},
    };
    use futures_util::future::join_all;
    use jiff::Timestamp;
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};
    use tokio::time::Instant;

    const USER: i64 = 790_000_001;

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    /// Stores an example video at the fake Telegram, and returns its file id.
    fn example(env: &TestEnvironment, seed: u64) -> String {
        let photo = film::Photo::decode(film::sample_photo()).unwrap();
        let order = film::Order { shape: Shape::Ratio(9, 16), seconds: 5, seed, detail: Detail::Sketch, sound: true };
        env.telegram.keep_video(film::render(&photo, &order))
    }

    /// Opens a sandbox whose webhook has these examples, given by their file ids.
    async fn env_with(neurocard: Option<&str>, reels: Option<&str>) -> (TestEnvironment, Seller) {
        let env = env().await;
        set_examples(&env, neurocard, reels).await;
        let seller = Seller::new(&env, USER, "en", "Olga");
        (env, seller)
    }

    async fn set_examples(env: &TestEnvironment, neurocard: Option<&str>, reels: Option<&str>) {
        let examples = [("EXAMPLE_NEUROCARD", neurocard), ("EXAMPLE_REELS", reels)];
        env.sandbox().unwrap().change_webhook(&examples).await.unwrap();
    }

    async fn with_both() -> (TestEnvironment, Seller, [String; 2]) {
        let (env, seller) = env_with(None, None).await;
        let examples = [example(&env, 1), example(&env, 2)];
        set_examples(&env, Some(&examples[0]), Some(&examples[1])).await;
        (env, seller, examples)
    }

    fn plain(html: &str) -> String {
        html.replace("<b>", "").replace("</b>", "")
    }

    async fn place(env: &TestEnvironment) -> Place {
        env.table.person(domain::ids::UserId(USER), None, Timestamp::now()).await.unwrap().chat.place
    }

    /// Whether the menu with the welcome is in the chat.
    fn is_welcomed(seller: &Seller) -> bool {
        let welcome = plain(&Locale::En.notice(Notice::Welcome(Credits(2))));
        seller.texts().iter().any(|text| text.starts_with(&welcome)) && seller.button("make:reels").is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn the_greeting_and_both_examples_come_once_and_before_the_terms() {
        let (env, seller, examples) = with_both().await;
        let began = Instant::now();
        seller.say("/start").await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 0);
        seller.say("hello").await.unwrap();
        assert!(!is_welcomed(&seller), "the menu came before consent");
        assert!(seller.texts()[0].contains("2 credits"), "the greeting names the gift: {:?}", seller.texts());
        let videos: Vec<_> = seller.videos().into_iter().map(|video| (video.file_id, video.caption, video.via)).collect();
        let caption = |kind| plain(&Locale::En.example(kind));
        let [neurocard, reels] = examples;
        let both = [(neurocard, caption(Kind::Neurocard), Via::FileId), (reels, caption(Kind::Reels), Via::FileId)];
        assert_eq!(videos, both);
        let history = env.telegram.history(USER);
        let at = |part: &str| history.iter().rposition(|(_, text)| text.contains(part)).unwrap_or_else(|| panic!("{history:#?}"));
        assert!(
            at("2 credits") < at(&both[0].1) && at(&both[0].1) < at(&both[1].1) && at(&both[1].1) < at("terms"),
            "{history:#?}"
        );
        seller.tap_data("accept").await.unwrap();
        assert!(is_welcomed(&seller));
        // No later step sends the examples again.
        for again in ["accept", "accept", "menu", "make:reels", "menu"] {
            seller.tap_data(again).await.unwrap();
        }
        seller.say("/start").await.unwrap();
        seller.person.block().await;
        seller.person.unblock().await;
        assert_eq!(seller.videos().len(), 2);
        assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn where_a_person_came_from_is_kept_once_and_counted_for_the_operator() {
        let (env, seller) = env_with(None, None).await;
        env.sandbox().unwrap().change_webhook(&[("ADMIN_IDS", Some("790000009"))]).await.unwrap();
        let operator = Seller::new(&env, 790_000_009, "en", "Dana");
        seller.say("/start vk_ad-7").await.unwrap();
        seller.say("/start another").await.unwrap();
        Seller::new(&env, USER + 1, "en", "Anna").say("/start vk_ad-7").await.unwrap();
        Seller::new(&env, USER + 2, "en", "Inna").say("/start blog").await.unwrap();
        Seller::new(&env, USER + 3, "en", "Zoya").say("/start <b>not a payload</b>").await.unwrap();
        let profile = env.table.person(seller.user, None, Timestamp::now()).await.unwrap().profile.unwrap();
        assert_eq!(profile.came_from.as_deref(), Some("vk_ad-7"));
        operator.say("/admin").await.unwrap();
        let overview = operator.texts().pop().unwrap();
        assert!(overview.contains("New people by link: vk_ad-7 2, blog 1\n"), "{overview}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_terms_the_examples_come_with_the_first_step() {
        let (env, seller) = env_with(None, None).await;
        let reels = example(&env, 3);
        let changes = [("TERMS_URL", None), ("PRIVACY_URL", None), ("EXAMPLE_REELS", Some(reels.as_str()))];
        env.sandbox().unwrap().change_webhook(&changes).await.unwrap();
        let first = seller.person.say("/start").await;
        assert_eq!(seller.videos().len(), 1);
        assert!(is_welcomed(&seller));
        assert!(seller.person.redeliver(first.update_id).await.unwrap().taken());
        seller.say("/start").await.unwrap();
        assert_eq!(seller.videos().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_file_id_of_an_example_does_not_delay_the_terms() {
        let nonsense = "AgACnothing";
        for right_one in [None, Some(Kind::Neurocard), Some(Kind::Reels)] {
            let (env, seller) = env_with(None, None).await;
            let good = example(&env, 4);
            let id = |kind| if right_one == Some(kind) { good.as_str() } else { nonsense };
            set_examples(&env, Some(id(Kind::Neurocard)), Some(id(Kind::Reels))).await;
            let began = Instant::now();
            seller.say("/start").await.unwrap();
            assert_eq!(began.elapsed().as_secs(), 0, "{right_one:?}");
            seller.tap_data("accept").await.unwrap();
            assert_eq!(seller.videos().len(), usize::from(right_one.is_some()), "{right_one:?}");
            assert!(is_welcomed(&seller), "{right_one:?}: {:#?}", seller.texts());
            assert_eq!(env.telegram.count("sendVideo"), 2, "{right_one:?}: each example is sent once");
        }
        // An operator may copy a photo's file id by mistake.
        let (env, other) = env_with(None, None).await;
        other.say("/start").await.unwrap();
        other.send_photo(film::sample_photo()).await.unwrap();
        let sent = other.person.chat().into_iter().find_map(|line| match line.body {
            fakes::telegram::Body::Sent(fields) => fields["photo"][0]["file_id"].as_str().map(str::to_owned),
            _ => None,
        });
        set_examples(&env, sent.as_deref(), None).await;
        let seller = Seller::new(&env, USER + 1, "en", "Anna");
        seller.start().await.unwrap();
        assert!(seller.videos().is_empty() && is_welcomed(&seller));
    }

    #[tokio::test(start_paused = true)]
    async fn if_telegram_refuses_the_examples_the_terms_come_within_seconds() {
        for (fault, longest) in [(CallFailure::Hang, 10), (CallFailure::Transient(502), 4), (CallFailure::TooManyRequests(30), 4)]
        {
            let (env, seller, _) = with_both().await;
            env.telegram.fail(USER, "sendVideo", 9, fault.clone());
            let began = Instant::now();
            seller.say("/start").await.unwrap();
            assert!(seller.button("accept").is_some(), "{fault:?}");
            assert!(began.elapsed() < Duration::from_secs(longest), "{fault:?}: {:?}", began.elapsed());
            assert!(seller.videos().is_empty(), "{fault:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_redelivered_start_sends_no_example_again() {
        let (env, seller, _) = with_both().await;
        let started = seller.person.say("/start").await;
        let again = (0..3).map(|_| seller.person.redeliver(started.update_id));
        assert!(join_all(again).await.into_iter().all(|delivery| delivery.unwrap().taken()));
        assert_eq!(seller.videos().len(), 2);
        let removals = |call: &fakes::telegram::Call| call.params["reply_markup"].get("remove_keyboard").is_some();
        assert_eq!(env.telegram.calls().iter().filter(|call| removals(call)).count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn welcome_credits_and_examples_come_once_however_the_first_updates_interleave() {
        for first_act in 0..4 {
            let (env, seller, _) = with_both().await;
            let person = &seller.person;
            let started = person.say("/start").await;
            let act = async |act: usize| match act % 4 {
                0 => person.tap("accept").await,
                1 => person.say("/start").await,
                2 => person.send_photo(film::sample_photo()).await,
                _ => person.redeliver(started.update_id).await.unwrap(),
            };
            // Telegram orders texts and taps separately, and redelivers at any time, so these updates arrive concurrently.
            let mut sent = join_all((first_act..first_act + 8).map(act)).await;
            sent.push(started.clone());
            let once = sent.iter().map(|delivery| person.redeliver(delivery.update_id));
            let twice = sent.iter().rev().map(|delivery| person.redeliver(delivery.update_id));
            assert!(join_all(once.chain(twice)).await.into_iter().all(|delivery| delivery.unwrap().taken()));
            let ledger = env.ledger(seller.user).await.unwrap();
            let gifts: Vec<_> = ledger.iter().map(|entry| (entry.key.to_string(), entry.amount)).collect();
            assert_eq!(gifts, [("GRANT#welcome".to_owned(), 2)]);
            assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
            assert_eq!(seller.videos().len(), 2, "{first_act}");
            let person = env.table.person(seller.user, None, Timestamp::now()).await.unwrap();
            assert!(person.profile.unwrap().consented_at.is_some());
            assert_eq!(person.chat.version, 7, "{first_act}: seven updates make seven steps");
        }
    }

    /// Encodes a grey PNG with this shade for each pixel.
    fn grey(width: u32, height: u32, shade: impl Fn(u32, u32) -> u8) -> Vec<u8> {
        let rows = (0..height).flat_map(|y| {
            std::iter::once(0).chain((0..width).map(move |x| (x, y)).map(|(x, y)| shade(x, y)).collect::<Vec<_>>())
        });
        let pixels: Vec<u8> = rows.collect();
        let mut zlib = vec![0x78, 0x01];
        let blocks = pixels.chunks(0xffff);
        let last = blocks.len() - 1;
        for (at, block) in blocks.enumerate() {
            let length = u16::try_from(block.len()).unwrap();
            zlib.push(u8::from(at == last));
            zlib.extend(length.to_le_bytes().into_iter().chain((!length).to_le_bytes()));
            zlib.extend(block);
        }
        let (a, b) = pixels
            .iter()
            .fold((1_u32, 0_u32), |(a, b), byte| ((a + u32::from(*byte)) % 65521, (b + a + u32::from(*byte)) % 65521));
        zlib.extend(((b << 16) | a).to_be_bytes());
        let head = [width.to_be_bytes(), height.to_be_bytes()].concat().into_iter().chain([8, 0, 0, 0, 0]).collect();
        let chunk = |(name, data): (&[u8; 4], Vec<u8>)| {
            let body = [name.as_slice(), &data].concat();
            let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            let sum = !body.iter().fold(!0_u32, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit));
            [u32::try_from(data.len()).unwrap().to_be_bytes().as_slice(), &body, &sum.to_be_bytes()].concat()
        };
        let chunks: [(&[u8; 4], Vec<u8>); 3] = [(b"IHDR", head), (b"IDAT", zlib), (b"IEND", vec![])];
        [b"\x89PNG\r\n\x1a\n".to_vec()].into_iter().chain(chunks.map(chunk)).flatten().collect()
    }

    /// Returns a seller whom the bot asks for a photo.
    async fn asked_for_a_photo(env: &TestEnvironment) -> Seller {
        let seller = Seller::new(env, USER, "en", "Olga");
        seller.start().await.unwrap();
        seller.tap_data("make:reels").await.unwrap();
        seller
    }

    #[tokio::test(start_paused = true)]
    async fn a_dark_or_plain_photo_is_refused_at_once_with_the_reason() {
        let env = env().await;
        let seller = asked_for_a_photo(&env).await;
        let nearly_black = grey(400, 600, |x, y| u8::try_from((x * 7 + y * 3) % 30).unwrap());
        let white = grey(400, 600, |_, _| 255);
        for (photo, flaw) in [(&nearly_black, Flaw::TooDark), (&white, Flaw::Plain)] {
            for as_file in [false, true] {
                if as_file {
                    assert!(seller.person.send_document(photo.clone(), "image/png", "photo.png").await.taken());
                } else {
                    seller.send_photo(photo.clone()).await.unwrap();
                }
                let why = plain(&Locale::En.notice(Notice::Photo(flaw)));
                assert!(seller.texts().pop().unwrap().starts_with(&why), "{flaw:?}: {:#?}", seller.texts());
                assert!(
                    matches!(place(&env).await, Place::Order { question: Question::Photo, .. }),
                    "the bot asks for a photo again"
                );
            }
        }
        // A black product before a grey wall is not refused as too dark.
        let black_bag = grey(400, 600, |x, y| if x.abs_diff(200) < 120 && y.abs_diff(300) < 200 { 8 } else { 110 });
        seller.send_photo(black_bag).await.unwrap();
        assert!(matches!(place(&env).await, Place::Order { question: Question::Summary, .. }), "{:#?}", seller.texts());
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_download_delays_the_answer_by_a_second_and_the_photo_is_accepted_unchecked() {
        for method in ["file", "getFile"] {
            for as_file in [false, true] {
                let env = env().await;
                let seller = asked_for_a_photo(&env).await;
                // Of a file the thumbnail and the head are downloaded at the same time.
                let downloads = if as_file { 2 } else { 1 };
                env.telegram.fail(USER, method, downloads, CallFailure::Hang);
                let (began, white) = (Instant::now(), grey(400, 600, |_, _| 255));
                let delivery = if as_file {
                    seller.person.send_document(white, "image/png", "photo.png").await
                } else {
                    seller.person.send_photo(white).await
                };
                assert_eq!(delivery.statuses, [200]);
                let took = began.elapsed();
                assert!((Duration::from_millis(900)..Duration::from_millis(1300)).contains(&took), "{method}: {took:?}");
                assert!(matches!(place(&env).await, Place::Order { question: Question::Summary, .. }), "{method}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_photo_before_consent_is_answered_with_the_terms_within_a_second() {
        let env = env().await;
        let seller = Seller::new(&env, USER, "en", "Olga");
        env.telegram.fail(USER, "getFile", 9, CallFailure::Hang);
        let began = Instant::now();
        seller.send_photo(film::sample_photo()).await.unwrap();
        assert!(matches!(place(&env).await, Place::Menu { page: Page::Consent, .. }));
        assert!(began.elapsed() < Duration::from_millis(1300), "{:?}", began.elapsed());
        let asks = plain(&Locale::En.notice(Notice::ConsentFirst));
        assert!(seller.texts().pop().unwrap().starts_with(&asks));
    }
}
