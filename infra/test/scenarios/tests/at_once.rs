//! Two updates of one person at the same moment: the end is the same as if one had come after the other. No update is lost or
//! handled twice.

#[cfg(test)]
mod at_once {
    use std::sync::{Arc, Mutex};

    use domain::{
        catalog::{Catalog, Kind},
        conversation::{Chat, Draft, Pace, Page, Place, Profile},
        credits::{self, Credits, EntryKey},
        ids::JobId,
        invariants,
        job::{Delivery, Job, Order, Photo, Receipt, SentAs, State},
        limits::{Buyer, Limits},
        locale::Locale,
        rules::Rules,
    };
    use fakes::film::{self, Detail};
    use futures_util::future::join_all;
    use jiff::Timestamp;
    use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
    use serde_json::{Value, json};
    use testkit::environment::{Carrier, SECRETS, Seller, TestEnvironment, Times};
    use tokio::{sync::Notify, time::Instant};

    /// The acts of a person at the summary of a draft, with an earlier video in the chat.
    const ACTS: [&str; 18] = [
        "/start",
        "hello",
        "/videos",
        "style:broll",
        "count:3",
        "secs:10",
        "frame:1:1",
        "shape:8:3:4",
        "money",
        "cancel",
        "photo",
        "confirm",
        "again",
        "restyle",
        "resend",
        "file",
        "speak:ru",
        "blocked",
    ];
    /// The acts of a person without an account.
    const FIRST_ACTS: [&str; 5] = ["/start", "photo", "accept", "speak:ru", "hello"];
    const CREDITS: Credits = Credits(9);

    /// Returns the id of the earlier video's job.
    fn earlier() -> JobId {
        "00000000000070008000000000000007.1".parse().unwrap()
    }

    /// A sandbox, with the chat state of a seller at the summary.
    struct Summaries {
        env: TestEnvironment,
        chat: Chat,
        video: String,
        barrier: Arc<Barrier>,
        last_id: i64,
        opened_at: Timestamp,
    }

    async fn env() -> TestEnvironment {
        TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens")
    }

    impl Summaries {
        async fn open() -> Self {
            let env = env().await;
            let walker = Seller::new(&env, 750_000_000, "en", "Olga");
            walker.start().await.unwrap();
            walker.prepare(Kind::Reels, film::sample_photo()).await.unwrap();
            let walked = env.table.person(walker.user, None, Timestamp::now()).await.unwrap().chat;
            let chat = Chat { version: 1, recent_updates: vec![], notice: None, album: None, pace: Pace::default(), ..walked };
            assert!(matches!(&chat.place, Place::Order { draft, .. } if draft.price() == Some(Credits(1))), "{chat:?}");
            let barrier = Arc::new(Barrier::default());
            env.sandbox().unwrap().net.intercept(barrier.clone());
            let video = env.telegram.keep_video(&b"a video"[..]);
            Self { env, chat, video, barrier, last_id: 1_000_000, opened_at: Timestamp::now() }
        }

        /// Creates a seller at the summary of one Reels, with credits and an earlier video.
        async fn seller_at_summary(&mut self) -> Seller {
            self.last_id += 10;
            let seller = Seller::new(&self.env, 750_000_000 + self.last_id, "en", "Olga");
            let (user, table, now) = (seller.user, &self.env.table, self.opened_at);
            // Queue messages are lost, so that a test can read an ordered job before it changes. The sweeper plays it later.
            self.env.sandbox().unwrap().faults.lose_messages_of(user.0);
            let profile = Profile {
                balance: CREDITS,
                locale: Locale::En,
                reachable: true,
                consented_at: Some(now),
                open_jobs: vec![],
                bought: false,
                came_from: None,
            };
            let gift = credits::grant(user, "welcome", CREDITS, "welcome", now);
            table.open_account(user, &profile, &gift, &self.chat).await.unwrap();
            let catalog = Catalog::built_in().unwrap();
            let photo = Photo::new("E", "e");
            let order = Order::of_one(&catalog.products()[0], photo, Locale::En);
            let state = State::Ready { video_key: "videos/e".into(), ready_at: now, attempts: 0, delivery: Delivery::default() };
            let job = Job { state, ..Job::confirmed(user, earlier(), order, now, &Rules::default()) };
            let charge = credits::charge(user, earlier(), Credits(1), now);
            let chat = Chat { version: 2, ..self.chat.clone() };
            let allowance = Limits::default().allowance(1, 0, Buyer::NotYet).unwrap();
            table.confirm_order(user, &chat, &[(job.clone(), charge)], &allowance, now).await.unwrap();
            let receipt = Receipt { file_id: Some(self.video.clone()), message_id: 1, sent_as: SentAs::Video };
            let (delivered, capture) = job.delivered(receipt, now, &Rules::default()).unwrap();
            table.settle(&delivered, &capture).await.unwrap();
            seller
        }

