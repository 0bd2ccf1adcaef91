//! Orders that fail and are refunded.

use std::time::Duration;

use domain::{catalog::Kind, classify::Class, job::State};
use fakes::kie::Outcome;
use testkit::environment::Seller;

use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only, refunded},
};

/// What only the KIE requests for this seller's jobs contain.
pub(super) fn photo_of(seller: &Seller) -> String {
    format!("/photos/{}/", seller.user)
}

pub async fn rejected(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Vera", "ru").await?;
    let rejected = Outcome::fail("422", "The input or output was flagged as sensitive");
    run.env.kie.script(photo_of(&seller), vec![rejected]);
    seller.order(Kind::Reels).await?;
    let jobs = seller.until_over(1).await?;
    refunded(&run, &seller, only(&jobs)?, Class::ContentRejected).await?;
    ensure(seller.videos().is_empty(), || "a video arrived".into())?;
    balance_is(&run, &seller, 2).await
}

pub async fn broken(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Gleb", "en").await?;
    let broken = || Outcome::fail("500", "Internal Error, Please try again later.");
    let refused = Outcome::refuse(500, "generate playground failed, task id is blank");
    run.env.kie.script(photo_of(&seller), vec![broken(), refused, broken()]);
    let before = seller.texts().len();
    seller.order(Kind::Neurocard).await?;
    let after_order = seller.texts().len();
    ensure(after_order > before, || "the order was not confirmed in the chat".into())?;
    let jobs = seller.until_over(1).await?;
    refunded(&run, &seller, only(&jobs)?, Class::BrokenUpstream).await?;
    ensure(seller.texts().len() == after_order + 1, || format!("retries were not quiet: {:#?}", seller.texts()))?;
    let tasks = tasks_of(&run, &seller);
    ensure(tasks == 2, || format!("{tasks} tasks; two were accepted of three tried"))?;
    balance_is(&run, &seller, 2).await
}

pub async fn silent(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Dina", "en").await?;
    run.env.kie.script(photo_of(&seller), vec![Outcome::never_answers()]);
    seller.order(Kind::Reels).await?;
    let jobs = seller.until_over(1).await?;
    let job = only(&jobs)?;
    refunded(&run, &seller, job, Class::TookTooLong).await?;
    let ledger = run.env.ledger(seller.user).await?;
    let refund = ledger.last().ok_or("no ledger")?;
    let took = refund.at.duration_since(job.confirmed_at).unsigned_abs();
    let deadline = run.env.times.rules.generation_deadline;
    let latest = deadline + run.env.times.rules.lease + run.env.times.sweep_every * 2 + Duration::from_secs(2);
    ensure(took >= deadline && took <= latest, || format!("ended after {took:?}, not between {deadline:?} and {latest:?}"))?;
    balance_is(&run, &seller, 2).await
}

pub async fn telegram_refuses(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Egor", "ru").await?, &run.env);
    env.kie.script(photo_of(&seller), vec![Outcome::success().after(env.times.making * 2)]);
    seller.order(Kind::Neurocard).await?;
    env.until("KIE has the task", async || Ok(tasks_of(&run, &seller) == 1)).await?;
    env.telegram.down(seller.user.0);
    let texts = seller.texts().len();
    env.until("the credit is back while Telegram is down", async || {
        Ok(env.jobs(seller.user).await?.iter().all(|job| matches!(job.state, State::Failed { .. })))
    })
    .await?;
    balance_is(&run, &seller, 2).await?;
    let jobs = env.jobs(seller.user).await?;
    let job = only(&jobs)?;
    let sends = env.telegram.calls().into_iter().filter(|call| call.method == "sendVideo" && call.chat == Some(seller.user.0));
    let sends = sends.count();
    ensure(sends == 3, || format!("{sends} attempts to send, not three"))?;
    // The letter is parked last, so that it says that the credit was refunded.
    env.until("the letter is parked", async || Ok(!env.parked(seller.user).await?.is_empty())).await?;
    let parked = env.parked(seller.user).await?;
    let [message] = parked.as_slice() else { return Err(format!("{} parked messages, one expected", parked.len())) };
    for (name, value) in [
        ("job", job.id.to_string()),
        ("stage", "ready".into()),
        ("class", "could_not_deliver".into()),
        ("attempts", "3".into()),
        ("refunded", "1".into()),
    ] {
        let found = message.attributes.get(name);
        ensure(found == Some(&value), || format!("parked with {name} = {found:?}, not {value}"))?;
    }
    ensure(seller.texts().len() == texts, || "notified while Telegram was down".into())?;
    run.remark(format!("parked for the console: {:?}", message.attributes));
    env.telegram.up(seller.user.0);
    let jobs = seller.until_over(1).await?;
    refunded(&run, &seller, only(&jobs)?, Class::CouldNotDeliver).await?;
    ensure(seller.videos().is_empty(), || "a video arrived".into())
}

/// KIE tasks made for a person.
pub(super) fn tasks_of(run: &ScenarioRun, seller: &Seller) -> usize {
    let photo = photo_of(seller);
    run.env.kie.tasks().iter().filter(|task| task.input.to_string().contains(&photo)).count()
}
