//! Accounts and conversations: read together, written by version.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{
    conversation::{Chat, Profile},
    credits::{Credits, Entry},
    ids::{JobId, UserId},
    job::Job,
};
use jiff::Timestamp;

use super::{
    Table, TableError,
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
                _ => person.job = Some(job_of(found)?),
            }
        }
        Ok(person)
    }

    async fn batch_read(&self, keys: Vec<Item>) -> Result<Vec<Item>, TableError> {
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

    /// Writes a step of the conversation, if nobody stepped in between.
    ///
    /// # Errors
    /// [`TableError::Stale`]: somebody did.
    pub async fn save_chat(&self, user: UserId, chat: &Chat, now: Timestamp) -> Result<(), TableError> {
        self.put_versioned(item(user, CHAT, &ChatItem::new(chat, now))?, chat.version).await
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

    /// All of a person's jobs, oldest first.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn jobs(&self, user: UserId) -> Result<Vec<Job>, TableError> {
        self.partition_of(user, "JOB#").await?.into_iter().map(job_of).collect()
    }

    async fn partition_of(&self, user: UserId, prefix: &str) -> Result<Vec<Item>, TableError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(partition(user)))
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
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
