//! The callback function receives KIE's callbacks, which say that a task changed.
//!
//! A callback is a hint only: it causes a poll. The handler uses only the task's id of its body. If createTask's reply was lost,
//! the job adopts that id from a callback on the attempt's own sealed address.

use adapters::{
    callback_url::CallbackSealer,
    config::Secret,
    kie::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER, task_id, verify_hmac},
    queues::Queue,
    table::TableError,
};
use app::{HandlerError, Jobs, Outcome, Setup, SetupError, StageResult, body_bytes, job_span, record_job, reply};
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use domain::{
    ids::{JobId, UserId},
    job::{Job, State, TaskId},
};
use tracing::Instrument;

/// Largest callback body that is read. Recorded callbacks are under 10 kB.
const BODY_MAX_BYTES: usize = 256 * 1024;
/// How often a callback reads its job, when another handler keeps writing the job first.
const RACES_MAX: u32 = 3;

/// The handler of KIE's callbacks.
#[derive(Debug)]
pub struct Callback {
    jobs: Jobs,
    callbacks: CallbackSealer,
    hmac_key: Option<Secret>,
}

impl Callback {
    /// Builds the handler from the function's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed. The error names the setting.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let (jobs, callbacks) = (setup.services().jobs(&[Queue::Generate])?, setup.callback_sealer()?);
        Ok(Self { jobs, callbacks, hmac_key: setup.secrets().kie_webhook_hmac_key() })
    }

    /// Handles one request. The reply is 404 if the address is not sealed by us, and 401 if an HMAC key is configured and KIE's
    /// signature is wrong.
    pub async fn handle(&self, request: LambdaFunctionUrlRequest) -> LambdaFunctionUrlResponse {
        let path = request.raw_path.as_deref().unwrap_or_default();
        let Some((user, job, attempt)) = self.callbacks.verify(path) else { return reply(404, None) };
        let task = body_bytes(&request, BODY_MAX_BYTES).and_then(|body| task_id(&body));
        if !self.is_signed(&request, task.as_ref()) {
            tracing::warn!(%job, attempt, "the callback has a valid address and a wrong HMAC signature; it is refused");
            return reply(401, None);
        }
        self.answer(user, job, attempt, task).instrument(job_span(user, job)).await
    }

    async fn answer(&self, user: UserId, job: JobId, attempt: u32, task: Option<TaskId>) -> LambdaFunctionUrlResponse {
        match self.handle_callback(user, job, attempt, task).await {
            Ok(outcome) => {
                tracing::info!(attempt, ?outcome, "a callback is handled");
                reply(200, Some(r#"{"code":200,"msg":"success"}"#.to_owned()))
            }
            Err(error) => {
                tracing::error!(attempt, %error, "the callback could not be handled; the job is polled when it is due");
                reply(500, None)
            }
        }
    }

    fn is_signed(&self, request: &LambdaFunctionUrlRequest, task: Option<&TaskId>) -> bool {
        let Some(key) = &self.hmac_key else { return true };
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        match (task, header(TIMESTAMP_HEADER), header(SIGNATURE_HEADER)) {
            (Some(task), Some(timestamp), Some(signature)) => {
                verify_hmac(key, &task.0, timestamp, signature, self.jobs.clock.now())
            }
            _ => false,
        }
    }

    async fn handle_callback(&self, user: UserId, id: JobId, attempt: u32, task: Option<TaskId>) -> StageResult {
        for _ in 0..RACES_MAX {
            let Some(job) = self.jobs.table.job(user, id).await? else { return Ok(Outcome::NoSuchJob) };
            record_job(&job);
            match (&job.state, &task) {
                (State::Submitting { attempt: own, .. }, Some(task)) if *own == attempt => {
                    match self.adopt(&job, attempt, task).await {
                        Err(HandlerError::Table(TableError::Stale)) => {}
                        done => return done,
                    }
                }
                (State::Generating { attempt: own, task: known, .. }, Some(task)) if *own == attempt && known == task => {
                    return self.poll_now(&job).await;
                }
                _ => return Ok(Outcome::NotMine),
            }
        }
        Ok(Outcome::Raced)
    }

    async fn adopt(&self, job: &Job, attempt: u32, task: &TaskId) -> StageResult {
        let adopted = job.adopted(attempt, task.clone(), self.jobs.clock.now(), &self.jobs.rules)?;
        self.jobs.advance(Queue::Generate, &adopted).await?;
        Ok(Outcome::Adopted)
    }

    /// Sends the job's message once more, without a delay. The first of the two messages polls the task; the other is then
    /// superseded and dropped.
    async fn poll_now(&self, job: &Job) -> StageResult {
        let sent = self.jobs.send_now(Queue::Generate, job).await;
        sent.map_err(|error| HandlerError::NotRequeued { job: job.id, error })?;
        Ok(Outcome::Requeued)
    }
}
