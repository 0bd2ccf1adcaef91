//! Two different updates of one person at the same moment: the end is that of one order of them or the other, nothing lost
//! and nothing doubled.

#[cfg(test)]
mod at_once {
    use std::sync::{Arc, Mutex};

    use domain::{
        catalog::{Catalog, Kind},
        conversation::{Chat, Draft, Pace, Page, Place, Profile},
        credits::{self, Credits, EntryKey},
        ids::JobId,
        invariants,
        job::{Job, Order, Photo, Receipt, State},
        locale::Locale,
        rules::Rules,
    };
    use fakes::film::{self, Detail};
    use futures_util::future::join_all;
    use jiff::Timestamp;
    use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
    use serde_json::{Value, json};
    use testkit::environment::{Carrier, SECRETS, Sandbox, Seller, TestEnvironment, Times};
    use tokio::{sync::Notify, time::Instant};

    /// What a person can do at the summary of a draft, while an earlier video of theirs is in the chat.
    const ACTS: [&str; 12] = [
        "/start",
        "hello",
        "/videos",
        "style:broll",
        "count:3",
        "cancel",
        "photo",
        "confirm",
        "again",
        "resend",
        "speak:ru",
        "blocked",
    ];
    /// What somebody can do who was never here before.
    const FIRST_ACTS: [&str; 5] = ["/start", "photo", "accept", "speak:ru", "hello"];
    const CREDITS: Credits = Credits(9);

    /// The job of the earlier video.
    fn earlier() -> JobId {
        "00000000000070008000000000000007.1".parse().unwrap()
    }

    /// A sandbox, and the chat of each seller who is at the summary in it.
    struct Summaries {
        env: TestEnvironment,
        chat: Chat,
        video: String,
        barrier: Arc<Barrier>,
        last_id: i64,
        opened_at: Timestamp,
    }

