//! Files that are not as the export wrote them are refused before the first write.

use std::fs;

use domain::{ids::UserId, locale::Locale};
use ops::export::How;
use serde_json::{Value, json};

use crate::{
    bot::{Bot, Folder, rows},
    forged::{edit, edit_row, exported, is_of, refused, sign},
    people::{Until, open, order},
};

/// A change of a row.
type Change = Box<dyn Fn(&mut Value)>;

#[tokio::test(start_paused = true)]
async fn an_honest_folder_signed_anew_is_imported() {
    let folder = exported().await;
    sign(&folder.export());
    assert_eq!(Bot::new().await.import(&folder.export(), true).await.unwrap().imported, 6);
}

#[tokio::test(start_paused = true)]
async fn a_changed_byte_or_a_missing_line_or_file_is_refused() {
    let folder = exported().await;
    edit(&folder, "ledger.jsonl", |text| text.replace("=sorry", "=sorrz"));
    assert!(refused(&folder).await.starts_with("ledger.jsonl has another SHA-256 than the manifest says\n"));

    let folder = exported().await;
    edit(&folder, "jobs.jsonl", |text| format!("{}\n", text.lines().skip(1).collect::<Vec<_>>().join("\n")));
    let error = refused(&folder).await;
    assert!(error.contains("money invariant 2 is violated") || error.contains("rows"), "{error}");

    let folder = exported().await;
    edit(&folder, "accounts.jsonl", |text| text.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n");
    let error = refused(&folder).await;
    assert!(error.starts_with("accounts.jsonl has 5 rows, and the manifest says 6\n"), "{error}");

    let folder = exported().await;
    edit(&folder, "accounts.jsonl", |text| text.trim_end().to_owned());
    let error = refused(&folder).await;
    assert!(error.starts_with("accounts.jsonl line 6: the line has no end: the file was cut off\n"), "{error}");

    let folder = exported().await;
    fs::remove_file(folder.export().join("jobs.jsonl")).unwrap();
    assert!(refused(&folder).await.starts_with("cannot read "));
}

#[tokio::test(start_paused = true)]
async fn an_edited_balance_is_refused_even_if_the_manifest_was_edited_too() {
    let folder = exported().await;
    let line = edit_row(&folder, "accounts.jsonl", is_of(200), |row| row["balance"] = json!(1000));
    let error = refused(&folder).await;
    assert!(error.starts_with(&format!("accounts.jsonl line {line}: the fields differ from the item\n")), "{error}");

    let folder = exported().await;
    let line = edit_row(&folder, "accounts.jsonl", is_of(200), |row| {
        row["balance"] = json!(1000);
        row["item"]["balance"] = json!({ "N": "1000" });
    });
    let error = refused(&folder).await;
    let expected = "money invariant 1 is violated: the balance is 998 more than the ledger's sum";
    assert!(error.starts_with(&format!("accounts.jsonl line {line}: {expected}\n")), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_the_last_of_many_accounts_is_found_before_the_first_is_written() {
    let (here, folder) = (Bot::new().await, Folder::new());
    for person in 1..=40 {
        open(&here, UserId(person), Locale::En, true).await;
    }
    here.export(&folder.export(), How::default()).await.unwrap();
    let last = rows(&folder.export(), "accounts.jsonl")[39]["person"].as_i64().unwrap();
    let line = edit_row(&folder, "accounts.jsonl", is_of(last), |row| {
        row["balance"] = json!(3);
        row["item"]["balance"] = json!({ "N": "3" });
    });
    let error = refused(&folder).await;
    assert!(line == 40 && error.starts_with("accounts.jsonl line 40: money invariant 1 is violated"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_edited_manifest_is_refused() {
    for (field, value, expected) in [
        ("sum_of_balances", json!(1), "the files have other numbers of rows or other sums than the manifest says"),
        ("format", json!(2), "the export has format 2, and this release reads format 1"),
        ("importable", json!(false), "the export is for reading only and cannot be imported"),
        ("files", json!({}), "the manifest does not name the file accounts.jsonl"),
        ("accounts", json!("many"), "manifest.json is no manifest of an export"),
    ] {
        let folder = exported().await;
        edit(&folder, "manifest.json", |text| {
            let mut manifest: Value = serde_json::from_str(&text).unwrap();
            manifest[field] = value.clone();
            manifest.to_string()
        });
        let error = refused(&folder).await;
        assert!(error.contains(expected), "{field}: {error}");
    }
    let folder = exported().await;
    fs::remove_file(folder.export().join("manifest.json")).unwrap();
    let error = refused(&folder).await;
    assert!(error.contains("manifest.json: ") && error.contains("or a CSV file of balances"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn items_that_the_bot_would_not_write_are_refused_with_file_and_line() {
    let item = |name: &'static str, value: Value| move |row: &mut Value| row["item"][name] = value.clone();
    let cases: Vec<(&str, Change, &str)> = vec![
        (
            "ledger.jsonl",
            Box::new(item("expires_at", json!({ "N": "1" }))),
            "it has an attribute that this release does not write",
        ),
        (
            "ledger.jsonl",
            Box::new(item("due_shard", json!({ "S": "1" }))),
            "it has an attribute that this release does not write",
        ),
        ("ledger.jsonl", Box::new(item("pk", json!({ "S": "DAY#2026-12-01" }))), "the partition key is no person's"),
        ("ledger.jsonl", Box::new(item("pk", json!({ "S": "USER#0200" }))), "the partition key is no person's"),
        ("ledger.jsonl", Box::new(item("sk", json!({ "S": "PROFILE" }))), "the sort key is no ledger key"),
        ("ledger.jsonl", Box::new(item("sk", json!({ "S": "LEDGER#BONUS#\u{1b}[2J" }))), "the sort key is no ledger key"),
        ("ledger.jsonl", Box::new(item("kind", json!({ "S": "purchase" }))), "the kind is not that of the key"),
        ("ledger.jsonl", Box::new(item("amount", json!({ "N": "9223372036854775807" }))), "the fields differ from the item"),
        ("ledger.jsonl", Box::new(item("amount", json!({ "S": "2" }))), "the item cannot be imported: "),
        ("ledger.jsonl", Box::new(item("amount", json!({ "N": "2", "S": "2" }))), "a field is missing or has a wrong type"),
        ("ledger.jsonl", Box::new(|row| row["item"] = json!([])), "a field is missing or has a wrong type"),
        ("ledger.jsonl", Box::new(|row| row["person"] = json!(201)), "the fields differ from the item"),
        ("ledger.jsonl", Box::new(|row| row["at"] = json!("yesterday")), "a field is missing or has a wrong type"),
        ("accounts.jsonl", Box::new(item("sk", json!({ "S": "CHAT" }))), "the sort key is no account's"),
        (
            "accounts.jsonl",
            Box::new(item("expires_at", json!({ "N": "1" }))),
            "it has an attribute that this release does not write",
        ),
    ];
    for (file, change, expected) in cases {
        let folder = exported().await;
        let line = edit_row(&folder, file, is_of(200), change);
        let error = refused(&folder).await;
        assert!(error.starts_with(&format!("{file} line {line}: ")) && error.contains(expected), "{expected}: {error}");
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_not_ended_or_has_another_place_in_the_index_is_refused() {
    let (here, other) = (Bot::new().await, Folder::new());
    open(&here, UserId(200), Locale::En, true).await;
    order(&here, UserId(200), 1, &[Until::Queued]).await;
    here.export(&other.export(), How { for_reading: true, ..How::default() }).await.unwrap();
    edit(&other, "manifest.json", |text| text.replace("\"importable\": false", "\"importable\": true"));
    assert!(refused(&other).await.starts_with("jobs.jsonl line 1: the job has not ended\n"));

    let is_unnotified = |row: &Value| row["item"].get("due_shard").is_some();
    for value in [json!({ "S": "1" }), json!({ "S": "99" })] {
        let folder = exported().await;
        let line = edit_row(&folder, "jobs.jsonl", is_unnotified, |row| row["item"]["due_shard"] = value.clone());
        let error = refused(&folder).await;
        assert!(error.starts_with(&format!("jobs.jsonl line {line}: ")) && error.contains("its place in the index"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_in_another_order_or_twice_or_of_nobody_are_refused() {
    let folder = exported().await;
    let mut accounts = rows(&folder.export(), "accounts.jsonl");
    accounts.push(accounts[0].clone());
    fs::write(folder.export().join("accounts.jsonl"), accounts.iter().map(|row| format!("{row}\n")).collect::<String>()).unwrap();
    sign(&folder.export());
    let error = refused(&folder).await;
    assert!(error.starts_with("accounts.jsonl line 7: the person has an earlier line\n"), "{error}");

    // The welcome credits twice, with a balance that agrees.
    let folder = exported().await;
    let mut ledger = rows(&folder.export(), "ledger.jsonl");
    let at = ledger.iter().position(is_of(200)).unwrap();
    ledger.insert(at, ledger[at].clone());
    fs::write(folder.export().join("ledger.jsonl"), ledger.iter().map(|row| format!("{row}\n")).collect::<String>()).unwrap();
    edit_row(&folder, "accounts.jsonl", is_of(200), |row| {
        row["balance"] = json!(4);
        row["item"]["balance"] = json!({ "N": "4" });
    });
    let error = refused(&folder).await;
    assert!(
        error.starts_with(&format!("ledger.jsonl line {}: the key is not after that of the line before\n", at + 2)),
        "{error}"
    );

    let folder = exported().await;
    let accounts = rows(&folder.export(), "accounts.jsonl");
    let last = accounts.iter().rfind(|row| row["person"] != 400).unwrap()["person"].clone();
    let kept = accounts.iter().filter(|row| row["person"] != last).map(|row| format!("{row}\n")).collect::<String>();
    fs::write(folder.export().join("accounts.jsonl"), kept).unwrap();
    sign(&folder.export());
    let error = refused(&folder).await;
    assert!(error.contains("the accounts have no person of this row at this place\n"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_line_without_an_end_is_not_read_into_memory_and_garbage_is_no_row() {
    let folder = exported().await;
    edit(&folder, "accounts.jsonl", |text| format!("{}{text}", "x".repeat(3 << 20)));
    let error = refused(&folder).await;
    assert!(error.starts_with("accounts.jsonl line 1: longer than 1048576 bytes\n"), "{error}");
    for garbage in ["\n", "null\n", "{}\n", "\u{0}\n", "[[[[\n", "\"x\"\n"] {
        let folder = exported().await;
        edit(&folder, "jobs.jsonl", |text| format!("{garbage}{text}"));
        let error = refused(&folder).await;
        assert!(error.starts_with("jobs.jsonl line 1: "), "{error}");
    }
    let folder = exported().await;
    fs::write(folder.export().join("ledger.jsonl"), [0xff, 0xfe, b'\n']).unwrap();
    assert!(refused(&folder).await.starts_with("ledger.jsonl line 1: no JSON"));
}
