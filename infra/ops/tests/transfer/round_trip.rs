//! What an export holds is what an import writes.

use std::{fs, os::unix::fs::PermissionsExt};

use domain::{credits::Credits, ids::UserId, locale::Locale};
use ops::{context::Answer, export::How};

use crate::{
    bot::{Bot, Folder},
    faults::Writes,
    people::{ANNA, BORIS, Until, many_orders, open, order, some_people},
};

#[tokio::test(start_paused = true)]
async fn every_account_with_its_ledger_and_its_jobs_arrives_as_it_was() {
    let (here, there, folder) = (Bot::new().await, Bot::new().await, Folder::new());
    some_people(&here).await;
    many_orders(&here, 120).await;
    let exported = here.export(&folder.export(), How::default()).await.unwrap();
    assert!(exported.manifest.importable && !exported.found_problems());
    let counts = (exported.manifest.accounts, exported.manifest.jobs, exported.manifest.sum_of_balances);
    let balances: i64 = here.carried().values().filter_map(|item| item["balance"]["N"].as_str()?.parse::<i64>().ok()).sum();
    assert_eq!(counts, (7, 3 + 1 + 2 + 1 + 120, balances));
    assert_eq!(exported.manifest.sum_of_entries, balances, "every balance is the sum of its ledger");

    let dry = there.import(&folder.export(), false).await.unwrap();
    assert_eq!((dry.applied, dry.imported, dry.credits, there.everything().len()), (false, 7, balances, 0));
    assert!(dry.to_string().ends_with("nothing was written: add --apply to import\n"), "{dry}");

    let first = there.import(&folder.export(), true).await.unwrap();
    assert_eq!((first.applied, first.imported, first.completed, first.already, first.found_problems()), (true, 7, 0, 0, false));
    assert_eq!((first.entries, first.jobs, first.credits), (exported.manifest.entries, exported.manifest.jobs, balances));
    assert_eq!(there.carried(), here.carried());
    let carried = there.carried();
    let note: Vec<_> = there.everything().into_iter().filter(|(key, _)| !carried.contains_key(key)).collect();
    assert_eq!(note.len(), 1, "the operator's note and nothing else: {note:?}");
    assert_eq!(note[0].1["note"]["S"], "the move [tester, key none]");
    there.all_is_well().await;

    let (before, writes) = (there.everything(), Writes::of(&there));
    let second = there.import(&folder.export(), true).await.unwrap();
    assert_eq!((second.imported, second.already, second.gone_on, second.conflicts.len()), (0, 7, 0, 0));
    assert_eq!((writes.seen(), there.everything()), (0, before));
}

#[tokio::test(start_paused = true)]
async fn a_second_export_of_the_imported_table_has_the_same_rows() {
    let (here, there, folder, other) = (Bot::new().await, Bot::new().await, Folder::new(), Folder::new());
    some_people(&here).await;
    let first = here.export(&folder.export(), How::default()).await.unwrap();
    there.import(&folder.export(), true).await.unwrap();
    let second = there.export(&other.export(), How::default()).await.unwrap();
    assert_eq!(first.manifest.files, second.manifest.files);
}

#[tokio::test(start_paused = true)]
async fn the_bot_goes_on_with_the_imported_people_and_gives_no_gift_twice() {
    let (here, there, folder) = (Bot::new().await, Bot::new().await, Folder::new());
    some_people(&here).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    there.import(&folder.export(), true).await.unwrap();

    let welcome = domain::credits::grant(BORIS, "welcome", Credits(2), "", there.context.now());
    assert!(there.table.give(&welcome).await.is_err(), "the key of the welcome credits is used");
    let before = there.table.balance(ANNA).await.unwrap();
    order(&there, ANNA, 9, &[Until::Delivered]).await;
    assert_eq!(there.table.balance(ANNA).await.unwrap().0, before.0 - 1);
    there.all_is_well().await;

    let again = there.import(&folder.export(), true).await.unwrap();
    assert_eq!((again.imported, again.already, again.gone_on, again.found_problems()), (0, 5, 1, false));
    there.all_is_well().await;
}

#[tokio::test(start_paused = true)]
async fn only_the_owner_may_read_the_files() {
    let (here, folder) = (Bot::new().await, Folder::new());
    open(&here, UserId(1), Locale::En, true).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.export()), 0o700);
    for file in ["accounts.jsonl", "ledger.jsonl", "jobs.jsonl", "manifest.json"] {
        assert_eq!(mode(&folder.export().join(file)), 0o600, "{file}");
    }
    let refused = here.export(&folder.export(), How::default()).await.unwrap_err().to_string();
    assert!(refused.contains("is not empty"), "{refused}");
    assert_eq!(folder.names(), ["export"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_table_is_exported_and_imported() {
    let (here, folder) = (Bot::new().await, Folder::new());
    let exported = here.export(&folder.export(), How::default()).await.unwrap();
    assert_eq!((exported.manifest.accounts, exported.manifest.importable), (0, true));
    assert_eq!(here.import(&folder.export(), true).await.unwrap().accounts, 0);
    assert_eq!(here.everything().len(), 0);
}
