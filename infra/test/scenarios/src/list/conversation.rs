//! What a seller says and taps on the way: several videos, their own prompt, an album, back and forth.

use std::collections::BTreeSet;

use bytes::Bytes;
use domain::{
    catalog::Kind, classify::Class, conversation::Notice, credits::Credits, job::State, locale::Locale, view::Progress,
};
use fakes::{
    film,
    kie::{Outcome, TaskView},
    llm::Reply,
    telegram::{Body, Via},
};
use testkit::environment::Seller;

use super::{
    delivery::delivered_as_made,
    failures::{photo_of, tasks_of},
};
use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only, refunded},
};

/// Taps these buttons, one after the other.
async fn tap_all(seller: &Seller, taps: &[&str]) -> Result<(), String> {
    for tap in taps {
        seller.tap_data(tap).await?;
    }
    Ok(())
}

/// The last thing the bot said or edited contains this notice.
fn says(seller: &Seller, locale: Locale, notice: Notice) -> Result<(), String> {
    let (texts, notice) = (seller.texts(), plain(&locale.notice(notice)));
    ensure(texts.iter().any(|text| text.contains(&notice)), || format!("nobody said {notice:?} in {texts:#?}"))
}

/// A text as it is read.
fn plain(html: &str) -> String {
    html.replace("<b>", "").replace("</b>", "")
}

/// KIE's tasks for a person, oldest first.
fn tasks(run: &ScenarioRun, seller: &Seller) -> Vec<TaskView> {
    let photo = photo_of(seller);
    run.env.kie.tasks().into_iter().filter(|task| task.input.to_string().contains(&photo)).collect()
}

fn prompt(task: &TaskView) -> String {
    task.input.get("prompt").and_then(|prompt| prompt.as_str()).unwrap_or_default().to_owned()
}

/// Five videos in one order, one of them rejected: four arrive, one credit is refunded, and one status message says so.
pub async fn five_videos(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Pavel", "en").await?;
    run.give(&seller, 5).await?;
    let good = Outcome::success;
    let bad = Outcome::fail("422", "Invalid prompt: prompt contains prohibited content");
    run.env.kie.script(photo_of(&seller), vec![good(), good(), bad, good(), good()]);
    seller.tap_data("make:reels").await?;
    seller.send_photo(film::sample_photo()).await?;
    seller.say("a handmade mug <300 ml> & saucer").await?;
    seller.tap_data("style:ugc").await?;
    seller.say("autumn mood").await?;
    seller.tap_data("count:5").await?;
    seller.confirm().await?;
    balance_is(&run, &seller, 2).await?;
    let jobs = seller.until_over(5).await?;
    let failed: Vec<_> = jobs.iter().filter(|job| matches!(job.state, State::Failed { .. })).collect();
    let [failed] = failed.as_slice() else { return Err(format!("{} of five failed", failed.len())) };
    refunded(&run, &seller, failed, Class::ContentRejected).await?;
    ensure(seller.videos().len() == 4, || format!("{} videos arrived, not four", seller.videos().len()))?;
    balance_is(&run, &seller, 3).await?;
    let prompts: BTreeSet<_> = tasks(&run, &seller).iter().map(prompt).collect();
    ensure(prompts.len() == 5, || format!("not five different prompts: {prompts:#?}"))?;
    let over = Progress { ordered: 5, delivered: 4, failed: 1, ..Progress::none(Kind::Reels) };
    let over = plain(&Locale::En.status(over, None));
    let shown = || async { Ok(seller.texts().iter().filter(|text| **text == over).count() == 1) };
    run.env.until("the one status message says four and one", shown).await
}

/// The seller's own prompt is written, extended, and asked for as it is; the prompt writer is not called.
pub async fn own_prompt(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Rita", "ru").await?;
    seller.tap_data("make:reels").await?;
    seller.send_photo(film::sample_photo()).await?;
    tap_all(&seller, &["skip", "style:own"]).await?;
    seller.say("Кот <рядом> с кружкой").await?;
    seller.tap_data("prompt:add").await?;
    seller.say("пар над чаем & снег").await?;
    tap_all(&seller, &["prompt:use", "count:1"]).await?;
    let asked_before = run.env.llm.requests().len();
    seller.confirm().await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let asked: Vec<_> = tasks(&run, &seller).iter().map(prompt).collect();
    ensure(asked == ["Кот <рядом> с кружкой\nпар над чаем & снег"], || {
        format!("KIE was asked for {asked:?}")
    })?;
    let written = run.env.llm.requests().split_off(asked_before);
    ensure(written.iter().all(|request| !request.user.contains("Кот")), || "somebody else wrote it".into())?;
    balance_is(&run, &seller, 1).await
}

/// Of an album the first photo is taken; that is said once.
pub async fn album(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Sonya", "en").await?;
    seller.tap_data("make:neurocard").await?;
    let photos: Vec<Bytes> = (0..3).map(|n| Bytes::from(film::photo_of(600 + n * 40, 800))).collect();
    let deliveries = seller.person.send_album(photos.clone()).await;
    ensure(deliveries.len() == 3 && deliveries.iter().all(fakes::telegram::Delivery::taken), || format!("{deliveries:?}"))?;
    let said = plain(&Locale::En.notice(Notice::FirstOfAlbum));
    let times = seller.texts().iter().filter(|text| text.contains(&said)).count();
    ensure(times == 1, || format!("said {times} times that one photo is enough: {:#?}", seller.texts()))?;
    tap_all(&seller, &["skip", "skip"]).await?;
    seller.confirm().await?;
    let jobs = seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let used = run.env.telegram.file(&only(&jobs)?.order.photo.file_id);
    ensure(used == photos.first().cloned(), || "not the first photo".into())
}

