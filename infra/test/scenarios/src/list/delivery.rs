//! Orders that are delivered.

use std::collections::BTreeSet;

use domain::{catalog::Kind, job::State};
use fakes::film;
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
    balance_is(&run, &seller, 1).await?;
    seller.until_over(1).await?;
    delivered_as_made(&run, &seller).await?;
    balance_is(&run, &seller, 1).await
}

pub async fn again(run: ScenarioRun) -> Result<(), String> {
    let seller = run.seller("Boris", "en").await?;
    seller.order(Kind::Reels).await?;
    seller.until_over(1).await?;
    let again = seller.button("again:").ok_or("no button to order it again")?;
    seller.tap_data(&again).await?;
    seller.confirm().await?;
    let jobs = seller.until_over(2).await?;
    ensure(jobs.iter().all(|job| matches!(job.state, State::Delivered { .. })), || "not both delivered".into())?;
    ensure(seller.videos().len() == 2, || "not two videos in the chat".into())?;
    let different: BTreeSet<_> = seller.videos().into_iter().map(|video| video.sha256).collect();
    ensure(different.len() == 2, || "the same video twice".into())?;
    let photos = run.env.keys(&format!("photos/{}/", seller.user)).await?;
    ensure(photos.len() == 1, || format!("uploaded again: {photos:?}"))?;
    let file_ids: Vec<_> = jobs.iter().map(|job| job.order.photo.file_id.clone()).collect();
    let fetched = run.env.telegram.calls().into_iter().filter(|call| {
        let asked = call.params.get("file_id").and_then(|id| id.as_str());
        call.method == "getFile" && asked.is_some_and(|id| file_ids.iter().any(|known| known == id))
    });
    ensure(fetched.count() == 1, || "the photo was fetched from Telegram again".into())?;
    balance_is(&run, &seller, 0).await
}

/// The one job was delivered, and what arrived is what KIE made and what the media store holds.
pub(super) async fn delivered_as_made(run: &ScenarioRun, seller: &Seller) -> Result<(), String> {
    let jobs = run.env.jobs(seller.user).await?;
    let job = only(&jobs)?;
    let State::Delivered { file_id: Some(file_id), .. } = &job.state else {
        return Err(format!("{} is {}", job.id, job.state.name()));
    };
    let arrived = run.env.telegram.file(file_id).ok_or("the video is not in the chat")?;
    film::is_playable(&arrived).map_err(|error| format!("what arrived does not play: {error}"))?;
    let mine = format!("/{}/{}/", seller.user, job.id);
    let tasks = run.env.kie.tasks();
    let task = tasks.iter().rev().find(|task| task.callback_url.as_ref().is_some_and(|url| is_of(url, &mine, job)));
    let made = task.and_then(|task| run.env.kie.result(&task.id)).ok_or("KIE made nothing for this job")?;
    let stored = run.env.object(&format!("videos/{}/{}.mp4", seller.user, job.id)).await?;
    ensure(arrived == made && made == stored, || "what arrived is not what was made and stored".into())?;
    ensure(seller.videos().len() == 1, || format!("{} videos in the chat", seller.videos().len()))
}

/// Whether a callback address is this job's.
fn is_of(url: &str, mine: &str, job: &domain::job::Job) -> bool {
    url.contains(mine) || (url.contains(&job.user.to_string()) && url.contains(&job.id.to_string()))
}
