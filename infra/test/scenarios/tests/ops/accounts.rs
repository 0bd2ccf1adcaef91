//! The operator's commands about accounts: grants, lookups, the audit, imports.

use std::time::Duration;

use adapters::table::user_hash;
use domain::{
    catalog::Kind,
    credits::{Credits, EntryKind},
    ids::UserId,
};
use ops::{
    audit,
    context::Answer as _,
    grant,
    import::{self, How},
    show,
};
use serde_json::json;
use testkit::environment::{Seller, armed_faults::mint};

use crate::common::{OLGA, all_is_well, env, olga, text};

#[tokio::test(start_paused = true)]
async fn a_grant_made_twice_with_one_key_counts_once_and_records_operator_and_reason() {
    let (env, context) = env().await;
    let olga = olga(&env).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let give = async |credits, key: &str| grant::grant(&context, olga.user, Credits(credits), key, "sorry").await;
    let first = give(5, "ticket-17").await.unwrap();
    assert_eq!((first.already, first.balance, first.note.as_str()), (false, Some(7), "sorry [tester, key none]"));
    let second = give(5, "ticket-17").await.unwrap();
    assert_eq!((second.already, second.balance, &second.note), (true, Some(7), &first.note));
    assert!(text(&second).starts_with("given before, nothing was done"), "{second}");
    let other = give(6, "ticket-17").await.unwrap_err().to_string();
    assert!(other.starts_with("nothing was given: the key ticket-17 has given person 780000001 5 credits already\n"), "{other}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(give(1, "ticket-18").await.unwrap().balance, Some(8));
    let refused = grant::grant(&context, UserId(1), Credits(5), "ticket-17", "sorry").await.unwrap_err().to_string();
    assert!(refused.starts_with("person 1 has no account\n"), "{refused}");

    let ledger = show::ledger(&context, olga.user).await.unwrap();
    let lines: Vec<_> = ledger.entries.iter().map(|entry| (entry.amount, entry.key.as_str())).collect();
    assert_eq!(lines, [(2, "GRANT#welcome"), (5, "GRANT#ticket-17"), (1, "GRANT#ticket-18")]);
    assert!(text(&ledger).contains("sorry [tester, key none]") && text(&ledger).ends_with("the balance is 8\n"), "{ledger}");
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_person_is_found_by_their_hash_and_a_job_by_its_id_alone() {
    let (env, context) = env().await;
    let olga = olga(&env).await;
    olga.order(Kind::Neurocard).await.unwrap();
    let job = olga.until_over(1).await.unwrap().remove(0);
    assert_eq!(show::person_of_hash(&context, &user_hash(olga.user)).await.unwrap(), olga.user);
    let refused = show::person_of_hash(&context, "0990c5ff882f2d7d").await.unwrap_err().to_string();
    assert!(refused.starts_with("no account has the hash 0990c5ff882f2d7d\n"), "{refused}");

    let person = show::person(&context, olga.user).await.unwrap();
    assert_eq!((person.balance, person.jobs_in_all, person.broken.len(), person.language), (1, 1, 0, "en"));
    assert!(text(&person).contains(&job.id.to_string()) && text(&person).contains("invariants   kept"), "{person}");
    for whose in [None, Some(olga.user)] {
        let found = show::job(&context, job.id, whose).await.unwrap();
        assert_eq!((found.job.person, found.job.stage, found.job.price), (OLGA, "delivered", 1));
        let kinds = [found.charge.as_ref(), found.settlement.as_ref()].map(|entry| entry.map(|entry| (entry.kind, entry.amount)));
        assert_eq!(kinds, [Some((EntryKind::Charge, -1)), Some((EntryKind::Capture, 0))]);
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!((&json["job"], &json["charge"]["amount"]), (&json!(job.id), &json!(-1)));
    }
    for (id, whose) in [(job.id.replay(), None), (job.id, Some(UserId(7)))] {
        let missing = show::job(&context, id, whose).await.unwrap_err().to_string();
        assert!(missing.starts_with(&format!("there is no job {id}")), "{missing}");
    }
    assert!(show::person(&context, UserId(7)).await.is_err() && show::ledger(&context, UserId(7)).await.is_err());
    assert!(!text(&person).contains("Zephyrina"));
}

#[tokio::test(start_paused = true)]
async fn the_audit_finds_a_seeded_imbalance_and_stats_count() {
    let (env, context) = env().await;
    let olga = olga(&env).await;
    Seller::new(&env, OLGA + 1, "ru", "Vera").start().await.unwrap();
    olga.order(Kind::Neurocard).await.unwrap();
    olga.until_over(1).await.unwrap();
    let clean = audit::audit(&context).await.unwrap();
    assert_eq!((clean.accounts, clean.found_problems()), (2, false));
    // Wait until the job's last message is consumed.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let stats = audit::stats(&context).await.unwrap();
    assert_eq!((stats.accounts, stats.credits, stats.oldest_open), (2, 3, None));
    assert_eq!(stats.jobs.clone().into_iter().collect::<Vec<_>>(), [("delivered".to_owned(), 1)]);
    assert_eq!(stats.ledger.clone().into_iter().collect::<Vec<_>>(), [("charged", -1), ("granted", 4)]);
    let charged: Vec<_> = stats.days.iter().map(|day| (day.ordered, day.charged, day.delivered, day.kie_films)).collect();
    let sum = charged.iter().fold((0, 0, 0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1, sum.2 + day.2, sum.3 + day.3));
    assert_eq!((charged.len(), sum), (8, (1, 1, 1, 1)), "today and the seven days before it: {charged:?}");
    assert!(text(&stats).contains("DAY (UTC)") && text(&stats).contains("KIE CREDITS"), "{stats}");
    assert_eq!(stats.queues.into_values().collect::<Vec<_>>(), [0, 0, 0]);

    assert!(mint(&env.sandbox().unwrap().dynamodb, olga.user, 3));
    let audited = audit::audit(&context).await.unwrap();
    let [broken] = &audited.broken[..] else { panic!("{audited}") };
    assert_eq!((broken.person, broken.hash.as_str(), broken.invariant), (OLGA, user_hash(olga.user).as_str(), 1));
    assert_eq!(broken.what, "the balance is 3 more than the ledger's sum");
    assert!(audited.found_problems() && text(&audited).ends_with("2 accounts checked, 1 invariants violated\n"), "{audited}");
    assert_eq!(show::person(&context, olga.user).await.unwrap().broken.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_due_job_without_a_message_is_stuck() {
    let (env, context) = env().await;
    let olga = olga(&env).await;
    env.sandbox().unwrap().faults.lose_messages_of(OLGA);
    olga.order(Kind::Neurocard).await.unwrap();
    tokio::time::sleep(Duration::from_secs(31)).await;
    let stuck = audit::stuck(&context, Duration::from_secs(1)).await.unwrap();
    assert!(stuck.found_problems() && stuck.jobs.len() == 1 && stuck.jobs[0].person == OLGA, "{stuck}");
    assert!(text(&stuck).contains("queued") && text(&stuck).contains("The sweeper takes up"), "{stuck}");
    let patient = audit::stuck(&context, Duration::from_secs(180)).await.unwrap();
    assert!(!patient.found_problems(), "{patient}");
    olga.until_over(1).await.unwrap();
    assert!(!audit::stuck(&context, Duration::ZERO).await.unwrap().found_problems());
}

const FILE: &str = "id,balance,language,name\n780000001,12,ru,Olga\n780000002,3,ru,Vera\n780000003,0,en,Ivan\n";

#[tokio::test(start_paused = true)]
async fn importing_the_same_file_again_changes_nothing() {
    let (env, context) = env().await;
    let olga = olga(&env).await;
    let run = async |file: &str, apply, skip_bad| {
        import::import(&context, import::read(file.as_bytes()).unwrap(), "from the old bot", How { apply, skip_bad })
            .await
            .unwrap()
    };
    let before = env.sandbox().unwrap().everything();
    let dry = run(FILE, false, false).await;
    assert_eq!((dry.applied, dry.opened, dry.added, dry.credits), (false, 2, 1, 15));
    assert!(text(&dry).contains("would be imported: 2 new accounts, 1 people") && text(&dry).contains("--apply"), "{dry}");
    assert_eq!(env.sandbox().unwrap().everything(), before, "nothing was written");

    let first = run(FILE, true, false).await;
    assert_eq!((first.applied, first.opened, first.added, first.credits, first.found_problems()), (true, 2, 1, 15, false));
    let after = env.sandbox().unwrap().everything();
    let second = run(FILE, true, false).await;
    assert_eq!((second.opened, second.added, second.credits, second.already), (0, 0, 0, 3));
    assert_eq!(env.sandbox().unwrap().everything(), after, "nothing changed");
    assert_eq!(env.balance(olga.user).await.unwrap(), Credits(14), "12 imported credits and 2 welcome credits");
    let note = &show::ledger(&context, UserId(780_000_002)).await.unwrap().entries[0];
    assert_eq!((note.key.as_str(), note.note.as_str()), ("GRANT#import", "from the old bot [tester, key none]"));

    let other = run(&FILE.replace("780000002,3", "780000002,4"), true, false).await;
    assert_eq!((other.already, other.differ.len(), other.differ[0].line), (2, 1, 3));
    assert_eq!(env.balance(UserId(780_000_002)).await.unwrap(), Credits(3));

    // An imported person opens the chat: the bot uses the imported language, asks for consent, and gives no welcome credits.
    let vera = Seller::new(&env, 780_000_002, "en", "Vera");
    vera.say("/start").await.unwrap();
    assert!(vera.button("accept").is_some());
    vera.tap_data("accept").await.unwrap();
    assert!(vera.texts().iter().any(|text| text.contains("3 кредита")), "{:?}", vera.texts());
    vera.order(Kind::Neurocard).await.unwrap();
    vera.until_over(1).await.unwrap();
    assert_eq!(env.balance(vera.user).await.unwrap(), Credits(2));
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_file_with_bad_rows_is_applied_only_if_they_are_to_be_skipped() {
    let (env, context) = env().await;
    let file = "id,balance\n7,1\nx,2\n8,3\n";
    let run = async |skip_bad| {
        import::import(&context, import::read(file.as_bytes()).unwrap(), "why", How { apply: true, skip_bad }).await.unwrap()
    };
    let refused = run(false).await;
    assert_eq!((refused.applied, refused.opened, refused.bad.len(), refused.bad[0].line), (false, 2, 1, 3));
    assert!(text(&refused).starts_with("line 3: id is not a person's"), "{refused}");
    assert!(show::person(&context, UserId(7)).await.is_err(), "nothing was written");
    let skipped = run(true).await;
    assert_eq!((skipped.applied, skipped.opened, skipped.bad.len()), (true, 2, 1));
    assert_eq!(env.balance(UserId(8)).await.unwrap(), Credits(3));
    all_is_well(&env, &context).await;
}
