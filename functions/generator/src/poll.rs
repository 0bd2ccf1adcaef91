//! Polls a task once. Only KIE's recordInfo decides the state of a task; a callback never does.

use adapters::kie::{PollError, Record};
use app::{Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis, Retry},
    job::{Job, TaskId},
};

use crate::Generator;

/// The diagnosis of a task without a video for this attempt: the task succeeded and lists no video, or belongs to another
/// attempt.
pub(crate) const NO_VIDEO: Diagnosis = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Attempts };

impl Generator {
    pub(crate) async fn poll_task(&self, job: &Job, task: &TaskId) -> StageResult {
        let (user, id, attempt) = (job.user.0, job.id.to_string(), job.state.attempts());
        match self.kie.record_info(task, |url| self.callbacks.may_be_of(url, user, &id, attempt)).await {
            // A task that KIE does not know yet is polled again: a second task might be charged twice.
            Ok(Record::Running | Record::Missing) => self.poll_again(job).await,
            Ok(Record::Foreign) => {
                tracing::error!("the adopted task belongs to another attempt; its video is not used and the attempt has failed");
                self.attempt_failed(job, NO_VIDEO).await
            }
            Ok(Record::Failed(failure)) => self.attempt_refused(job, &failure).await,
            Ok(Record::Succeeded { urls, .. }) => match urls.first() {
                Some(url) => self.fetch(job, url).await,
                None => self.attempt_failed(job, NO_VIDEO).await,
            },
            Err(PollError::Account(failure)) => {
                let (code, message) = (failure.code, failure.message);
                tracing::error!(code, message, "KIE refuses our key: the operator is needed");
                self.poll_again(job).await
            }
            Err(error) => {
                tracing::warn!(%error, "KIE could not be polled; the task is polled again");
                self.poll_again(job).await
            }
        }
    }

    pub(crate) async fn poll_again(&self, job: &Job) -> StageResult {
        let moved = job.polled(self.jobs.clock.now(), &self.jobs.rules)?;
        self.advance(&moved, Outcome::StillRunning).await
    }
}
