//! Jobs in the table. A job is read by its key, written by its version, and found in the index `due` when it is past due.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{JobId, UserId},
    job::Job,
};
use jiff::Timestamp;

use super::{
    DUE_SHARDS, Table, TableError,
    items::{DUE_INDEX, job_item, job_key, job_of, key, sort_key},
};

/// The key of a job that is past due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueJob {
    /// The job's owner.
    pub user: UserId,
    /// The job's id.
    pub job: JobId,
}

impl Table {
    /// Reads a job (consistent read).
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn job(&self, user: UserId, job: JobId) -> Result<Option<Job>, TableError> {
        let read = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(user, &job_key(job))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::unavailable("GetItem", &error))?;
        read.item.map(job_of).transpose()
    }

    /// Writes a job after a transition that moves no credits.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the job has a newer version.
    pub async fn save_job(&self, job: &Job) -> Result<(), TableError> {
        self.put_versioned(job_item(job)?, job.version).await
    }

    /// Finds at most `limit` jobs of one shard that are past due, the longest overdue first. The index may lag behind the table.
    ///
    /// # Errors
    /// [`TableError`]: the index could not be read.
    pub async fn due_jobs(&self, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<DueJob>, TableError> {
        debug_assert!(shard < DUE_SHARDS);
        let read = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(DUE_INDEX)
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", AttributeValue::S(shard.to_string()))
            .expression_attribute_values(":now", AttributeValue::N(now.as_millisecond().to_string()))
            .limit(limit)
            .send()
            .await
            .map_err(|error| TableError::unavailable("Query", &error))?;
        // An unreadable key must not hide the other jobs.
        let readable = |item| {
            due_job(item)
                .inspect_err(
                    |error| tracing::error!(%error, "the index of open jobs has an unreadable key; the sweeper skips it"),
                )
                .ok()
        };
        Ok(read.items.unwrap_or_default().iter().filter_map(readable).collect())
    }
}

fn due_job(item: &super::items::Item) -> Result<DueJob, TableError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let user = text("pk").and_then(|pk| pk.strip_prefix("USER#")).and_then(|user| user.parse().ok());
    let job = text("sk").and_then(|sk| sk.strip_prefix("JOB#")).and_then(|job| job.parse().ok());
    match (user, job) {
        (Some(user), Some(job)) => Ok(DueJob { user: UserId(user), job }),
        _ => Err(TableError::unreadable(&sort_key(item), &"the key is not a job's")),
    }
}
