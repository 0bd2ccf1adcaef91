//! Checks which film arrived: its bytes are those of a film that KIE made for a task of its own job, the first time and in every
//! repeat.

use std::collections::{BTreeMap, BTreeSet};

use adapters::table::AccountSnapshot;
use domain::{
    ids::JobId,
    job::{Job, State},
};
use fakes::kie::TaskState;
use testkit::environment::TestEnvironment;

use super::{chat::Chat, findings::Findings};

/// The SHA-256 of the films that KIE made for each job, in hex.
pub(super) type Films = BTreeMap<JobId, BTreeSet<String>>;

/// The films that KIE made for the jobs whose video is in a chat. A film is rendered when it is first read, so the films of other jobs
/// are not read.
pub(super) fn made(env: &TestEnvironment, chat: &Chat, snapshot: &AccountSnapshot) -> Films {
    let mut films = Films::new();
    for job in snapshot.jobs.iter().filter(|job| chat.has_video_of(job.id)) {
        let makers = [Some(job.id), kept_of(job, &snapshot.jobs)];
        let tasks = env.kie.tasks().into_iter().filter(|task| task.state == TaskState::Success);
        let own = tasks.filter(|task| env.attempt_of(task).is_some_and(|(_, id, _)| makers.contains(&Some(id))));
        films.insert(job.id, own.filter_map(|task| env.kie.result_sha256(&task.id)).collect());
    }
    films
}

/// The job whose kept film a replay sends.
fn kept_of(job: &Job, jobs: &[Job]) -> Option<JobId> {
    let (State::Delivered { video_key: Some(key), .. }
    | State::Ready { video_key: key, .. }
    | State::Sending { video_key: key, .. }) = &job.state
    else {
        return None;
    };
    jobs.iter().map(|other| other.id).find(|other| Job::video_key(job.user, *other) == *key)
}

/// Checks every video in a chat.
pub(super) fn of_films(chat: &Chat, films: &Films, findings: &mut Findings) {
    let delivered = chat.videos.iter().flat_map(|(job, videos)| videos.iter().map(move |(_, video)| (Some(*job), video)));
    let repeated = chat.repeats.iter().map(|(job, video)| (*job, video));
    for (job, video) in delivered.chain(repeated) {
        // The bot's example videos belong to no job.
        let Some(job) = job else { continue };
        match films.get(&job) {
            None => findings.misinformed.push(format!("a video arrived of job {job}, which is none of the seller's")),
            Some(films) if films.contains(&video.sha256) => {}
            Some(films) => findings.misinformed.push(format!(
                "job {job}: the film {} arrived, which is none of the {} films that KIE made for it",
                video.sha256,
                films.len()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use fakes::telegram::{SentAs, SentVideo, Via};

    use super::*;
    use crate::history::tests::job;

    fn video(sha256: &str) -> SentVideo {
        let (file_id, sha256, caption) = (String::new(), sha256.to_owned(), String::new());
        SentVideo { file_id, sha256, size: 1, caption, via: Via::Url, sent_as: SentAs::Video, film: None }
    }

    fn found(delivered: &[(JobId, &str)], repeated: &[(JobId, &str)]) -> usize {
        let films = BTreeMap::from([
            (job("a", 1), BTreeSet::from(["first".to_owned(), "second".to_owned()])),
            (job("a", 2), BTreeSet::from(["other".to_owned()])),
        ]);
        let mut chat = Chat::default();
        for (job, film) in delivered {
            chat.videos.entry(*job).or_default().push((0, video(film)));
        }
        chat.repeats = repeated.iter().map(|(job, film)| (Some(*job), video(film))).collect();
        let mut findings = Findings::default();
        of_films(&chat, &films, &mut findings);
        findings.misinformed.len()
    }

    #[test]
    fn a_film_of_another_job_is_found_also_in_a_repeat() {
        let (one, two) = (job("a", 1), job("a", 2));
        assert_eq!(found(&[(one, "first"), (two, "other")], &[(one, "second")]), 0);
        assert_eq!(found(&[(one, "other")], &[]), 1, "the film of the sibling");
        assert_eq!(found(&[(one, "first"), (one, "forged")], &[]), 1, "the second arrival is another film");
        assert_eq!(found(&[(one, "first")], &[(one, "other")]), 1, "a repeat of another film");
        assert_eq!(found(&[(job("b", 1), "first")], &[]), 1, "the job of another seller");
    }
}