/// Back and forth, away and back again, another photo, another language: the last summary is what is ordered, once.
pub async fn back_and_forth(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Timur", "en").await?;
    seller.prepare(Kind::Reels, film::sample_photo()).await?;
    let old_confirm = seller.confirm_data()?;
    tap_all(&seller, &["back", "back"]).await?;
    seller.say("snow").await?;
    tap_all(&seller, &["menu", "balance", "menu", "language", "speak:ru", "resume"]).await?;
    let other = Bytes::from(film::photo_of(640, 900));
    seller.send_photo(other.clone()).await?;
    tap_all(&seller, &["photo:new", "back", "count:1"]).await?;
    // The button of an earlier summary, far up in the chat.
    seller.tap_data(&old_confirm).await?;
    says(&seller, Locale::Ru, Notice::OldButton)?;
    ensure(run.env.jobs(seller.user).await?.is_empty(), || "an old button ordered something".into())?;
    balance_is(&run, &seller, 2).await?;
    let fresh = seller.confirm_data()?;
    ensure(fresh != old_confirm, || "the summary changed and its button did not".into())?;
    seller.tap_data(&fresh).await?;
    let jobs = seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let order = &only(&jobs)?.order;
    ensure(order.brief.wishes.as_deref() == Some("snow") && order.locale == Locale::Ru, || format!("{order:?}"))?;
    ensure(run.env.telegram.file(&order.photo.file_id) == Some(other), || "not the new photo".into())?;
    balance_is(&run, &seller, 1).await
}

/// A delivered video comes into the chat once more from the list: free, and the very same.
pub async fn resend(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Ulyana", "en").await?;
    seller.order(Kind::Neurocard).await?;
    seller.until_over(1).await?;
    let ledger = run.env.ledger(seller.user).await?;
    seller.say("/videos").await?;
    let video = seller.button("video:").ok_or("no video in the list")?;
    seller.tap_data(&video).await?;
    let resend = seller.button("resend:").ok_or("no button to send it again")?;
    seller.tap_data(&resend).await?;
    let videos = seller.videos();
    let [first, again] = videos.as_slice() else { return Err(format!("{} videos, not two", videos.len())) };
    ensure(first.sha256 == again.sha256 && again.via == Via::FileId, || format!("{again:?}"))?;
    ensure(run.env.ledger(seller.user).await? == ledger, || "sending it again moved credits".into())?;
    balance_is(&run, &seller, 1).await
}

/// The id of another seller's job in a button opens nothing.
pub async fn not_theirs(run: ScenarioRun) -> Result<(), String> {
    let owner = run.seller("Varya", "ru").await?;
    owner.order(Kind::Reels).await?;
    let jobs = owner.until_over(1).await?;
    let id = only(&jobs)?.id;
    let thief = run.seller("Yegor", "en").await?;
    for verb in ["again", "restyle", "rephoto", "reword", "video", "resend"] {
        thief.tap_data(&format!("{verb}:{id}")).await?;
        let last = thief.texts().pop().unwrap_or_default();
        let old = plain(&Locale::En.notice(Notice::OldButton));
        ensure(last.contains(&old), || format!("{verb} of somebody else's job: {last:?}"))?;
    }
    ensure(thief.videos().is_empty() && owner.videos().len() == 1, || "a video went where it does not belong".into())?;
    let said = thief.person.chat().into_iter().filter_map(|line| match line.body {
        Body::Text { html, .. } => Some(html),
        _ => None,
    });
    let id = id.to_string();
    ensure(said.into_iter().all(|text| !text.contains(&id)), || "the id was shown".into())?;
    ensure(run.env.jobs(thief.user).await?.is_empty(), || "an order".into())?;
    balance_is(&run, &thief, 2).await
}

/// A seller blocks the bot in the middle of an order: refunded, recorded, and greeted with their credits when they come back.
pub async fn blocks(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Zakhar", "en").await?, &run.env);
    env.kie.script(photo_of(&seller), vec![Outcome::success().after(env.times.making * 2)]);
    seller.order(Kind::Reels).await?;
    env.until("KIE has the task", async || Ok(tasks_of(&run, &seller) == 1)).await?;
    seller.person.block().await;
    let jobs = seller.until_over(1).await?;
    let State::Failed { class: Class::Unreachable, .. } = only(&jobs)?.state else {
        return Err(format!("{} is {:?}", jobs.len(), only(&jobs)?.state));
    };
    balance_is(&run, &seller, 2).await?;
    ensure(seller.videos().is_empty(), || "a video for somebody who blocked the bot".into())?;
    seller.person.unblock().await;
    says(&seller, Locale::En, Notice::WelcomeBack(Credits(2)))?;
    seller.order(Kind::Neurocard).await?;
    seller.until_over(2).await?;
    ensure(seller.videos().len() == 1, || "not delivered after they came back".into())?;
    balance_is(&run, &seller, 1).await
}

/// The prompt writer is out of order: the built-in prompt does.
pub async fn no_writer(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Arina", "en").await?;
    let about = format!("a mug of person {}", seller.user);
    run.env.llm.script(about.clone(), vec![Reply::Status(503, "overloaded".into()), Reply::Status(503, "overloaded".into())]);
    seller.tap_data("make:neurocard").await?;
    seller.send_photo(film::sample_photo()).await?;
    seller.say(&about).await?;
    seller.tap_data("skip").await?;
    seller.confirm().await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let asked = tasks(&run, &seller).first().map(prompt).unwrap_or_default();
    ensure(asked.contains(&about) && asked.contains("Bring this product photo to life"), || {
        format!("KIE was asked for {asked:?}")
    })
}
