//! Two different updates of one person at the same moment: the end is that of one order of them or the other, nothing lost
//! and nothing doubled.

#[cfg(test)]
mod at_once {
    use domain::{catalog::Kind, conversation::Place, laws};
    use futures_util::future::join_all;
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use standins::film::{self, Detail};
    use stories::world::{Carrier, SECRETS, Sandbox, Seller, Times, World};

    /// What a person can do at the summary of a draft.
    const ACTS: [&str; 8] = ["/start", "hello", "/balance", "make:reels", "cancel", "photo", "confirm", "confirm"];

    async fn world() -> World {
        Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox")
    }

    /// Somebody before the confirm button.
    async fn at_summary(world: &World, id: i64) -> Seller {
        let seller = Seller::new(world, id, "en", "Olga");
        seller.start().await.unwrap();
        seller.prepare(Kind::Neurocard, film::sample_photo()).await.unwrap();
        seller
    }

    fn update(seller: &Seller, id: i64, act: &str) -> Value {
        let user = seller.user.0;
        let from = json!({"id": user, "is_bot": false, "first_name": "Olga", "language_code": "en"});
        let mut message = json!({"message_id": id, "date": 1, "from": from, "chat": {"id": user, "type": "private"}});
        let data = match act {
            "photo" => {
                message["photo"] =
                    json!([{"file_id": "F", "file_unique_id": "u", "width": 800, "height": 800, "file_size": 1000}]);
                return json!({"update_id": id, "message": message});
            }
            "confirm" => seller.confirm_data().unwrap(),
            "make:reels" | "cancel" => act.to_owned(),
            text => {
                message["text"] = json!(text);
                return json!({"update_id": id, "message": message});
            }
        };
        let query = json!({"id": id.to_string(), "from": from, "chat_instance": "1", "data": data, "message": message});
        json!({"update_id": id, "callback_query": query})
    }

    async fn post(world: &World, update: Value) {
        let secret = SECRETS.iter().find(|(name, _)| *name == "TELEGRAM_WEBHOOK_SECRET").unwrap().1;
        let request = http::Request::post("http://webhook.local/").header("x-telegram-bot-api-secret-token", secret);
        let answer = world.sandbox().unwrap().request(request.body(update.to_string().into()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{update}");
        assert!(!answer.body().is_empty(), "an answer for each: {update}");
    }

    /// Where a person ends up: the place without its ids, the jobs, the balance.
    async fn end_of(world: &World, seller: &Seller, ids: &[i64]) -> String {
        let chat = world.table.person(seller.user, None, Timestamp::now()).await.unwrap().chat;
        assert!(ids.iter().all(|id| chat.recent_updates.iter().filter(|seen| *seen == id).count() == 1), "{chat:?}");
        let (jobs, ledger) = (world.jobs(seller.user).await.unwrap(), world.ledger(seller.user).await.unwrap());
        let balance = world.balance(seller.user).await.unwrap();
        assert_eq!(laws::broken(balance, &ledger, &jobs), vec![]);
        let place = match &chat.place {
            Place::Home => "home".to_owned(),
            Place::AskPhoto { kind } => format!("ask photo of {kind:?}"),
            Place::AskKind { photo } => format!("ask kind of {}", photo.unique_id),
            Place::Summary { draft } => format!("summary {:?} {}", draft.kind, draft.photo.unique_id),
            Place::Ordered { draft } => format!("ordered {:?} {}", draft.kind, draft.photo.unique_id),
        };
        format!("{place}, said {:?}, {} jobs, balance {}, {} steps", chat.notice, jobs.len(), balance.0, chat.version)
    }

    #[tokio::test(start_paused = true)]
    async fn any_two_at_once_end_as_one_after_the_other() {
        let world = world().await;
        let (mut id, mut tried) = (1_000_000, 0);
        for (at, first) in ACTS.iter().enumerate() {
            for second in ACTS.iter().skip(at + 1) {
                let mut ends = Vec::new();
                for order in [[*first, *second], [*second, *first]] {
                    id += 10;
                    let seller = at_summary(&world, 750_000_000 + id).await;
                    let updates = [update(&seller, id, order[0]), update(&seller, id + 1, order[1])];
                    for update in updates {
                        post(&world, update).await;
                    }
                    ends.push(end_of(&world, &seller, &[id, id + 1]).await);
                }
                id += 10;
                let seller = at_summary(&world, 750_000_000 + id).await;
                join_all([post(&world, update(&seller, id, first)), post(&world, update(&seller, id + 1, second))]).await;
                let end = end_of(&world, &seller, &[id, id + 1]).await;
                assert!(ends.contains(&end), "{first} and {second}: {end}, which is none of {ends:#?}");
                tried += 1;
            }
        }
        assert_eq!(tried, 28);
    }

    #[tokio::test(start_paused = true)]
    async fn a_whole_handful_at_once_loses_nothing_and_charges_once() {
        let world = world().await;
        let seller = at_summary(&world, 760_000_000).await;
        // As many as a step is decided again for: Telegram keeps one person's updates of a kind in order, so two is what it does.
        let updates: Vec<_> = ["confirm", "hello", "confirm", "/balance", "confirm"].iter().enumerate().collect();
        let posts = updates.iter().map(|(at, act)| post(&world, update(&seller, 100 + i64::try_from(*at).unwrap(), act)));
        join_all(posts).await;
        let end = end_of(&world, &seller, &[100, 101, 102, 103, 104]).await;
        assert!(end.contains("1 jobs, balance 1") || end.contains("0 jobs, balance 2"), "{end}");
        if end.contains("1 jobs") {
            seller.until_over(1).await.unwrap();
            assert_eq!((seller.videos().len(), world.kie.tasks().len()), (1, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_newcomer_s_first_two_updates_at_once_open_one_account() {
        let world = world().await;
        let seller = Seller::new(&world, 770_000_000, "ru", "Olga");
        join_all([
            post(&world, update(&seller, 1, "photo")),
            post(&world, update(&seller, 2, "/start")),
            post(&world, update(&seller, 3, "photo")),
        ])
        .await;
        let end = end_of(&world, &seller, &[1, 2, 3]).await;
        assert!(end.contains("0 jobs, balance 2, 3 steps"), "{end}");
        assert_eq!(world.ledger(seller.user).await.unwrap().len(), 1);
    }
}
