//! Tests the number of requests of an update, an order and a sweep. docs/cost.md has the bill of these requests; `tests/cost.rs`
//! tests that page.

#[cfg(test)]
mod requests {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use cost::call::{Call, POLLER};
    use domain::{
        catalog::Kind,
        credits::{self, Credits},
        locale::Locale,
    };
    use fakes::{
        film::{self, Detail},
        kie::Outcome,
    };
    use local_aws::net::{Action, CallInfo, Interceptor};
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};

    /// Calls by caller, service and operation.
    #[derive(Default)]
    struct Meter(Mutex<BTreeMap<String, u32>>);

    impl Interceptor for Meter {
        fn before(&self, call: &CallInfo) -> Action {
            if let Some(name) = name(call) {
                *self.0.lock().unwrap().entry(name).or_default() += 1;
            }
            Action::Pass
        }
    }

    impl Meter {
        fn take(&self) -> BTreeMap<String, u32> {
            std::mem::take(&mut *self.0.lock().unwrap())
        }
    }

    /// Caller, service and operation of a call; `None` for the test's own reads and Lambda's polls.
    fn name(call: &CallInfo) -> Option<String> {
        Call::of(call).filter(|call| call.caller != POLLER).map(|call| call.to_string())
    }

    fn table(calls: &BTreeMap<String, u32>) -> String {
        calls.iter().map(|(name, count)| format!("{count:>3} {name}\n")).collect()
    }

    async fn env() -> (TestEnvironment, Arc<Meter>) {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox");
        let meter = Arc::new(Meter::default());
        env.sandbox().unwrap().net.intercept(meter.clone());
        (env, meter)
    }

    /// Every update is one read and one conditional write; a change of the account makes the write a transaction.
    const READ: &str = "  1 webhook    DynamoDB BatchGetItem\n";
    const LAST_VIDEOS: &str = "  1 webhook    DynamoDB Query\n";
    const WRITE: &str = "  1 webhook    DynamoDB PutItem\n";
    const TRANSACTION: &str = "  1 webhook    DynamoDB TransactWriteItems\n";
    /// The first message in a chat, before the screen.
    const GREETING: &str = "  1 webhook    Telegram sendMessage\n";
    /// The reply that ends the spinner on a tapped button.
    const ANSWER: &str = "  1 webhook    Telegram answerCallbackQuery\n";
    /// The download of a photo's thumbnail.
    const THUMBNAIL: &str = "  1 webhook    Telegram file\n  1 webhook    Telegram getFile\n";
    /// The downloads of a file's thumbnail and of its head.
    const THUMBNAIL_AND_HEAD: &str = "  2 webhook    Telegram file\n  2 webhook    Telegram getFile\n";

    #[tokio::test(start_paused = true)]
    async fn an_update_is_one_read_and_one_write() {
        let (env, meter) = env().await;
        let seller = Seller::new(&env, 740_000_001, "en", "Olga");
        let person = &seller.person;
        let costs = || table(&meter.take());
        seller.say("/start").await.unwrap();
        assert_eq!(costs(), [READ, TRANSACTION, GREETING].concat(), "the first update opens the account");
        seller.tap_data("accept").await.unwrap();
        assert_eq!(costs(), [READ, TRANSACTION, ANSWER].concat(), "the account records the accepted terms");
        seller.say("hello").await.unwrap();
        assert_eq!(costs(), [READ, WRITE].concat(), "a text");
        seller.tap_data("make:reels").await.unwrap();
        assert_eq!(costs(), [READ, WRITE, ANSWER].concat(), "a tap");
        seller.tap_data("videos").await.unwrap();
        assert_eq!(costs(), [READ, WRITE, LAST_VIDEOS, ANSWER].concat(), "the list of videos");
        seller.send_photo(film::sample_photo()).await.unwrap();
        assert_eq!(costs(), [READ, WRITE, THUMBNAIL].concat(), "a photo");
        person.send_document(film::sample_photo(), "image/jpeg", "a.jpg").await;
        assert_eq!(costs(), [READ, WRITE, THUMBNAIL_AND_HEAD].concat(), "a photo as a file");
        seller.send_photo(film::photo_of(120, 90)).await.unwrap();
        assert_eq!(costs(), [READ, WRITE].concat(), "a photo that is refused by its size is not downloaded");
        person.send_document(&b"%PDF-1.7"[..], "application/pdf", "a.pdf").await;
        assert_eq!(costs(), [READ, WRITE].concat(), "a file that is no photo");
        person.block().await;
        assert_eq!(costs(), [READ, TRANSACTION].concat(), "the account records that the seller blocked the bot");
        person.unblock().await;
        assert_eq!(costs(), [READ, TRANSACTION].concat(), "the account records that the seller unblocked the bot");
    }

    #[tokio::test(start_paused = true)]
    async fn one_photo_of_an_album_is_downloaded_and_a_flood_is_only_read() {
        let (env, meter) = env().await;
        let seller = Seller::new(&env, 740_000_003, "en", "Olga");
        seller.start().await.unwrap();
        meter.take();
        let photos = (0..10).map(|n| film::photo_of(600 + n, 800).into()).collect();
        seller.person.send_album(photos).await;
        let times = |what: &str, count: u32| what.replace("  1 ", &format!("{count:>3} "));
        assert_eq!(table(&meter.take()), [&times(READ, 10), &times(WRITE, 10), THUMBNAIL].concat());
        // The bot answers forty updates a minute: the start was two of them, the album ten.
        for _ in 0..28 {
            seller.say("hello").await.unwrap();
        }
        assert_eq!(table(&meter.take()), [times(READ, 28), times(WRITE, 28)].concat());
        let before = seller.texts().len();
        for _ in 0..20 {
            seller.say("hello").await.unwrap();
        }
        assert_eq!(
            table(&meter.take()),
            [&times(READ, 20), WRITE].concat(),
            "one update gets a reply, the others are not even written"
        );
        assert_eq!(seller.texts().len(), before + 1);
    }

    /// The calls from confirm to the capture of the last of `count` videos, without the sweeps.
    async fn order(env: &TestEnvironment, meter: &Meter, seller: &Seller, count: usize) -> BTreeMap<String, u32> {
        meter.take();
        seller.confirm().await.unwrap();
        seller.until_over(count).await.unwrap();
        let mut calls = meter.take();
        calls.retain(|name, _| !name.starts_with("sweeper"));
        println!("an order of {count} videos, each {:?} at KIE:\n{}", env.times.making, table(&calls));
        calls
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_makes_exactly_these_requests_from_confirm_to_capture() {
        let (env, meter) = env().await;
        let seller = Seller::new(&env, 740_000_002, "en", "Olga");
        seller.start().await.unwrap();
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        let invoked = env.sandbox().unwrap().invocations();
        let calls = order(&env, &meter, &seller, 1).await;
        let after = env.sandbox().unwrap().invocations();
        let invocations: BTreeMap<_, _> = after.iter().map(|(name, count)| (*name, count - invoked[name])).collect();
        println!("invocations: {invocations:?}");
        assert_eq!(table(&calls), ORDER);
    }

    /// The requests of a video that KIE makes in 130 s. The generator takes a number of the rate limit (`UpdateItem`), submits
    /// the task, polls it after 30 and 90 s, and fetches the result after the callback. The status message is edited when the
    /// video is begun, made and delivered. The sender reads the job, and the balance for the caption. The two objects fetched `by address` are the photo, by KIE, and the video, by
    /// Telegram.
    const ORDER: &str = "  1 by address S3       GET photo
  1 by address S3       GET video
  1 callback   DynamoDB GetItem
  1 callback   SQS      SendMessage
  4 generator  DynamoDB GetItem
  7 generator  DynamoDB PutItem
  2 generator  DynamoDB Query
  1 generator  DynamoDB UpdateItem
  1 generator  KIE      createTask
  3 generator  KIE      recordInfo
  1 generator  KIE      result
  1 generator  S3       HEAD photo
  1 generator  S3       PUT photo
  1 generator  S3       PUT video
  4 generator  SQS      SendMessage
  2 generator  Telegram editMessageText
  1 generator  Telegram file
  1 generator  Telegram getFile
  1 generator  writer   completions
  2 sender     DynamoDB GetItem
  2 sender     DynamoDB PutItem
  1 sender     DynamoDB TransactWriteItems
  1 sender     DynamoDB UpdateItem
  1 sender     S3       HEAD video
  1 sender     Telegram editMessageText
  1 sender     Telegram sendVideo
  1 webhook    DynamoDB BatchGetItem
  1 webhook    DynamoDB GetItem
  1 webhook    DynamoDB TransactWriteItems
  1 webhook    DynamoDB UpdateItem
  1 webhook    SQS      SendMessageBatch
  1 webhook    Telegram answerCallbackQuery
";

    #[tokio::test(start_paused = true)]
    async fn the_status_of_five_videos_is_edited_once_for_the_first_begun_and_once_for_each_that_ended() {
        let (env, meter) = env().await;
        let seller = Seller::new(&env, 740_000_004, "en", "Olga");
        seller.start().await.unwrap();
        let gift = credits::grant(seller.user, "test", Credits(5), "five videos", jiff::Timestamp::now());
        env.table.give(&gift).await.unwrap();
        seller.prepare(Kind::Reels, film::sample_photo()).await.unwrap();
        for answer in ["back", "count:5"] {
            seller.tap_data(answer).await.unwrap();
        }
        // The videos end one after the other, so each edit starts from the status of the edit before.
        let outcomes = (1..=5).map(|n| Outcome::success().after(Duration::from_secs(100 + n * 5)));
        env.kie.script("/photos/", outcomes.collect());
        let calls = order(&env, &meter, &seller, 5).await;
        let count = |name: &str| calls.get(name).copied().unwrap_or_default();
        // An edit queries the order's jobs before and after, because another job may end meanwhile.
        assert_eq!((count("generator  DynamoDB Query"), count("generator  Telegram editMessageText")), (2, 1));
        assert_eq!((count("sender     DynamoDB Query"), count("sender     Telegram editMessageText")), (10, 5));
        assert_eq!((count("generator  writer   completions"), count("generator  KIE      createTask")), (5, 5));
        assert_eq!((count("webhook    DynamoDB TransactWriteItems"), count("webhook    SQS      SendMessageBatch")), (1, 1));
        let status = domain::view::Progress { ordered: 5, delivered: 5, ..domain::view::Progress::none(Kind::Reels) };
        let status = Locale::En.status(status, None).replace("<b>", "").replace("</b>", "");
        assert_eq!(seller.texts().iter().filter(|text| **text == status).count(), 1, "{:#?}", seller.texts());
    }

    #[tokio::test(start_paused = true)]
    async fn a_sweep_with_nothing_due_is_one_query_a_shard_and_once_a_day_the_pass_over_the_invariants() {
        let (env, meter) = env().await;
        let invoked = || u32::try_from(env.sandbox().unwrap().invocations()["sweeper"]).unwrap();
        let queries =
            |sweeps: u32| format!("{:>3} sweeper    DynamoDB Query due\n", sweeps * u32::from(adapters::table::DUE_SHARDS));
        // The first sweep of a process reads the position of the daily pass and begins it, here with a page without an account.
        let pass = "  1 sweeper    DynamoDB GetItem\n  1 sweeper    DynamoDB PutItem\n";
        let pass = [pass, &queries(1), "  1 sweeper    DynamoDB Scan\n"].concat();
        tokio::time::sleep(Duration::from_secs(60) + Duration::from_millis(500)).await;
        assert_eq!((table(&meter.take()), invoked()), (pass, 1));
        tokio::time::sleep(Duration::from_secs(600)).await;
        let calls = table(&meter.take());
        println!("{} sweeps:\n{calls}", invoked() - 1);
        assert_eq!((calls, invoked()), (queries(10), 11));
    }
}
