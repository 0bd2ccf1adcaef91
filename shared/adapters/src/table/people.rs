//! Accounts and conversations: read together, written by version.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem, Update};
use domain::{
    conversation::{Chat, Profile, ProfileChange},
    credits::{Credits, Entry},
    ids::{DraftId, JobId, UserId},
    job::Job,
};
use jiff::Timestamp;

use super::{
    Condition, Table, TableError,
    attempt::stale,
    items::{CHAT, ChatItem, Item, PROFILE, ProfileItem, entry_of, item, job_key, job_of, key, partition, read, sort_key},
};

/// Rounds of a batch read whose items come in parts.
const BATCH_ROUNDS_MAX: u32 = 5;

/// What a step of the conversation reads, in one call.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The account; `None` for somebody new.
    pub profile: Option<Profile>,
    /// The conversation; a fresh one if there is none, or it expired.
    pub chat: Chat,
    /// The job asked for, if it is theirs.
    pub job: Option<Job>,
}

impl Table {
    /// A person's account and conversation, and one of their jobs if asked for: one consistent read.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn person(&self, user: UserId, job: Option<JobId>, now: Timestamp) -> Result<Person, TableError> {
        let sorts = [Some(PROFILE.to_owned()), Some(CHAT.to_owned()), job.map(job_key)];
        let keys = sorts.into_iter().flatten().map(|sort| key(user, &sort)).collect();
        let mut person = Person::default();
        for found in self.batch_read(keys).await? {
            match sort_key(&found).as_str() {
                PROFILE => person.profile = Some(read::<ProfileItem>(found)?.into()),
                CHAT => person.chat = conversation(found, now),
                // A job that another release wrote must not hold up everything its person does.
                _ => person.job = job_of(found).inspect_err(|error| tracing::error!(%error, "the job of a button")).ok(),
            }
        }
        Ok(person)
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
        let reason = "items kept coming in parts".to_owned();
        if wanted.is_none() { Ok(found) } else { Err(TableError::Unavailable { operation: "BatchGetItem", reason }) }
    }

    /// Writes a step of the conversation, if nobody stepped in between, and what it changes of the account, together.
    ///
    /// # Errors
    /// [`TableError::Stale`]: somebody did, or there is no such account.
    pub async fn save_step(&self, user: UserId, chat: &Chat, change: ProfileChange, now: Timestamp) -> Result<(), TableError> {
        let mut chat_item = item(user, CHAT, &ChatItem::new(chat, now))?;
        if change.is_empty() {
            return self.put_versioned(chat_item, chat.version).await;
        }
        let write_id = self.stamp(&mut chat_item);
        let actions = vec![self.transact_put(chat_item, Condition::before(chat.version))?, self.change_profile(user, change)?];
        self.transact(actions, &write_id).await.map_err(stale)
    }

    /// Sets what a step changes of an account; never its balance.
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

    /// Notes whether the bot may write to a person.
    ///
    /// # Errors
    /// The table could not be written, or there is no such account.
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

    /// The balance as it is now (a consistent read); zero for somebody without an account.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn balance(&self, user: UserId) -> Result<Credits, TableError> {
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
        Ok(profile.map_or_else(Credits::default, |item| Profile::from(item).balance))
    }

    /// A person's whole ledger.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn ledger(&self, user: UserId) -> Result<Vec<Entry>, TableError> {
        self.partition_of(user, "LEDGER#").await?.into_iter().map(|found| entry_of(user, found)).collect()
    }

    /// The jobs of one order.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn jobs_of_order(&self, user: UserId, draft: DraftId) -> Result<Vec<Job>, TableError> {
        self.partition_of(user, &format!("JOB#{draft}.")).await?.into_iter().map(job_of).collect()
    }

    /// A person's last jobs, newest order first, at most `limit`.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn recent_jobs(&self, user: UserId, limit: i32) -> Result<Vec<Job>, TableError> {
        let read = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(partition(user)))
            .expression_attribute_values(":prefix", AttributeValue::S("JOB#".to_owned()))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(limit)
            .send()
            .await
            .map_err(|error| TableError::unavailable("Query", &error))?;
        // One job that another release wrote must not hide the others.
        let readable = |item| job_of(item).inspect_err(|error| tracing::error!(%error, "among a person's last jobs")).ok();
        Ok(read.items.unwrap_or_default().into_iter().filter_map(readable).collect())
    }

    /// All of a person's jobs, oldest first.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn jobs(&self, user: UserId) -> Result<Vec<Job>, TableError> {
        self.partition_of(user, "JOB#").await?.into_iter().map(job_of).collect()
    }

    /// A person's items whose sort keys begin so; all of them for an empty beginning, which DynamoDB would refuse.
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

/// The conversation in an item. One that another release wrote and this one cannot read begins anew: it must not block a person.
fn conversation(found: Item, now: Timestamp) -> Chat {
    let version = found.get("version").and_then(|version| version.as_n().ok()).and_then(|version| version.parse().ok());
    match read(found) {
        Ok(stored) => current(stored, now),
        Err(error) => {
            tracing::error!(%error, "a conversation begins anew");
            Chat { version: version.unwrap_or_default(), ..Chat::default() }
        }
    }
}

/// A stored conversation, unless its time is over: time to live deletes within days, not at once.
fn current(stored: ChatItem, now: Timestamp) -> Chat {
    let ChatItem { chat, expires_at } = stored;
    if expires_at > now.as_second() { chat } else { Chat { place: Default::default(), notice: None, ..chat } }
}
