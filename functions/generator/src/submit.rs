//! Submits one attempt to KIE, if the rate limit allows.
//!
//! The attempt is recorded before createTask is called, because createTask has no idempotency key.

use std::time::Duration;

use adapters::{
    kie::{CreateError, Failure, PollError},
    wire::read,
};
use app::{HandlerError, Outcome, StageResult};
use domain::{
    classify::{Class, Diagnosis, Retry},
    job::{Job, PhotoRoute, Prepared},
    rate_limiter,
};

use crate::{Generator, time_limits::WorkTime};

/// The name of the rate-limit counter. It counts the calls of createTask in a window of time.
const COUNTER: &str = "kie";
/// Longest that a job waits for the rate-limit counter. Then the job is submitted without the limit.
pub(crate) const COUNTER_TIMEOUT: Duration = Duration::from_secs(2);
/// Largest photo that is uploaded to KIE, bytes: the limit of its file store for one file in one request.
const PHOTO_MAX_BYTES: usize = 10_000_000;
/// Longest time for reading a photo from the media store.
pub(crate) const PHOTO_TIMEOUT: Duration = Duration::from_secs(10);
/// The diagnosis of an attempt for which KIE was not reached: KIE has no task.
const UNREACHED: Diagnosis = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Patiently, remedy: None };

/// Why KIE did not get a photo by upload.
enum NotUploaded {
    /// KIE refused our account.
    Account(Failure),
    /// The upload failed for now.
    NotNow(String),
}

impl Generator {
    /// Submits the job's prepared photo and prompt to KIE, or postpones the job if the rate limit is reached.
    pub(crate) async fn submit_task(&self, job: &Job, prepared: &Prepared, time: WorkTime) -> StageResult {
        let Prepared { photo_key, prompt } = prepared;
        let Some(row) = self.catalog.product(job.row()) else { return self.lost_row(job).await };
        let (clock, rules) = (&self.jobs.clock, &self.jobs.rules);
        if let Some(wait) = self.wait_for_rate_limit().await {
            tracing::info!(wait_secs = wait.as_secs(), "the rate limit of createTask is reached; the job is postponed");
            return self.advance(&job.rate_limited(photo_key, prompt, wait, clock.now(), rules), Outcome::Postponed).await;
        }
        let photo_url = self.media.presigned_get(photo_key, rules.generation_deadline).await;
        let photo_url = photo_url.map_err(HandlerError::PhotoNotSigned)?;
        // The upload precedes the claim: while it runs, no task can exist whose callback would be waited for.
        let photo_url = time.limit(self.photo_url_for_kie(job, photo_key, photo_url)).await;
        let photo_url = match photo_url.unwrap_or_else(|late| Err(NotUploaded::NotNow(late.to_string()))) {
            Ok(url) => url,
            Err(NotUploaded::Account(failure)) => {
                let answer = failure.log_text(Some(prompt));
                tracing::error!(answer, "KIE refuses our account, key, model or request; the photo was not uploaded");
                return self.settlements.end(job, &Diagnosis::of(Class::OurAccount)).await;
            }
            Err(NotUploaded::NotNow(reason)) => {
                tracing::warn!(reason, "the photo could not be uploaded to KIE; the job is postponed");
                let wait = rules.retry_delays.after(0);
                return self.advance(&job.rate_limited(photo_key, prompt, wait, clock.now(), rules), Outcome::Postponed).await;
            }
        };
        // A slow preparation or upload may have left too little time before the deadline for another lease.
        if let Some(deadline) = job.deadline(rules)
            && !job.has_time_for_a_lease(clock.now(), rules)
        {
            self.save(&job.resting(deadline)).await?;
            return Ok(Outcome::TooEarly);
        }
        let claimed = job.claim_submission(photo_key, prompt, clock.now(), rules)?;
        self.save(&claimed).await?;
        let (secs, frame) = (row.length(job.order.secs).secs, row.frame(job.order.frame));
        let input = row.model_input(&photo_url, prompt, secs, frame);
        let created = match self.callback_url(&claimed) {
            Some(callback_url) => self.kie.create_task(&row.model, &input, &callback_url).await,
            None => self.kie.create_task_to_poll(&row.model, &input).await,
        };
        match created {
            Ok(task) => {
                let moved = claimed.submitted(task, clock.now(), rules)?;
                let outcome = self.advance(&moved, Outcome::Submitted).await?;
                self.status_message.show(&moved.job).await;
                Ok(outcome)
            }
            Err(CreateError::Refused(failure)) => self.attempt_refused(&claimed, &failure).await,
            Err(CreateError::NotSent(reason)) => {
                tracing::warn!(reason, "KIE could not be reached; the job is submitted again later");
                self.attempt_failed(&claimed, UNREACHED).await
            }
            Err(CreateError::Unknown(reason)) => {
                tracing::warn!(reason, "createTask's reply was lost; the job waits for its callback");
                self.save(&claimed.submission_lost(clock.now(), rules)?).await?;
                Ok(Outcome::SubmissionLost)
            }
        }
    }

    /// The address of the photo for KIE: the presigned one, or that of an upload if KIE could not use the presigned one before or
    /// cannot reach it from outside.
    async fn photo_url_for_kie(&self, job: &Job, photo_key: &str, presigned: String) -> Result<String, NotUploaded> {
        if job.making.photo_route == PhotoRoute::Presigned && self.media.is_public() && self.kie.can_reach(&presigned) {
            return Ok(presigned);
        }
        let not_now = |error: &dyn std::fmt::Display| NotUploaded::NotNow(error.to_string());
        let (length, body) = self.media.get(photo_key).await.map_err(|error| not_now(&error))?;
        let limit = usize::try_from(length).unwrap_or(usize::MAX).min(PHOTO_MAX_BYTES);
        let jpeg = read(body, limit, PHOTO_TIMEOUT).await.map_err(|error| not_now(&error))?;
        let name = photo_key.rsplit('/').next().unwrap_or(photo_key);
        let name = if name.contains('.') { name.to_owned() } else { format!("{name}.jpg") };
        tracing::info!(bytes = jpeg.len(), "the photo is uploaded to KIE");
        match self.kie.upload_photo(&name, jpeg).await {
            Err(PollError::Account(failure)) => Err(NotUploaded::Account(failure)),
            uploaded => uploaded.map_err(|error| not_now(&error)),
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

    /// The sealed address to which KIE sends the callback of this attempt; `None` if KIE cannot reach this bot.
    fn callback_url(&self, job: &Job) -> Option<String> {
        let base = self.callback_base_url.as_ref()?;
        let path = self.callbacks.path(job.user, job.id, job.state.attempts());
        Some(format!("{}{path}", base.trim_end_matches('/')))
    }
}
