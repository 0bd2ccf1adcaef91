//! What every test environment has.

use std::{sync::Arc, time::Duration};

use adapters::{media::Media, table::Table};
use fakes::{kie::Kie, llm::Llm, telegram::Telegram};
use tokio::time::Instant;

use super::{sandbox::Sandbox, stack::Stack, times::Times};

/// How often a scenario polls for what it waits for.
const POLL_EVERY: Duration = Duration::from_millis(40);

/// What every test environment has.
#[derive(Clone)]
pub struct TestEnvironment {
    /// People and their chats.
    pub telegram: Telegram,
    /// The model's provider.
    pub kie: Kie,
    /// The prompt writer.
    pub llm: Llm,
    /// Accounts, jobs and the ledger.
    pub table: Table,
    /// Photos and videos.
    pub media: Media,
    /// How fast it runs.
    pub times: Times,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) bucket: String,
    pub(super) parked_queue_url: String,
    /// What only this environment can do.
    pub backend: Backend,
}

/// What a test environment runs on, with what only it can do.
#[derive(Clone)]
pub enum Backend {
    /// Everything in one process.
    Sandbox(Arc<Sandbox>),
    /// The template and the real binaries, deployed to LocalStack.
    LocalStack(Arc<Stack>),
}

impl TestEnvironment {
    /// What only the sandbox can do; `None` on LocalStack.
    #[must_use]
    pub fn sandbox(&self) -> Option<&Sandbox> {
        if let Backend::Sandbox(sandbox) = &self.backend { Some(sandbox) } else { None }
    }

    /// What only the deployed stack can do; `None` in the sandbox.
    #[must_use]
    pub fn stack(&self) -> Option<&Stack> {
        if let Backend::LocalStack(stack) = &self.backend { Some(stack) } else { None }
    }

    /// Polls until something is so, as long as a job may take.
    ///
    /// # Errors
    /// It never was; the text says what was waited for.
    pub async fn until<F>(&self, what: &str, is_so: impl Fn() -> F) -> Result<(), String>
    where
        F: Future<Output = Result<bool, String>>,
    {
        let began = Instant::now();
        loop {
            if is_so().await? {
                return Ok(());
            }
            if began.elapsed() > self.times.patience() {
                return Err(format!("waited {:?} in vain until {what}", self.times.patience()));
            }
            tokio::time::sleep(POLL_EVERY.max(self.times.making / 20)).await;
        }
    }
}
