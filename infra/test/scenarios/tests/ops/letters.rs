//! The operator's commands about dead letters: list, show, replay, drop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::{
    catalog::Kind,
    conversation::Notice,
    credits::{Credits, EntryKind},
    invariants,
    job::{Job, State},
    locale::Locale,
};
use fakes::kie::Outcome;
use local_aws::net::{Action, CallInfo, Interceptor, NetError, Response};
use ops::{audit, parked, replay, show};
use serde_json::{Value, json};

use crate::common::{OLGA, all_is_well, dead_letter, env, olga, refused, text, undelivered};

#[tokio::test(start_paused = true)]
async fn a_video_that_could_not_be_delivered_is_listed_shown_and_sent_again_for_free() {
    let (env, context) = env().await;
    let (olga, job) = undelivered(&env).await;
    assert_eq!(env.balance(olga.user).await.unwrap(), Credits(2), "refunded");

    let list = parked::list(&context).await.unwrap();
    let [letter] = &list.letters[..] else { panic!("{list}") };
    let seen = [&letter.job, &letter.person, &letter.stage, &letter.class, &letter.attempts, &letter.refunded, &letter.queue];
    let id = job.id.to_string();
    assert_eq!(seen, [id.as_str(), "780000001", "ready", "could_not_deliver", "3", "1", "send-dead"]);
    assert!(
        letter.first_seen.parse::<jiff::Timestamp>().unwrap() > job.confirmed_at,
        "first_seen is the time when the video was ready"
    );
    let attributes = &env.parked(olga.user).await.unwrap()[0].attributes;
    let names: Vec<_> = attributes.keys().map(String::as_str).collect();
    assert_eq!(names, ["attempts", "class", "first_seen", "job", "person", "queue", "refunded", "stage"]);

    let shown = parked::show(&context, &id[..8]).await.unwrap();
    let said = text(&shown);
    for part in [
        "confirmed: ",
        "ready: 3 sends failed since",
        "dead letter: sequence ",
        "now failed: could_not_deliver, refunded 1 credits",
    ] {
        assert!(said.contains(part), "the letter does not contain {part:?}: {said}");
    }
    assert!(!said.contains("Zephyrina") && !said.contains("mug"), "{said}");

    let replayed = replay::replay(&context, &id, "Telegram was down").await.unwrap();
    assert_eq!((replayed.kept_video, replayed.already, replayed.person), (true, false, OLGA));
    assert!(text(&replayed).contains("the kept video is sent again, for no credits"), "{replayed}");
    let jobs = olga.until_over(2).await.unwrap();
    let again = jobs.iter().find(|found| found.id != job.id).unwrap();
    assert!(matches!(again.state, State::Delivered { .. }) && again.order.price == Credits(0));
    assert_eq!(again.id.to_string(), replayed.replay);
    assert_eq!((env.kie.tasks().len(), olga.videos().len()), (1, 1), "the same video");
    assert_eq!(env.balance(olga.user).await.unwrap(), Credits(2));
    let ledger = show::ledger(&context, olga.user).await.unwrap();
    let of_it: Vec<_> = ledger.entries.iter().filter(|entry| entry.key.ends_with(&replayed.replay)).collect();
    assert_eq!(
        of_it.iter().map(|entry| (entry.kind, entry.amount)).collect::<Vec<_>>(),
        [(EntryKind::Charge, 0), (EntryKind::Capture, 0)]
    );
    assert_eq!(of_it[0].note, format!("replay of {id}: Telegram was down [tester, key none]"));
    assert!(parked::list(&context).await.unwrap().letters.is_empty());

    // A second copy of the same letter is replayed: the replay's job exists already, and nothing is sent.
    dead_letter(&env, &job).await;
    let second = replay::replay(&context, &id, "again").await.unwrap();
    assert_eq!((second.already, &second.replay), (true, &replayed.replay));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!((env.jobs(olga.user).await.unwrap().len(), olga.videos().len()), (2, 1));
    // The button under the failure notice does not sell the film that the replay has brought.
    olga.tap_data(&olga.button("finished:").unwrap()).await.unwrap();
    olga.confirm().await.unwrap();
    let refusal = Locale::En.notice(Notice::FinishedOnce).replace("<b>", "").replace("</b>", "");
    assert!(olga.texts().iter().any(|text| text.starts_with(&refusal)), "{:?}", olga.texts());
    assert_eq!((env.jobs(olga.user).await.unwrap().len(), env.balance(olga.user).await.unwrap()), (2, Credits(2)));
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_finished_video_that_the_seller_has_ordered_is_not_replayed() {
    let (env, context) = env().await;
    let (olga, job) = undelivered(&env).await;
    olga.tap_data(&olga.button("finished:").unwrap()).await.unwrap();
    olga.confirm().await.unwrap();
    olga.until_over(2).await.unwrap();
    let replayed = replay::replay(&context, &job.id.to_string(), "Telegram was down").await.unwrap();
    assert!(replayed.already, "{replayed}");
    tokio::time::sleep(Duration::from_secs(600)).await;
    let jobs = env.jobs(olga.user).await.unwrap().len();
    assert_eq!((jobs, olga.videos().len(), env.balance(olga.user).await.unwrap()), (2, 1, Credits(1)));
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_rejected_order_is_made_anew_and_a_failed_free_replay_announces_no_refund() {
    let (env, context) = env().await;
    let bad = || Outcome::fail("422", "nsfw");
    let (olga, job) = refused(&env, vec![bad(), bad(), Outcome::success()]).await;
    let replayed = replay::replay(&context, &job.id.to_string(), "the photo is fine").await.unwrap();
    assert!(!replayed.kept_video && text(&replayed).contains("a new video is made, for no credits"), "{replayed}");
    let jobs = olga.until_over(2).await.unwrap();
    let free = jobs.iter().find(|found| found.id != job.id).unwrap().clone();
    assert!(matches!(free.state, State::Failed { .. }) && env.kie.tasks().len() == 2);
    let said = olga.texts().pop().unwrap();
    assert!(said.contains("This try was free, no credit was charged. Your balance: 2 credits."), "{said}");
    assert_eq!(env.balance(olga.user).await.unwrap(), Credits(2));
    let entries = env.ledger(olga.user).await.unwrap();
    assert_eq!(invariants::violations(Credits(2), &entries, &jobs), vec![]);

    // A replay can be replayed: the second replay is a separate job.
    dead_letter(&env, &free).await;
    let third = replay::replay(&context, &free.id.to_string(), "once more").await.unwrap();
    let jobs = olga.until_over(3).await.unwrap();
    let made = jobs.iter().find(|found| found.id.to_string() == third.replay).unwrap();
    assert!(matches!(made.state, State::Delivered { .. }) && olga.videos().len() == 1);
    all_is_well(&env, &context).await;
}

/// Fails the first three DeleteMessage calls with 503.
#[derive(Default)]
struct Undeleted(AtomicUsize);

impl Interceptor for Undeleted {
    fn before(&self, call: &CallInfo) -> Action {
        if call.operation.as_deref() == Some("DeleteMessage") && self.0.fetch_add(1, Ordering::Relaxed) < 3 {
            let mut reply = http::Response::new(Bytes::from_static(b"{}"));
            *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            return Action::Reply(reply);
        }
        Action::Pass
    }

    fn after(&self, _: &CallInfo, _: &Result<Response, NetError>) {}
}

#[tokio::test(start_paused = true)]
async fn a_replay_makes_one_job_even_if_its_message_and_its_deletion_are_lost() {
    let (env, context) = env().await;
    let (olga, job) = undelivered(&env).await;
    env.sandbox().unwrap().faults.lose_messages_of(OLGA);
    env.sandbox().unwrap().net.intercept(Arc::new(Undeleted::default()));
    let failed = replay::replay(&context, &job.id.to_string(), "lost").await.unwrap_err().to_string();
    assert!(failed.contains("Parked queue") && failed.contains("run this again"), "{failed}");
    let second = replay::replay(&context, &job.id.to_string(), "lost").await.unwrap();
    assert!(second.already && parked::list(&context).await.unwrap().letters.is_empty());
    // The sweeper finds the job whose message was lost.
    let jobs = olga.until_over(2).await.unwrap();
    assert!(jobs.iter().any(|job| matches!(job.state, State::Delivered { .. })) && olga.videos().len() == 1);
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn two_operators_replaying_at_once_make_one_job() {
    let (env, context) = env().await;
    let (olga, job) = undelivered(&env).await;
    let id = job.id.to_string();
    let (one, other) = tokio::join!(replay::replay(&context, &id, "one"), replay::replay(&context, &id, "other"));
    // One operator holds the letter; the other gets an error.
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1, "{one:?} {other:?}");
    assert_eq!(olga.until_over(2).await.unwrap().len(), 2);
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_replay_makes_the_video_anew_if_the_kept_one_has_expired() {
    let (env, context) = env().await;
    let (olga, job) = undelivered(&env).await;
    let (_, s3) = env.clients();
    s3.delete_object().bucket("neurocards-media").key(Job::video_key(job.user, job.id)).send().await.unwrap();
    assert!(!replay::replay(&context, &job.id.to_string(), "expired").await.unwrap().kept_video);
    olga.until_over(2).await.unwrap();
    assert_eq!((env.kie.tasks().len(), olga.videos().len()), (2, 1));
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_not_failed_is_not_replayed_and_its_letter_stays_until_dropped() {
    let (env, context) = env().await;
    let olga = olga(&env).await;
    olga.order(Kind::Neurocard).await.unwrap();
    let job = env.jobs(olga.user).await.unwrap().remove(0);
    dead_letter(&env, &job).await;
    let id = job.id.to_string();
    let early = replay::replay(&context, &id, "why not").await.unwrap_err().to_string();
    assert!(early.contains("only what failed is replayed") && early.contains("still under way"), "{early}");
    olga.until_over(1).await.unwrap();
    let late = replay::replay(&context, &id, "why not").await.unwrap_err().to_string();
    assert!(late.contains("is delivered: only what failed is replayed"), "{late}");
    assert_eq!(parked::list(&context).await.unwrap().letters.len(), 1);

    let dropped = parked::drop_letters(&context, &id, "it went well").await.unwrap();
    assert_eq!((dropped.letters.len(), dropped.note.as_str()), (1, "it went well [tester, key none]"));
    assert!(parked::list(&context).await.unwrap().letters.is_empty());
    let missing = parked::drop_letters(&context, &id, "it went well").await.unwrap_err().to_string();
    assert!(missing.starts_with(&format!("no parked letter is named {id}\n")), "{missing}");
    let everything = env.sandbox().unwrap().everything();
    let noted: Vec<&Value> = everything.iter().filter(|(key, _)| key.starts_with("OPERATIONS ")).map(|(_, item)| item).collect();
    let [note] = noted[..] else { panic!("{noted:?}") };
    assert_eq!(note["note"]["S"], "it went well [tester, key none]");
    assert_eq!(note["what"]["S"], format!("drop the letter {} about job {id}", dropped.letters[0]));
    all_is_well(&env, &context).await;
}

#[tokio::test(start_paused = true)]
async fn a_letter_without_a_job_is_listed_unchanged_and_can_only_be_dropped() {
    let (env, context) = env().await;
    let (sqs, _) = env.clients();
    sqs.send_message().queue_url("http://sqs.local/000000000000/send-dead").message_body("hello").send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let list = parked::list(&context).await.unwrap();
    let [letter] = &list.letters[..] else { panic!("{list}") };
    assert_eq!((letter.job.as_str(), &letter.body), ("-", &json!("hello")));
    let failed = replay::replay(&context, &letter.letter, "why not").await.unwrap_err().to_string();
    assert!(failed.contains("is about no job: there is nothing to replay"), "{failed}");
    parked::drop_letters(&context, &letter.letter[..8], "noise").await.unwrap();
    assert!(parked::list(&context).await.unwrap().letters.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_film_of_a_replay_is_counted_apart_from_the_charged_ones() {
    let (env, context) = env().await;
    let rejected = Outcome::fail("422", "flagged as sensitive").with_charged_failure();
    let (olga, job) = refused(&env, vec![rejected, Outcome::success()]).await;
    replay::replay(&context, &job.id.to_string(), "try again").await.unwrap();
    olga.until_over(2).await.unwrap();
    // Wait until the job's last message is consumed.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let days = audit::stats(&context).await.unwrap().days;
    let sum = |of: fn(&audit::DayView) -> u64| days.iter().map(of).sum::<u64>();
    assert_eq!([sum(|day| day.ordered), sum(|day| day.charged), sum(|day| day.replayed)], [1, 1, 1]);
    assert_eq!([sum(|day| day.kie_films), sum(|day| day.kie_replay_films)], [1, 1]);
    assert_eq!([sum(|day| day.delivered), sum(|day| day.refunded), sum(|day| day.kie_millicredits)], [1, 1, 90_000]);
    all_is_well(&env, &context).await;
}
