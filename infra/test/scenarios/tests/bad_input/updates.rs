//! Forged, malformed and unusual updates.

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use domain::{conversation::Notice, credits::Credits, locale::Locale};
use serde_json::{Value, json};
use testkit::environment::Logs;

use crate::common::{USER, env, post, post_update, sandbox, secret, seller};

const HEADER: &str = "x-telegram-bot-api-secret-token";

fn message(user: i64, kind: &str, fields: &Value) -> Value {
    let from = json!({"id": user, "is_bot": false, "first_name": "Olga", "language_code": "en"});
    let mut message = json!({"message_id": 7, "date": 1_769_670_760, "from": from, "chat": {"id": user, "type": kind}});
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    message
}

#[tokio::test(start_paused = true)]
async fn without_the_secret_nothing_is_read_and_nothing_changes() {
    let (logs, _guard) = Logs::capture("trace");
    let env = env().await;
    seller(&env).await;
    let (before, lines) = (sandbox(&env).everything(), logs.lines().len());
    let update =
        json!({"update_id": 900, "message": message(USER, "private", &json!({"text": "a-word-like-no-other"}))}).to_string();
    let right = secret("TELEGRAM_WEBHOOK_SECRET");
    let long = format!("{right}x");
    let wrong = ["", "wrong", &right[1..], &right[..right.len() - 1], &long, &right.to_uppercase()];
    for given in wrong.map(str::as_bytes).into_iter().chain([&b"\xff\xfe"[..]]) {
        assert_eq!(post(&env, "http://webhook.local/", &[(HEADER, given)], update.clone()).await.0, 401, "{given:?}");
    }
    assert_eq!(post(&env, "http://webhook.local/", &[], update.clone()).await.0, 401);
    assert_eq!(post(&env, "http://webhook.local/", &[("authorization", right.as_bytes())], update.clone()).await.0, 401);
    assert_eq!(sandbox(&env).everything(), before);
    let refusals = logs.lines().split_off(lines);
    assert!(refusals.len() >= 9, "every refusal writes a log line: {refusals:#?}");
    assert!(refusals.iter().all(|line| !line.contains("a-word-like-no-other") && !line.contains(right)), "{refusals:#?}");
    assert_eq!(post_update(&env, update).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_update_is_accepted_and_the_next_update_works() {
    let (logs, _guard) = Logs::capture("trace");
    let env = env().await;
    let seller = seller(&env).await;
    let mut padded = json!({"update_id": 901, "message": message(USER, "private", &json!({"text": "/balance"}))});
    padded["padding"] = json!("x".repeat(1024 * 1024));
    let bodies: Vec<Vec<u8>> = vec![
        vec![],
        b"hello, a-word-like-no-other".to_vec(),
        b"null".to_vec(),
        b"7".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        br#"{"update_id":"900","message":"a-word-like-no-other"}"#.to_vec(),
        br#"{"update_id":1e400}"#.to_vec(),
        br#"{"update_id":9.5}"#.to_vec(),
        br#"{"update_id":99999999999999999999999}"#.to_vec(),
        br#"{"update_id":902,"message":{"#.to_vec(),
        b"\x00\x01\xff\xfe".to_vec(),
        b"[".repeat(100_000),
        br#"{"a":"#.repeat(100_000),
        vec![b' '; 1024 * 1024 + 1],
        vec![b'9'; 3 * 1024 * 1024],
        padded.to_string().into_bytes(),
    ];
    for body in bodies {
        let before = sandbox(&env).everything();
        let head = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let (status, answer) = post_update(&env, body).await;
        assert_eq!((status, answer.len()), (200, 0), "{head}");
        assert_eq!(sandbox(&env).everything(), before, "{head}");
        let texts = seller.texts().len();
        assert!(seller.person.say("/balance").await.taken(), "after {head}");
        assert_eq!(seller.texts().len(), texts + 1, "after {head}");
    }
    assert!(logs.lines().iter().all(|line| !line.contains("a-word-like-no-other")), "{:#?}", logs.lines());
}

#[tokio::test(start_paused = true)]
async fn a_body_in_base64_is_read_and_malformed_base64_is_ignored() {
    let env = env().await;
    let setup = sandbox(&env).setup_with(&[]).await.unwrap();
    let webhook = webhook::Webhook::new(&setup).unwrap();
    let request = |body: Option<&str>| {
        let mut request = LambdaFunctionUrlRequest::default();
        request.headers.insert(HEADER, secret("TELEGRAM_WEBHOOK_SECRET").parse().unwrap());
        request.body = body.map(str::to_owned);
        request.is_base64_encoded = true;
        request
    };
    for garbage in [None, Some(""), Some("%%%"), Some("aGVsbG8"), Some("aGVsbG8="), Some("{\"update_id\":1}"), Some("\u{1F4F7}")]
    {
        let answer = webhook.handle(request(garbage)).await;
        assert_eq!((answer.status_code, answer.body.as_deref()), (200, Some("")), "{garbage:?}");
    }
    assert!(sandbox(&env).everything().is_empty());
    // {"update_id":5,"message":{"message_id":1,"from":{"id":77,"first_name":"O"},"chat":{"id":77,"type":"private"},"text":"/start"}}
    let start = "eyJ1cGRhdGVfaWQiOjUsIm1lc3NhZ2UiOnsibWVzc2FnZV9pZCI6MSwiZnJvbSI6eyJpZCI6NzcsImZpcnN0X25hbWUiOiJPIn0sImNoYXQiOnsia\
WQiOjc3LCJ0eXBlIjoicHJpdmF0ZSJ9LCJ0ZXh0IjoiL3N0YXJ0In19";
    let answer = webhook.handle(request(Some(start))).await;
    assert_eq!(answer.status_code, 200);
    assert!(answer.body.is_some_and(|body| body.contains("sendMessage")));
}

#[tokio::test(start_paused = true)]
async fn updates_outside_a_private_chat_are_accepted_and_change_nothing() {
    let env = env().await;
    let seller = seller(&env).await;
    let before = sandbox(&env).everything();
    let text = json!({"text": "/start"});
    let in_chat = |kind: &str| json!({"message": message(USER, kind, &text)});
    let from = json!({"id": USER, "is_bot": false, "first_name": "Olga"});
    let mut senderless = message(USER, "private", &text);
    senderless.as_object_mut().unwrap().remove("from");
    let mut chatless = message(USER, "private", &text);
    chatless.as_object_mut().unwrap().remove("chat");
    let whole = message(USER, "private", &text);
    let updates = [
        json!({}),
        json!({"telepathy": {"thought": []}}),
        json!({"edited_message": whole}),
        json!({"channel_post": whole}),
        json!({"business_message": whole}),
        json!({"message_reaction": {"chat": {"id": USER, "type": "private"}, "user": from, "message_id": 3}}),
        json!({"inline_query": {"id": "1", "from": from, "query": "x", "offset": ""}}),
        json!({"pre_checkout_query": {"id": "1", "from": from, "currency": "XTR", "total_amount": 1, "invoice_payload": "x"}}),
        json!({"poll": {"id": "1"}}),
        in_chat("group"),
        in_chat("supergroup"),
        in_chat("channel"),
        in_chat("hologram"),
        in_chat(""),
        json!({"message": senderless}),
        json!({"message": chatless}),
        json!({"message": null}),
        json!({"message": []}),
        json!({"message": {"message_id": 1}}),
        json!({"callback_query": {"id": "1", "from": from, "chat_instance": "1", "data": "menu"}}),
        json!({"callback_query": {"id": "1", "from": from, "inline_message_id": "9", "chat_instance": "1", "data": "menu"}}),
        json!({"callback_query": {"id": 7}}),
        json!({"message": message(USER, "private", &json!({"photo": [{"file_id": 7}]}))}),
        json!({"message": message(USER, "private", &json!({"photo": [{"file_id": "F", "width": -1}]}))}),
    ];
    for update in updates {
        let delivery = seller.person.send_raw(update.clone()).await;
        assert_eq!(delivery.statuses, [200], "{update}");
        assert_eq!(sandbox(&env).everything(), before, "{update}");
    }
    assert!(seller.person.say("/balance").await.taken());
}

#[tokio::test(start_paused = true)]
async fn any_content_of_a_private_message_is_accepted() {
    let env = env().await;
    let seller = seller(&env).await;
    let sticker = json!({"sticker": {"file_id": "S", "file_unique_id": "s", "type": "regular"}});
    let words = [
        json!({"text": "hi", "entities": [{"type": "shimmer", "offset": -5, "length": 99_999_999}]}),
        json!({"text": ""}),
        json!({"text": "/start@somebody_else ' OR 1=1 -- \u{0}\u{202e}"}),
        json!({"text": "😀".repeat(4096)}),
        json!({"photo": [{"file_id": "F"}]}),
        json!({"photo": [{"file_id": "", "file_unique_id": "", "width": u32::MAX, "height": u32::MAX, "file_size": u64::MAX}]}),
        json!({"photo": [{"file_id": "S"}, {"file_id": "F", "width": 800, "height": 800}], "caption": "<&>".repeat(1365)}),
        json!({"photo": [{"file_id": "F", "width": 800, "height": 800}], "caption": "", "media_group_id": ""}),
        json!({"photo": [{"file_id": "F", "width": 800, "height": 800}], "caption": "\u{0}\u{202e}", "media_group_id": "long ".repeat(800)}),
        json!({"document": {"file_id": "D"}}),
        json!({"document": {"file_id": "D", "mime_type": "image/png", "thumbnail": null}}),
        json!({"document": {"file_id": "D", "mime_type": "image/png", "thumbnail": {"file_id": "../../getMe?x=\n"}}, "caption": "x".repeat(4096)}),
        json!({"document": {"file_id": "D", "mime_type": "image/png", "thumbnail": {"file_id": "", "width": u32::MAX, "file_size": u64::MAX}}}),
        json!({"document": {"file_id": "D", "mime_type": "image/png", "file_size": 0, "file_name": "../../etc/passwd"}}),
        sticker,
        json!({"voice": {"file_id": "V"}}),
    ];
    for fields in &words {
        let before = seller.texts().len();
        let delivery = seller.person.send_raw(json!({"message": message(USER, "private", fields)})).await;
        assert_eq!(delivery.statuses, [200], "{fields}");
        assert_eq!(seller.texts().len(), before + 1, "the bot did not answer with one screen: {fields}");
    }
    // A service message is not something that its person writes.
    let payment = json!({"successful_payment": {"currency": "XTR", "total_amount": 1, "invoice_payload": "credits:1000"}});
    for fields in [payment, json!({"photo": []}), json!({"telepathy": {}})] {
        let before = seller.texts().len();
        let delivery = seller.person.send_raw(json!({"message": message(USER, "private", &fields)})).await;
        assert_eq!((delivery.statuses, seller.texts().len()), (vec![200], before), "{fields}");
    }
    // Fields with types that Telegram's documents do not allow: the webhook accepts the update and does not answer it.
    for fields in [
        json!({"photo": [{"file_id": "F"}], "media_group_id": 13_900_000_000_000_001_i64}),
        json!({"photo": [{"file_id": "F"}], "media_group_id": ["1"]}),
        json!({"photo": [{"file_id": "F"}], "media_group_id": {"id": "1"}}),
        json!({"photo": [{"file_id": "F"}], "media_group_id": true}),
        json!({"photo": [{"file_id": "F"}], "caption": 7}),
        json!({"document": {"file_id": "D", "mime_type": "image/png", "thumbnail": {}}}),
        json!({"document": {"file_id": "D", "mime_type": "image/png", "thumbnail": [{"file_id": "T"}]}}),
    ] {
        let before = seller.texts().len();
        let delivery = seller.person.send_raw(json!({"message": message(USER, "private", &fields)})).await;
        assert_eq!((delivery.statuses, seller.texts().len()), (vec![200], before), "{fields}");
    }
    assert_eq!(env.telegram.mistakes(), Vec::<String>::new());
    for data in [
        "",
        "again:",
        "again:x",
        "confirm:",
        "confirm:x:y",
        "confirm:00000000-0000-7000-8000-000000000000:1",
        "make:gold",
        "make:reels:",
        "🙂",
        &"x".repeat(5000),
    ] {
        assert_eq!(seller.person.tap(data).await.statuses, [200], "{data}");
    }
    for user in [i64::MAX, i64::MIN, -1, 0, 1 << 52] {
        for update in [i64::MAX, i64::MIN, 0, -1] {
            let body = json!({"update_id": update, "message": message(user, "private", &json!({"text": "/start"}))});
            assert_eq!(post_update(&env, body.to_string()).await.0, 200, "{user} {update}");
        }
    }
    assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
    assert!(env.jobs(seller.user).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_chat_member_update_that_is_no_block_or_unblock_changes_nothing() {
    let env = env().await;
    let seller = seller(&env).await;
    let from = json!({"id": USER, "is_bot": false, "first_name": "Olga"});
    let chat = json!({"id": USER, "type": "private"});
    let standing = |status: &str| json!({"user": {"id": 123_456, "is_bot": true}, "status": status});
    let change = |chat: &Value, member: Value| json!({"chat": chat, "from": from, "date": 1, "new_chat_member": member});
    let before = sandbox(&env).everything();
    let of_chat = |kind: &str| change(&json!({"id": USER, "type": kind}), standing("kicked"));
    let stranger = |status: &str| {
        let (from, chat) =
            (json!({"id": 424_242, "is_bot": false, "first_name": "X"}), json!({"id": 424_242, "type": "private"}));
        json!({"chat": chat, "from": from, "date": 1, "new_chat_member": standing(status)})
    };
    let statuses = ["left", "restricted", "administrator", "creator", "hologram", "KICKED", "kicked ", ""];
    let shapes = [
        of_chat("group"),
        of_chat("channel"),
        of_chat(""),
        change(&chat, json!({})),
        change(&chat, json!({"status": null})),
        change(&chat, json!({"status": 7})),
        change(&chat, json!({"status": ["kicked"]})),
        change(&chat, json!("kicked")),
        change(&chat, json!([])),
        change(&json!({}), standing("kicked")),
        change(&json!({"id": "x", "type": "private"}), standing("kicked")),
        json!({"chat": chat, "from": from, "date": 1}),
        json!({"chat": chat, "date": 1, "new_chat_member": standing("kicked")}),
        json!({"chat": chat, "from": {"id": 1e300}, "new_chat_member": standing("kicked")}),
        json!({"from": from, "new_chat_member": standing("kicked")}),
        json!({}),
        json!([]),
        json!("kicked"),
        json!(null),
        // A person without an account blocks or unblocks the bot: no account is opened.
        stranger("kicked"),
        stranger("member"),
    ];
    for shape in statuses.map(|status| change(&chat, standing(status))).into_iter().chain(shapes) {
        let delivery = seller.person.send_raw(json!({"my_chat_member": shape})).await;
        assert_eq!(delivery.statuses, [200], "{shape}");
        assert_eq!(sandbox(&env).everything(), before, "{shape}");
    }
    assert_eq!(env.telegram.calls().len(), 4, "only the greeting, the answers to /start and accept, and one answerCallbackQuery");
}

#[tokio::test(start_paused = true)]
async fn blocks_and_unblocks_in_any_order_lose_nothing_and_each_return_is_greeted_once() {
    let env = env().await;
    let seller = seller(&env).await;
    let chat = json!({"id": USER, "type": "private"});
    let from = json!({"id": USER, "is_bot": false, "first_name": "Olga"});
    let change = |status: &str| json!({"chat": chat, "from": from, "date": 1, "new_chat_member": {"status": status}});
    let welcome = Locale::En.notice(Notice::WelcomeBack(Credits(2)));
    let greeted = || seller.texts().iter().filter(|text| text.contains(&welcome)).count();
    for status in ["kicked", "kicked", "kicked"] {
        let before = env.telegram.calls().len();
        assert_eq!(seller.person.send_raw(json!({"my_chat_member": change(status)})).await.statuses, [200]);
        assert_eq!(env.telegram.calls().len(), before, "the bot sends nothing to a person who blocked it");
    }
    for status in ["member", "member"] {
        assert_eq!(seller.person.send_raw(json!({"my_chat_member": change(status)})).await.statuses, [200]);
        assert_eq!(greeted(), 1);
    }
    // A message written before the block arrives after it.
    seller.person.send_raw(json!({"my_chat_member": change("kicked")})).await;
    seller.say("/balance").await.unwrap();
    assert_eq!(greeted(), 2);
    // In an update with a message and a chat member, only the message is handled.
    let both = json!({"message": message(USER, "private", &json!({"text": "/start"})), "my_chat_member": change("kicked")});
    seller.person.send_raw(both).await;
    let profile = env.table.person(seller.user, None, jiff::Timestamp::now()).await.unwrap().profile.unwrap();
    assert!(profile.reachable);
    assert_eq!(env.balance(seller.user).await.unwrap(), Credits(2));
}
