//! The one status message of an order, edited as its jobs advance. Best effort: no job waits for it or fails with it.

use std::{sync::Arc, time::Duration};

use adapters::{
    table::{Table, TableError},
    telegram::{Call, Telegram, TelegramError},
};
use domain::{
    catalog::Catalog,
    job::{Job, State},
    view::{Progress, Screen, status_keyboard},
};

/// Longest an edit may take, with the reads before it.
const SHOW_TIMEOUT: Duration = Duration::from_secs(2);
/// Times the jobs of an order are read again because one of them advanced while the message was edited: if two jobs end at the
/// same moment, the slower edit must not have the last word.
const ROUNDS_MAX: u32 = 3;

/// The service that edits the status message of an order. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StatusMessage {
    /// The table, for the order's other jobs.
    pub table: Table,
    /// Telegram, which has the message.
    pub telegram: Telegram,
    /// The catalog, for how long a product usually takes.
    pub catalog: Arc<Catalog>,
}

/// Why a status was not shown.
#[derive(Debug, thiserror::Error)]
enum NotShown {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error("the edit took longer than {} s", SHOW_TIMEOUT.as_secs())]
    Late,
}

impl StatusMessage {
    /// Shows the progress of a job's order, if that is news. Call it after the job is written.
    pub async fn show(&self, job: &Job) {
        let Some(message) = job.order.status_message.filter(|_| job.is_news()) else { return };
        let shown = tokio::time::timeout(SHOW_TIMEOUT, self.edit(job, message)).await.unwrap_or(Err(NotShown::Late));
        if let Err(error) = shown {
            tracing::debug!(%error, "the status message was not edited");
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

    /// The progress of the order. A job of one video is its whole order: the table is read only if another handler may have
    /// advanced the job since.
    async fn progress(&self, job: &Job) -> Result<Option<Progress>, NotShown> {
        let may_be_overtaken = matches!(job.state, State::Ready { .. });
        if job.order.count <= 1 && !may_be_overtaken {
            return Ok(Progress::of(std::slice::from_ref(job)));
        }
        Ok(Progress::of(&self.table.jobs_of_order(job.user, job.id.draft).await?))
    }
}
