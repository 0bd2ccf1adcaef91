//! Scenarios about the conversation: several videos, the seller's own prompt, an album, going back, old buttons.

use std::collections::BTreeSet;

use bytes::Bytes;
use domain::{
    catalog::Kind, classify::Class, conversation::Notice, credits::Credits, job::State, locale::Locale, view::Progress,
};
use fakes::{
    film,
    kie::{Outcome, TaskView},
    llm::Reply,
    telegram::{Body, CallFailure, SentAs, Via},
};
use testkit::environment::Seller;

use super::{delivery::delivered_as_made, failures::tasks_of};
use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only, refunded},
};

/// Taps these buttons in order.
async fn tap_all(seller: &Seller, taps: &[&str]) -> Result<(), String> {
    for tap in taps {
        seller.tap_data(tap).await?;
    }
    Ok(())
}

/// Checks that a text in the chat contains this notice.
fn shows_notice(seller: &Seller, locale: Locale, notice: Notice) -> Result<(), String> {
    let (texts, notice) = (seller.texts(), plain(&locale.notice(notice)));
    ensure(texts.iter().any(|text| text.contains(&notice)), || format!("the chat does not contain {notice:?}: {texts:#?}"))
}

/// Returns a text without its bold markup, as the chat shows it.
fn plain(html: &str) -> String {
    html.replace("<b>", "").replace("</b>", "")
}

/// Returns KIE's tasks for a seller, oldest first.
fn tasks(run: &ScenarioRun, seller: &Seller) -> Vec<TaskView> {
    run.env.tasks_of(seller.user)
}

fn prompt(task: &TaskView) -> String {
    task.input.get("prompt").and_then(|prompt| prompt.as_str()).unwrap_or_default().to_owned()
}

/// One of five videos in an order is rejected: four arrive, one credit is refunded, and one status message shows both counts.
pub async fn five_videos(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Pavel", "en").await?;
    run.give(&seller, 5).await?;
    let good = Outcome::success;
    let bad = Outcome::fail("422", "Invalid prompt: prompt contains prohibited content");
    run.env.script_kie(seller.user, vec![good(), good(), bad, good(), good()]);
    seller.tap_data("make:reels").await?;
    seller.send_photo(run.env.photo.clone()).await?;
    seller.tap_data("edit:about").await?;
    seller.say("a handmade mug <300 ml> & saucer").await?;
    // Words at the summary are wishes.
    seller.say("autumn mood").await?;
    seller.tap_data("count:5").await?;
    seller.confirm().await?;
    balance_is(&run, &seller, 2).await?;
    let jobs = seller.until_over(5).await?;
    let failed: Vec<_> = jobs.iter().filter(|job| matches!(job.state, State::Failed { .. })).collect();
    let [failed] = failed.as_slice() else { return Err(format!("{} of five jobs failed, one expected", failed.len())) };
    refunded(&run, &seller, failed, Class::ContentRejected).await?;
    ensure(seller.videos().len() == 4, || format!("{} videos arrived, four expected", seller.videos().len()))?;
    balance_is(&run, &seller, 3).await?;
    let prompts: BTreeSet<_> = tasks(&run, &seller).iter().map(prompt).collect();
    ensure(prompts.len() == 5, || format!("KIE got {} different prompts, five expected: {prompts:#?}", prompts.len()))?;
    let over = Progress { ordered: 5, delivered: 4, failed: 1, ..Progress::none(Kind::Reels) };
    let over = plain(&Locale::En.status(over, None));
    let shown = || async { Ok(seller.texts().iter().filter(|text| **text == over).count() == 1) };
    run.env.until("one status message shows four delivered and one failed", shown).await
}

/// The seller writes a prompt and extends it. KIE gets it unchanged, and the prompt writer is not called.
pub async fn own_prompt(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Rita", "ru").await?;
    seller.tap_data("make:reels").await?;
    seller.send_photo(run.env.photo.clone()).await?;
    seller.tap_data("style:own").await?;
    seller.say("Кот <рядом> с кружкой").await?;
    seller.tap_data("prompt:add").await?;
    seller.say("пар над чаем & снег").await?;
    seller.tap_data("prompt:use").await?;
    let requests_before = run.env.llm.requests().len();
    seller.confirm().await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let prompts: Vec<_> = tasks(&run, &seller).iter().map(prompt).collect();
    ensure(prompts == ["Кот <рядом> с кружкой\nпар над чаем & снег"], || {
        format!("KIE got the prompts {prompts:?}")
    })?;
    let requests = run.env.llm.requests().split_off(requests_before);
    ensure(requests.iter().all(|request| !request.user.contains("Кот")), || {
        "the prompt writer was asked for this prompt".into()
    })?;
    balance_is(&run, &seller, 0).await
}

