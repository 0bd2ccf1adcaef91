//! The only module that moves credits. Each function is one transaction that changes a balance and writes its ledger entries.
//! The transaction of an order, a refund or a newcomer's gift also changes the counts that limits compare.

mod import;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    conversation::{Chat, Profile},
    credits::{self, Entry},
    ids::{JobId, UserId},
    job::Job,
    limits::{Allowance, DayCap, counts_as_refund},
};
use jiff::Timestamp;

use super::{
    Condition, Table, TableError,
    attempt::{Refused, stale},
    items::{CHAT, ChatItem, PROFILE, ProfileItem, entry_item, item, job_item, job_set, key},
    limits::{Counted, NotCounted, action, count, number, refused_by_day},
};

impl Table {
    /// Opens an account in one transaction: the profile, the welcome credits and the chat. No limit counts the gift.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the account exists already, or the chat has a newer version.
    pub async fn open_account(&self, user: UserId, profile: &Profile, gift: &Entry, chat: &Chat) -> Result<(), TableError> {
        let (actions, write_id) = self.opening(user, profile, Some(gift), chat, gift.at)?;
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// Opens a newcomer's account like [`Table::open_account`], if the day's limit of gifts allows it. The same transaction
    /// counts the gift.
    ///
    /// # Errors
    /// [`TableError::LimitReached`]: the day's gifts are used up. [`TableError::Stale`]: the account exists already, or the chat
    /// has a newer version.
    pub async fn open_account_within(
        &self,
        user: UserId,
        profile: &Profile,
        gift: &Entry,
        chat: &Chat,
        cap: DayCap,
    ) -> Result<(), TableError> {
        let (actions, write_id) = self.opening(user, profile, Some(gift), chat, gift.at)?;
        let counted = Counted { cap, count: 1, now: gift.at };
        self.transact_counted(actions, &counted, &write_id).await.map_err(|not_counted| match not_counted {
            NotCounted::Full(limit) => TableError::LimitReached(limit),
            NotCounted::Refused(refused) => stale(refused),
        })
    }

    /// Opens an account without welcome credits. The gift's idempotency key stays free, so an operator can still give them.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the account exists already, or the chat has a newer version.
    pub async fn open_account_without_gift(
        &self,
        user: UserId,
        profile: &Profile,
        chat: &Chat,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let (actions, write_id) = self.opening(user, profile, None, chat, now)?;
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// The actions that open an account, and their write id.
    fn opening(
        &self,
        user: UserId,
        profile: &Profile,
        gift: Option<&Entry>,
        chat: &Chat,
        now: Timestamp,
    ) -> Result<(Vec<TransactWriteItem>, String), TableError> {
        let mut chat_item = item(user, CHAT, &ChatItem::new(chat, now))?;
        let write_id = self.stamp(&mut chat_item);
        let profile = item(user, PROFILE, &ProfileItem::new(profile, now))?;
        let mut actions =
            vec![self.transact_put(chat_item, Condition::before(chat.version))?, self.transact_put(profile, Condition::Absent)?];
        if let Some(gift) = gift {
            actions.push(self.transact_put(entry_item(gift)?, Condition::Absent)?);
        }
        Ok((actions, write_id))
    }

    /// Confirms an order in one transaction: writes the chat, lowers the balance, lists the jobs as open, counts the videos of
    /// the day, and creates every job with its charge.
    ///
    /// # Errors
    /// [`TableError::InsufficientCredits`]: the balance is lower than the charge. [`TableError::LimitReached`]: a limit of the
    /// day is reached. [`TableError::Stale`]: the chat has a newer version, the account lists more open jobs than the decision
    /// knew of, or the order was confirmed before.
    pub async fn confirm_order(
        &self,
        user: UserId,
        chat: &Chat,
        order: &[(Job, Entry)],
        allowance: &Allowance,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let mut chat_item = item(user, CHAT, &ChatItem::new(chat, now))?;
        let write_id = self.stamp(&mut chat_item);
        let total: i64 = order.iter().map(|(_, charge)| charge.amount).sum();
        let jobs: Vec<_> = order.iter().map(|(job, _)| job.id).collect();
        let mut actions = vec![
            self.transact_put(chat_item, Condition::before(chat.version))?,
            self.charge(user, total.unsigned_abs(), &jobs, allowance)?,
            self.count_order(user, allowance, now)?,
        ];
        for (job, charge) in order {
            let mut created = job_item(job)?;
            self.stamp(&mut created);
            actions.push(self.transact_put(created, Condition::Absent)?);
            actions.push(self.transact_put(entry_item(charge)?, Condition::Absent)?);
        }
        let counted = Counted { cap: allowance.films, count: allowance.videos, now };
        self.transact_counted(actions, &counted, &write_id).await.map_err(|not_counted| match not_counted {
            NotCounted::Full(limit) => TableError::LimitReached(limit),
            // Otherwise the account lists more open jobs than the decision knew of: read them and decide again.
            NotCounted::Refused(Refused::At(1, account)) if count(&account, "balance") < total.unsigned_abs() => {
                TableError::InsufficientCredits
            }
            NotCounted::Refused(Refused::At(2, day)) => TableError::LimitReached(refused_by_day(&day, allowance)),
            NotCounted::Refused(refused) => stale(refused),
        })
    }

    /// Settles a job in one transaction: writes its final state and the one settlement of its charge, and takes the job off the
    /// account's list of open jobs. A refund that the person can cause is counted in the day of the settlement.
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
            self.give_back(job, settlement.amount.unsigned_abs())?,
        ];
        if counts_as_refund(job) {
            actions.push(self.count_refund(job.user, settlement.at)?);
        }
        self.transact(actions, &write_id).await.map_err(|refused| match refused {
            Refused::At(at @ 1.., _) => TableError::InvariantViolated { job: job.id.to_string(), action: at },
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
        let actions = vec![self.transact_put(entry, Condition::Absent)?, self.add(gift.user, gift.amount.unsigned_abs())?];
        self.transact(actions, &write_id).await.map_err(|refused| match refused {
            Refused::At(1, _) => TableError::NoAccount,
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

    /// Lowers a balance by a charge and lists the jobs as open. The transaction fails if the balance would fall below zero, if the
    /// account lists more open jobs than the decision knew of, or if there is no account.
    fn charge(&self, user: UserId, price: u64, jobs: &[JobId], allowance: &Allowance) -> Result<TransactWriteItem, TableError> {
        let update = self
            .update(key(user, PROFILE))
            .update_expression("SET balance = balance - :amount ADD open_jobs :jobs")
            .condition_expression("balance >= :amount AND (attribute_not_exists(open_jobs) OR size(open_jobs) <= :open_before)")
            .expression_attribute_values(":amount", number(price))
            .expression_attribute_values(":jobs", job_set(jobs))
            .expression_attribute_values(":open_before", number(allowance.open_before));
        action(update)
    }

    /// Raises a balance by a job's refund, by 0 for a capture, and takes the job off the list of open jobs. A job that was never
    /// listed, such as a free replay, changes no list. The transaction fails if there is no account.
    fn give_back(&self, job: &Job, refund: u64) -> Result<TransactWriteItem, TableError> {
        let update = self
            .update(key(job.user, PROFILE))
            .update_expression("SET balance = balance + :amount DELETE open_jobs :ended")
            .condition_expression("attribute_exists(balance)")
            .expression_attribute_values(":amount", number(refund))
            .expression_attribute_values(":ended", job_set(&[job.id]));
        action(update)
    }

    /// Raises a balance. The transaction fails if there is no account.
    fn add(&self, user: UserId, credits: u64) -> Result<TransactWriteItem, TableError> {
        let update = self
            .update(key(user, PROFILE))
            .update_expression("SET balance = balance + :amount")
            .condition_expression("attribute_exists(balance)")
            .expression_attribute_values(":amount", number(credits));
        action(update)
    }
}
