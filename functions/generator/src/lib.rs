//! The generator prepares the photo, submits the task to KIE, polls the task, and copies the video to the media store.
//!
//! The generator never waits for KIE inside an invocation: every poll has a queue message of its own.

mod fetch;
mod poll;
mod prepare;
mod submit;
mod time_limits;

use std::sync::Arc;

use adapters::{
    callback_url::CallbackSealer,
    kie::{Complaint, Failure, Kie, classify},
    media::Media,
    metrics::Metric,
    photo_key::PhotoKeys,
    prompt_writer::PromptWriter,
    queues::Queue,
    rng::Rng,
    table::TableError,
    telegram::Telegram,
};
use app::{
    ForeignStage, Handled, HandlerError, Jobs, Outcome, Settlements, Setup, SetupError, StageResult, Stages, StatusMessage,
    each_message, parse_message,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    catalog::Catalog,
    classify::{Class, Diagnosis, Retry},
    job::{Job, Prepared, Retried, TaskId, Transition},
    rate_limiter::RateLimiter,
};
use time_limits::WorkTime;
use tokio::sync::Semaphore;

/// The diagnosis of a task that succeeded and whose film never came. Each further task would be charged by KIE.
const NO_VIDEO: Diagnosis = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Once, remedy: None };

/// The handler of the generate queue.
#[derive(Debug)]
pub struct Generator {
    jobs: Jobs,
    settlements: Settlements,
    status_message: StatusMessage,
    media: Media,
    telegram: Telegram,
    prompt_writer: Option<PromptWriter>,
    kie: Kie,
    rate_limiter: RateLimiter,
    rng: Rng,
    callbacks: CallbackSealer,
    photo_keys: PhotoKeys,
    /// A permit for each photo that may be prepared at the same time.
    decoding: Arc<Semaphore>,
    /// The base of the callbacks' addresses; `None` if KIE cannot reach this bot. The polls find every result then, but a task whose
    /// createTask reply was lost is never found: the job submits another one.
    callback_base_url: Option<String>,
    catalog: Arc<Catalog>,
}

