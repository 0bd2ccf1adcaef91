//! Polls a task once. Only KIE's recordInfo decides the state of a task; a callback never does.

use adapters::kie::{PollError, Record};
use app::{Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis, Retry},
    job::{Job, TaskId},
};

use crate::{Generator, fetch::TaskResult, time_limits::WorkTime};

/// The diagnosis of an adopted task that was ordered for another attempt.
const FOREIGN_TASK: Diagnosis = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Attempts, remedy: None };

impl Generator {
    pub(crate) async fn poll_task(&self, job: &Job, task: &TaskId, time: WorkTime) -> StageResult {
        let is_ours = |url: &str| self.callbacks.may_be_of(url, job.user, job.id, job.state.attempts());
        match self.kie.record_info(task, is_ours).await {
            // A task that KIE does not know yet is polled again: a second task might be charged twice.
            Ok(Record::Running | Record::Missing) => self.poll_again(job).await,
            Ok(Record::Foreign) => {
                tracing::error!("the adopted task belongs to another attempt; its video is not used and the attempt has failed");
                self.attempt_failed(job, FOREIGN_TASK).await
            }
            Ok(Record::Failed { failure, kie_credits }) => self.task_refused(job, &failure, kie_credits).await,
            Ok(Record::Succeeded { urls, kie_credits }) => {
                self.fetch(job, &TaskResult { url: urls.first().map(String::as_str), kie_credits }, time).await
            }
            Err(PollError::Account(failure)) => {
                let answer = failure.log_text(job.prompt.as_deref());
                tracing::error!(answer, "KIE refuses our key: the operator is needed");
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
