//! Accounts and conversations. Both are read together, and a conversation is written by its version.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem, Update};
use domain::{
    conversation::{Chat, Profile, ProfileChange},
    credits::{Balance, Entry, EntryKey},
    ids::{DraftId, JobId, UserId},
    job::Job,
};
use jiff::Timestamp;

use super::{
    Condition, Table, TableError,
    attempt::stale,
    items::{
        CHAT, ChatItem, Item, PROFILE, ProfileItem, entry_of, id_of_job, item, job_key, job_of, job_set, key, partition, read,
        sort_key,
    },
    ledger_page::readable,
};

/// Most requests for one batch read. DynamoDB may return the items in parts.
const BATCH_ROUNDS_MAX: u32 = 5;

/// A person's account and conversation, as a step of the conversation reads them in one request.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The account; `None` for a new person.
    pub profile: Option<Profile>,
    /// The conversation. It is a new one if no conversation is stored or the stored one has expired.
    pub chat: Chat,
    /// The mark of a film, or of its refund, that waits for this person's return; `None` if nothing waits.
    pub waiting: Option<String>,
    /// The requested job; `None` if no job was requested or this person has no such job.
    pub job: Option<Job>,
}

impl Table {
    /// Reads a person's account, conversation and, if requested, one job, in one consistent read.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn person(&self, user: UserId, job: Option<JobId>, now: Timestamp) -> Result<Person, TableError> {
        let sorts = [Some(PROFILE.to_owned()), Some(CHAT.to_owned()), job.map(job_key)];
        let keys = sorts.into_iter().flatten().map(|sort| key(user, &sort)).collect();
        let mut person = Person::default();
        for found in self.batch_read(keys).await? {
            match sort_key(&found).as_str() {
                PROFILE => {
                    let mut item: ProfileItem = read(found)?;
                    person.waiting = item.waiting.take();
                    person.profile = Some(item.into());
                }
                CHAT => person.chat = conversation(found, now),
                // An unreadable job, written by another release, must not block the person's updates.
                _ => person.job = job_of(found)
                    .inspect_err(
                        |error| tracing::error!(%error, "the job of a tapped button cannot be read; it is treated as missing"),
                    )
                    .ok(),
            }
        }
        Ok(person)
    }

    /// Gives those of an account's listed jobs that are still open. A function of release 0.1.0 settles a job and leaves it on
    /// the list, so a job that has ended is removed here: otherwise it would be held against the person's limit for ever.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read, or an ended job could not be removed.
    pub async fn open_jobs(&self, user: UserId, listed: &[JobId]) -> Result<Vec<JobId>, TableError> {
        let keys = listed.iter().map(|job| key(user, &job_key(*job))).collect();
        let found = self.batch_read(keys).await?;
        // An unreadable job, written by another release, counts as open.
        let ended: Vec<_> =
            found.into_iter().filter_map(|item| job_of(item).ok()).filter(Job::has_ended).map(|job| job.id).collect();
        if !ended.is_empty() {
            tracing::warn!(jobs = ended.len(), "ended jobs were still on an account's list of open jobs; they are removed");
            self.remove_open_jobs(user, &ended).await?;
        }
        Ok(listed.iter().copied().filter(|job| !ended.contains(job)).collect())
    }

    /// Removes ended jobs from an account's list. A job never becomes open again, so this needs no version.
    async fn remove_open_jobs(&self, user: UserId, ended: &[JobId]) -> Result<(), TableError> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(user, PROFILE)))
            .update_expression("DELETE open_jobs :ended")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":ended", job_set(ended))
            .send()
            .await
            .map_err(|error| TableError::unavailable("UpdateItem", &error))?;
        Ok(())
    }

    pub(super) async fn batch_read(&self, keys: Vec<Item>) -> Result<Vec<Item>, TableError> {
        let mut wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().ok();
        let mut found = Vec::new();
        for _ in 0..BATCH_ROUNDS_MAX {
            let Some(keys) = wanted.take() else { return Ok(found) };
            let read = self
                .client
                .batch_get_item()
                .request_items(&self.name, keys)
                .send()
                .await
                .map_err(|error| TableError::unavailable("BatchGetItem", &error))?;
            found.extend(read.responses.unwrap_or_default().remove(&self.name).unwrap_or_default());
            wanted = read.unprocessed_keys.unwrap_or_default().remove(&self.name);
        }
        let reason = "some items are still unprocessed after the last request".to_owned();
        if wanted.is_none() { Ok(found) } else { Err(TableError::Unavailable { operation: "BatchGetItem", reason }) }
    }

    /// Writes the chat after a step and the step's changes to the account, in one transaction.
    ///
    /// # Errors
    /// [`TableError::Stale`]: the chat has a newer version, or the account does not exist.
    pub async fn save_step(&self, user: UserId, chat: &Chat, change: ProfileChange, now: Timestamp) -> Result<(), TableError> {
        let mut chat_item = item(user, CHAT, &ChatItem::new(chat, now))?;
        if change.is_empty() {
            return self.put_versioned(chat_item, chat.version).await;
        }
        let write_id = self.stamp(&mut chat_item);
        let actions = vec![self.transact_put(chat_item, Condition::before(chat.version))?, self.change_profile(user, change)?];
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// Sets the attributes of an account that a step changes. A step never sets the balance.
    fn change_profile(&self, user: UserId, change: ProfileChange) -> Result<TransactWriteItem, TableError> {
        let ProfileChange { locale, reachable, consented_at } = change;
        let text = |value: String| AttributeValue::S(value);
        let values = [
            ("locale", locale.map(|locale| text(locale.code().to_owned()))),
            ("reachable", reachable.map(AttributeValue::Bool)),
            ("consented_at", consented_at.map(|at| text(at.to_string()))),
        ];
        let set: Vec<_> = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let expression: Vec<_> = set.iter().map(|(name, _)| format!("{name} = :{name}")).collect();
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key(user, PROFILE)))
            .update_expression(format!("SET {}", expression.join(", ")))
            .condition_expression("attribute_exists(pk)")
            .set_expression_attribute_values(Some(set.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect()));
        Ok(TransactWriteItem::builder().update(update.build().map_err(TableError::unbuilt)?).build())
    }

    /// Records whether the bot may write to a person.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be written, or the person has no account.
    pub async fn set_reachable(&self, user: UserId, reachable: bool) -> Result<(), TableError> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(user, PROFILE)))
            .update_expression("SET reachable = :reachable")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":reachable", AttributeValue::Bool(reachable))
            .send()
            .await
            .map_err(|error| TableError::unavailable("UpdateItem", &error))?;
        Ok(())
    }

    /// Reads a balance (consistent read); zero for a person without an account. A text names a balance that was read after the
    /// commit of which the text speaks.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn balance(&self, user: UserId) -> Result<Balance, TableError> {
        let read_profile = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(user, PROFILE)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::unavailable("GetItem", &error))?;
        let profile = read_profile.item.map(read::<ProfileItem>).transpose()?;
        Ok(profile.map(|item| item.balance).unwrap_or_default())
    }

    /// Reads a person's whole ledger.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn ledger(&self, user: UserId) -> Result<Vec<Entry>, TableError> {
        self.partition_of(user, "LEDGER#").await?.into_iter().map(|found| entry_of(user, found)).collect()
    }

    /// Reads the jobs of one order.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn jobs_of_order(&self, user: UserId, draft: DraftId) -> Result<Vec<Job>, TableError> {
        self.partition_of(user, &format!("JOB#{draft}.")).await?.into_iter().map(job_of).collect()
    }

    /// Reads a person's newest jobs, the newest order first, at most `limit`.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn recent_jobs(&self, user: UserId, limit: i32) -> Result<Vec<Job>, TableError> {
        self.jobs_after(user, None, limit).await
    }

    /// Reads a person's jobs that are older than this one, the newest order first, at most `limit`; the newest jobs for `None`.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn jobs_after(&self, user: UserId, after: Option<JobId>, limit: i32) -> Result<Vec<Job>, TableError> {
        let (mut jobs, mut after) = (Vec::new(), after);
        loop {
            let wanted = limit.saturating_sub(i32::try_from(jobs.len()).unwrap_or(i32::MAX));
            let items = self.newest_before(user, "JOB#", after, wanted).await?;
            let is_last = i32::try_from(items.len()).unwrap_or(i32::MAX) < wanted;
            let last = items.last().and_then(id_of_job);
            // An unreadable job, written by another release, must hide neither the other jobs nor that more follow.
            let read = |item| {
                job_of(item)
                    .inspect_err(|error| tracing::error!(%error, "one of a person's jobs cannot be read; it is skipped"))
                    .ok()
            };
            let before = jobs.len();
            let found = items.len();
            jobs.extend(items.into_iter().filter_map(read));
            if is_last || jobs.len() - before == found || last.is_none() {
                return Ok(jobs);
            }
            after = last;
        }
    }

    /// Reads a person's items of jobs with this prefix, from the one before `after` to older ones, at most `limit`.
    pub(super) async fn newest_before(
        &self,
        user: UserId,
        prefix: &str,
        after: Option<JobId>,
        limit: i32,
    ) -> Result<Vec<Item>, TableError> {
        let read = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .set_exclusive_start_key(after.map(|job| key(user, &format!("{prefix}{job}"))))
            .expression_attribute_values(":pk", AttributeValue::S(partition(user)))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(limit)
            .send()
            .await
            .map_err(|error| TableError::unavailable("Query", &error))?;
        Ok(read.items.unwrap_or_default())
    }

    /// Reads the settlements of a person's jobs from `oldest` to `newest`.
    pub(super) async fn settlements(&self, user: UserId, oldest: JobId, newest: JobId) -> Result<Vec<Entry>, TableError> {
        let end = |job: JobId| AttributeValue::S(format!("LEDGER#{}", EntryKey::Settlement(job)));
        let read = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":pk", AttributeValue::S(partition(user)))
            .expression_attribute_values(":oldest", end(oldest))
            .expression_attribute_values(":newest", end(newest))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::unavailable("Query", &error))?;
        Ok(read.items.unwrap_or_default().into_iter().filter_map(|found| readable(user, found)).collect())
    }

    /// Reads all of a person's jobs, oldest first.
    ///
    /// # Errors
    /// [`TableError`]: the table could not be read.
    pub async fn jobs(&self, user: UserId) -> Result<Vec<Job>, TableError> {
        self.partition_of(user, "JOB#").await?.into_iter().map(job_of).collect()
    }

    /// Reads a person's items whose sort keys begin with `prefix`. An empty prefix, which DynamoDB would refuse, reads them all.
    pub(super) async fn partition_of(&self, user: UserId, prefix: &str) -> Result<Vec<Item>, TableError> {
        let query =
            self.client.query().table_name(&self.name).expression_attribute_values(":pk", AttributeValue::S(partition(user)));
        let query = if prefix.is_empty() {
            query.key_condition_expression("pk = :pk")
        } else {
            query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
        };
        let mut pages = query.consistent_read(true).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            found.push(item.map_err(|error| TableError::unavailable("Query", &error))?);
        }
        Ok(found)
    }
}

/// Reads the conversation in an item. A conversation that this release cannot read is replaced by a new one, so that it does not
/// block the person.
fn conversation(found: Item, now: Timestamp) -> Chat {
    let version = found.get("version").and_then(|version| version.as_n().ok()).and_then(|version| version.parse().ok());
    match read(found) {
        Ok(stored) => current(stored, now),
        Err(error) => {
            tracing::error!(%error, "the stored conversation cannot be read; a new one begins");
            Chat { version: version.unwrap_or_default(), ..Chat::default() }
        }
    }
}

/// The stored conversation, or a new one if the stored one has expired. DynamoDB deletes an expired item only after up to a few
/// days.
fn current(stored: ChatItem, now: Timestamp) -> Chat {
    let ChatItem { chat, expires_at } = stored;
    if expires_at > now.as_second() { chat } else { Chat { place: Default::default(), notice: None, ..chat } }
}
