//! One attempt: when it is this job's turn, and recorded first, because createTask has no idempotency key.

use std::time::Duration;

use adapters::kie::CreateError;
use app::{Outcome, Trouble};
use domain::{
    classify::{Class, Diagnosis, Retry, classify},
    job::Job,
    turns,
};

use crate::Generator;

/// What the numbers are drawn for: calls of createTask.
const LIMITED: &str = "kie";
/// Longest a job waits for its number; then it goes on without one.
const NUMBER_TIMEOUT: Duration = Duration::from_secs(2);

impl Generator {
    /// Submits a job whose photo and prompt are there.
    pub(crate) async fn submit(&self, job: &Job) -> Result<Outcome, Trouble> {
        match (&job.photo_key, &job.prompt) {
            (Some(photo_key), Some(prompt)) => self.submit_with(job, photo_key, prompt).await,
            _ => self.prepare(job).await,
        }
    }

    pub(crate) async fn submit_with(&self, job: &Job, photo_key: &str, prompt: &str) -> Result<Outcome, Trouble> {
        let Some(product) = self.catalog.product(&job.order.product) else {
            tracing::error!(product = %job.order.product, "no such product in this build's catalog");
            return self.ending.end(job, &Diagnosis::of(Class::OurAccount)).await;
        };
        let (clock, rules) = (&self.chain.clock, &self.chain.rules);
        if let Some(wait) = self.wait_for_turn().await {
            tracing::info!(seconds = wait.as_secs(), "not its turn at KIE");
            return self.moved_on(&job.sent_away(photo_key, prompt, wait, clock.now(), rules), Outcome::Postponed).await;
        }
        // A slow preparation may have used up the time there was.
        if let Some(deadline) = job.deadline(rules)
            && !job.has_time_for_a_lease(clock.now(), rules)
        {
            self.save(&job.resting(deadline)).await?;
            return Ok(Outcome::TooEarly);
        }
        let photo_url = self.media.presigned_get(photo_key, rules.generation_deadline).await;
        let photo_url = photo_url.map_err(|error| Trouble::Other(error.to_string()))?;
        let claimed = job.claim_submission(photo_key, prompt, clock.now(), rules)?;
        self.save(&claimed).await?;
        let input = product.model_input(&photo_url, prompt);
        match self.kie.create_task(&product.model, &input, &self.callback_url(&claimed)).await {
            Ok(task) => {
                let moved = claimed.submitted(task, clock.now(), rules)?;
                let outcome = self.moved_on(&moved, Outcome::Submitted).await?;
                self.status.show(&moved.job).await;
                Ok(outcome)
            }
            Err(CreateError::Refused(failure)) => self.attempt_failed(&claimed, classify(&failure)).await,
            Err(CreateError::NotSent(reason)) => {
                tracing::warn!(reason, "KIE was not reached");
                let unreached = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Patiently };
                self.attempt_failed(&claimed, unreached).await
            }
            Err(CreateError::Unknown(reason)) => {
                tracing::warn!(reason, "createTask's reply was lost; its callback is awaited");
                self.save(&claimed.submission_lost(clock.now(), rules)?).await?;
                Ok(Outcome::SubmissionLost)
            }
        }
    }

    /// How long to leave KIE alone before a task is created; `None`: it is this job's turn. Where no number is to be had it is
    /// everybody's: what KIE refuses as too much is tried again as well.
    async fn wait_for_turn(&self) -> Option<Duration> {
        let window = turns::window(self.chain.clock.now());
        let drawn = tokio::time::timeout(NUMBER_TIMEOUT, self.chain.table.next_number(LIMITED, window)).await;
        match drawn {
            Ok(Ok(number)) => self.turns.wait(number).map(|wait| wait + self.dice.jitter(turns::APART_MAX)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "no number was drawn");
                None
            }
            Err(_) => {
                tracing::warn!("no number was drawn in time");
                None
            }
        }
    }

    /// The job's own address for this attempt.
    fn callback_url(&self, job: &Job) -> String {
        let path = self.callbacks.path(job.user.0, &job.id.to_string(), job.state.attempts());
        format!("{}{path}", self.callback_base_url.trim_end_matches('/'))
    }
}
