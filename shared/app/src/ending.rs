//! The one way to end: refund first, then tell. Both under a lease, by whoever comes.

use adapters::{
    clock::Clock,
    metrics::Metric,
    table::{Counted, Table, TableError},
    telegram::{Telegram, TelegramError},
};
use domain::{
    classify::{Class, Diagnosis},
    conversation::ended_keyboard,
    job::{Job, State, Told},
    rules::Rules,
    screen::Screen,
    texts,
};

use crate::{Outcome, Status, Trouble, note};

/// Tries to tell a person before it is given up: with the longest default delay, most of a day.
const TELL_TRIES_MAX: u32 = 300;

/// What it takes to end a job.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The jobs and the ledger.
    pub table: Table,
    /// To tell the person.
    pub telegram: Telegram,
    /// To show how the order is doing.
    pub status: Status,
    /// Times and counts.
    pub rules: Rules,
    /// Now.
    pub clock: Clock,
}

impl Ending {
    /// Ends a job: one transaction settles the charge and sets the final state; then the person is told.
    ///
    /// # Errors
    /// Nothing was settled, or nobody knows: the job is as it was, or ended. Either way its due time covers it.
    pub async fn end(&self, job: &Job, diagnosis: &Diagnosis) -> Result<Outcome, Trouble> {
        let (ended, refund) = job.ended(diagnosis, self.clock.now(), &self.rules)?;
        match self.table.settle(&ended, &refund).await {
            Ok(()) => {}
            Err(TableError::Stale) => return Ok(Outcome::Raced),
            Err(error) => return Err(error.into()),
        }
        let (class, stage, attempt) = (diagnosis.class.name(), job.state.name(), job.state.attempts());
        tracing::info!(class, stage, attempt, credits = refund.amount, "refunded");
        Metric::Refunded(diagnosis.class).tell();
        note(&ended);
        if diagnosis.class == Class::OurAccount {
            tracing::error!(product = %job.order.product, "KIE refuses our account, key or model: the operator is needed");
        }
        let (outcome, ()) =
            tokio::join!(self.tell_of(&ended, diagnosis.class), self.table.count(Counted::Refunded, 1, self.clock.now()));
        Ok(outcome)
    }

    /// Tells the person of the refund just made, where they can be told.
    async fn tell_of(&self, ended: &Job, class: Class) -> Outcome {
        if class == Class::Unreachable {
            self.note_unreachable(ended).await;
            return Outcome::Refunded;
        }
        let outcome = match self.tell(ended).await {
            Outcome::Told => Outcome::RefundedAndTold,
            _ => Outcome::Refunded,
        };
        self.status.show(ended).await;
        outcome
    }

    /// Tells the person of a refund that an earlier holder could not tell.
    ///
    /// # Errors
    /// The job could not be claimed.
    pub async fn claim_and_tell(&self, job: &Job) -> Result<Outcome, Trouble> {
        let claimed = job.claim_telling(self.clock.now(), &self.rules)?;
        match self.table.save_job(&claimed).await {
            Ok(()) => {
                let outcome = self.tell(&claimed).await;
                self.status.show(&claimed).await;
                Ok(outcome)
            }
            Err(error) => Trouble::from(error).unless_raced(),
        }
    }

    /// Tells, holding the lease. The refund is committed; nothing that goes wrong here may look like a failed refund.
    async fn tell(&self, job: &Job) -> Outcome {
        let State::Failed { class, why, told: Told::NotYet(tries) } = job.state else { return Outcome::Closed };
        let sent = match self.table.balance(job.user).await {
            Ok(balance) => {
                let ending = texts::Ending { class, why, refunded: job.order.price, balance };
                let locale = job.order.locale;
                let screen = Screen { text: locale.ended(ending), keyboard: ended_keyboard(locale, job.id, class, why) };
                self.telegram.send_message(job.user.0, &screen).await.map(|_| ())
            }
            Err(error) => Err(TelegramError::Transient(error.to_string())),
        };
        let (told, outcome) = match sent {
            Ok(()) => (job.told(Told::Yes), Outcome::Told),
            Err(TelegramError::Blocked(_) | TelegramError::Gone(_)) => {
                self.note_unreachable(job).await;
                (job.told(Told::Unreachable), Outcome::Told)
            }
            Err(error) if tries >= TELL_TRIES_MAX => {
                tracing::error!(tries, %error, "gave up telling a person of their refund");
                (job.told(Told::Unreachable), Outcome::NotToldYet)
            }
            Err(error) => {
                let wait = if let TelegramError::TooManyRequests { retry_after } = error { Some(retry_after) } else { None };
                tracing::warn!(tries, %error, "the person could not be told yet");
                (job.telling_postponed(wait, self.clock.now(), &self.rules), Outcome::NotToldYet)
            }
        };
        let saved = match told {
            Ok(told) => self.table.save_job(&told).await.map_err(Trouble::from),
            Err(misfit) => Err(misfit.into()),
        };
        if let Err(error) = saved {
            tracing::warn!(%error, "not recorded whether the person was told; it may be repeated");
        }
        outcome
    }

    /// Notes on the profile that nothing can be sent; best effort, the next step of the conversation mends it.
    pub async fn note_unreachable(&self, job: &Job) {
        if let Err(error) = self.table.set_reachable(job.user, false).await {
            tracing::warn!(%error, "not noted that the person is unreachable");
        }
    }
}
