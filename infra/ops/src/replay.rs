//! Replays a job for free: a job that ended without a delivery and whose letter is parked.

use std::fmt;

use adapters::{
    media::Media,
    queues::{Letter, Queue, Queues},
    table::{Table, TableError},
};
use domain::{
    classify::Class,
    job::{Job, KeptFilm, State},
    operator::Day,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    context::{Answer, OpsContext, OpsError},
    parked::{message_of, named, with_letters},
};

/// The result of a replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// The ids of the deleted letters.
    pub letters: Vec<String>,
    /// The failed job.
    pub job: String,
    /// The new job.
    pub replay: String,
    /// The owner of both jobs.
    pub person: i64,
    /// Whether the stored video is sent. Otherwise a new one is made.
    pub kept_video: bool,
    /// Whether the job was replayed before. Then no second job was made.
    pub already: bool,
}

impl Answer for Replayed {}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { job, replay, person, kept_video, already, .. } = self;
        let how = if *kept_video { "the kept video is sent again" } else { "a new video is made" };
        if *already {
            writeln!(f, "job {job} of person {person} was replayed before as {replay}: no second job was made")
        } else {
            writeln!(f, "job {job} of person {person} is replayed as {replay}: {how}, for no credits")
        }
    }
}

/// Replays the job of the letters with a name. If the job's video is stored but could not be delivered, the replay sends it;
/// otherwise a new video is made from the same order. The letters are deleted after the new job is committed. A second
/// replay makes no second job.
///
/// # Errors
/// The name fits no letter whose job can be replayed, or a call failed: then the letter is still parked.
pub async fn replay(context: &OpsContext, name: &str, why: &str) -> Result<Replayed, OpsError> {
    let replayer = Replayer { context, table: context.table()?, queues: context.queues()?, media: context.media()? };
    with_letters(&replayer.queues, async |letters| replayer.replay(&named(letters, name)?, why).await).await
}

struct Replayer<'a> {
    context: &'a OpsContext,
    table: Table,
    queues: Queues,
    media: Media,
}

impl Replayer<'_> {
    async fn replay(&self, letters: &[&Letter], why: &str) -> Result<Replayed, OpsError> {
        let Some(letter) = letters.first() else { return Err(OpsError::new("no letter was found", "See `parked list`.")) };
        let message = message_of(letter)?;
        let (user, id) = (message.user, message.job.replay());
        let (job, already) = match self.table.job(user, id).await? {
            Some(replay) => (replay, true),
            None => self.begin(letter, why).await?,
        };
        // The job exists now: if the message below is lost, the sweeper sends another one.
        let kept_video = matches!(job.state, State::Ready { .. } | State::Sending { .. } | State::Held { .. });
        if !job.has_ended() {
            let queue = if kept_video { Queue::Send } else { Queue::Generate };
            self.queues.send(queue, &job.message().body(), std::time::Duration::ZERO).await?;
        }
        for letter in letters {
            self.queues.delete_parked(letter).await?;
        }
        let letters = letters.iter().map(|letter| letter.id.clone()).collect();
        let (job, replay, person) = (message.job.to_string(), id.to_string(), user.0);
        Ok(Replayed { letters, job, replay, person, kept_video, already })
    }

    /// Creates the new job, and returns whether another operator has just created it.
    async fn begin(&self, letter: &Letter, why: &str) -> Result<(Job, bool), OpsError> {
        let message = message_of(letter)?;
        let Some(failed) = self.table.job(message.user, message.job).await? else {
            let what = format!("there is no job {} of person {}: there is nothing to replay", message.job, message.user);
            return Err(OpsError::new(what, "Read the letter with `parked show`, then `parked drop` it."));
        };
        let (id, rules) = (failed.id.replay(), self.context.rules()?);
        let video = self.kept_video(&failed, letter).await?;
        let replay = failed.replayed(id, video, self.context.now(), &rules).map_err(|_| not_failed(&failed))?;
        let note = self.context.signed(&format!("replay of {}: {why}", failed.id));
        match self.table.replay(&replay, &note).await {
            Ok(()) => {
                self.table.count(Day::of_replay(), self.context.now()).await;
                Ok((replay, false))
            }
            // Another operator created it at the same time: use that job.
            Err(TableError::Stale) => Ok((self.table.job(message.user, id).await?.ok_or(TableError::Stale)?, true)),
            Err(error) => Err(error.into()),
        }
    }

    /// The stored video of an undelivered job; `None` if the job failed otherwise or its video is no longer stored.
    async fn kept_video(&self, failed: &Job, letter: &Letter) -> Result<Option<KeptFilm>, OpsError> {
        if !matches!(failed.state, State::Failed { class: Class::CouldNotDeliver | Class::Unreachable, .. }) {
            return Ok(None);
        }
        // If the failed job was a replay itself, its letter names the earlier video. A key of another owner is ignored.
        let body = serde_json::from_str::<Value>(&letter.body).ok();
        let named = body.as_ref().and_then(|body| body.get("video")).and_then(Value::as_str);
        let own = Job::video_key(failed.user, failed.id);
        let is_theirs = |key: &&str| own.rsplit_once('/').is_some_and(|(folder, _)| key.starts_with(&format!("{folder}/")));
        let key = named.filter(is_theirs).map_or(own.clone(), str::to_owned);
        Ok(self.media.stored(&key).await?.map(|stored| KeptFilm { key, stored_at: stored.stored_at }))
    }
}

fn not_failed(job: &Job) -> OpsError {
    let what = format!("job {} of person {} is {}: only what failed is replayed", job.id, job.user, job.state.name());
    let advice = if job.has_ended() {
        "The job was delivered: `parked drop` the letter. The person can have the video sent again with /videos."
    } else {
        "The job is still under way and ends by itself. Run `job` later, then replay or `parked drop` the letter."
    };
    OpsError::new(what, advice)
}
