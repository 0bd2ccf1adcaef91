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
    job::{Job, Receipt, State},
    operator::Day,
};

use crate::{Sender, film::NotSent};

/// The pause before a failed capture is retried.
const CAPTURE_PAUSE: Duration = Duration::from_millis(250);

impl Sender {
    pub(crate) async fn deliver(&self, job: &Job, receipt_handle: &str) -> StageResult {
        let (clock, rules) = (&self.jobs.clock, &self.jobs.rules);
        let (State::Ready { video_key, .. } | State::Sending { video_key, .. }) = &job.state else { return Ok(Outcome::NotMine) };
        let claimed = job.claim_send(clock.now(), rules)?;
        self.jobs.save(&claimed).await?;
        let caption = claimed.order.locale.delivered(claimed.order.kind);
        match self.send_film(&claimed, video_key, &caption).await {
            Ok(sent) => self.capture(claimed, sent).await,
            Err(NotSent::TooLarge | NotSent::Telegram(TelegramError::TooLarge(_))) => {
                self.settlements.end(&claimed, &Diagnosis::of(Class::TooLarge)).await
            }
            Err(NotSent::Telegram(TelegramError::Blocked(_) | TelegramError::Gone(_))) => {
                self.settlements.end(&claimed, &Diagnosis::of(Class::Unreachable)).await
            }
            Err(NotSent::Telegram(TelegramError::TooManyRequests { retry_after })) => {
                self.jobs.advance(Queue::Send, &claimed.send_postponed(retry_after, clock.now(), rules)?).await?;
                Ok(Outcome::Postponed)
            }
            Err(error) => {
                tracing::warn!(attempt = claimed.state.attempts(), %error, "the send failed; SQS delivers the message again");
                let failed = claimed.send_failed(clock.now(), rules)?;
                self.jobs.save(&failed.job).await?;
                self.come_back_in(receipt_handle, failed.delay).await;
                Ok(Outcome::ComesBack)
            }
        }
    }

    /// Records the delivery and the capture in one transaction, once the video is in the chat. Retries until the lease ends.
    async fn capture(&self, claimed: Job, sent: SentVideo) -> StageResult {
        let receipt = Receipt { file_id: sent.file_id, message_id: sent.message_id, sent_as: sent.sent_as };
        let lease_ends = claimed.lease_until.unwrap_or(claimed.confirmed_at);
        let mut job = claimed;
        loop {
            let (delivered, entry) = job.delivered(receipt.clone(), self.jobs.clock.now())?;
            match self.jobs.table.settle(&delivered, &entry).await {
                Ok(()) => {
                    record_job(&delivered);
                    Metric::Delivered.emit();
                    if let State::Sending { ready_at, .. } | State::Ready { ready_at, .. } = job.state {
                        Metric::Delivery(between(ready_at, self.jobs.clock.now())).emit();
                    }
                    let counted = self.jobs.table.count(Day::of_end(&delivered), self.jobs.clock.now());
                    tokio::join!(self.status_message.show(&delivered), counted);
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
