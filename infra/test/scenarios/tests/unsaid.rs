//! What a person did not say is not something said: service messages, edits, taps without a message, other bots. And what a person did
//! say is answered where they said it.

#[cfg(test)]
mod unsaid {
    use domain::{
        catalog::Kind,
        conversation::{Notice, Place, Question},
        ids::UserId,
        locale::Locale,
    };
    use fakes::{
        film::Detail,
        telegram::{Author, Body, CallFailure},
    };
    use serde_json::{Value, json};
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};

    const USER: i64 = 750_000_001;

    async fn env() -> (TestEnvironment, Seller) {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let seller = Seller::new(&env, USER, "en", "Olga");
        (env, seller)
    }

    fn message(id: i64, fields: &Value) -> Value {
        let mut message = json!({
            "message_id": id, "date": 1_795_000_000, "chat": {"id": USER, "type": "private"},
            "from": {"id": USER, "is_bot": false, "first_name": "Olga", "language_code": "en"},
        });
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        message
    }

    async fn place(env: &TestEnvironment) -> Place {
        env.table.person(UserId(USER), None, jiff::Timestamp::now()).await.unwrap().chat.place
    }

    /// The id of the person's newest message with this text.
    fn written(seller: &Seller, words: &str) -> i64 {
        let chat = seller.person.chat();
        let is_theirs = |body: &Body| matches!(body, Body::Text { text, .. } if text == words);
        chat.iter().rev().find(|line| line.author == Author::Person && is_theirs(&line.body)).unwrap().message_id
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_message_is_silent_and_changes_nothing() {
        let (env, seller) = env().await;
        let services = [
            json!({"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": USER, "type": "private"}}}),
            json!({"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}}),
            json!({"forum_topic_created": {"name": "Mugs", "icon_color": 1}, "message_thread_id": 5}),
            json!({"chat_background_set": {"type": {"type": "fill"}}}),
            json!({"write_access_allowed": {"from_attachment_menu": true}}),
            json!({"gift": {"gift": {"id": "1"}}}),
            json!({"video_chat_started": {}}),
        ];
        for fields in &services {
            assert_eq!(seller.person.send_raw(json!({"message": message(900, fields)})).await.statuses, [200]);
        }
        assert_eq!(
            env.table.person(UserId(USER), None, jiff::Timestamp::now()).await.unwrap().profile,
            None,
            "no account is opened"
        );
        seller.start().await.unwrap();
        seller.tap_data("make:reels").await.unwrap();
        let (before, calls) = (env.sandbox().unwrap().everything(), env.telegram.calls().len());
        for fields in &services {
            assert_eq!(seller.person.send_raw(json!({"message": message(900, fields)})).await.statuses, [200]);
        }
        assert_eq!((env.sandbox().unwrap().everything(), env.telegram.calls().len()), (before, calls));
    }

    #[tokio::test(start_paused = true)]
    async fn an_edited_message_replaces_its_answer_until_the_order_is_paid() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        seller.prepare(Kind::Reels, env.photo.clone()).await.unwrap();
        seller.say("snow").await.unwrap();
        let old_button = seller.confirm_data().unwrap();
        let wishes = written(&seller, "snow");
        assert!(seller.person.edit(wishes, "rain").await.taken());
        assert!(seller.texts().last().unwrap().contains("rain"), "{:?}", seller.texts().last());
        seller.tap_data(&old_button).await.unwrap();
        assert!(env.jobs(seller.user).await.unwrap().is_empty(), "the button of the summary before the edit charges nothing");
        seller.confirm().await.unwrap();
        let job = env.jobs(seller.user).await.unwrap().remove(0);
        assert_eq!(job.order.brief.wishes.as_deref(), Some("rain"));
        assert!(seller.person.edit(wishes, "wind").await.taken());
        assert!(seller.texts().last().unwrap().contains(&Locale::En.notice(Notice::EditedTooLate)));
        let (texts, same) = (seller.texts().len(), seller.person.edit(wishes, "rain").await);
        assert!(same.taken());
        assert_eq!(seller.texts().len(), texts, "an edit that changes no answer is silent");
        assert_eq!(seller.until_over(1).await.unwrap()[0].order.brief.wishes.as_deref(), Some("rain"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_edit_of_a_stranger_opens_no_account() {
        let (env, seller) = env().await;
        let edited = message(900, &json!({"text": "hi", "edit_date": 1_795_000_001}));
        assert_eq!(seller.person.send_raw(json!({"edited_message": edited})).await.statuses, [200]);
        assert_eq!(env.table.person(UserId(USER), None, jiff::Timestamp::now()).await.unwrap().profile, None);
        assert!(seller.texts().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_split_text_is_not_the_next_answer() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        seller.prepare(Kind::Reels, env.photo.clone()).await.unwrap();
        let (before, texts) = (place(&env).await, seller.texts().len());
        seller.say(&"ж".repeat(4096)).await.unwrap();
        seller.say("and the end of it").await.unwrap();
        assert_eq!((place(&env).await, seller.texts().len()), (before, texts + 1));
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        seller.say("snow").await.unwrap();
        assert!(matches!(place(&env).await, Place::Order { draft, .. } if draft.wishes.words() == Some("snow")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_tap_without_a_message_is_answered_and_changes_nothing() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        let before = env.sandbox().unwrap().everything();
        let from = json!({"id": USER, "is_bot": false, "first_name": "Olga"});
        let group = json!({"message_id": 4, "date": 1, "chat": {"id": -5, "type": "group"}});
        for (n, place) in [json!({}), json!({"inline_message_id": "AAQ"}), json!({"message": group})].iter().enumerate() {
            let mut query = json!({"id": format!("stray-{n}"), "from": from, "chat_instance": "1", "data": "menu"});
            query.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
            assert_eq!(seller.person.send_raw(json!({"callback_query": query})).await.statuses, [200]);
            let calls = env.telegram.calls();
            let answer = calls.last().unwrap();
            assert_eq!(
                (answer.method.as_str(), &answer.params["callback_query_id"]),
                ("answerCallbackQuery", &json!(format!("stray-{n}")))
            );
        }
        assert_eq!(env.sandbox().unwrap().everything(), before);
    }

    #[tokio::test(start_paused = true)]
    async fn another_bot_opens_no_account_and_gets_no_answer() {
        let (env, seller) = env().await;
        let mut said = message(900, &json!({"text": "/start"}));
        said["from"]["is_bot"] = json!(true);
        assert_eq!(seller.person.send_raw(json!({"message": said})).await.statuses, [200]);
        assert_eq!(env.table.person(UserId(USER), None, jiff::Timestamp::now()).await.unwrap().profile, None);
        assert!(env.telegram.calls().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_in_a_topic_is_answered_there_and_gets_the_film_there() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        seller.prepare(Kind::Reels, env.photo.clone()).await.unwrap();
        let in_topic = |fields: Value| {
            let mut fields = fields;
            fields["message_thread_id"] = json!(7);
            fields["is_topic_message"] = json!(true);
            json!({"message": message(901, &fields)})
        };
        assert!(seller.person.send_raw(in_topic(json!({"text": "snow"}))).await.taken());
        let thread_of = |method: &str| {
            let calls = env.telegram.calls();
            calls.iter().rev().find(|call| call.method == method).map(|call| call.params["message_thread_id"].clone())
        };
        assert_eq!(thread_of("sendMessage"), Some(json!(7)));
        let query = json!({
            "id": "77", "from": {"id": USER, "is_bot": false, "first_name": "Olga"}, "chat_instance": "1",
            "data": seller.confirm_data().unwrap(),
            "message": message(902, &json!({"text": "Ready?", "message_thread_id": 7, "is_topic_message": true})),
        });
        // The topic is deleted while the film is made: the film comes all the same.
        env.telegram.fail(USER, "sendVideo", 1, CallFailure::Refuse(400, "Bad Request: message thread not found".into()));
        assert!(seller.person.send_raw(json!({"callback_query": query})).await.taken());
        assert_eq!(seller.until_over(1).await.unwrap()[0].state.name(), "delivered");
        let sends: Vec<_> = env.telegram.calls().into_iter().filter(|call| call.method == "sendVideo").collect();
        assert_eq!(
            sends.iter().map(|call| call.params["message_thread_id"].clone()).collect::<Vec<_>>(),
            [json!(7), Value::Null]
        );
        assert_eq!(seller.videos().len(), 1);
    }

    /// A tap of this button from this topic.
    fn tapped_in_topic(seller: &Seller, topic: i64, data: &str) -> Value {
        let from = json!({"id": USER, "is_bot": false, "first_name": "Olga"});
        let under = message(902, &json!({"text": "Ready?", "message_thread_id": topic, "is_topic_message": true}));
        let id = seller.person.last_update().to_string();
        json!({"callback_query": {"id": id, "from": from, "chat_instance": "1", "data": data, "message": under}})
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_is_uploaded_once_though_its_topic_is_gone_and_a_file_comes_to_the_topic_that_asks() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        seller.prepare(Kind::Reels, env.photo.clone()).await.unwrap();
        // A film without sound is uploaded.
        seller.tap_data("style:broll").await.unwrap();
        let gone = CallFailure::Refuse(400, "Bad Request: message thread not found".into());
        env.telegram.fail(USER, "sendChatAction", 1, gone);
        let confirm = tapped_in_topic(&seller, 7, &seller.confirm_data().unwrap());
        assert!(seller.person.send_raw(confirm).await.taken());
        let job = seller.until_over(1).await.unwrap().remove(0);
        assert_eq!(job.state.name(), "delivered");
        let threads = |method: &str| {
            let calls = env.telegram.calls().into_iter().filter(|call| call.method == method);
            calls.map(|call| call.params["message_thread_id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(threads("sendVideo"), [Value::Null]);
        let file = tapped_in_topic(&seller, 9, &format!("file:{}", job.id));
        assert!(seller.person.send_raw(file).await.taken());
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        assert_eq!(threads("sendDocument").len(), 1);
        assert!(threads("sendDocument")[0].to_string().contains('9'), "{:?}", threads("sendDocument"));
    }

    #[tokio::test(start_paused = true)]
    async fn text_of_which_nothing_is_seen_is_no_answer_and_a_slash_alone_makes_no_command() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        seller.prepare(Kind::Reels, env.photo.clone()).await.unwrap();
        seller.say("\u{200b}\u{2060}").await.unwrap();
        assert!(seller.texts().last().unwrap().starts_with(&Locale::En.notice(Notice::SendText)));
        seller.say("/2 litres").await.unwrap();
        assert!(
            matches!(place(&env).await, Place::Order { draft, question: Question::Summary } if draft.wishes.words() == Some("/2 litres"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_answer_removes_the_keyboard_of_an_older_bot() {
        let (env, seller) = env().await;
        seller.start().await.unwrap();
        let calls = env.telegram.calls();
        let first = calls.iter().find(|call| call.method == "sendMessage").unwrap();
        assert_eq!(first.params["reply_markup"], json!({"remove_keyboard": true}));
        let removals = calls.iter().filter(|call| call.params["reply_markup"].get("remove_keyboard").is_some()).count();
        seller.say("/start").await.unwrap();
        assert_eq!(removals, 1);
    }
}
