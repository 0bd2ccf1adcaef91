//! Scenarios about the balance.

use std::time::Duration;

use domain::{catalog::Kind, credits, job::State};
use fakes::kie::Outcome;

use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only},
};

pub async fn no_credits(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Faina", "en").await?, &run.env);
    for count in [1, 2] {
        seller.order(Kind::Neurocard).await?;
        seller.until_over(count).await?;
    }
    balance_is(&run, &seller, 0).await?;
    let (jobs, ledger) = (env.jobs(seller.user).await?, env.ledger(seller.user).await?);
    seller.order(Kind::Neurocard).await?;
    let answer = seller.texts().pop().unwrap_or_default();
    ensure(answer.contains("Not enough credits") && answer.contains("0 credits"), || {
        format!("the bot did not refuse the order with the balance: {answer:?}")
    })?;
    ensure(env.jobs(seller.user).await? == jobs, || "a job was created without credits".into())?;
    ensure(env.ledger(seller.user).await? == ledger, || "the refused order changed the ledger".into())?;
    balance_is(&run, &seller, 0).await
}

pub async fn five_taps(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Grigory", "ru").await?;
    seller.prepare(Kind::Reels, run.env.photo.clone()).await?;
    let confirm = seller.confirm_data()?;
    let deliveries = seller.person.tap_many(&confirm, 5).await;
    ensure(deliveries.iter().all(fakes::telegram::Delivery::taken), || format!("the webhook refused a tap: {deliveries:?}"))?;
    let jobs = seller.until_over(1).await?;
    ensure(matches!(only(&jobs)?.state, State::Delivered { .. }), || "the job is not delivered".into())?;
    ensure(seller.videos().len() == 1, || "the chat does not have exactly one video".into())?;
    balance_is(&run, &seller, 1).await
}

pub async fn five_at_once(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Zoya", "en").await?, &run.env);
    run.give(&seller, 5).await?;
    balance_is(&run, &seller, 7).await?;
    // All five tasks end at the same moment, two of them as failed.
    let moment = env.times.making * 2;
    let bad = || Outcome::fail("422", "nsfw").after(moment);
    let good = || Outcome::success().after(moment);
    env.script_kie(seller.user, vec![good(), bad(), good(), bad(), good()]);
    if let Some(sandbox) = env.sandbox() {
        sandbox.faults.conflict(4);
        run.remark("the table answers four settlements with TransactionConflict");
    }
    seller.prepare(Kind::Reels, run.env.photo.clone()).await?;
    seller.tap_data("count:5").await?;
    seller.confirm().await?;
    balance_is(&run, &seller, 2).await?;
    let jobs = seller.until_over(5).await?;
    let delivered = jobs.iter().filter(|job| matches!(job.state, State::Delivered { .. })).count();
    ensure(delivered == 3, || format!("{delivered} jobs are delivered, three expected"))?;
    let ledger = env.ledger(seller.user).await?;
    let settled: Vec<_> = ledger.iter().filter(|entry| matches!(entry.key, credits::EntryKey::Settlement(_))).collect();
    ensure(settled.len() == 5, || format!("the ledger has {} settlements, five expected", settled.len()))?;
    let times: Vec<_> = settled.iter().map(|entry| entry.at).collect();
    let spread = times.iter().max().zip(times.iter().min()).map(|(last, first)| last.duration_since(*first).unsigned_abs());
    run.remark(format!("five settlements were written within {:.2} s", spread.unwrap_or(Duration::ZERO).as_secs_f32()));
    balance_is(&run, &seller, 4).await?;
    // The page of operations shows the ledger as a person reads it.
    seller.tap_data("balance").await?;
    seller.tap_data("money").await?;
    let page = seller.texts().pop().unwrap_or_default();
    let lines = |amount: &str| page.lines().filter(|line| line.contains(&format!("· {amount} ·"))).count();
    let counts = (lines("-1"), lines("+1"), lines("+2"), lines("+5"));
    ensure(counts == (5, 2, 1, 1), || format!("the operations show orders, refunds, gift and grant as {counts:?}: {page}"))
}
