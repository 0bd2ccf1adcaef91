//! One poll of a task: KIE's recordInfo is the only truth about it.

use adapters::kie::{PollError, Record, classify};
use app::{Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis, Retry},
    job::{Job, TaskId},
};

use crate::Generator;

/// A task without a video of this attempt: it succeeded and lists no video, or it was ordered for another attempt.
pub(crate) const NO_VIDEO: Diagnosis = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Attempts };

impl Generator {
    pub(crate) async fn poll_task(&self, job: &Job, task: &TaskId) -> StageResult {
        let (user, id, attempt) = (job.user.0, job.id.to_string(), job.state.attempts());
        match self.kie.record_info(task, |url| self.callbacks.may_be_of(url, user, &id, attempt)).await {
            // A task that KIE does not know (yet) is polled again: a second task would be paid for twice.
            Ok(Record::Running | Record::Missing) => self.poll_again(job).await,
            Ok(Record::Foreign) => {
                tracing::error!("a callback brought a task that was ordered for another attempt: it is not taken");
                self.attempt_failed(job, NO_VIDEO).await
            }
            Ok(Record::Failed(failure)) => self.attempt_failed(job, classify(&failure)).await,
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
