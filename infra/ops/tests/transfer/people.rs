//! People in the states that a table holds, made by production's code.

use std::time::Duration;

use domain::{
    catalog::Catalog,
    classify::{Class, Diagnosis},
    conversation::{Chat, Profile},
    credits::{self, Credits, Entry, EntryKey, EntryKind},
    ids::{DraftId, JobId, UserId},
    job::{Brief, Film, Job, Notified, Order, Photo, Receipt, SentAs, TaskId},
    limits::{Buyer, Limits},
    locale::Locale,
    rules::Rules,
};

use serde_json::json;

use crate::bot::Bot;

pub const ANNA: UserId = UserId(100);
pub const BORIS: UserId = UserId(200);
pub const VERA: UserId = UserId(300);
pub const IVAN: UserId = UserId(400);
pub const OLGA: UserId = UserId(500);
pub const DEBTOR: UserId = UserId(600);
pub const LYUBA: UserId = UserId(700);

/// The last stage of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    Queued,
    Generating,
    Held,
    Delivered,
    /// Failed, and its person is not notified yet.
    Failed,
    /// Failed, and its person is notified.
    Notified,
    /// Refunded at the end of the hold.
    GivenBack,
}

pub async fn open(bot: &Bot, user: UserId, locale: Locale, gift: bool) {
    let now = bot.context.now();
    let consented_at = (locale == Locale::Ru).then_some(now);
    let came_from = gift.then(|| "-spring".to_owned());
    let balance = Credits(if gift { 2 } else { 0 });
    let profile = Profile { balance, locale, reachable: true, consented_at, open_jobs: vec![], bought: false, came_from };
    let chat = Chat { version: 1, ..Chat::default() };
    if gift {
        let welcome = credits::grant(user, "welcome", Credits(2), "", now);
        bot.table.open_account(user, &profile, &welcome, &chat).await.unwrap();
    } else {
        bot.table.open_account_without_gift(user, &profile, &chat, now).await.unwrap();
    }
}

pub async fn grant(bot: &Bot, user: UserId, key: &str, amount: u32) {
    let gift = credits::grant(user, key, Credits(amount), "=sorry [tester]", bot.context.now());
    bot.table.give(&gift).await.unwrap();
}

/// Orders videos, and brings each to its stage.
pub async fn order(bot: &Bot, user: UserId, n: u128, stages: &[Until]) {
    let (rules, now) = (Rules::default(), bot.context.now());
    let person = bot.table.person(user, None, now).await.unwrap();
    let profile = person.profile.unwrap();
    let chat = Chat { version: person.chat.version + 1, ..person.chat };
    let millis = u64::try_from(now.as_millisecond()).unwrap();
    let begun = DraftId(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid());
    let [.., a, b, c, d, e, f, g, h, i, j] = (u128::from(user.0.unsigned_abs()) * 1000 + n).to_be_bytes();
    let draft = begun.sibling(&[a, b, c, d, e, f, g, h, i, j]);
    let catalog = Catalog::built_in().unwrap();
    let count = u8::try_from(stages.len()).unwrap();
    let brief = Brief { about: Some("кружка \"mug\" \u{1f3ac}".into()), ..Brief::default() };
    let product = &catalog.products()[0];
    let one =
        Order { brief, count, status_message: Some(5), ..Order::of_one(product, Photo::new("file", "unique"), profile.locale) };
    let jobs: Vec<(Job, Entry)> = (1..=count)
        .map(|n| Job::confirmed(user, JobId { draft, n }, one.clone(), now, &rules))
        .map(|job| (job.clone(), credits::charge(user, job.id, job.order.price, now)))
        .collect();
    let limits =
        Limits { orders_a_day: 10_000, refunds_a_day: 10_000, films_a_day: 100_000, open_orders: 50, ..Limits::default() };
    let open = u32::try_from(profile.open_jobs.len()).unwrap();
    let allowance = limits.allowance(count.into(), open, Buyer::NotYet).unwrap();
    bot.table.confirm_order(user, &chat, &jobs, &allowance, now).await.unwrap();
    for ((job, _), until) in jobs.into_iter().zip(stages) {
        bring(bot, job, *until).await;
    }
}

/// Brings a job to a stage, with each write that the functions make.
pub async fn bring(bot: &Bot, job: Job, until: Until) {
    let (rules, table, now) = (Rules::default(), &bot.table, bot.context.now());
    let save = async |job: Job| {
        table.save_job(&job).await.unwrap();
        job
    };
    if until == Until::Queued {
        return;
    }
    let submitting = save(job.claim_submission("photos/a.jpg", "a prompt", now, &rules).unwrap()).await;
    let generating = save(submitting.submitted(TaskId("task".into()), now, &rules).unwrap().job).await;
    match until {
        Until::Generating => return,
        Until::Failed | Until::Notified => {
            let (failed, refund) = generating.ended(&Diagnosis::of(Class::ContentRejected), now, &rules).unwrap();
            table.settle(&failed, &refund).await.unwrap();
            if until == Until::Notified {
                let notified = save(failed.notified(Notified::Yes, now, &rules).unwrap()).await;
                save(notified.end_shown().unwrap()).await;
            }
            return;
        }
        _ => {}
    }
    let film = Film { width: 720, height: 1280, millis: 8_040, sound: true };
    let key = Job::video_key(generating.user, generating.id);
    let ready = save(generating.having_spent(65.6).fetched(key, film, now, &rules).unwrap().job).await;
    let sending = save(ready.claim_send(now, &rules).unwrap()).await;
    if until == Until::Delivered {
        let receipt = Receipt { file_id: Some("film".into()), message_id: 9, sent_as: SentAs::Video };
        let (delivered, capture) = sending.delivered(receipt, now, &rules).unwrap();
        table.settle(&delivered, &capture).await.unwrap();
        // A replay has no status message.
        if let Ok(shown) = delivered.end_shown() {
            save(shown).await;
        }
        return;
    }
    let held = sending.held(now, &rules).unwrap();
    table.hold(&held).await.unwrap();
    table.set_reachable(held.user, false).await.unwrap();
    if until == Until::GivenBack {
        let (failed, refund) = held.ended(&Diagnosis::of(Class::Unreachable), now, &rules).unwrap();
        table.settle(&failed, &refund).await.unwrap();
    }
}