impl Generator {
    /// Builds the handler from the function's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let services = setup.services();
        let media = services.media()?;
        // A bot whose media store is public can be reached: a missing address is a mistake then.
        let callback_base_url = match setup.optional_url("CALLBACK_BASE_URL")? {
            None if media.is_public() => Some(setup.url("CALLBACK_BASE_URL")?),
            given => given,
        };
        Ok(Self {
            jobs: services.jobs(&[Queue::Generate, Queue::Send])?,
            settlements: services.settlements()?,
            status_message: services.status_message()?,
            media,
            prompt_writer: services.prompt_writer()?,
            telegram: services.telegram()?,
            kie: services.kie()?,
            rate_limiter: setup.rate_limiter()?,
            rng: setup.rng.clone(),
            callbacks: setup.callback_sealer()?,
            photo_keys: setup.photo_keys()?,
            decoding: Arc::new(Semaphore::new(prepare::PREPARED_AT_ONCE_MAX)),
            callback_base_url,
            catalog: services.catalog()?,
        })
    }

    /// Handles a batch of the generate queue. The response lists the messages that SQS has to deliver again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, HandlerError> {
        let job_message = parse_message(message.body.as_deref())?;
        let receive = Receive { generator: self, time: WorkTime::from_now() };
        let outcome = receive.dispatch_message(&job_message).await.or_else(HandlerError::unless_raced)?;
        tracing::info!(sequence = job_message.sequence, ?outcome, "a generate message is handled");
        Ok(outcome.into())
    }

    /// Records an attempt that KIE refused or failed. An unknown answer is logged and counted, so that the operator sees a new text
    /// of KIE on its first day.
    async fn attempt_refused(&self, job: &Job, failure: &Failure) -> StageResult {
        match failure.complaint() {
            // The job may go on by an upload or by the spare model; the operator has to act all the same.
            complaint @ (Complaint::Address | Complaint::Model) => {
                let (answer, row) = (failure.log_text(job.prompt.as_deref()), job.row());
                tracing::error!(complaint = complaint.name(), answer, row, "KIE refuses the model or our address of the photo");
            }
            Complaint::Unknown => {
                let answer = failure.log_text(job.prompt.as_deref());
                tracing::warn!(answer, "KIE's answer is unknown; the attempt has failed");
                Metric::UnknownKieAnswers.emit();
            }
            complaint => tracing::info!(complaint = complaint.name(), "KIE refused or failed the attempt"),
        }
        self.attempt_failed(job, classify(failure)).await
    }

    /// Records a failed attempt. The job is retried without a notification, or is ended and refunded.
    async fn attempt_failed(&self, job: &Job, diagnosis: Diagnosis) -> StageResult {
        let row = self.catalog.product(&job.order.product);
        let spare = row.and_then(|row| self.catalog.spare(row)).map(|spare| spare.id.as_str());
        self.attempt_ended(job, diagnosis, spare).await
    }

    async fn attempt_ended(&self, job: &Job, diagnosis: Diagnosis, spare: Option<&str>) -> StageResult {
        let class = diagnosis.class.name();
        tracing::info!(class, attempt = job.state.attempts(), "an attempt failed");
        match job.attempt_failed(diagnosis, spare, self.jobs.clock.now(), &self.jobs.rules)? {
            Retried::Again(moved) => {
                if moved.job.making.spare != job.making.spare {
                    tracing::warn!(row = job.row(), spare = moved.job.row(), "the spare model makes the last attempt");
                }
                self.advance(&moved, Outcome::Retried).await
            }
            Retried::End(diagnosis) => self.settlements.end(job, &diagnosis).await,
        }
    }

    /// Records a task that failed at KIE, and what KIE took for it all the same.
    async fn task_refused(&self, job: &Job, failure: &Failure, kie_credits: f64) -> StageResult {
        let spent = job.having_spent(kie_credits);
        let outcome = self.attempt_refused(&spent, failure).await?;
        // Another handler has recorded the task, if the job was changed first.
        if outcome != Outcome::Raced {
            emit_spent(job, &spent);
        }
        Ok(outcome)
    }

    /// Records the failed attempt of a task that succeeded without a film for us. The spare is not used: a film of another model
    /// would not be fetched either.
    async fn task_failed(&self, job: &Job, diagnosis: Diagnosis) -> StageResult {
        self.attempt_ended(job, diagnosis, None).await
    }

    async fn advance(&self, moved: &Transition, outcome: Outcome) -> StageResult {
        self.jobs.advance(Queue::Generate, moved).await?;
        Ok(outcome)
    }

    async fn save(&self, job: &Job) -> Result<(), TableError> {
        self.jobs.save(job).await
    }
}

/// Counts what KIE took for a task, after the commit that recorded it. Most failed tasks cost nothing.
fn emit_spent(before: &Job, recorded: &Job) {
    let (was, now) = (&before.making, &recorded.making);
    if now.kie_films == was.kie_films {
        return;
    }
    let millis = u32::try_from(now.kie_millicredits - was.kie_millicredits).unwrap_or(u32::MAX);
    Metric::KieSpent(f64::from(millis) / 1000.0).emit();
    if !recorded.order.is_free() {
        Metric::FilmsPaid.emit_at(recorded.confirmed_at);
    }
    if now.kie_films > 1 {
        let (films, kie_credits) = (now.kie_films, now.kie_millicredits / 1000);
        tracing::warn!(films, kie_credits, "KIE was paid for more than one film of a job");
    }
}

/// One receive of a message, with the time that is left for its work.
struct Receive<'a> {
    generator: &'a Generator,
    time: WorkTime,
}

impl Stages for Receive<'_> {
    const FOREIGN_STAGE: ForeignStage = ForeignStage::Leave;

    fn jobs(&self) -> &Jobs {
        &self.generator.jobs
    }

    fn settlements(&self) -> &Settlements {
        &self.generator.settlements
    }

    async fn prepare(&self, job: &Job) -> StageResult {
        self.generator.prepare_and_submit(job, self.time).await
    }

    async fn submit(&self, job: &Job, prepared: &Prepared) -> StageResult {
        self.generator.submit_task(job, prepared, self.time).await
    }

    async fn poll(&self, job: &Job, task: &TaskId) -> StageResult {
        self.generator.poll_task(job, task, self.time).await
    }
}
