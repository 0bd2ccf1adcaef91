//! An import that is interrupted at any write, and run again, ends as if it had not been.

use domain::credits::Balance;
use ops::{context::Answer, export::How};

use crate::{
    bot::{Bot, Folder},
    faults::{First, Writes},
    people::{LYUBA, many_orders, some_people},
};

#[tokio::test(start_paused = true)]
async fn an_import_that_is_interrupted_at_any_write_is_completed_by_the_next() {
    let (here, folder) = (Bot::new().await, Folder::new());
    some_people(&here).await;
    many_orders(&here, 40).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    let whole = Bot::new().await;
    let writes = Writes::of(&whole);
    whole.import(&folder.export(), true).await.unwrap();
    // The note, six accounts of one transaction each, and two transactions of the person with 40 orders.
    assert_eq!(writes.seen(), 1 + 6 + 2);
    let mut completed = 0;
    for write in 1..=writes.seen() {
        for first in [First::Refused, First::ReplyLost] {
            let there = Bot::new().await;
            Writes::failing_from(&there, write, first);
            let failed = there.import(&folder.export(), true).await.unwrap_err().to_string();
            assert!(failed.contains("run this again"), "{failed}");
            there.net.remove_interceptors();
            // What is there keeps the invariants, and nobody has more credits than at the end.
            there.all_is_well().await;
            let balance = there.table.balance(LYUBA).await.unwrap();
            assert!(balance <= here.table.balance(LYUBA).await.unwrap().max(Balance(0)), "{balance:?}");
            let again = there.import(&folder.export(), true).await.unwrap();
            completed += again.completed;
            assert_eq!((again.accounts, again.imported + again.already, again.found_problems()), (7, 7, false));
            assert_eq!(there.carried(), here.carried(), "write {write}, {first:?}");
            there.all_is_well().await;
        }
    }
    assert!(completed > 1, "the person with 40 orders was half imported {completed} times");
}

#[tokio::test(start_paused = true)]
async fn two_imports_at_once_write_each_account_once() {
    let (here, there, folder) = (Bot::new().await, Bot::new().await, Folder::new());
    some_people(&here).await;
    many_orders(&here, 40).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    let path = folder.export();
    let (one, other) = tokio::join!(there.import(&path, true), there.import(&path, true));
    assert!(!one.unwrap().found_problems() && !other.unwrap().found_problems());
    assert_eq!(there.carried(), here.carried());
    there.all_is_well().await;
}
