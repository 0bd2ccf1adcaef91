//! The one status message of an order, which is edited as the order's jobs advance. No job waits for an edit or fails with it. Only
//! the edit that shows a job's end is repeated (`Settlements::show_end`).

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

/// Longest time for an edit, including the reads before it.
pub const SHOW_TIMEOUT: Duration = Duration::from_secs(2);
/// Most edits of a status message in a row. The jobs of the order are read again after each edit, because a job may advance
/// meanwhile: if two jobs end at the same moment, the slower edit must not show the older progress.
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

/// The status message was not edited. It shows older progress until the next edit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotShown {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error("the edit of the status message took longer than {} s", SHOW_TIMEOUT.as_secs())]
    Late,
    #[error("the order advanced during each of {ROUNDS_MAX} edits of its status message")]
    Overtaken,
}

impl NotShown {
    /// Whether no later edit can succeed: the message is gone, or the user cannot be reached.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Telegram(error @ TelegramError::Refused { .. }) => !error.is_bad_token(),
            Self::Telegram(error) => error.is_unreachable(),
            Self::Table(_) | Self::Late | Self::Overtaken => false,
        }
    }

    /// How long Telegram asks to wait before the next edit.
    pub(crate) fn wait(&self) -> Option<Duration> {
        if let Self::Telegram(TelegramError::TooManyRequests { retry_after }) = self { Some(*retry_after) } else { None }
    }
}

impl StatusMessage {
    /// Shows the progress of a job's order, if the job's state is news. Call this after the job is written. A failed edit is only
    /// logged, because a later edit shows the end.
    pub async fn show(&self, job: &Job) {
        if let Err(error) = self.try_show(job).await {
            tracing::debug!(%error, "the status message was not edited");
        }
    }

    /// Like [`Self::show`], and returns why the message was not edited.
    pub(crate) async fn try_show(&self, job: &Job) -> Result<(), NotShown> {
        let Some(message) = job.order.status_message.filter(|_| job.is_news()) else { return Ok(()) };
        tokio::time::timeout(SHOW_TIMEOUT, self.edit(job, message)).await.unwrap_or(Err(NotShown::Late))
    }

    async fn edit(&self, job: &Job, message: i64) -> Result<(), NotShown> {
        let mut shown = None;
        for _ in 0..ROUNDS_MAX {
            let progress = self.progress(job).await?;
            if progress == shown {
                return Ok(());
            }
            let Some(now) = progress else { return Ok(()) };
            let (locale, product) = (job.order.locale, self.catalog.product(&job.order.product));
            let screen = Screen { text: locale.status(now, product), keyboard: status_keyboard(locale) };
            match self.telegram.call(&Call::edit(job.user.0, message, &screen)).await {
                Ok(_) | Err(TelegramError::NotModified) => shown = progress,
                Err(error) => return Err(error.into()),
            }
        }
        // The last edit may have shown older progress over newer: only a read after it shows that.
        if self.progress(job).await? == shown { Ok(()) } else { Err(NotShown::Overtaken) }
    }

    /// The progress of the order. If the job is the whole order, the table is read only if another handler may have advanced the
    /// job meanwhile.
    async fn progress(&self, job: &Job) -> Result<Option<Progress>, NotShown> {
        let may_be_overtaken = matches!(job.state, State::Ready { .. });
        if job.order.count <= 1 && !may_be_overtaken {
            return Ok(Progress::of(std::slice::from_ref(job)));
        }
        Ok(Progress::of(&self.table.jobs_of_order(job.user, job.id.draft).await?))
    }
}
