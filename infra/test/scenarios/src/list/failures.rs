//! What fails, and gives the credit back.

use std::time::Duration;

use domain::{catalog::Kind, classify::Class, job::State};
use standins::kie::Outcome;

use super::{Scene, balance_is, ensure, only, refunded};
use testkit::environment::Seller;

/// What KIE is asked for a person's job, and for nobody else's.
pub(super) fn photo_of(seller: &Seller) -> String {
    format!("/photos/{}/", seller.user)
}

pub async fn rejected(scene: Scene) -> Result<(), String> {
    let seller = scene.seller("Vera", "ru").await?;
    let rejected = Outcome::fail("422", "The input or output was flagged as sensitive");
    scene.world.kie.script(photo_of(&seller), vec![rejected]);
    seller.order(Kind::Reels).await?;
    let jobs = seller.until_over(1).await?;
    refunded(&scene, &seller, only(&jobs)?, Class::ContentRejected).await?;
    ensure(seller.videos().is_empty(), || "a video arrived".into())?;
    balance_is(&scene, &seller, 2).await
}

pub async fn broken(scene: Scene) -> Result<(), String> {
    let seller = scene.seller("Gleb", "en").await?;
    let broken = || Outcome::fail("500", "Internal Error, Please try again later.");
    let refused = Outcome::refuse(500, "generate playground failed, task id is blank");
    scene.world.kie.script(photo_of(&seller), vec![broken(), refused, broken()]);
    let before = seller.texts().len();
    seller.order(Kind::Neurocard).await?;
    let after_order = seller.texts().len();
    ensure(after_order > before, || "the order was not confirmed in the chat".into())?;
    let jobs = seller.until_over(1).await?;
    refunded(&scene, &seller, only(&jobs)?, Class::BrokenUpstream).await?;
    ensure(seller.texts().len() == after_order + 1, || format!("retries were not quiet: {:#?}", seller.texts()))?;
    let tasks = tasks_of(&scene, &seller);
    ensure(tasks == 2, || format!("{tasks} tasks; two were accepted of three tried"))?;
    balance_is(&scene, &seller, 2).await
}

pub async fn silent(scene: Scene) -> Result<(), String> {
    let seller = scene.seller("Dina", "en").await?;
    scene.world.kie.script(photo_of(&seller), vec![Outcome::never_answers()]);
    seller.order(Kind::Reels).await?;
    let jobs = seller.until_over(1).await?;
    let job = only(&jobs)?;
    refunded(&scene, &seller, job, Class::TookTooLong).await?;
    let ledger = scene.world.ledger(seller.user).await?;
    let refund = ledger.last().ok_or("no ledger")?;
    let took = refund.at.duration_since(job.confirmed_at).unsigned_abs();
    let deadline = scene.world.times.rules.generation_deadline;
    let latest = deadline + scene.world.times.rules.lease + scene.world.times.sweep_every * 2 + Duration::from_secs(2);
    ensure(took >= deadline && took <= latest, || format!("ended after {took:?}, not between {deadline:?} and {latest:?}"))?;
    balance_is(&scene, &seller, 2).await
}

pub async fn telegram_refuses(scene: Scene) -> Result<(), String> {
    let (seller, world) = (scene.seller("Egor", "ru").await?, &scene.world);
    world.kie.script(photo_of(&seller), vec![Outcome::success().after(world.times.making * 2)]);
    seller.order(Kind::Neurocard).await?;
    world.until("KIE has the task", async || Ok(tasks_of(&scene, &seller) == 1)).await?;
    world.telegram.down(seller.user.0);
    let texts = seller.texts().len();
    world
        .until("the credit is back while Telegram is down", async || {
            Ok(world.jobs(seller.user).await?.iter().all(|job| matches!(job.state, State::Failed { .. })))
        })
        .await?;
    balance_is(&scene, &seller, 2).await?;
    let jobs = world.jobs(seller.user).await?;
    let job = only(&jobs)?;
    let sends = world.telegram.calls().into_iter().filter(|call| call.method == "sendVideo" && call.chat == Some(seller.user.0));
    let sends = sends.count();
    ensure(sends == 3, || format!("{sends} attempts to send, not three"))?;
    // Parked last, so that the letter tells that the credit is back.
    world.until("the letter is parked", async || Ok(!world.parked(seller.user).await?.is_empty())).await?;
    let parked = world.parked(seller.user).await?;
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
    ensure(seller.texts().len() == texts, || "somehow told while Telegram was down".into())?;
    scene.remark(format!("parked for the console: {:?}", message.attributes));
    world.telegram.up(seller.user.0);
    let jobs = seller.until_over(1).await?;
    refunded(&scene, &seller, only(&jobs)?, Class::CouldNotDeliver).await?;
    ensure(seller.videos().is_empty(), || "a video arrived".into())
}

/// KIE tasks made for a person.
pub(super) fn tasks_of(scene: &Scene, seller: &Seller) -> usize {
    let photo = photo_of(seller);
    scene.world.kie.tasks().iter().filter(|task| task.input.to_string().contains(&photo)).count()
}
