//! Submits one attempt to KIE, if the rate limit allows.
//!
//! The attempt is recorded before createTask is called, because createTask has no idempotency key.

use std::time::Duration;

use adapters::kie::CreateError;
use app::{HandlerError, Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis, Retry},
    job::{Job, Prepared},
    rate_limiter,
};

use crate::Generator;

/// The name of the rate-limit counter. It counts the calls of createTask in a window of time.
const COUNTER: &str = "kie";
/// Longest that a job waits for the rate-limit counter. Then the job is submitted without the limit.
const COUNTER_TIMEOUT: Duration = Duration::from_secs(2);

impl Generator {
    /// Submits the job's prepared photo and prompt to KIE, or postpones the job if the rate limit is reached.
    pub(crate) async fn submit_task(&self, job: &Job, prepared: &Prepared) -> StageResult {
        let Prepared { photo_key, prompt } = prepared;
        let Some(product) = self.catalog.product(&job.order.product) else {
            tracing::error!(product = %job.order.product, "the catalog lacks the product of the job; the job is ended");
            return self.settlements.end(job, &Diagnosis::of(Class::OurAccount)).await;
        };
        let (clock, rules) = (&self.jobs.clock, &self.jobs.rules);
        if let Some(wait) = self.wait_for_rate_limit().await {
            tracing::info!(wait_secs = wait.as_secs(), "the rate limit of createTask is reached; the job is postponed");
            return self.advance(&job.rate_limited(photo_key, prompt, wait, clock.now(), rules), Outcome::Postponed).await;
        }
        // A slow preparation may have left too little time before the deadline for another lease.
        if let Some(deadline) = job.deadline(rules)
            && !job.has_time_for_a_lease(clock.now(), rules)
        {
            self.save(&job.resting(deadline)).await?;
            return Ok(Outcome::TooEarly);
        }
        let photo_url = self.media.presigned_get(photo_key, rules.generation_deadline).await;
        let photo_url = photo_url.map_err(HandlerError::PhotoNotSigned)?;
        let claimed = job.claim_submission(photo_key, prompt, clock.now(), rules)?;
        self.save(&claimed).await?;
        let input = product.model_input(&photo_url, prompt);
        match self.kie.create_task(&product.model, &input, &self.callback_url(&claimed)).await {
            Ok(task) => {
                let moved = claimed.submitted(task, clock.now(), rules)?;
                let outcome = self.advance(&moved, Outcome::Submitted).await?;
                self.status_message.show(&moved.job).await;
                Ok(outcome)
            }
            Err(CreateError::Refused(failure)) => self.attempt_refused(&claimed, &failure).await,
            Err(CreateError::NotSent(reason)) => {
                tracing::warn!(reason, "KIE could not be reached; the attempt has failed");
                let unreached = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Patiently };
                self.attempt_failed(&claimed, unreached).await
            }
            Err(CreateError::Unknown(reason)) => {
                tracing::warn!(reason, "createTask's reply was lost; the job waits for its callback");
                self.save(&claimed.submission_lost(clock.now(), rules)?).await?;
                Ok(Outcome::SubmissionLost)
            }
        }
    }

    /// How long the rate limit postpones this job; `None` if the job is submitted now. If the rate-limit counter cannot be read,
    /// the job is submitted anyway: KIE's 429 is retried.
    async fn wait_for_rate_limit(&self) -> Option<Duration> {
        let window = rate_limiter::window(self.jobs.clock.now());
        let counted = tokio::time::timeout(COUNTER_TIMEOUT, self.jobs.table.increment_counter(COUNTER, window)).await;
        match counted {
            Ok(Ok(number)) => self.rate_limiter.wait(number).map(|wait| wait + self.rng.jitter(rate_limiter::APART_MAX)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the rate-limit counter could not be read; the job is submitted anyway");
                None
            }
            Err(_) => {
                tracing::warn!("the rate-limit counter could not be read in time; the job is submitted anyway");
                None
            }
        }
    }

    /// The signed address to which KIE sends the callback of this attempt.
    fn callback_url(&self, job: &Job) -> String {
        let path = self.callbacks.path(job.user.0, &job.id.to_string(), job.state.attempts());
        format!("{}{path}", self.callback_base_url.trim_end_matches('/'))
    }
}
