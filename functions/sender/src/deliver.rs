//! Sends the video once. Telegram's answer decides the job's next state.

use std::time::Duration;

use adapters::{
    metrics::{Metric, between},
    queues::Queue,
    table::TableError,
    telegram::{SentVideo, TelegramError},
};
use app::{HandlerError, Outcome, StageResult, record_job};
use domain::{
    classify::{Class, Diagnosis},
    credits::Credits,
    job::{AfterSend, Job, Making, Receipt, State},
    operator::Day,
};

use crate::{Sender, film::NotSent};

/// Longest time for the read of the balance that the caption names.
const BALANCE_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause before a failed capture is retried.
const CAPTURE_PAUSE: Duration = Duration::from_millis(250);

impl Sender {
    /// Sends the film of a job once. Every read comes first; the claim, which counts the attempt, is the last write before the call.
    pub(crate) async fn deliver(&self, job: &Job, receipt_handle: &str) -> StageResult {
        let (State::Ready { video_key, .. } | State::Sending { video_key, .. }) = &job.state else { return Ok(Outcome::NotMine) };
        let source = match self.source(job, video_key).await {
            Ok(source) => source,
            Err(NotSent::Missing) => {
                tracing::error!("the film is no longer in the media store; the job is ended");
                let making = Making { film: None, ..job.making.clone() };
                let job = Job { making, ..job.clone() };
                return self.settlements.end(&job, &Diagnosis::of(Class::CouldNotDeliver)).await;
            }
            Err(NotSent::TooLarge) => return self.settlements.end(job, &Diagnosis::of(Class::TooLarge)).await,
            Err(error) => return self.try_later(job, &error).await,
        };
        let balance = self.known_balance(job).await;
        let claimed = job.claim_send(self.jobs.clock.now(), &self.jobs.rules)?;
        self.jobs.save(&claimed).await?;
        let caption = claimed.order.locale.delivered(claimed.order.kind, balance);
        match self.send_film(&claimed, source, &caption).await {
            Ok(sent) => self.capture(claimed, sent).await,
            Err(error) => self.not_sent(claimed, error, receipt_handle).await,
        }
    }

    /// The balance that the caption names; `None` if it cannot be read in time. It must not hold the film back.
    async fn known_balance(&self, job: &Job) -> Option<Credits> {
        match tokio::time::timeout(BALANCE_TIMEOUT, self.jobs.table.balance(job.user)).await {
            Ok(Ok(balance)) => Some(balance.spendable()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the balance could not be read; the caption names none");
                None
            }
            Err(_) => {
                tracing::warn!("the balance was not read in time; the caption names none");
                None
            }
        }
    }

    async fn not_sent(&self, claimed: Job, error: NotSent, receipt_handle: &str) -> StageResult {
        let (clock, rules) = (&self.jobs.clock, &self.jobs.rules);
        match error {
            NotSent::Telegram(TelegramError::Deactivated(_)) => {
                self.settlements.end(&claimed, &Diagnosis::of(Class::Unreachable)).await
            }
            NotSent::Telegram(TelegramError::Blocked(_) | TelegramError::Gone(_)) => self.jobs.hold(&claimed).await,
            NotSent::TooLarge | NotSent::Telegram(TelegramError::TooLarge(_)) => {
                self.settlements.end(&claimed, &Diagnosis::of(Class::TooLarge)).await
            }
            NotSent::Telegram(TelegramError::TooManyRequests { retry_after }) => {
                self.jobs.advance(Queue::Send, &claimed.send_postponed(retry_after, clock.now(), rules)?).await?;
                Ok(Outcome::Postponed)
            }
            // For a call that sends, this error means that the request certainly did not arrive.
            NotSent::Telegram(TelegramError::Transient(_)) => self.try_later(&claimed, &error).await,
            error => {
                let attempt = claimed.state.attempts();
                match claimed.send_failed(clock.now(), rules)? {
                    AfterSend::Again(transition) => {
                        tracing::warn!(attempt, %error, "the send failed; another attempt follows");
                        self.jobs.advance(Queue::Send, &transition).await?;
                        Ok(Outcome::Retried)
                    }
                    AfterSend::Spent(job) => {
                        tracing::warn!(attempt, %error, "the last send failed; the message is left to the queue's redrive");
                        self.jobs.save(&job).await?;
                        self.come_back_in(receipt_handle, Duration::ZERO).await;
                        Ok(Outcome::ComesBack)
                    }
                }
            }
        }
    }

