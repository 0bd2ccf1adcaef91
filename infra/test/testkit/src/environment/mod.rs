//! The worlds the scenarios are told in. A scenario sees only this: people, the fakes' books, and the stores.

pub mod armed_faults;
mod fakes;
mod functions;
mod lambda;
mod localstack;
mod mounts;
mod names;
mod probe;
pub mod proxy;
mod queues;
mod sandbox;
mod seller;
mod settings;
mod times;
mod view;

use std::{sync::Arc, time::Duration};

use adapters::{media::Media, table::Table};
use standins::{kie::Kie, llm::Llm, telegram::Telegram};
use tokio::time::Instant;

pub use lambda::{BATCH_SIZE, Billed, death};
pub use localstack::{Listed, LocalStack, Removed, Stack, StackState};
pub use mounts::Carrier;
pub use names::{FUNCTIONS, TABLE};
pub use probe::{Logs, delivery};
pub use sandbox::{Sandbox, SeededBug};
pub use seller::Seller;
pub use settings::SECRETS;
pub use times::Times;
pub use view::ParkedMessage;

/// How often a scenario looks whether what it waits for has come.
const POLL_EVERY: Duration = Duration::from_millis(40);

/// What is the same in every world.
#[derive(Clone)]
pub struct TestEnvironment {
    /// People and their chats.
    pub telegram: Telegram,
    /// The model's provider.
    pub kie: Kie,
    /// Who writes the prompts.
    pub llm: Llm,
    /// Accounts, jobs and the ledger.
    pub table: Table,
    /// Photos and videos.
    pub media: Media,
    /// How fast it runs.
    pub times: Times,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) bucket: String,
    pub(crate) parked_queue_url: String,
    /// What only this world can do.
    pub backend: Backend,
}

/// What only one of the worlds can do.
#[derive(Clone)]
pub enum Backend {
    /// Everything in one process.
    Sandbox(Arc<Sandbox>),
    /// The template and the real binaries, deployed to LocalStack.
    LocalStack(Arc<Stack>),
}

impl TestEnvironment {
    /// The sandbox's own powers; `None` in another world.
    #[must_use]
    pub fn sandbox(&self) -> Option<&Sandbox> {
        if let Backend::Sandbox(sandbox) = &self.backend { Some(sandbox) } else { None }
    }

    /// The stack's own powers; `None` in another world.
    #[must_use]
    pub fn stack(&self) -> Option<&Stack> {
        if let Backend::LocalStack(stack) = &self.backend { Some(stack) } else { None }
    }

    /// Waits until something is so, as long as the laws allow a job to take.
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
