//! Reads and writes that only the operator's commands use.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    credits::{Entry, EntryKey},
    ids::{JobId, UserId},
    job::Job,
};
use jiff::Timestamp;

use super::{
    Table, TableError,
    items::{entry_of, job_key, job_of, key, ledger_key},
};

/// The partition of the operators' notes.
const NOTES: &str = "OPERATIONS";

impl Table {
    /// Finds a job by its id alone. This scans the whole table.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn find_job(&self, job: JobId) -> Result<Option<Job>, TableError> {
        let scan = self.client.scan().table_name(&self.name).filter_expression("sk = :job").consistent_read(true);
        let scan = scan.expression_attribute_values(":job", AttributeValue::S(job_key(job)));
        let mut found = scan.into_paginator().items().send();
        let item = found.next().await.transpose().map_err(|error| TableError::unavailable("Scan", &error))?;
        item.map(job_of).transpose()
    }

    /// Reads one entry of a person's ledger (consistent read).
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn entry(&self, user: UserId, entry: &EntryKey) -> Result<Option<Entry>, TableError> {
        let read = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(user, &ledger_key(entry))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::unavailable("GetItem", &error))?;
        read.item.map(|item| entry_of(user, item)).transpose()
    }

    /// Records an operator's action that leaves no ledger entry: `what` was done, and a `note` with the reason and the operator.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be written.
    pub async fn note_operation(&self, what: &str, note: &str, at: Timestamp) -> Result<(), TableError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        // The random id keeps two notes of the same instant apart.
        let sort = format!("{at:.3}#{}", self.rng.write_id());
        let item = [("pk", NOTES), ("sk", &sort), ("what", what), ("note", note)];
        let item: HashMap<_, _> = item.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map(drop).map_err(|error| TableError::unavailable("PutItem", &error))
    }
}