    async fn env() -> TestEnvironment {
        Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox")
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

        /// Somebody at the summary of one Reels, with credits and an earlier video.
        async fn somebody(&mut self) -> Seller {
            self.last_id += 10;
            let seller = Seller::new(&self.env, 750_000_000 + self.last_id, "en", "Olga");
            let (user, table, now) = (seller.user, &self.env.table, self.opened_at);
            // What is ordered here is polled before it is made; where a test waits for it, the sweeper causes it.
            self.env.sandbox().unwrap().faults.lose_messages_of(user.0);
            let profile = Profile { balance: CREDITS, locale: Locale::En, reachable: true, consented_at: Some(now) };
            let gift = credits::grant(user, "welcome", CREDITS, "welcome", now);
            table.open_account(user, &profile, &gift, &self.chat).await.unwrap();
            let catalog = Catalog::built_in().unwrap();
            let photo = Photo { file_id: "E".into(), unique_id: "e".into() };
            let order = Order::of_one(&catalog.products()[0], photo, Locale::En);
            let state = State::Ready { video_key: "videos/e".into(), ready_at: now, attempts: 0 };
            let job = Job { state, ..Job::confirmed(user, earlier(), order, now, &Rules::default()) };
            let charge = credits::charge(user, earlier(), Credits(1), now);
            let chat = Chat { version: 2, ..self.chat.clone() };
            table.confirm_order(user, &chat, &[(job.clone(), charge)], now).await.unwrap();
            let (delivered, capture) = job.delivered(Receipt { file_id: Some(self.video.clone()), message_id: 1 }, now).unwrap();
            table.settle(&delivered, &capture).await.unwrap();
            seller
        }

        /// The update of an act.
        fn act(&self, seller: &Seller, id: i64, act: &str) -> Value {
            let Place::Order { draft, .. } = &self.chat.place else { panic!("no order") };
            match act {
                "confirm" => tap(seller, id, &format!("confirm:{}:{}", draft.id, draft.revision)),
                "again" | "resend" => tap(seller, id, &format!("{act}:{}", earlier())),
                act => update(seller, id, act),
            }
        }

        async fn end_of(&self, seller: &Seller, ids: &[i64]) -> String {
            format!("{}, sent again: {}", end_of(&self.env, seller, ids).await, seller.videos().len())
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
                json!({"update_id": id, "message": message(seller, id, json!({"photo": photo}))})
            }
            "blocked" => {
                let chat = json!({"id": seller.user.0, "type": "private"});
                let change = json!({"chat": chat, "from": from(seller), "date": 1, "new_chat_member": {"status": "kicked"}});
                json!({"update_id": id, "my_chat_member": change})
            }
            text if text.starts_with('/') || text == "hello" => {
                json!({"update_id": id, "message": message(seller, id, json!({"text": text}))})
            }
            data => tap(seller, id, data),
        }
    }

    async fn post(env: &TestEnvironment, update: Value) {
        let secret = SECRETS.iter().find(|(name, _)| *name == "TELEGRAM_WEBHOOK_SECRET").unwrap().1;
        let request = http::Request::post("http://webhook.local/").header("x-telegram-bot-api-secret-token", secret);
        let answer = env.sandbox().unwrap().request(request.body(update.to_string().into()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{update}");
        let is_spoken_to = update.get("my_chat_member").is_none();
        assert_eq!(!answer.body().is_empty(), is_spoken_to, "an answer for each: {update}");
    }

    /// Where a person ends up: the place without its ids, the jobs, the account.
    async fn end_of(env: &TestEnvironment, seller: &Seller, ids: &[i64]) -> String {
        let person = env.table.person(seller.user, None, Timestamp::now()).await.unwrap();
        let (chat, profile) = (person.chat, person.profile.expect("an account"));
        assert!(ids.iter().all(|id| chat.recent_updates.iter().filter(|seen| *seen == id).count() == 1), "{chat:?}");
        let (jobs, ledger) = (env.jobs(seller.user).await.unwrap(), env.ledger(seller.user).await.unwrap());
        assert_eq!(invariants::violations(profile.balance, &ledger, &jobs), vec![]);
        let charged = ledger.iter().filter(|entry| matches!(entry.key, EntryKey::Charge(job) if job != earlier())).count();
        assert!(charged <= 1, "at most one charge: {ledger:#?}");
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
        let Profile { balance, locale, reachable, consented_at } = profile;
        format!(
            "{place}, said {:?}, charged {charged}, balance {}, {} steps, {locale:?}, reachable: {reachable}, consented: {}",
            chat.notice,
            balance.0,
            chat.version,
            consented_at.is_some()
        )
    }

    /// Holds the first write of each of two updates of one person, after both have read.
    #[derive(Default)]
    struct Barrier {
        seen: Mutex<Seen>,
        arrived: Notify,
    }

    #[derive(Default)]
    struct Seen {
        /// The person; nobody when it is not armed.
        of: Option<String>,
        /// One for each write that was held.
        gates: Vec<Arc<Notify>>,
        /// What reached the table, and what was held, in order.
        log: Vec<&'static str>,
    }

    impl Barrier {
        /// The name of this call, if it is one of the armed person's.
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

        /// Posts both, the second when the first has read and is about to write; then lets the writes go in this order.
        /// What reached the table after both had read.
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
            assert_eq!(self.log(), ["read", "held", "read", "held"], "both have read, and nothing is written");
            let gates = self.seen.lock().unwrap().gates.clone();
            for at in order {
                gates[at].notify_one();
                posts[at].take().unwrap().await.unwrap();
            }
            assert_eq!(began.elapsed().as_secs(), 0, "nothing was tried again for being slow");
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

    /// What reaches the table when somebody was in between: they are late, read again, decide again.
    const DECIDED_AGAIN: [&str; 4] = ["write", "write", "read", "write"];

    /// Every two acts, each also with itself.
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
                let seller = summaries.somebody().await;
                for (id, act) in (1..).zip(order) {
                    post(&summaries.env, summaries.act(&seller, id, act)).await;
                }
                ends.push(summaries.end_of(&seller, &[1, 2]).await);
            }
            // Both read, then one writes, then the other.
            for order in [[0, 1], [1, 0]] {
                let seller = summaries.somebody().await;
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
            let seller = summaries.somebody().await;
            post(&summaries.env, summaries.act(&seller, 1, act)).await;
            let once = summaries.end_of(&seller, &[1]).await;
            for order in [[0, 1], [1, 0]] {
                let seller = summaries.somebody().await;
                let updates = [summaries.act(&seller, 1, act), summaries.act(&seller, 1, act)];
                let log = summaries.barrier.post(&summaries.env, &seller, updates, order).await;
                assert_eq!(log, ["write", "write", "read"], "{act}: the second sees that it is done");
                assert_eq!(summaries.end_of(&seller, &[1]).await, once, "{act}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_whole_handful_at_once_loses_nothing_and_charges_once() {
        let mut summaries = Summaries::open().await;
        let seller = summaries.somebody().await;
        // As many as a step is decided again for: Telegram keeps one person's updates of a kind in order, so two is what it does.
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
                    assert_eq!(ledger.iter().map(|entry| entry.amount).collect::<Vec<_>>(), [2], "one gift");
                    ends.push(end_of(&env, &seller, &[1, 2]).await);
                }
                assert_eq!(ends[0], ends[1], "{first} and {second}, written in the order {order:?}");
            }
        }
    }
}
