//! Scenarios in which the order fails and is refunded.

use std::time::Duration;

use domain::{
    catalog::Kind,
    classify::Class,
    credits::EntryKind,
    job::{Job, State},
};
use fakes::kie::Outcome;
use testkit::environment::Seller;

use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only, refunded},
};

pub async fn rejected(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Vera", "ru").await?;
    let rejected = Outcome::fail("422", "The input or output was flagged as sensitive");
    run.env.script_kie(seller.user, vec![rejected]);
    seller.order(Kind::Reels).await?;
    let jobs = seller.until_over(1).await?;
    refunded(&run, &seller, only(&jobs)?, Class::ContentRejected).await?;
    ensure(seller.videos().is_empty(), || "a video arrived for a refunded order".into())?;
    balance_is(&run, &seller, 2).await
}

pub async fn broken(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Gleb", "en").await?;
    let broken = || Outcome::fail("500", "Internal Error, Please try again later.");
    let refused = Outcome::refuse(500, "generate playground failed, task id is blank");
    run.env.script_kie(seller.user, vec![broken(), refused, broken()]);
    let before = seller.texts().len();
    seller.order(Kind::Neurocard).await?;
    let after_order = seller.texts().len();
    ensure(after_order > before, || "the bot did not confirm the order in the chat".into())?;
    let jobs = seller.until_over(1).await?;
    refunded(&run, &seller, only(&jobs)?, Class::BrokenUpstream).await?;
    ensure(seller.texts().len() == after_order + 1, || {
        format!("the retries sent messages to the seller: {:#?}", seller.texts())
    })?;
    let tasks = tasks_of(&run, &seller);
    ensure(tasks == 2, || format!("KIE has {tasks} tasks, two expected: KIE refused one of three"))?;
    balance_is(&run, &seller, 2).await
}

pub async fn silent(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Dina", "en").await?;
    run.env.script_kie(seller.user, vec![Outcome::never_answers()]);
    seller.order(Kind::Reels).await?;
    let jobs = seller.until_over(1).await?;
    let job = only(&jobs)?;
    refunded(&run, &seller, job, Class::TookTooLong).await?;
    let ledger = run.env.ledger(seller.user).await?;
    let refund = ledger.last().ok_or("the ledger is empty")?;
    let took = refund.at.duration_since(job.confirmed_at).unsigned_abs();
    let deadline = run.env.times.rules.generation_deadline;
    let latest = deadline + run.env.times.rules.lease + run.env.times.sweep_every * 2 + Duration::from_secs(2);
    ensure(took >= deadline && took <= latest, || {
        format!("the job ended after {took:?}, not between {deadline:?} and {latest:?}")
    })?;
    balance_is(&run, &seller, 2).await
}

pub async fn telegram_refuses(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Egor", "ru").await?, &run.env);
    env.script_kie(seller.user, vec![Outcome::success().after(env.times.making * 2)]);
    seller.order(Kind::Neurocard).await?;
    env.until("KIE has the task", async || Ok(tasks_of(&run, &seller) == 1)).await?;
    env.telegram.down(seller.user.0);
    let refunded_in_silence = ends_while_down(&run, &seller).await;
    env.telegram.up(seller.user.0);
    let jobs = seller.until_over(1).await?;
    let notified = refunded(&run, &seller, only(&jobs)?, Class::CouldNotDeliver).await;
    let nothing_arrived = ensure(seller.videos().is_empty(), || "a video arrived for a refunded order".into());
    // The seller orders the finished video whatever was found before, so that every play of the scenario has the same endings.
    let finished = order_finished(&run, &seller, only(&jobs)?).await;
    refunded_in_silence.and(notified).and(nothing_arrived).and(finished)
}

/// The job of the seller's only order fails while Telegram is down: three sends, a refund, a parked letter, and no message.
async fn ends_while_down(run: &ScenarioRun, seller: &Seller) -> Result<(), String> {
    let env = &run.env;
    let texts = seller.texts().len();
    env.until("the job fails while Telegram is down", async || {
        Ok(env.jobs(seller.user).await?.iter().all(|job| matches!(job.state, State::Failed { .. })))
    })
    .await?;
    balance_is(run, seller, 2).await?;
    let jobs = env.jobs(seller.user).await?;
    let job = only(&jobs)?;
    let sends = env.telegram.calls().into_iter().filter(|call| call.method == "sendVideo" && call.chat == Some(seller.user.0));
    let sends = sends.count();
    ensure(sends == 3, || format!("the video was sent {sends} times, three expected"))?;
    // The refunder parks the letter after the refund, so that the letter records the refund.
    env.until("the dead letter is parked", async || Ok(!env.parked(seller.user).await?.is_empty())).await?;
    let parked = env.parked(seller.user).await?;
    let [message] = parked.as_slice() else {
        return Err(format!("the parked queue has {} messages of this seller, one expected", parked.len()));
    };
    for (name, value) in [
        ("job", job.id.to_string()),
        ("stage", "ready".into()),
        ("class", "could_not_deliver".into()),
        ("attempts", "3".into()),
        ("refunded", "1".into()),
    ] {
        let found = message.attributes.get(name);
        ensure(found == Some(&value), || format!("the parked letter has {name} = {found:?}, not {value}"))?;
    }
    ensure(seller.texts().len() == texts, || "a message was sent while Telegram was down".into())?;
    run.remark(format!("parked dead letter: {:?}", message.attributes));
    Ok(())
}

/// The seller orders the finished video that could not be delivered: one charge, one capture, the same bytes, and no second task.
async fn order_finished(run: &ScenarioRun, seller: &Seller, failed: &Job) -> Result<(), String> {
    let offer = seller.button("finished:").ok_or("the notice has no button to send the finished video")?;
    seller.tap_data(&offer).await?;
    balance_is(run, seller, 2).await?;
    seller.confirm().await?;
    let jobs = seller.until_over(2).await?;
    let sent = jobs.iter().find(|job| job.id != failed.id).ok_or("the finished video has no job of its own")?;
    let State::Delivered { file_id: Some(file_id), .. } = &sent.state else {
        return Err(format!("the finished video is {}, not delivered", sent.state.name()));
    };
    let made = run.env.object(&Job::video_key(seller.user, failed.id)).await?;
    ensure(run.env.telegram.file(file_id) == Some(made), || "the chat has other bytes than the media store".into())?;
    ensure(tasks_of(run, seller) == 1, || "the finished video was made again".into())?;
    let ledger = run.env.ledger(seller.user).await?;
    let count = |kind| ledger.iter().filter(|entry| entry.kind == kind).count();
    let counts = (count(EntryKind::Charge), count(EntryKind::Refund), count(EntryKind::Capture));
    ensure(counts == (2, 1, 1), || format!("charges, refunds and captures are {counts:?}, not (2, 1, 1)"))?;
    balance_is(run, seller, 1).await
}

/// Returns the number of KIE tasks of a seller.
pub(super) fn tasks_of(run: &ScenarioRun, seller: &Seller) -> usize {
    run.env.tasks_of(seller.user).len()
}