        /// Creates the update of an act.
        fn act(&self, seller: &Seller, id: i64, act: &str) -> Value {
            let Place::Order { draft, .. } = &self.chat.place else { panic!("the chat is not at an order") };
            match act {
                "confirm" => tap(seller, id, &format!("confirm:{}:{}", draft.id, draft.revision)),
                "again" | "restyle" | "resend" | "file" => tap(seller, id, &format!("{act}:{}", earlier())),
                act => update(seller, id, act),
            }
        }

        async fn end_of(&self, seller: &Seller, ids: &[i64]) -> String {
            format!("{}, videos sent: {}", end_of(&self.env, seller, ids).await, seller.videos().len())
        }
    }

    fn from(seller: &Seller) -> Value {
        json!({"id": seller.user.0, "is_bot": false, "first_name": "Olga", "language_code": "en"})
    }

    fn message(seller: &Seller, id: i64, fields: Value) -> Value {
        let chat = json!({"id": seller.user.0, "type": "private"});
        let mut message = json!({"message_id": id, "date": 1, "from": from(seller), "chat": chat});
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        message
    }

    fn tap(seller: &Seller, id: i64, data: &str) -> Value {
        let under = message(seller, 1, json!({"text": "What shall we make?"}));
        let query = json!({"id": id.to_string(), "from": from(seller), "chat_instance": "1", "data": data, "message": under});
        json!({"update_id": id, "callback_query": query})
    }

    fn update(seller: &Seller, id: i64, act: &str) -> Value {
        match act {
            "photo" => {
                let photo = json!([{"file_id": "F", "file_unique_id": "u", "width": 800, "height": 800, "file_size": 1000}]);
                json!({"update_id": id, "message": message(seller, 51, json!({"photo": photo}))})
            }
            "blocked" => {
                let chat = json!({"id": seller.user.0, "type": "private"});
                let change = json!({"chat": chat, "from": from(seller), "date": 1, "new_chat_member": {"status": "kicked"}});
                json!({"update_id": id, "my_chat_member": change})
            }
            text if text.starts_with('/') || text == "hello" => {
                // The message has the same id in either order: the draft stores which message gave an answer.
                json!({"update_id": id, "message": message(seller, 50, json!({"text": text}))})
            }
            data => tap(seller, id, data),
        }
    }

