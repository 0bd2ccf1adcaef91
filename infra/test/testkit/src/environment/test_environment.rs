//! The test environment: the sandbox or LocalStack, with the fakes and the stores.

use std::{sync::Arc, time::Duration};

use adapters::{media::Media, table::Table};
use bytes::Bytes;
use fakes::{kie::Kie, llm::Llm, telegram::Telegram};
use sandbox::{Sandbox, Times};
use tokio::time::Instant;

use super::stack::Stack;

/// Shortest time between two checks of a condition that a scenario waits for.
const POLL_EVERY: Duration = Duration::from_millis(40);

/// A running system for tests: the fakes, the stores, and the backend that runs the functions.
#[derive(Clone)]
pub struct TestEnvironment {
    /// The fake Telegram, with its people and chats.
    pub telegram: Telegram,
    /// The fake KIE.
    pub kie: Kie,
    /// The fake prompt writer.
    pub llm: Llm,
    /// The table: accounts, jobs and the ledger.
    pub table: Table,
    /// The media store: photos and videos.
    pub media: Media,
    /// The durations that set the environment's speed.
    pub times: Times,
    /// The product photo that sellers send: a small drawing where films are only sketched, because every order decodes it.
    pub photo: Bytes,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) bucket: String,
    pub(super) parked_queue_url: String,
    /// The backend that runs the functions.
    pub backend: Backend,
}

/// The backend of a test environment.
#[derive(Clone)]
pub enum Backend {
    /// The whole system in one process.
    Sandbox(Arc<Sandbox>),
    /// The template and the real binaries, deployed to LocalStack.
    LocalStack(Arc<Stack>),
}

impl TestEnvironment {
    /// Returns the sandbox; `None` on LocalStack.
    #[must_use]
    pub fn sandbox(&self) -> Option<&Sandbox> {
        if let Backend::Sandbox(sandbox) = &self.backend { Some(sandbox) } else { None }
    }

    /// Returns the stack on LocalStack; `None` in the sandbox.
    #[must_use]
    pub fn stack(&self) -> Option<&Stack> {
        if let Backend::LocalStack(stack) = &self.backend { Some(stack) } else { None }
    }

    /// Polls until a condition holds, for [`Times::patience`] at most. The longer it waits, the longer are its pauses.
    ///
    /// # Errors
    /// The condition did not hold in time, or could not be checked. The text contains `what`, the condition as a sentence.
    pub async fn until<F>(&self, what: &str, holds: impl Fn() -> F) -> Result<(), String>
    where
        F: Future<Output = Result<bool, String>>,
    {
        let began = Instant::now();
        let (shortest, longest) = (POLL_EVERY.max(self.times.making / 20), POLL_EVERY.max(self.times.making / 4));
        let mut pause = shortest;
        loop {
            if holds().await? {
                return Ok(());
            }
            if began.elapsed() > self.times.patience() {
                return Err(format!("timed out after {:?} waiting until {what}", self.times.patience()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause + shortest / 4).min(longest);
        }
    }
}
