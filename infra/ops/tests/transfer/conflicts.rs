//! People who have another account in the table of the import.

use domain::locale::Locale;
use ops::{context::Answer, export::How};

use crate::{
    bot::{Bot, Folder},
    people::{ANNA, BORIS, IVAN, Until, grant, open, order, some_people},
};

#[tokio::test(start_paused = true)]
async fn another_account_of_a_person_is_reported_and_left_as_it_is() {
    let (here, there, folder) = (Bot::new().await, Bot::new().await, Folder::new());
    some_people(&here).await;
    here.export(&folder.export(), How::default()).await.unwrap();
    // Boris and Ivan came to the new bot before the import.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    open(&there, BORIS, Locale::Ru, true).await;
    open(&there, IVAN, Locale::En, false).await;
    let of =
        |bot: &Bot, prefix: &str| bot.everything().into_iter().filter(|(key, _)| key.starts_with(prefix)).collect::<Vec<_>>();
    let before = [of(&there, "USER#200 "), of(&there, "USER#400 ")];
    let imported = there.import(&folder.export(), true).await.unwrap();
    let mut people: Vec<_> = imported.conflicts.iter().map(|conflict| conflict.person).collect();
    people.sort_unstable();
    assert_eq!((people, imported.imported, imported.found_problems()), (vec![BORIS.0, IVAN.0], 4, true));
    assert!(imported.to_string().contains(": person 200 has another account here; it was left as it is\n"), "{imported}");
    assert_eq!([of(&there, "USER#200 "), of(&there, "USER#400 ")], before);
    there.all_is_well().await;
    let again = there.import(&folder.export(), true).await.unwrap();
    assert_eq!((again.imported, again.already, again.conflicts), (0, 4, imported.conflicts));
}

#[tokio::test(start_paused = true)]
async fn a_later_export_of_people_who_ordered_at_both_bots_is_no_import() {
    let (here, there) = (Bot::new().await, Bot::new().await);
    let (first, second, third) = (Folder::new(), Folder::new(), Folder::new());
    some_people(&here).await;
    here.export(&first.export(), How::default()).await.unwrap();
    there.import(&first.export(), true).await.unwrap();
    // An account that only the old bot changed by its ledger is what an interrupted import leaves: it is completed.
    grant(&here, BORIS, "late", 4).await;
    here.export(&second.export(), How::default()).await.unwrap();
    let completed = there.import(&second.export(), true).await.unwrap();
    assert_eq!((completed.completed, completed.already, completed.found_problems()), (1, 5, false));
    assert_eq!(there.carried(), here.carried());
    // One that both bots changed is not: the credits may have been spent twice.
    order(&here, ANNA, 7, &[Until::Delivered]).await;
    order(&there, ANNA, 8, &[Until::Delivered]).await;
    here.export(&third.export(), How::default()).await.unwrap();
    let before = there.everything();
    let refused = there.import(&third.export(), true).await.unwrap();
    assert_eq!((refused.conflicts.len(), refused.conflicts[0].person, refused.already), (1, ANNA.0, 5));
    assert_eq!(there.everything(), before);
    there.all_is_well().await;
}
