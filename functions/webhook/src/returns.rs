//! What an update proves about films: a person who writes is back, so their held films are sent; a tap on a button under a film
//! proves that the film arrived.

use std::time::Duration;

use adapters::{metrics::Metric, queues::Queue, table::TableError};
use domain::{
    ids::{JobId, UserId},
    job::{Job, Receipt, State},
    operator::Day,
};

use crate::{Webhook, handle_update::RECENT_JOBS_READ, incoming_update::TappedFilm};

/// Longest that held films may delay the reply. The next update or a check reopens the deliveries that were left.
const HELD_FILMS_TIMEOUT: Duration = Duration::from_secs(3);
/// The time between two held films of one person. Telegram takes about one message a second in a chat.
const BETWEEN_FILMS: Duration = Duration::from_secs(2);

impl Webhook {
    /// Sends what waited for a person: held films, and the news of refunds. Best effort: the mark stays until nothing waits.
    pub(crate) async fn send_held_films(&self, user: UserId, mark: &str) {
        match tokio::time::timeout(HELD_FILMS_TIMEOUT, self.reopen_deliveries(user, mark)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a held film was not reopened; the next update or a check reopens it"),
            Err(_) => tracing::warn!("the held films were not reopened in time; the next update or a check reopens them"),
        }
    }

    async fn reopen_deliveries(&self, user: UserId, mark: &str) -> Result<(), TableError> {
        let (now, rules) = (self.clock.now(), &self.jobs.rules);
        let mut jobs = self.jobs.table.recent_jobs(user, RECENT_JOBS_READ).await?;
        // The job that was held last may be older than these: a finished film has the time of its first order.
        if let Some(marked) = mark.parse::<JobId>().ok().filter(|id| jobs.iter().all(|job| job.id != *id)) {
            jobs.extend(self.jobs.table.job(user, marked).await?);
        }
        let waiting: Vec<_> = jobs.iter().filter(|job| job.waits_for_return()).collect();
        if waiting.is_empty() {
            return self.jobs.table.nothing_waits(user, mark).await;
        }
        let mut wait = Duration::ZERO;
        // The oldest comes first.
        for job in waiting.into_iter().rev() {
            let reopened = match job.state {
                State::Held { .. } => job.reopened(wait, now, rules),
                _ => job.notified_on_return(now, rules),
            };
            let Ok(reopened) = reopened else { continue };
            match self.jobs.advance(Queue::Send, &reopened).await {
                Ok(()) => {
                    tracing::info!(job = %job.id, stage = job.state.name(), "the seller is back; what waited for them is sent");
                    wait += BETWEEN_FILMS;
                }
                // Another handler has reopened the job.
                Err(TableError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Captures the charge of a film that is in the chat although its job does not record the delivery. Returns the job as it is
    /// afterwards. Best effort: the next tap captures it, or the job ends as it would have.
    pub(crate) async fn capture_tapped(&self, film: &TappedFilm, job: Option<Job>) -> Option<Job> {
        let job = job.filter(|job| job.id == film.job)?;
        let delivered = match job.state {
            State::Ready { .. } | State::Sending { .. } | State::Held { .. } => {
                let receipt = Receipt { file_id: Some(film.file_id.clone()), message_id: film.message_id, sent_as: film.sent_as };
                job.delivered(receipt, self.clock.now(), &self.jobs.rules).ok()
            }
            State::Failed { .. } => return Some(self.count_unpaid(job).await),
            _ => None,
        };
        let Some((delivered, capture)) = delivered else { return Some(job) };
        match self.jobs.table.settle(&delivered, &capture).await {
            Ok(()) => {
                tracing::info!(job = %job.id, stage = job.state.name(), "a tap under the film proves its delivery; the charge is captured");
                Metric::Delivered.emit();
                self.jobs.table.count(Day::of_end(&delivered), self.clock.now()).await;
                Some(delivered)
            }
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "the delivery that a tap proves could not be recorded");
                Some(job)
            }
        }
    }

    /// Counts a film that is in the chat although its charge was refunded: once a film, however often it is tapped. Returns the job as
    /// it is afterwards.
    async fn count_unpaid(&self, job: Job) -> Job {
        let Ok(found) = job.arrived_unpaid() else { return job };
        match self.jobs.save(&found).await {
            Ok(()) => {
                Metric::RefundedThoughDelivered.emit();
                tracing::warn!(job = %job.id, "a film whose charge was refunded is in the chat; no credits move");
                found
            }
            Err(error) => {
                tracing::debug!(job = %job.id, %error, "a film that arrived unpaid was not recorded; the next tap records it");
                job
            }
        }
    }
}