/// The seller sends an album: the bot uses its first photo, and says so once.
pub async fn album(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Sonya", "en").await?;
    seller.tap_data("make:neurocard").await?;
    let photos: Vec<Bytes> = (0..3).map(|n| Bytes::from(film::photo_of(600 + n * 40, 800))).collect();
    let deliveries = seller.person.send_album(photos.clone()).await;
    ensure(deliveries.len() == 3 && deliveries.iter().all(fakes::telegram::Delivery::taken), || {
        format!("the webhook refused an update of the album: {deliveries:?}")
    })?;
    let notice = plain(&Locale::En.notice(Notice::FirstOfAlbum));
    let times = seller.texts().iter().filter(|text| text.contains(&notice)).count();
    ensure(times == 1, || format!("the bot said {times} times that one photo is enough, not once: {:#?}", seller.texts()))?;
    seller.confirm().await?;
    let jobs = seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let used = run.env.telegram.file(&only(&jobs)?.order.photo.file_id);
    ensure(used == photos.first().cloned(), || "the order does not use the first photo of the album".into())
}

/// The seller goes back, leaves the order and resumes it, changes photo and language: the last summary is ordered, once.
pub async fn back_and_forth(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Timur", "en").await?;
    // A photo that comes first asks only for the kind.
    seller.send_photo(run.env.photo.clone()).await?;
    seller.tap_data("make:reels").await?;
    let old_confirm = seller.confirm_data()?;
    tap_all(&seller, &["edit:style", "back", "edit:wishes"]).await?;
    seller.say("snow").await?;
    tap_all(&seller, &["menu", "balance", "menu", "language", "speak:ru", "resume"]).await?;
    let other = Bytes::from(film::photo_of(640, 900));
    seller.send_photo(other.clone()).await?;
    tap_all(&seller, &["photo:new", "edit:photo", "back"]).await?;
    // The confirm button of an earlier summary is still in the chat.
    seller.tap_data(&old_confirm).await?;
    shows_notice(&seller, Locale::Ru, Notice::OldButton)?;
    ensure(run.env.jobs(seller.user).await?.is_empty(), || "an old confirm button placed an order".into())?;
    balance_is(&run, &seller, 2).await?;
    let fresh = seller.confirm_data()?;
    ensure(fresh != old_confirm, || "the summary changed, but its confirm button did not".into())?;
    seller.tap_data(&fresh).await?;
    let jobs = seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let order = &only(&jobs)?.order;
    ensure(order.brief.wishes.as_deref() == Some("snow") && order.locale == Locale::Ru, || {
        format!("the order does not have the last summary's wishes and language: {order:?}")
    })?;
    ensure(run.env.telegram.file(&order.photo.file_id) == Some(other), || "the order does not use the new photo".into())?;
    balance_is(&run, &seller, 1).await
}

/// The seller asks for a delivered video again from the list: the same file is sent, free of charge.
pub async fn resend(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Ulyana", "en").await?;
    seller.order(Kind::Neurocard).await?;
    seller.until_over(1).await?;
    let ledger = run.env.ledger(seller.user).await?;
    seller.say("/videos").await?;
    let video = seller.button("video:").ok_or("the list has no button of a video")?;
    seller.tap_data(&video).await?;
    let resend = seller.button("resend:").ok_or("the video has no button to send it again")?;
    seller.tap_data(&resend).await?;
    let videos = seller.videos();
    let [first, again] = videos.as_slice() else { return Err(format!("the chat has {} videos, two expected", videos.len())) };
    ensure(first.sha256 == again.sha256 && again.via == Via::FileId, || {
        format!("the second video is not the first one's file: {again:?}")
    })?;
    // Telegram refuses the file id for good: the sender sends the kept video.
    let unknown = "Bad Request: wrong file identifier/HTTP URL specified".to_owned();
    run.env.telegram.fail(seller.user.0, "sendVideo", 1, CallFailure::Refuse(400, unknown));
    seller.tap_data(&resend).await?;
    let soon = plain(&Locale::En.notice(Notice::ResentSoon));
    ensure(seller.texts().pop().is_some_and(|text| text.contains(&soon)), || {
        "the screen does not say that the video comes".into()
    })?;
    run.env.until("the kept video is in the chat", async || Ok(seller.videos().len() == 3)).await?;
    let last = seller.videos().pop().ok_or("the chat has no video")?;
    ensure(seller.videos().len() == 3 && last.via == Via::Url && last.sha256 == first.sha256, || {
        format!("the third video is not the kept one: {last:?}")
    })?;
    as_a_file(&run, &seller).await?;
    ensure(run.env.ledger(seller.user).await? == ledger, || "sending the video again changed the ledger".into())?;
    balance_is(&run, &seller, 1).await
}

