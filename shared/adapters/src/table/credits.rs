//! The only module that moves credits. Each function is one transaction that changes a balance and writes its ledger entries.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use domain::{
    conversation::{Chat, Profile},
    credits::{self, Entry},
    ids::UserId,
    job::Job,
};
use jiff::Timestamp;

use super::{
    Condition, Table, TableError,
    attempt::{Refused, stale},
    items::{CHAT, ChatItem, PROFILE, ProfileItem, entry_item, item, job_item, key},
};

impl Table {
    /// Opens an account in one transaction: the profile, the welcome credits and the chat.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the account exists already, or the chat has a newer version.
    pub async fn open_account(&self, user: UserId, profile: &Profile, gift: &Entry, chat: &Chat) -> Result<(), TableError> {
        let mut chat_item = item(user, CHAT, &ChatItem::new(chat, gift.at))?;
        let write_id = self.stamp(&mut chat_item);
        let profile = item(user, PROFILE, &ProfileItem::new(profile, gift.at))?;
        let actions = vec![
            self.transact_put(chat_item, Condition::before(chat.version))?,
            self.transact_put(profile, Condition::Absent)?,
            self.transact_put(entry_item(gift)?, Condition::Absent)?,
        ];
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// Confirms an order in one transaction: writes the chat, lowers the balance, and creates every job with its charge.
    ///
    /// # Errors
    /// [`TableError::InsufficientCredits`]: the balance is lower than the charge. [`TableError::Stale`]: the chat has a newer
    /// version, or the order was confirmed before.
    pub async fn confirm_order(
        &self,
        user: UserId,
        chat: &Chat,
        order: &[(Job, Entry)],
        now: Timestamp,
    ) -> Result<(), TableError> {
        let mut chat_item = item(user, CHAT, &ChatItem::new(chat, now))?;
        let write_id = self.stamp(&mut chat_item);
        let total: i64 = order.iter().map(|(_, charge)| charge.amount).sum();
        let mut actions = vec![self.transact_put(chat_item, Condition::before(chat.version))?, self.move_balance(user, total)?];
        for (job, charge) in order {
            let mut created = job_item(job)?;
            self.stamp(&mut created);
            actions.push(self.transact_put(created, Condition::Absent)?);
            actions.push(self.transact_put(entry_item(charge)?, Condition::Absent)?);
        }
        self.transact(actions, &write_id).await.map_err(|refused| match refused {
            Refused::At(1) => TableError::InsufficientCredits,
            other => stale(other),
        })
    }

    /// Settles a job in one transaction: writes its final state and the one settlement of its charge.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the job has a newer version. [`TableError::InvariantViolated`]: the version is right, but a
    /// settlement exists or the account is missing.
    pub async fn settle(&self, job: &Job, settlement: &Entry) -> Result<(), TableError> {
        let mut settled = job_item(job)?;
        let write_id = self.stamp(&mut settled);
        let mut actions = vec![
            self.transact_put(settled, Condition::before(job.version))?,
            self.transact_put(entry_item(settlement)?, Condition::Absent)?,
        ];
        if settlement.amount != 0 {
            actions.push(self.move_balance(job.user, settlement.amount)?);
        }
        self.transact(actions, &write_id).await.map_err(|refused| match refused {
            Refused::At(at @ 1..) => TableError::InvariantViolated { job: job.id.to_string(), action: at },
            other => stale(other),
        })
    }

    /// Adds the credits of a grant or a purchase to an account. The entry's key is an idempotency key: the same key is given
    /// once.
    ///
    /// # Errors
    /// [`TableError::Stale`]: an entry with this key exists already. [`TableError::NoAccount`]: the person has no account.
    pub async fn give(&self, gift: &Entry) -> Result<(), TableError> {
        let mut entry = entry_item(gift)?;
        let write_id = self.stamp(&mut entry);
        let actions = vec![self.transact_put(entry, Condition::Absent)?, self.move_balance(gift.user, gift.amount)?];
        self.transact(actions, &write_id).await.map_err(|refused| match refused {
            Refused::At(1) => TableError::NoAccount,
            other => stale(other),
        })
    }

    /// Creates a free job with a charge of 0. The charge's note is `why`.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the job exists already.
    pub async fn replay(&self, job: &Job, why: &str) -> Result<(), TableError> {
        let mut created = job_item(job)?;
        let write_id = self.stamp(&mut created);
        let charge = credits::free_charge(job.user, job.id, why, job.confirmed_at);
        let actions =
            vec![self.transact_put(created, Condition::Absent)?, self.transact_put(entry_item(&charge)?, Condition::Absent)?];
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// Changes a balance by `amount`. The transaction fails if the balance would fall below zero, or if there is no account.
    fn move_balance(&self, user: UserId, amount: i64) -> Result<TransactWriteItem, TableError> {
        let number = |value: u64| AttributeValue::N(value.to_string());
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key(user, PROFILE)))
            .expression_attribute_values(":amount", number(amount.unsigned_abs()));
        let update = if amount < 0 {
            update.update_expression("SET balance = balance - :amount").condition_expression("balance >= :amount")
        } else {
            update.update_expression("SET balance = balance + :amount").condition_expression("attribute_exists(balance)")
        };
        Ok(TransactWriteItem::builder().update(update.build().map_err(TableError::unbuilt)?).build())
    }
}
