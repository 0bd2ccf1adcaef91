//! The refund of a job: one transaction ends the job and refunds the charge, then the user is notified. Both steps need the job's
//! lease.

use std::sync::Arc;

use adapters::{
    clock::Clock,
    metrics::Metric,
    table::{Table, TableError},
    telegram::{Telegram, TelegramError},
};
use domain::{
    classify::{Class, Diagnosis},
    credits::Balance,
    job::{Finished, Job, Notified, State},
    operator::Day,
    rules::Rules,
    view::{FailureNotice, Screen, ended_keyboard},
};

use crate::{HandlerError, Outcome, StatusMessage, record_job};

/// Most tries of a notification. With the longest default delay they take most of a day.
const NOTIFY_TRIES_MAX: u32 = 300;

/// The service that ends jobs and notifies their users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Settlements {
    /// The jobs and the ledger.
    pub table: Table,
    /// Telegram, which carries the notification.
    pub telegram: Telegram,
    /// The status message of the order.
    pub status_message: StatusMessage,
    /// Leases, deadlines and delays.
    pub rules: Arc<Rules>,
    /// The clock.
    pub clock: Clock,
}

impl Settlements {
    /// Ends a job: one transaction writes the refund and the final state; then the user is notified.
    ///
    /// # Errors
    /// [`HandlerError`]: the job is not refunded, or DynamoDB's reply was lost and the job may be refunded. In both cases the
    /// sweeper finds the job when it is due.
    pub async fn end(&self, job: &Job, diagnosis: &Diagnosis) -> Result<Outcome, HandlerError> {
        let (ended, refund) = job.ended(diagnosis, self.clock.now(), &self.rules)?;
        match self.table.settle(&ended, &refund).await {
            Ok(()) => {}
            Err(TableError::Stale) => return Ok(Outcome::Raced),
            Err(error) => return Err(error.into()),
        }
        let (class, stage, attempt) = (diagnosis.class.name(), job.state.name(), job.state.attempts());
        tracing::info!(class, stage, attempt, credits = refund.amount, "refunded");
        Metric::Refunded(diagnosis.class).emit();
        record_job(&ended);
        if diagnosis.class == Class::OurAccount {
            tracing::error!(product = %job.order.product, "KIE refuses our account, key, model or request; an operator must act");
        }
        let (outcome, ()) =
            tokio::join!(self.notify_of_refund(&ended, diagnosis.class), self.table.count(Day::of_end(&ended), self.clock.now()));
        Ok(outcome)
    }

    /// Notifies the user of the refund just made, unless the user cannot be reached.
    async fn notify_of_refund(&self, ended: &Job, class: Class) -> Outcome {
        if class == Class::Unreachable {
            self.record_unreachable(ended).await;
            return Outcome::Refunded;
        }
        let outcome = self.notify_and_show(ended).await;
        if outcome == Outcome::Notified { Outcome::RefundedAndNotified } else { Outcome::Refunded }
    }

    /// Notifies the user of a refund whose first notification failed.
    ///
    /// # Errors
    /// [`HandlerError`]: the notification could not be claimed. The sweeper finds the job when it is due.
    pub async fn claim_and_notify(&self, job: &Job) -> Result<Outcome, HandlerError> {
        let claimed = job.claim_notification(self.clock.now(), &self.rules)?;
        match self.table.save_job(&claimed).await {
            Ok(()) => Ok(self.notify_and_show(&claimed).await),
            Err(error) => HandlerError::from(error).unless_raced(),
        }
    }

    /// Notifies the user under the job's lease, then shows the end. While Telegram or the user cannot be reached, an edit would fail
    /// like the notification.
    async fn notify_and_show(&self, job: &Job) -> Outcome {
        let (outcome, job) = self.notify(job).await;
        if outcome == Outcome::Notified {
            self.show_end(&job).await;
        }
        outcome
    }