/// The seller asks for the delivered video as a file: the sender uploads the kept bytes as a document.
async fn as_a_file(run: &ScenarioRun, seller: &Seller) -> Result<(), String> {
    let file = seller.button("file:").ok_or("the video has no button for a file")?;
    let before = seller.videos();
    seller.tap_data(&file).await?;
    shows_notice(seller, Locale::En, Notice::FileSoon)?;
    run.env.until("the file is in the chat", async || Ok(seller.videos().len() == before.len() + 1)).await?;
    let sent = seller.videos().pop().ok_or("the chat has no file")?;
    let bytes = before.first().map(|video| &video.sha256);
    ensure(sent.sent_as == SentAs::Document && sent.via == Via::Upload && Some(&sent.sha256) == bytes, || {
        format!("the file is not the delivered video, uploaded as a document: {sent:?}")
    })
}

/// A button contains the id of another seller's job: the bot answers that the button is old.
pub async fn not_theirs(run: ScenarioRun) -> Result<(), String> {
    let owner = run.seller("Varya", "ru").await?;
    owner.order(Kind::Reels).await?;
    let jobs = owner.until_over(1).await?;
    let id = only(&jobs)?.id;
    let thief = run.seller("Yegor", "en").await?;
    for verb in ["again", "restyle", "rephoto", "reword", "video", "resend", "file", "finished"] {
        thief.tap_data(&format!("{verb}:{id}")).await?;
        let last = thief.texts().pop().unwrap_or_default();
        let old = plain(&Locale::En.notice(Notice::OldButton));
        ensure(last.contains(&old), || format!("the button {verb} of another seller's job was not refused as old: {last:?}"))?;
    }
    ensure(thief.videos().is_empty() && owner.videos().len() == 1, || "a video was sent to the wrong chat, or twice".into())?;
    let texts = thief.person.chat().into_iter().filter_map(|line| match line.body {
        Body::Text { html, .. } => Some(html),
        _ => None,
    });
    let id = id.to_string();
    ensure(texts.into_iter().all(|text| !text.contains(&id)), || "a text shows the id of another seller's job".into())?;
    ensure(run.env.jobs(thief.user).await?.is_empty(), || "another seller's button placed an order".into())?;
    balance_is(&run, &thief, 2).await
}

/// The seller blocks the bot during an order: the film is held and the charge stays; on the return the film is sent.
pub async fn blocks(run: ScenarioRun) -> Result<(), String> {
    let (seller, env) = (run.seller("Zakhar", "en").await?, &run.env);
    env.script_kie(seller.user, vec![Outcome::success().after(env.times.making * 2)]);
    seller.order(Kind::Reels).await?;
    env.until("KIE has the task", async || Ok(tasks_of(&run, &seller) == 1)).await?;
    seller.person.block().await;
    env.until("the film is held", async || {
        Ok(env.jobs(seller.user).await?.iter().all(|job| matches!(job.state, State::Held { .. })))
    })
    .await?;
    balance_is(&run, &seller, 1).await?;
    ensure(seller.videos().is_empty(), || "a video was sent to a seller who blocked the bot".into())?;
    seller.person.unblock().await;
    shows_notice(&seller, Locale::En, Notice::WelcomeBack(Credits(1)))?;
    let jobs = seller.until_over(1).await?;
    ensure(matches!(only(&jobs)?.state, State::Delivered { .. }), || format!("the job is {:?}", jobs))?;
    ensure(seller.videos().len() == 1 && tasks_of(&run, &seller) == 1, || "the film was not sent, or made again".into())?;
    balance_is(&run, &seller, 1).await
}

/// The prompt writer is down: the video is made from the built-in prompt.
pub async fn no_writer(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Arina", "en").await?;
    let about = format!("a mug of person {}", seller.user);
    run.env.llm.script(about.clone(), vec![Reply::Status(503, "overloaded".into()), Reply::Status(503, "overloaded".into())]);
    seller.tap_data("make:neurocard").await?;
    seller.send_photo(run.env.photo.clone()).await?;
    seller.tap_data("edit:about").await?;
    seller.say(&about).await?;
    seller.confirm().await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    let used = tasks(&run, &seller).first().map(prompt).unwrap_or_default();
    ensure(used.starts_with("The photo becomes one continuous shot") && !used.contains(&about), || {
        format!("KIE got the prompt {used:?}, not the built-in one")
    })
}
