//! The one status message of an order, edited as it moves. Best effort: nothing waits for it, nothing fails with it.

use std::time::Duration;

use adapters::{
    table::{Table, TableError},
    telegram::{Call, Telegram, TelegramError},
};
use domain::{
    catalog::Catalog,
    conversation::status_keyboard,
    job::{Job, State},
    screen::Screen,
    status::Progress,
};

/// Longest an edit may take, with the reading before it.
const SHOW_TIMEOUT: Duration = Duration::from_secs(2);
/// Times the others of an order are read again because one of them moved while the status was edited: of two that end at the
/// same moment the slower edit must not be the last word.
const ROUNDS_MAX: u32 = 3;

/// What it takes to show how an order is doing.
#[derive(Clone, Debug)]
pub struct Status {
    /// The order's other jobs.
    pub table: Table,
    /// Where it is shown.
    pub telegram: Telegram,
    /// How long it usually takes.
    pub catalog: Catalog,
}

/// Why a status was not shown.
#[derive(Debug, thiserror::Error)]
enum NotShown {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error("not in time")]
    Late,
}

impl Status {
    /// Shows how the order of a job is doing, if that is news. Call it after the job's move is written.
    pub async fn show(&self, job: &Job) {
        let Some(message) = job.order.status_message.filter(|_| job.is_news()) else { return };
        let shown = tokio::time::timeout(SHOW_TIMEOUT, self.edit(job, message)).await.unwrap_or(Err(NotShown::Late));
        if let Err(error) = shown {
            tracing::debug!(%error, "the status was not shown");
        }
    }

    async fn edit(&self, job: &Job, message: i64) -> Result<(), NotShown> {
        let mut shown = None;
        for _ in 0..ROUNDS_MAX {
            let progress = self.progress(job).await?;
            if progress == shown {
                break;
            }
            let Some(now) = progress else { break };
            let (locale, product) = (job.order.locale, self.catalog.product(&job.order.product));
            let screen = Screen { text: locale.status(now, product), keyboard: status_keyboard(locale) };
            self.telegram.call(&Call::edit(job.user.0, message, &screen)).await?;
            shown = progress;
        }
        Ok(())
    }

    /// How the order is doing. Of one video the job is the whole order: nothing has to be read, unless somebody may be ahead of us.
    async fn progress(&self, job: &Job) -> Result<Option<Progress>, NotShown> {
        let may_be_overtaken = matches!(job.state, State::Ready { .. });
        if job.order.count <= 1 && !may_be_overtaken {
            return Ok(Progress::of(std::slice::from_ref(job)));
        }
        Ok(Progress::of(&self.table.jobs_of_order(job.user, job.id.draft).await?))
    }
}