    /// Postpones a send that certainly did not reach Telegram. It uses no attempt.
    async fn try_later(&self, job: &Job, error: &NotSent) -> StageResult {
        tracing::warn!(%error, "the video could not be sent yet; the send uses no attempt");
        let later = job.send_not_begun(self.jobs.clock.now(), &self.jobs.rules)?;
        self.jobs.advance(Queue::Send, &later).await?;
        Ok(Outcome::Postponed)
    }

    /// Checks whether the seller of a held film can be reached. If so, the film is sent at once.
    pub(crate) async fn recheck(&self, job: &Job) -> StageResult {
        let (clock, rules) = (&self.jobs.clock, &self.jobs.rules);
        match self.telegram.show_uploading(job.user.0).await {
            Err(TelegramError::Deactivated(_)) => self.settlements.end(job, &Diagnosis::of(Class::Unreachable)).await,
            Err(TelegramError::Blocked(_) | TelegramError::Gone(_)) => {
                self.jobs.save(&job.still_held(clock.now(), rules)?).await?;
                Ok(Outcome::Held)
            }
            _ => {
                self.jobs.advance(Queue::Send, &job.reopened_by_check(clock.now(), rules)?).await?;
                Ok(Outcome::Reopened)
            }
        }
    }

    /// Records the delivery and the capture in one transaction, once the video is in the chat. Retries until the lease ends.
    async fn capture(&self, claimed: Job, sent: SentVideo) -> StageResult {
        let receipt = Receipt::from(sent);
        let lease_ends = claimed.lease_until.unwrap_or(claimed.confirmed_at);
        let mut job = claimed;
        loop {
            let (delivered, entry) = job.delivered(receipt.clone(), self.jobs.clock.now(), &self.jobs.rules)?;
            match self.jobs.table.settle(&delivered, &entry).await {
                Ok(()) => {
                    record_job(&delivered);
                    Metric::Delivered.emit();
                    if let State::Sending { ready_at, ref delivery, .. } | State::Ready { ready_at, ref delivery, .. } = job.state
                    {
                        // The film of an earlier job is as old as that job; its window opened with this one.
                        let from = delivery.opened_at.unwrap_or(ready_at);
                        Metric::Delivery(between(from, self.jobs.clock.now())).emit();
                    }
                    let counted = self.jobs.table.count(Day::of_end(&delivered), self.jobs.clock.now());
                    tokio::join!(self.settlements.show_end(&delivered), counted);
                    return Ok(Outcome::Delivered);
                }
                Err(TableError::Stale) => match self.jobs.table.job(job.user, job.id).await {
                    Ok(Some(Job { state: State::Delivered { .. }, .. })) => return Ok(Outcome::Delivered),
                    Ok(Some(found)) if found.has_ended() => {
                        tracing::warn!("the video was delivered after the job's refund; no credits move");
                        return Ok(Outcome::LateSuccess);
                    }
                    Ok(Some(found)) => {
                        job = found;
                        tokio::time::sleep(CAPTURE_PAUSE).await;
                    }
                    Ok(None) => return Ok(Outcome::NoSuchJob),
                    Err(error) => pause_before_capture(&error).await,
                },
                Err(error) => pause_before_capture(&error).await,
            }
            if self.jobs.clock.now() >= lease_ends {
                return Err(HandlerError::DeliveryNotRecorded(job.id));
            }
        }
    }
}

async fn pause_before_capture(error: &TableError) {
    tracing::warn!(%error, "the video was sent, but the delivery could not be recorded; the sender retries until the lease ends");
    tokio::time::sleep(CAPTURE_PAUSE).await;
}
