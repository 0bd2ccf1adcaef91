//! Held films: a job is held in one transaction with a mark on its account, so that the seller's next update finds it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ids::UserId, job::Job};

use super::{
    Condition, Table, TableError,
    attempt::stale,
    items::{PROFILE, job_item, key},
    limits::action,
};

/// The account's attribute with the id of the job that was held last. It is absent while nothing waits for the person.
pub(super) const WAITING: &str = "waiting";

impl Table {
    /// Writes a held job, and marks its account.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the job has a newer version, or there is no account.
    pub async fn hold(&self, job: &Job) -> Result<(), TableError> {
        let mut held = job_item(job)?;
        let write_id = self.stamp(&mut held);
        let mark = self
            .update(key(job.user, PROFILE))
            .update_expression(format!("SET {WAITING} = :job"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":job", AttributeValue::S(job.id.to_string()));
        let actions = vec![self.transact_put(held, Condition::before(job.version))?, action(mark)?];
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// Removes the mark of an account, if it is still this one. A later hold has marked the account anew.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be written, or the account has another mark.
    pub async fn nothing_waits(&self, user: UserId, mark: &str) -> Result<(), TableError> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(user, PROFILE)))
            .update_expression(format!("REMOVE {WAITING}"))
            .condition_expression(format!("{WAITING} = :mark"))
            .expression_attribute_values(":mark", AttributeValue::S(mark.to_owned()))
            .send()
            .await
            .map_err(|error| TableError::unavailable("UpdateItem", &error))?;
        Ok(())
    }
}