    async fn post(env: &TestEnvironment, update: Value) {
        let secret = SECRETS.iter().find(|(name, _)| *name == "TELEGRAM_WEBHOOK_SECRET").unwrap().1;
        let request = http::Request::post("http://webhook.local/").header("x-telegram-bot-api-secret-token", secret);
        let answer = env.sandbox().unwrap().request(request.body(update.to_string().into()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{update}");
        let expects_answer = update.get("my_chat_member").is_none();
        assert_eq!(!answer.body().is_empty(), expects_answer, "the webhook's answer is missing or unexpected: {update}");
    }

    /// Describes a person's end state: the place without its ids, the charges, the account. Checks the money invariants.
    async fn end_of(env: &TestEnvironment, seller: &Seller, ids: &[i64]) -> String {
        let person = env.table.person(seller.user, None, Timestamp::now()).await.unwrap();
        let (chat, profile) = (person.chat, person.profile.expect("the person has an account"));
        assert!(ids.iter().all(|id| chat.recent_updates.iter().filter(|seen| *seen == id).count() == 1), "{chat:?}");
        let (jobs, ledger) = (env.jobs(seller.user).await.unwrap(), env.ledger(seller.user).await.unwrap());
        assert_eq!(invariants::violations(profile.balance, &ledger, &jobs), vec![]);
        let charged = ledger.iter().filter(|entry| matches!(entry.key, EntryKey::Charge(job) if job != earlier())).count();
        assert!(charged <= 1, "the ledger has more than one charge: {ledger:#?}");
        let shown =
            |draft: &Draft| format!("{:?}", Draft { id: earlier().draft, touched_at: Timestamp::UNIX_EPOCH, ..draft.clone() });
        let place = match &chat.place {
            Place::Menu { page: Page::Videos(videos), left } => {
                let states: Vec<_> = videos.iter().map(|video| (video.kind, video.state)).collect();
                format!("videos {states:?}, left {:?}", left.as_ref().map(shown))
            }
            Place::Menu { page: Page::Another(draft), left } => {
                format!("{} or {:?}", shown(draft), left.as_ref().map(shown))
            }
            Place::Menu { page, left } => format!("{page:?}, left {:?}", left.as_ref().map(shown)),
            Place::Order { draft, question } => format!("{question:?} of {}", shown(draft)),
            Place::Ordered(placed) => format!("ordered {:?} {:?} {}", placed.kind, placed.style, placed.count),
        };
        let Profile { balance, locale, reachable, consented_at, .. } = profile;
        format!(
            "{place}, notice {:?}, charged {charged}, balance {}, {} steps, {locale:?}, reachable: {reachable}, consented: {}",
            chat.notice,
            balance.0,
            chat.version,
            consented_at.is_some()
        )
    }

    /// Holds the first write of each of two updates of one person until both have read.
    #[derive(Default)]
    struct Barrier {
        seen: Mutex<Seen>,
        arrived: Notify,
    }

    #[derive(Default)]
    struct Seen {
        /// The watched person's key; `None` if the barrier is not armed.
        of: Option<String>,
        /// The gate of each held write.
        gates: Vec<Arc<Notify>>,
        /// The calls that reached the table, and the held writes, in order.
        log: Vec<&'static str>,
    }

    impl Barrier {
        /// Returns `read` or `write` for a call about the watched person; `None` for other calls.
        fn name(seen: &Seen, call: &CallInfo) -> Option<&'static str> {
            let of = seen.of.as_ref().filter(|_| call.caller == "webhook")?;
            let name = match call.operation.as_deref()? {
                "BatchGetItem" => "read",
                "PutItem" | "TransactWriteItems" => "write",
                _ => return None,
            };
            String::from_utf8_lossy(&call.body).contains(of).then_some(name)
        }

        fn log(&self) -> Vec<&'static str> {
            self.seen.lock().unwrap().log.clone()
        }

        /// Posts both updates, the second when the first's write is held. Then releases the writes in this order. Returns the
        /// calls that reached the table after the release.
        async fn post(
            &self,
            env: &TestEnvironment,
            seller: &Seller,
            updates: [Value; 2],
            order: [usize; 2],
        ) -> Vec<&'static str> {
            *self.seen.lock().unwrap() = Seen { of: Some(format!("\"USER#{}\"", seller.user)), ..Seen::default() };
            let began = Instant::now();
            let mut posts = Vec::new();
            for update in updates {
                let env = env.clone();
                posts.push(Some(tokio::spawn(async move { post(&env, update).await })));
                self.arrived.notified().await;
            }
            assert_eq!(self.log(), ["read", "held", "read", "held"], "both updates must have read before a write");
            let gates = self.seen.lock().unwrap().gates.clone();
            for at in order {
                gates[at].notify_one();
                posts[at].take().unwrap().await.unwrap();
            }
            assert_eq!(began.elapsed().as_secs(), 0, "an update was retried because of a time-out");
            self.seen.lock().unwrap().of = None;
            self.log().split_off(4)
        }
    }

    impl Interceptor for Barrier {
        fn before(&self, call: &CallInfo) -> Action {
            let mut seen = self.seen.lock().unwrap();
            match Self::name(&seen, call) {
                Some("write") if seen.gates.len() < 2 => {
                    let gate = Arc::new(Notify::new());
                    seen.gates.push(gate.clone());
                    seen.log.push("held");
                    self.arrived.notify_one();
                    Action::Hold(gate)
                }
                _ => Action::Pass,
            }
        }

        fn after(&self, call: &CallInfo, _: &Result<Response, NetError>) {
            let mut seen = self.seen.lock().unwrap();
            if let Some(name) = Self::name(&seen, call) {
                seen.log.push(name);
            }
        }
    }

    /// The table's calls when two updates conflict: the later one's write fails, and it reads, decides and writes again.
    const DECIDED_AGAIN: [&str; 4] = ["write", "write", "read", "write"];

    /// Returns every pair of acts, each act also with itself.
    fn pairs(acts: &[&'static str]) -> Vec<[&'static str; 2]> {
        let all = acts.iter().enumerate();
        all.flat_map(|(at, first)| acts.iter().skip(at).map(|second| [*first, *second])).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn any_two_at_once_end_as_one_after_the_other() {
        let mut summaries = Summaries::open().await;
        let mut tried = 0;
        for [first, second] in pairs(&ACTS) {
            let mut ends = Vec::new();
            for order in [[first, second], [second, first]] {
                let seller = summaries.seller_at_summary().await;
                for (id, act) in (1..).zip(order) {
                    post(&summaries.env, summaries.act(&seller, id, act)).await;
                }
                ends.push(summaries.end_of(&seller, &[1, 2]).await);
            }
            // Both updates read, then one writes, then the other.
            for order in [[0, 1], [1, 0]] {
                let seller = summaries.seller_at_summary().await;
                let updates = [summaries.act(&seller, 1, first), summaries.act(&seller, 2, second)];
                let log = summaries.barrier.post(&summaries.env, &seller, updates, order).await;
                assert_eq!(log, DECIDED_AGAIN, "{first} and {second}");
                let end = summaries.end_of(&seller, &[1, 2]).await;
                assert_eq!(end, ends[order[0]], "{first} and {second}, written in the order {order:?}");
            }
            tried += 1;
        }
        assert_eq!(tried, ACTS.len() * (ACTS.len() + 1) / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_comes_twice_at_once_is_one_step() {
        let mut summaries = Summaries::open().await;
        for act in ACTS.into_iter().filter(|act| *act != "blocked") {
            let seller = summaries.seller_at_summary().await;
            post(&summaries.env, summaries.act(&seller, 1, act)).await;
            let once = summaries.end_of(&seller, &[1]).await;
            for order in [[0, 1], [1, 0]] {
                let seller = summaries.seller_at_summary().await;
                let updates = [summaries.act(&seller, 1, act), summaries.act(&seller, 1, act)];
                let log = summaries.barrier.post(&summaries.env, &seller, updates, order).await;
                assert_eq!(log, ["write", "write", "read"], "{act}: the second update finds that it was handled already");
                assert_eq!(summaries.end_of(&seller, &[1]).await, once, "{act}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn five_updates_at_once_are_all_handled_and_charge_once_at_most() {
        let mut summaries = Summaries::open().await;
        let seller = summaries.seller_at_summary().await;
        // Five updates are as many as the retries of a step allow. Telegram delivers at most two at once.
        let acts = (100..).zip(["confirm", "hello", "confirm", "/balance", "confirm"]);
        join_all(acts.map(|(id, act)| post(&summaries.env, summaries.act(&seller, id, act)))).await;
        let end = summaries.end_of(&seller, &[100, 101, 102, 103, 104]).await;
        assert!(end.contains("charged 1, balance 7") || end.contains("charged 0, balance 8"), "{end}");
        if end.contains("charged 1") {
            seller.until_over(2).await.unwrap();
            assert_eq!((seller.videos().len(), summaries.env.kie.tasks().len()), (1, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_newcomer_s_first_updates_at_once_open_one_account() {
        let env = env().await;
        let seller = Seller::new(&env, 770_000_000, "ru", "Olga");
        let acts = (1..).zip(["photo", "/start", "photo", "accept", "/start", "hello"]);
        join_all(acts.map(|(id, act)| post(&env, update(&seller, id, act)))).await;
        let end = end_of(&env, &seller, &[1, 2, 3, 4, 5, 6]).await;
        assert!(end.contains("charged 0, balance 2, 6 steps"), "{end}");
        assert_eq!(env.ledger(seller.user).await.unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_newcomer_s_first_two_updates_end_as_one_after_the_other_with_one_gift() {
        let (env, barrier) = (env().await, Arc::new(Barrier::default()));
        env.sandbox().unwrap().net.intercept(barrier.clone());
        let mut id = 780_000_000;
        for [first, second] in pairs(&FIRST_ACTS) {
            for order in [[0, 1], [1, 0]] {
                let mut ends = Vec::new();
                for held in [false, true] {
                    id += 1;
                    let seller = Seller::new(&env, id, "en", "Olga");
                    let updates = [update(&seller, 1, first), update(&seller, 2, second)];
                    if held {
                        assert_eq!(barrier.post(&env, &seller, updates, order).await, DECIDED_AGAIN);
                    } else {
                        for at in order {
                            post(&env, updates[at].clone()).await;
                        }
                    }
                    let ledger = env.ledger(seller.user).await.unwrap();
                    assert_eq!(
                        ledger.iter().map(|entry| entry.amount).collect::<Vec<_>>(),
                        [2],
                        "the ledger has exactly one welcome grant"
                    );
                    ends.push(end_of(&env, &seller, &[1, 2]).await);
                }
                assert_eq!(ends[0], ends[1], "{first} and {second}, written in the order {order:?}");
            }
        }
    }
}
