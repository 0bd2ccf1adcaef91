//! Mutated updates: parts of Telegram's updates are deleted or replaced at random. The webhook answers 200, does not panic, and
//! does not charge without a confirm.

use std::time::Duration;

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::common::{env, sandbox};

const SAMPLE: &str = include_str!("../../../../../events/webhook.json");

#[derive(Clone, Debug)]
enum Change {
    Delete,
    Replace(Value),
}

fn change() -> impl Strategy<Value = Change> {
    let numbers = [json!(0), json!(-1), json!(1), json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(1e308), json!(0.5)];
    let texts = ["", "private", "group", "image/png", "/start", "make:reels", "menu", "accept", "kicked", "member", "<&>"]
        .map(Value::from);
    let others =
        [json!(null), json!(true), json!([]), json!({}), json!([null]), json!({"id": 100_200_300}), json!("long ".repeat(300))];
    let values: Vec<Value> = numbers.into_iter().chain(texts).chain(others).collect();
    prop_oneof![1 => Just(Change::Delete), 3 => proptest::sample::select(values).prop_map(Change::Replace)]
}

/// Returns the sample's update, and one update of each other kind that the webhook reads.
fn updates() -> Vec<Value> {
    let request: Value = serde_json::from_str(SAMPLE).unwrap();
    let photo: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    let mut message = photo["message"].clone();
    message.as_object_mut().unwrap().remove("photo");
    let (mut file, mut tap) = (message.clone(), message.clone());
    file["document"] = json!({"file_id": "D", "file_unique_id": "d", "mime_type": "image/jpeg", "file_size": 1000, "file_name": "a.jpg",
               "thumbnail": {"file_id": "T", "file_unique_id": "t", "file_size": 900, "width": 320, "height": 240}});
    file["caption"] = json!("a mug");
    file["media_group_id"] = json!("13900000000000001");
    tap["text"] = json!("What shall we make?");
    let tap = json!({"id": "77", "from": message["from"], "chat_instance": "1", "data": "make:reels", "message": tap});
    let text = {
        let mut text = message.clone();
        text["text"] = json!("a handmade mug");
        text
    };
    let change = json!({"chat": message["chat"], "from": message["from"], "date": 1, "old_chat_member": {"status": "member"},
                        "new_chat_member": {"user": {"id": 1, "is_bot": true}, "status": "kicked", "until_date": 0}});
    let others =
        [json!({"message": file}), json!({"message": text}), json!({"callback_query": tap}), json!({"my_chat_member": change})];
    [photo].into_iter().chain(others).collect()
}

/// Collects every place in a value as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => vec![],
    };
    for (name, value) in inner {
        let place = format!("{at}/{name}");
        places(value, &place, found);
        found.push(place);
    }
}

fn apply(update: &mut Value, at: &Index, change: Change) {
    let mut found = Vec::new();
    places(update, "", &mut found);
    if found.is_empty() {
        return;
    }
    let place = at.get(&found);
    match change {
        Change::Replace(value) => *update.pointer_mut(place).unwrap() = value,
        Change::Delete => {
            let (parent, name) = place.rsplit_once('/').unwrap();
            match update.pointer_mut(parent).unwrap() {
                Value::Object(fields) => drop(fields.remove(name)),
                Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                _ => unreachable!("only objects and arrays have children"),
            }
        }
    }
}

#[test]
fn no_mutation_of_an_update_fails_panics_or_charges() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let env = runtime.block_on(env());
    let setup =
        runtime.block_on(sandbox(&env).setup_with(&[("TELEGRAM_WEBHOOK_SECRET", Some("sample-webhook-secret"))])).unwrap();
    let webhook = webhook::Webhook::new(&setup).unwrap();
    let kinds = updates();
    let handle = |update: &Value| {
        let mut request: LambdaFunctionUrlRequest = serde_json::from_str(SAMPLE).unwrap();
        request.body = Some(update.to_string());
        // The webhook stops answering a person after forty updates a minute, so virtual time advances.
        runtime.block_on(async {
            tokio::time::advance(Duration::from_secs(2)).await;
            webhook.handle(request).await
        })
    };
    // The sample's person accepts the terms, so that the updates reach the order's steps.
    for (update_id, data) in [(70_001, "accept"), (70_002, "make:reels")] {
        let mut tap = kinds[3].clone();
        tap["update_id"] = json!(update_id);
        tap["callback_query"]["data"] = json!(data);
        assert_eq!(handle(&tap).status_code, 200);
    }
    let strategy = (0..kinds.len(), any::<u16>(), prop::collection::vec((any::<Index>(), change()), 0..5));
    let answered = std::cell::Cell::new(0);
    let config = Config { cases: 1000, failure_persistence: None, ..Config::default() };
    let tried = TestRunner::new(config).run(&strategy, |(kind, update_id, changes)| {
        let mut update = kinds[kind].clone();
        update["update_id"] = json!(update_id);
        changes.into_iter().for_each(|(at, change)| apply(&mut update, &at, change));
        let answer = handle(&update);
        prop_assert_eq!(answer.status_code, 200, "{}", update);
        answered.set(answered.get() + usize::from(answer.body.is_some_and(|body| !body.is_empty())));
        Ok(())
    });
    tried.unwrap();
    // The mutations must leave some updates understandable and break others.
    let answered = answered.get();
    assert!((200..900).contains(&answered), "{answered} of 1000 updates were answered with a screen");
    let ledger: Vec<_> =
        sandbox(&env).everything().into_keys().filter(|key| key.contains(" LEDGER#") || key.contains(" JOB#")).collect();
    assert!(!ledger.is_empty() && ledger.iter().all(|key| key.ends_with("LEDGER#GRANT#welcome")), "{ledger:#?}");
}
