//! The generator: brings the photo over, submits the task, looks at it, and brings the video to the media store.
//!
//! It never waits for KIE: every look is a message of its own.

mod fetch;
mod prepare;
mod submit;

use adapters::{
    callback_url::CallbackSigner,
    kie::{Kie, LookError, Record},
    media::Media,
    prompt_writer::PromptWriter,
    queues::Queue,
    random::Dice,
    table::TableError,
    telegram::Telegram,
};
use app::{Chain, Ending, Found, Handled, Outcome, Setup, SetupError, Status, Trouble, each_message};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    catalog::Catalog,
    classify::{Class, Diagnosis, Retry, classify},
    job::{Job, Moved, Next, Retried, TaskId},
    turns::Turns,
    wake::Wake,
};

/// A task that has no video of this attempt: it ended well and has none to show, or it was ordered for another.
const NO_VIDEO: Diagnosis = Diagnosis { class: Class::BrokenUpstream, why: None, retry: Retry::Attempts };

/// What it takes to make a video.
#[derive(Debug)]
pub struct Generator {
    chain: Chain,
    ending: Ending,
    status: Status,
    media: Media,
    telegram: Telegram,
    prompt_writer: Option<PromptWriter>,
    kie: Kie,
    turns: Turns,
    dice: Dice,
    callbacks: CallbackSigner,
    callback_base_url: String,
    catalog: Catalog,
}

impl Generator {
    /// The generator as it is configured.
    ///
    /// # Errors
    /// A setting is missing or malformed; the error names it.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            chain: setup.chain(&[Queue::Generate, Queue::Send])?,
            ending: setup.ending()?,
            status: setup.status()?,
            media: setup.media()?,
            prompt_writer: setup.prompt_writer()?,
            telegram: setup.telegram()?,
            kie: setup.kie()?,
            turns: setup.turns()?,
            dice: setup.dice.clone(),
            callbacks: setup.callback_signer()?,
            callback_base_url: setup.url("CALLBACK_BASE_URL")?,
            catalog: setup.catalog()?,
        })
    }

    /// Handles a batch of the generate queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        each_message(event, |message| self.handle_message(message)).await
    }

    async fn handle_message(&self, message: SqsMessage) -> Result<Handled, Trouble> {
        let body = message.body.unwrap_or_default();
        let wake = Wake::parse(&body).map_err(|error| Trouble::Other(format!("not a wake message: {error}")))?;
        let outcome = match self.wake(&wake).await {
            Ok(outcome) => outcome,
            Err(trouble) => trouble.unless_raced()?,
        };
        tracing::info!(look = wake.look, ?outcome, "generate");
        Ok(Handled::Done)
    }

    async fn wake(&self, wake: &Wake) -> Result<Outcome, Trouble> {
        let job = match self.chain.find(wake).await? {
            Found::Nothing => return Ok(Outcome::NoSuchJob),
            Found::Superseded => return Ok(Outcome::Superseded),
            Found::Job(job) => job,
        };
        match job.next(self.chain.clock.now(), &self.chain.rules) {
            Next::Nothing(rest) => Ok(rest.into()),
            Next::Prepare => self.prepare(&job).await,
            Next::Submit => self.submit(&job).await,
            Next::Look(task) => self.look(&job, &task).await,
            Next::End(class, _) => self.ending.end(&job, &Diagnosis::of(class)).await,
            Next::Tell => self.ending.claim_and_tell(&job).await,
            Next::Send => Ok(Outcome::NotMine),
        }
    }

    /// Asks KIE how the task is: the only truth about it.
    async fn look(&self, job: &Job, task: &TaskId) -> Result<Outcome, Trouble> {
        let (user, id, attempt) = (job.user.0, job.id.to_string(), job.state.attempts());
        match self.kie.record_info(task, |url| self.callbacks.may_be_of(url, user, &id, attempt)).await {
            // A task that KIE does not know (yet, or just now) is waited for: another one would be paid for twice.
            Ok(Record::Running | Record::Missing) => self.look_again(job).await,
            Ok(Record::Foreign) => {
                tracing::error!("a callback brought a task that was ordered for another attempt: it is not taken");
                self.attempt_failed(job, NO_VIDEO).await
            }
            Ok(Record::Failed(failure)) => self.attempt_failed(job, classify(&failure)).await,
            Ok(Record::Succeeded { urls, .. }) => match urls.first() {
                Some(url) => self.fetch(job, url).await,
                None => self.attempt_failed(job, NO_VIDEO).await,
            },
            Err(LookError::Account(failure)) => {
                let (code, message) = (failure.code, failure.message);
                tracing::error!(code, message, "KIE refuses our key: the operator is needed");
                self.look_again(job).await
            }
            Err(error) => {
                tracing::warn!(%error, "KIE could not be asked");
                self.look_again(job).await
            }
        }
    }

    async fn look_again(&self, job: &Job) -> Result<Outcome, Trouble> {
        let moved = job.looked(self.chain.clock.now(), &self.chain.rules)?;
        self.moved_on(&moved, Outcome::StillRunning).await
    }

    /// A failed attempt: again, quietly, or the end.
    async fn attempt_failed(&self, job: &Job, diagnosis: Diagnosis) -> Result<Outcome, Trouble> {
        let class = diagnosis.class.name();
        tracing::info!(class, attempt = job.state.attempts(), "an attempt failed");
        match job.attempt_failed(diagnosis, self.chain.clock.now(), &self.chain.rules)? {
            Retried::Again(moved) => self.moved_on(&moved, Outcome::Retried).await,
            Retried::End(diagnosis) => self.ending.end(job, &diagnosis).await,
        }
    }

    async fn moved_on(&self, moved: &Moved, outcome: Outcome) -> Result<Outcome, Trouble> {
        self.chain.advance(Queue::Generate, moved).await?;
        Ok(outcome)
    }

    async fn save(&self, job: &Job) -> Result<(), TableError> {
        self.chain.save(job).await
    }
}