/// Some people; each of their jobs has ended.
pub async fn some_people(bot: &Bot) {
    open(bot, ANNA, Locale::Ru, true).await;
    tokio::time::sleep(Duration::from_millis(1_234)).await;
    order(bot, ANNA, 1, &[Until::Delivered, Until::Notified]).await;
    grant(bot, ANNA, "ticket-17", 5).await;
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    order(bot, ANNA, 2, &[Until::Failed]).await;
    open(bot, BORIS, Locale::En, true).await;
    open(bot, VERA, Locale::Ru, true).await;
    order(bot, VERA, 1, &[Until::GivenBack]).await;
    open(bot, IVAN, Locale::En, false).await;
    olga(bot).await;
    debtor(bot);
}

/// Olga bought credits. Her failed order was replayed for free.
async fn olga(bot: &Bot) {
    let (rules, now) = (Rules::default(), bot.context.now());
    open(bot, OLGA, Locale::Ru, true).await;
    let payment = EntryKey::Purchase("payment-1".into());
    let bought = Entry { user: OLGA, key: payment, kind: EntryKind::Purchase, amount: 10, at: now, note: "10 credits".into() };
    bot.table.give(&bought).await.unwrap();
    order(bot, OLGA, 1, &[Until::Notified]).await;
    let failed = bot.table.jobs(OLGA).await.unwrap().remove(0);
    let replay = failed.replayed(failed.id.replay(), None, now, &rules).unwrap();
    bot.table.replay(&replay, "replayed by tester").await.unwrap();
    bring(bot, replay, Until::Delivered).await;
}

/// A debt, as a later release may write it: an order that was paid with credits which are gone.
fn debtor(bot: &Bot) {
    let olga = bot.everything();
    let of_olga = |sort: &str| olga.iter().find(|(key, _)| key.starts_with("USER#500 ") && key.contains(sort)).unwrap().1.clone();
    let mut profile = of_olga("PROFILE");
    let mut welcome = of_olga("GRANT#welcome");
    let (mut job, mut charge, mut capture) = (bot.everything(), vec![], vec![]);
    job.retain(|key, item| key.contains("USER#100 JOB#") && item["stage"]["S"] == "delivered");
    let (_, mut job) = job.pop_first().unwrap();
    let id = job["id"]["S"].as_str().unwrap().to_owned();
    charge.extend(olga.get(&format!("USER#100 LEDGER#CHARGE#{id}")).cloned());
    capture.extend(olga.get(&format!("USER#100 LEDGER#SETTLEMENT#{id}")).cloned());
    let pk = json!({ "S": format!("USER#{DEBTOR}") });
    welcome["amount"] = json!({ "N": "0" });
    charge[0]["amount"] = json!({ "N": "-3" });
    job["order"]["M"]["price"] = json!({ "N": "3" });
    job["user"] = json!({ "N": DEBTOR.to_string() });
    profile["balance"] = json!({ "N": "-3" });
    profile["bought"] = json!({ "BOOL": true });
    for item in [&mut profile, &mut welcome, &mut job, &mut charge[0], &mut capture[0]] {
        item["pk"] = pk.clone();
        bot.put(item);
    }
}

/// Lyuba has more orders than one transaction holds. All but the first two are copies of these, because orders take time.
pub async fn many_orders(bot: &Bot, orders: u32) {
    open(bot, LYUBA, Locale::Ru, true).await;
    grant(bot, LYUBA, "many", 1000).await;
    order(bot, LYUBA, 1, &[Until::Delivered]).await;
    order(bot, LYUBA, 2, &[Until::Notified]).await;
    let jobs = bot.table.jobs(LYUBA).await.unwrap();
    let of = |job: &Job| bot.everything().into_iter().filter(|(key, _)| key.ends_with(&job.id.to_string())).collect::<Vec<_>>();
    let originals = [of(&jobs[0]), of(&jobs[1])];
    let mut charged = 0;
    for n in 2..orders {
        let which = usize::from(n % 3 == 0);
        let (id, copy) = (jobs[which].id, JobId { draft: jobs[which].id.draft.sibling(&[u8::try_from(n).unwrap(); 10]), n: 1 });
        for (_, item) in &originals[which] {
            bot.put(&serde_json::from_str(&item.to_string().replace(&id.to_string(), &copy.to_string())).unwrap());
        }
        charged += if which == 0 { 1 } else { 0 };
    }
    let mut profile = bot.everything().remove(&format!("USER#{LYUBA} PROFILE")).unwrap();
    let balance: i64 = profile["balance"]["N"].as_str().unwrap().parse().unwrap();
    profile["balance"] = json!({ "N": (balance - charged).to_string() });
    bot.put(&profile);
}
