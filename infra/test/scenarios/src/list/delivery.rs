//! Scenarios in which the order is delivered.

use std::collections::BTreeSet;

use domain::{catalog::Kind, job::State};
use fakes::{
    film,
    telegram::{Author, Body},
};
use testkit::environment::Seller;

use crate::{
    ScenarioRun,
    expect::{balance_is, ensure, only},
};

pub async fn a_neurocard(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Anna", "ru").await?;
    balance_is(&run, &seller, 2).await?;
    seller.prepare(Kind::Neurocard, run.photo.clone()).await?;
    seller.confirm().await?;
    let actions = actions(&seller);
    run.remark(format!("the seller's actions up to the order, the terms included: {} ({})", actions.len(), actions.join(", ")));
    ensure(actions.len() == 5, || format!("a newcomer needs {} actions up to an order, not 5", actions.len()))?;
    balance_is(&run, &seller, 1).await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    balance_is(&run, &seller, 1).await
}

/// What the seller did in the chat, each with the label of the tapped button.
fn actions(seller: &Seller) -> Vec<String> {
    let chat = seller.person.chat();
    let label = |data: &str| {
        let buttons =
            chat.iter().flat_map(|line| line.keyboard.iter().chain(line.earlier.iter().flat_map(|before| &before.keyboard)));
        let button = buttons.flatten().find(|button| button.data.as_deref() == Some(data));
        button.map_or_else(|| data.to_owned(), |button| format!("[{}]", button.label))
    };
    let named = |body: &Body| match body {
        Body::Text { text, .. } => text.clone(),
        Body::Tap { data } => label(data),
        _ => "a photo".to_owned(),
    };
    chat.iter().filter(|line| line.author == Author::Person).map(|line| named(&line.body)).collect()
}

pub async fn again(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Boris", "en").await?;
    seller.order(Kind::Reels).await?;
    seller.until_over(1).await?;
    let again = seller.button("again:").ok_or("the video has no button to order it again")?;
    seller.tap_data(&again).await?;
    seller.confirm().await?;
    let jobs = seller.until_over(2).await?;
    ensure(jobs.iter().all(|job| matches!(job.state, State::Delivered { .. })), || {
        "one of the two jobs is not delivered".into()
    })?;
    ensure(seller.videos().len() == 2, || "the chat does not have two videos".into())?;
    let different: BTreeSet<_> = seller.videos().into_iter().map(|video| video.sha256).collect();
    ensure(different.len() == 2, || "the second order delivered the first order's video".into())?;
    let photos: BTreeSet<_> = jobs.iter().map(|job| job.photo_key.clone()).collect();
    ensure(photos.len() == 1, || format!("the photo is not stored exactly once: {photos:?}"))?;
    let file_ids: Vec<_> = jobs.iter().map(|job| job.order.photo.file_id.clone()).collect();
    let fetched = run.env.telegram.calls().into_iter().filter(|call| {
        let file_id = call.params.get("file_id").and_then(|id| id.as_str());
        call.method == "getFile" && file_id.is_some_and(|id| file_ids.iter().any(|known| known == id))
    });
    ensure(fetched.count() == 1, || "the photo was not fetched from Telegram exactly once".into())?;
    balance_is(&run, &seller, 0).await
}

/// Checks that the seller's only job was delivered, and that the chat, KIE and the media store have the same video.
pub(super) async fn delivered_as_made(run: &ScenarioRun, seller: &Seller) -> Result<(), String> {
    let jobs = run.env.jobs(seller.user).await?;
    let job = only(&jobs)?;
    let State::Delivered { file_id: Some(file_id), .. } = &job.state else {
        return Err(format!("the job {} is {}, not delivered with a file id", job.id, job.state.name()));
    };
    let arrived = run.env.telegram.file(file_id).ok_or("the chat does not have the delivered video")?;
    film::is_playable(&arrived).map_err(|error| format!("the delivered video does not play: {error}"))?;
    let tasks = run.env.kie.tasks();
    let task = tasks.iter().rev().find(|task| run.env.attempt_of(task).is_some_and(|(_, id, _)| id == job.id));
    let made = task.and_then(|task| run.env.kie.result(&task.id)).ok_or("KIE has no result for this job")?;
    let stored = run.env.object(&format!("videos/{}/{}.mp4", seller.user, job.id)).await?;
    ensure(arrived == made && made == stored, || "the chat, KIE and the media store have different videos".into())?;
    ensure(seller.videos().len() == 1, || format!("the chat has {} videos, one expected", seller.videos().len()))
}