    /// Shows the end of a job in the order's status message, and records that. If the edit fails, or this process dies, the sweeper
    /// repeats the edit when the job is due. Two edits of the same end have the effect of one, so the edit needs no lease.
    pub async fn show_end(&self, job: &Job) -> Outcome {
        if job.unshown.is_none() {
            return Outcome::Closed;
        }
        let shown = self.status_message.try_show(job).await;
        let (outcome, after) = match &shown {
            Ok(()) => (Outcome::EndShown, job.end_shown()),
            Err(error) if error.is_final() => {
                tracing::info!(%error, "the status message cannot show the end of its order; given up");
                (Outcome::EndNotShown, job.end_shown())
            }
            Err(error) => {
                tracing::warn!(edits = job.unshown, %error, "the status message does not show the end of its order yet");
                (Outcome::EndNotShown, job.end_not_shown(error.wait(), self.clock.now(), &self.rules))
            }
        };
        let saved = match after {
            Ok(after) => self.table.save_job(&after).await.map_err(HandlerError::from),
            Err(invalid) => Err(invalid.into()),
        };
        if let Err(error) = saved {
            tracing::debug!(%error, "the edit of the status message was not recorded; it may be repeated");
        }
        outcome
    }

    /// Notifies the user, with the balance read now. Returns the job as it was written last. The refund is committed already, so an
    /// error here must not be reported as a failed refund, and a balance that cannot be read delays no notification.
    async fn notify(&self, job: &Job) -> (Outcome, Job) {
        let State::Failed { class, why, notified: Notified::NotYet(tries), .. } = job.state else {
            return (Outcome::Closed, job.clone());
        };
        let (clock, rules) = (&self.clock, &self.rules);
        let balance = self.table.balance(job.user).await.inspect_err(
            |error| tracing::warn!(%error, "the balance could not be read; the notification of the refund names none"),
        );
        let balance = balance.ok().map(Balance::spendable);
        let (locale, refunded) = (job.order.locale, job.order.price);
        let is_finished = Finished::of(job, clock.now(), rules).is_some();
        let text = locale.ended(FailureNotice { class, why, refunded, balance });
        let screen = Screen { text, keyboard: ended_keyboard(locale, job.id, class, why, is_finished) };
        let sent = self.telegram.in_thread(job.order.thread).send_message(job.user.0, &screen).await.map(|_| ());
        let (notified, outcome) = match sent {
            Ok(()) => (job.notified(Notified::Yes, clock.now(), rules), Outcome::Notified),
            Err(error) if error.is_unreachable() => {
                self.record_unreachable(job).await;
                (job.notified(Notified::Unreachable, clock.now(), rules), Outcome::Notified)
            }
            Err(error) if tries >= NOTIFY_TRIES_MAX => {
                tracing::error!(tries, %error, "the user could not be notified of the refund; given up");
                (job.notified(Notified::Unreachable, clock.now(), rules), Outcome::NotNotifiedYet)
            }
            Err(error) => {
                let wait = if let TelegramError::TooManyRequests { retry_after } = error { Some(retry_after) } else { None };
                tracing::warn!(tries, %error, "the user could not be notified of the refund yet");
                (job.notification_postponed(wait, clock.now(), rules), Outcome::NotNotifiedYet)
            }
        };
        let saved = match notified {
            Ok(notified) => self.table.save_job(&notified).await.map(|()| notified).map_err(HandlerError::from),
            Err(invalid) => Err(invalid.into()),
        };
        let job = saved.unwrap_or_else(|error| {
            tracing::warn!(%error, "the notification of the refund was not recorded; it may be repeated");
            job.clone()
        });
        (outcome, job)
    }

    /// Records on the account that the user cannot be reached. A failure is only logged: the user's next update corrects the
    /// record.
    async fn record_unreachable(&self, job: &Job) {
        if let Err(error) = self.table.set_reachable(job.user, false).await {
            tracing::warn!(%error, "the account was not marked as unreachable");
        }
    }
}
