//! The features of DynamoDB that our code needs, tested on the embedded store through the real SDK.

use std::collections::HashMap;

use crate::common::{TABLE, env};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue as Value, ConditionCheck, KeysAndAttributes, Put, PutRequest, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update, WriteRequest,
};

fn s(text: impl Into<String>) -> Value {
    Value::S(text.into())
}

fn n(number: i64) -> Value {
    Value::N(number.to_string())
}

fn key(pk: &str, sk: &str) -> HashMap<String, Value> {
    HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))])
}

async fn put_job(client: &Client, pk: &str, sk: &str, due_at: Option<i64>) {
    let request = client.put_item().table_name(TABLE).set_item(Some(key(pk, sk))).item("state", s("Queued"));
    let request = match due_at {
        Some(at) => request.item("due_shard", s("0")).item("due_at", n(at)),
        None => request,
    };
    request.send().await.unwrap();
}

#[tokio::test]
async fn the_due_index_holds_only_items_with_a_due_time_in_order() {
    let env = env();
    let client = env.dynamodb_client();
    for (sk, due_at) in [("JOB#a", Some(30)), ("JOB#b", Some(10)), ("JOB#c", None), ("JOB#d", Some(20)), ("JOB#e", Some(99))] {
        put_job(&client, "USER#1", sk, due_at).await;
    }
    let query = |forward: bool, limit: i32| {
        let request = client.query().table_name(TABLE).index_name("due").limit(limit).scan_index_forward(forward);
        let request = request.key_condition_expression("due_shard = :s AND due_at <= :now");
        request.expression_attribute_values(":s", s("0")).expression_attribute_values(":now", n(30)).send()
    };
    let page = query(true, 2).await.unwrap();
    let found: Vec<_> = page.items().iter().map(|item| item["sk"].as_s().unwrap().as_str()).collect();
    assert_eq!(found, ["JOB#b", "JOB#d"]);
    assert!(!page.items()[0].contains_key("state"), "the index holds keys only");
    assert!(page.last_evaluated_key().is_some_and(|key| key.contains_key("due_at")));
    let newest = query(false, 1).await.unwrap();
    assert_eq!(newest.items()[0]["sk"], s("JOB#a"));

    // An item without a due time leaves the index.
    let request = client.update_item().table_name(TABLE).set_key(Some(key("USER#1", "JOB#b")));
    request.update_expression("REMOVE due_at, due_shard").send().await.unwrap();
    assert_eq!(query(true, 9).await.unwrap().count(), 2);
}

#[tokio::test]
async fn a_cancelled_transaction_changes_nothing_and_has_a_reason_for_each_action() {
    let env = env();
    let client = env.dynamodb_client();
    put_job(&client, "USER#1", "JOB#a", None).await;
    let new = Put::builder().table_name(TABLE).set_item(Some(key("USER#1", "JOB#new"))).build().unwrap();
    let update = Update::builder()
        .table_name(TABLE)
        .set_key(Some(key("USER#1", "JOB#a")))
        .update_expression("SET #s = :ready")
        .condition_expression("#s = :sending")
        .expression_attribute_names("#s", "state")
        .expression_attribute_values(":ready", s("Ready"))
        .expression_attribute_values(":sending", s("Sending"))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap();
    let check = ConditionCheck::builder()
        .table_name(TABLE)
        .set_key(Some(key("USER#1", "CHAT")))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .unwrap();
    let request = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(new).build())
        .transact_items(TransactWriteItem::builder().update(update).build())
        .transact_items(TransactWriteItem::builder().condition_check(check).build());
    let error = request.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { panic!("{error:?}") };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or_default()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "None"]);
    assert_eq!(reasons[1].item().unwrap()["state"], s("Queued"));
    let absent = client.get_item().table_name(TABLE).set_key(Some(key("USER#1", "JOB#new"))).send().await.unwrap();
    assert!(absent.item().is_none());
}

#[tokio::test]
async fn a_failed_condition_returns_the_old_item_when_asked() {
    let env = env();
    let client = env.dynamodb_client();
    put_job(&client, "USER#1", "JOB#a", Some(5)).await;
    let request = client.put_item().table_name(TABLE).set_item(Some(key("USER#1", "JOB#a")));
    let request = request.condition_expression("attribute_not_exists(pk)");
    let request = request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let error = request.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("{error:?}")
    };
    assert_eq!(failed.item().unwrap()["due_at"], n(5));
}

#[tokio::test]
async fn batches_write_and_read_many_items() {
    let env = env();
    let client = env.dynamodb_client();
    let puts = ["JOB#a", "JOB#b"].map(|sk| {
        let put = PutRequest::builder().set_item(Some(key("USER#1", sk))).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    client.batch_write_item().request_items(TABLE, puts.to_vec()).send().await.unwrap();
    let keys = ["JOB#a", "JOB#b", "JOB#none"].map(|sk| key("USER#1", sk)).to_vec();
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap();
    let got = client.batch_get_item().request_items(TABLE, keys).send().await.unwrap();
    assert_eq!(got.responses().unwrap()[TABLE].len(), 2);
}

#[tokio::test]
async fn an_invalid_request_is_a_validation_exception() {
    use aws_sdk_dynamodb::error::ProvideErrorMetadata;
    let env = env();
    let client = env.dynamodb_client();
    // An unused expression value, an expression that cannot be parsed, an item without its sort key.
    let unused = client.put_item().table_name(TABLE).set_item(Some(key("USER#1", "JOB#a")));
    let unused = unused.expression_attribute_values(":x", n(1)).send().await.unwrap_err();
    let garbled = client.update_item().table_name(TABLE).set_key(Some(key("USER#1", "JOB#a")));
    let garbled = garbled.update_expression("SET SET").send().await.unwrap_err();
    let keyless = client.put_item().table_name(TABLE).item("pk", s("USER#1")).send().await.unwrap_err();
    for code in [unused.code(), garbled.code(), keyless.code()] {
        assert_eq!(code, Some("ValidationException"));
    }
}

#[tokio::test]
async fn an_unknown_table_is_named_as_such() {
    let env = env();
    let request = env.dynamodb_client().get_item().table_name("nowhere").set_key(Some(key("a", "b")));
    assert!(request.send().await.unwrap_err().into_service_error().is_resource_not_found_exception());
}
