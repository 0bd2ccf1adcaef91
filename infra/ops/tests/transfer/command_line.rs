//! The command as an operator runs it: the real program against a table on loopback.

use std::{fs, path::Path};

use domain::locale::Locale;
use local_aws::net::serve;
use ops::export::How;
use tokio::process::Command;

use crate::{
    bot::{Bot, Folder, TABLE},
    people::{ANNA, BORIS, Until, open, order},
};

/// Runs the program: its exit status, and what it printed.
async fn ops(endpoint: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let env = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AK"),
        ("AWS_SECRET_ACCESS_KEY", "SK"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("TABLE_NAME", TABLE),
        ("OPS_AS", "tester"),
    ];
    let ended = Command::new(env!("CARGO_BIN_EXE_ops")).args(arguments).env_clear().envs(env).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

fn without_time(text: &str) -> String {
    text.lines()
        .map(|line| if line.starts_with("export") { "export       of TIME, 2 accounts" } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn an_operator_moves_a_bot() {
    let (here, there, folder) = (Bot::new().await, Bot::new().await, Folder::new());
    open(&here, ANNA, Locale::Ru, true).await;
    order(&here, ANNA, 1, &[Until::Delivered, Until::Notified]).await;
    open(&here, BORIS, Locale::En, true).await;
    let (old, new) = (serve(here.dynamodb.clone(), 0).await.unwrap(), serve(there.dynamodb.clone(), 0).await.unwrap());
    let (old, new) = (old.url(), new.url());
    let path = folder.export();
    let path = path.to_str().unwrap();

    let (status, shown, stderr) = ops(&old, &["export", path]).await;
    let expected = format!(
        "exported: 2 accounts, 6 ledger entries, 2 jobs\n\
         folder       {path}\n\
         balances     3 credits in all\n\
         days         all\n\
         importable   yes\n\n\
         The files name people and hold their words. Keep them as safe as the table, and delete them after use.\n"
    );
    assert_eq!((status, shown.as_str(), stderr.as_str()), (Some(0), expected.as_str(), ""));
    let (status, shown, stderr) = ops(&old, &["export", path]).await;
    assert_eq!((status, shown.as_str()), (Some(2), ""));
    assert_eq!(stderr, format!("ops: the folder {path} is not empty\nGive the path of a new folder.\n"));

    let import = ["import", path, "--reason", "the move"];
    let (status, shown, _) = ops(&new, &import).await;
    let expected = "export       of TIME, 2 accounts\n\
                    to import    2 accounts with 6 ledger entries, 2 jobs and 3 credits\n\
                    unchanged    0 imported before, 0 imported before and gone on since\n\
                    conflicts    0\n\
                    nothing was written: add --apply to import";
    assert_eq!((status, without_time(&shown).as_str(), there.everything().len()), (Some(0), expected, 0));

    let (status, shown, stderr) = ops(&new, &[&import[..], &["--apply", "--json"]].concat()).await;
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let json: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&json["applied"], &json["imported"], &json["credits"]), (&true.into(), &2.into(), &3.into()));
    assert_eq!(there.carried(), here.carried());
    there.all_is_well().await;
}

#[tokio::test]
async fn a_conflict_is_status_1_and_a_refused_folder_status_2() {
    let (here, there, folder) = (Bot::new().await, Bot::new().await, Folder::new());
    open(&here, ANNA, Locale::Ru, true).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    open(&there, ANNA, Locale::En, true).await;
    let new = serve(there.dynamodb.clone(), 0).await.unwrap();
    let path = folder.export();
    let import = |path: &Path| vec!["import".to_owned(), path.to_str().unwrap().to_owned(), "--reason".into(), "why".into()];
    let run = async |arguments: Vec<String>| ops(&new.url(), &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let (status, shown, _) = run(import(&path)).await;
    assert_eq!(status, Some(1));
    assert!(shown.starts_with("accounts.jsonl line 1: person 100 has another account here; it was left as it is\n"), "{shown}");
    fs::write(path.join("ledger.jsonl"), "").unwrap();
    let (status, shown, stderr) = run(import(&path)).await;
    assert_eq!((status, shown.as_str()), (Some(2), ""));
    assert!(stderr.starts_with("ops: ledger.jsonl has 0 rows, and the manifest says 1\n"), "{stderr}");
    let (status, _, stderr) = run([import(&path), vec!["--skip-bad".into()]].concat()).await;
    assert_eq!(status, Some(2));
    assert!(stderr.starts_with("ops: --skip-bad is for a CSV file\n"), "{stderr}");
    let (status, _, stderr) = run(vec!["export".into(), "/no/such/place/x".into()]).await;
    assert_eq!(status, Some(2));
    assert!(stderr.starts_with("ops: cannot create /no/such/place/.x."), "{stderr}");
}
