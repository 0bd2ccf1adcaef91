//! The ledger guard through the real SDK: a balance moves only together with its ledger entry.

use std::collections::HashMap;

use crate::common::{TABLE, TestEnv, env};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue as Value, Delete, Put, PutRequest, TransactWriteItem, Update, WriteRequest};

const USER: &str = "USER#7";

fn s(text: &str) -> Value {
    Value::S(text.to_owned())
}

fn n(number: i64) -> Value {
    Value::N(number.to_string())
}

fn item(sk: &str, number: Option<(&str, i64)>) -> HashMap<String, Value> {
    let mut item = HashMap::from([("pk".to_owned(), s(USER)), ("sk".to_owned(), s(sk))]);
    item.extend(number.map(|(name, value)| (name.to_owned(), n(value))));
    item
}

/// A Put that creates or, with `only_if_new` false, replaces.
fn put(sk: &str, name: &str, value: i64, only_if_new: bool) -> TransactWriteItem {
    let put = Put::builder().table_name(TABLE).set_item(Some(item(sk, Some((name, value)))));
    let put = if only_if_new { put.condition_expression("attribute_not_exists(pk)") } else { put };
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

fn entry(amount: i64) -> TransactWriteItem {
    put(&format!("LEDGER#{amount}"), "amount", amount, true)
}

fn move_balance(expression: &str, x: i64) -> TransactWriteItem {
    let update = Update::builder().table_name(TABLE).set_key(Some(item("PROFILE", None)));
    let update = update.update_expression(expression).expression_attribute_values(":x", n(x));
    let update = if expression.contains(":zero") { update.expression_attribute_values(":zero", n(0)) } else { update };
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

async fn transact(client: &Client, actions: Vec<TransactWriteItem>) -> Result<(), String> {
    let result = client.transact_write_items().set_transact_items(Some(actions)).send().await;
    result.map(drop).map_err(|error| format!("{}: {}", error.code().unwrap_or("?"), error.message().unwrap_or("?")))
}

/// A person with 5 credits and the ledger entry of these credits.
async fn five_credits() -> (TestEnv, Client) {
    let env = env();
    let client = env.dynamodb_client();
    let welcome = vec![put("PROFILE", "balance", 5, true), put("LEDGER#welcome", "amount", 5, true)];
    transact(&client, welcome).await.unwrap();
    (env, client)
}

async fn balance(client: &Client) -> i64 {
    let got = client.get_item().table_name(TABLE).set_key(Some(item("PROFILE", None))).send().await.unwrap();
    got.item().unwrap()["balance"].as_n().unwrap().parse().unwrap()
}

fn assert_refused(env: &TestEnv, result: Result<(), String>, reason: &str) {
    let error = result.unwrap_err();
    assert!(error.starts_with("ValidationException: ledger guard refused"), "{error}");
    assert!(error.contains(reason), "{error}");
    assert_eq!(env.dynamodb.guard().unwrap().refused().len(), 1);
}

#[tokio::test]
async fn a_charge_with_its_entry_passes() {
    let (env, client) = five_credits().await;
    transact(&client, vec![move_balance("SET balance = balance - :x", 2), entry(-2)]).await.unwrap();
    assert_eq!(balance(&client).await, 3);
    let guard = env.dynamodb.guard().unwrap();
    assert_eq!((guard.checked(), guard.refused()), (2, vec![]));
}

#[tokio::test]
async fn every_expression_that_changes_the_balance_is_recognised() {
    for expression in ["SET balance = balance + :x", "ADD balance :x", "SET balance = if_not_exists(balance, :zero) + :x"] {
        let (_, client) = five_credits().await;
        transact(&client, vec![move_balance(expression, 3), entry(3)]).await.unwrap();
        assert_eq!(balance(&client).await, 8);
    }
}

#[tokio::test]
async fn five_entries_of_one_order_add_up() {
    let (_, client) = five_credits().await;
    let mut actions = vec![move_balance("SET balance = balance - :x", 3)];
    actions.extend((0..3).map(|index| put(&format!("LEDGER#j{index}"), "amount", -1, true)));
    transact(&client, actions).await.unwrap();
    assert_eq!(balance(&client).await, 2);
}

#[tokio::test]
async fn a_bare_update_of_a_balance_is_refused_and_not_applied() {
    let (env, client) = five_credits().await;
    let update = client.update_item().table_name(TABLE).set_key(Some(item("PROFILE", None)));
    let update = update.update_expression("SET balance = balance + :x").expression_attribute_values(":x", n(1));
    let error = update.send().await.unwrap_err();
    let error = format!("{}: {}", error.code().unwrap(), error.message().unwrap());
    assert_refused(&env, Err(error), "USER#7 moves by 1, its new ledger entries by 0");
    assert_eq!(balance(&client).await, 5);
}

#[tokio::test]
async fn an_entry_of_another_amount_is_refused() {
    let (env, client) = five_credits().await;
    let result = transact(&client, vec![move_balance("SET balance = balance - :x", 2), entry(-1)]).await;
    assert_refused(&env, result, "moves by -2, its new ledger entries by -1");
}

#[tokio::test]
async fn an_entry_without_its_movement_is_refused() {
    let (env, client) = five_credits().await;
    let result = transact(&client, vec![entry(-1)]).await;
    assert_refused(&env, result, "moves by 0, its new ledger entries by -1");
}

/// All items of the table, and the keys in its index.
async fn everything(client: &Client) -> Vec<HashMap<String, Value>> {
    let due = client.query().table_name(TABLE).index_name("due").key_condition_expression("due_shard = :x");
    let due = due.expression_attribute_values(":x", s("0")).send().await.unwrap().items.unwrap();
    client.scan().table_name(TABLE).send().await.unwrap().items.unwrap().into_iter().chain(due).collect()
}

#[tokio::test]
async fn a_refused_transaction_leaves_everything_and_the_index_as_it_was() {
    let (env, client) = five_credits().await;
    let job = |due_at: i64| {
        let mut job = item("JOB#1", Some(("due_at", due_at)));
        job.insert("due_shard".to_owned(), s("0"));
        TransactWriteItem::builder().put(Put::builder().table_name(TABLE).set_item(Some(job)).build().unwrap()).build()
    };
    transact(&client, vec![job(1)]).await.unwrap();
    let before = everything(&client).await;
    assert_eq!(before.len(), 4, "{before:?}");
    let result = transact(&client, vec![move_balance("SET balance = balance - :x, orders = :x", 2), entry(-1), job(2)]).await;
    assert_refused(&env, result, "moves by -2");
    assert_eq!(everything(&client).await, before);
}

#[tokio::test]
async fn a_profile_that_a_refused_update_created_is_gone_again() {
    let env = env();
    let client = env.dynamodb_client();
    let result = transact(&client, vec![move_balance("ADD balance :x", 5)]).await;
    assert_refused(&env, result, "moves by 5");
    assert_eq!(everything(&client).await, vec![]);
}

#[tokio::test]
async fn a_profile_put_with_another_balance_is_refused() {
    let (env, client) = five_credits().await;
    let result = transact(&client, vec![put("PROFILE", "balance", 6, false)]).await;
    assert_refused(&env, result, "moves by 1");
    assert_eq!(balance(&client).await, 5);
}

#[tokio::test]
async fn a_profile_put_with_the_same_balance_passes() {
    let (_, client) = five_credits().await;
    transact(&client, vec![put("PROFILE", "balance", 5, false)]).await.unwrap();
}

#[tokio::test]
async fn a_balance_below_zero_is_refused() {
    let (env, client) = five_credits().await;
    let result = transact(&client, vec![move_balance("SET balance = balance - :x", 6), entry(-6)]).await;
    assert_refused(&env, result, "becomes -1");
}

#[tokio::test]
async fn a_balance_falls_below_zero_only_by_charges_that_are_settled_in_the_same_request_and_may_rise_again() {
    let (env, client) = five_credits().await;
    let lowered = || vec![move_balance("SET balance = balance - :x", 6), put("LEDGER#CHARGE#a", "amount", -6, true)];
    let settled = lowered().into_iter().chain([put("LEDGER#SETTLEMENT#a", "amount", 0, true)]).collect();
    transact(&client, settled).await.unwrap();
    assert_eq!(balance(&client).await, -1);
    transact(&client, vec![move_balance("SET balance = balance + :x", 3), entry(3)]).await.unwrap();
    assert_eq!(balance(&client).await, 2);
    let of_another = vec![put("LEDGER#CHARGE#b", "amount", -6, true), put("LEDGER#SETTLEMENT#c", "amount", 0, true)];
    let result = transact(&client, [move_balance("SET balance = balance - :x", 6)].into_iter().chain(of_another).collect()).await;
    assert_refused(&env, result, "becomes -4");
}

#[tokio::test]
async fn a_ledger_entry_is_never_replaced() {
    let (env, client) = five_credits().await;
    let replace = put("LEDGER#welcome", "amount", 5, false);
    let result = transact(&client, vec![move_balance("ADD balance :x", 5), replace]).await;
    assert_refused(&env, result, "is not simply created");
}

#[tokio::test]
async fn a_ledger_entry_is_never_changed_nor_deleted() {
    let key = || Some(item("LEDGER#welcome", None));
    let change = Update::builder().table_name(TABLE).set_key(key()).update_expression("SET note = :x");
    let change = change.expression_attribute_values(":x", n(1)).build().unwrap();
    let delete = Delete::builder().table_name(TABLE).set_key(key()).build().unwrap();
    for action in [TransactWriteItem::builder().update(change).build(), TransactWriteItem::builder().delete(delete).build()] {
        let (env, client) = five_credits().await;
        assert_refused(&env, transact(&client, vec![action]).await, "is not simply created");
    }
}

#[tokio::test]
async fn a_batch_is_not_a_transaction() {
    let (env, client) = five_credits().await;
    let writes = [item("PROFILE", Some(("balance", 6))), item("LEDGER#gift", Some(("amount", 1)))].map(|item| {
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let error = client.batch_write_item().request_items(TABLE, writes.to_vec()).send().await.unwrap_err();
    let error = format!("{}: {}", error.code().unwrap(), error.message().unwrap());
    assert_refused(&env, Err(error), "outside a transaction");
    assert_eq!(balance(&client).await, 5);
}

#[tokio::test]
async fn a_repeated_grant_fails_by_its_own_condition_not_by_the_guard() {
    let (env, client) = five_credits().await;
    let again = vec![put("PROFILE", "balance", 2, true), put("LEDGER#welcome", "amount", 2, true)];
    let error = transact(&client, again).await.unwrap_err();
    assert!(error.starts_with("TransactionCanceledException"), "{error}");
    assert!(env.dynamodb.guard().unwrap().refused().is_empty());
}

#[tokio::test]
async fn a_replayed_request_token_is_no_second_charge() {
    let (env, client) = five_credits().await;
    for _ in 0..2 {
        let request = client.transact_write_items().client_request_token("token");
        let request = request.transact_items(move_balance("SET balance = balance - :x", 2)).transact_items(entry(-2));
        request.send().await.unwrap();
    }
    assert_eq!(balance(&client).await, 3);
    assert!(env.dynamodb.guard().unwrap().refused().is_empty());
}

#[tokio::test]
async fn a_charge_that_only_its_token_keeps_from_being_repeated_is_refused() {
    let (env, client) = five_credits().await;
    let charge = || {
        let request = client.transact_write_items().client_request_token("token");
        request.transact_items(move_balance("SET balance = balance - :x", 2)).transact_items(put("LEDGER#j", "amount", -2, false))
    };
    charge().send().await.unwrap();
    let error = charge().send().await.unwrap_err();
    let error = format!("{}: {}", error.code().unwrap(), error.message().unwrap());
    assert_refused(&env, Err(error), "only the ClientRequestToken does");
    assert_eq!(balance(&client).await, 3);
}

#[tokio::test]
async fn an_unguarded_store_accepts_a_change_of_balance_without_an_entry() {
    let (env, client) = five_credits().await;
    env.net.mount("dynamodb.local", env.dynamodb.unguarded());
    transact(&client, vec![move_balance("ADD balance :x", 1)]).await.unwrap();
    assert_eq!(balance(&client).await, 6);
}
