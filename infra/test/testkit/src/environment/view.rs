//! Reads of the stores for scenarios: jobs, ledger, balance, media objects, parked messages.

use std::{collections::BTreeMap, sync::LazyLock};

use adapters::{callback_url::CallbackSealer, config::Secret};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use bytes::Bytes;
use domain::{
    credits::{Balance, Credits, Entry},
    ids::{JobId, UserId},
    job::Job,
};
use fakes::kie::{Outcome, TaskView};

use sandbox::{attempt_at, secret, user_of_task};

use super::test_environment::TestEnvironment;

/// Maximum size in bytes of a media object that a scenario reads.
const OBJECT_MAX_BYTES: usize = 100 * 1024 * 1024;

/// The sealer of the callback addresses, with the test secret.
static CALLBACKS: LazyLock<CallbackSealer> = LazyLock::new(|| CallbackSealer::new(&Secret::new(secret("CALLBACK_SIGNING_KEY"))));

/// A message in the parked queue, as an operator reads it in the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedMessage {
    /// The message's body.
    pub body: String,
    /// The message's attributes, by name.
    pub attributes: BTreeMap<String, String>,
}

impl TestEnvironment {
    /// Returns the SQS client and the S3 client.
    #[must_use]
    pub fn clients(&self) -> (aws_sdk_sqs::Client, aws_sdk_s3::Client) {
        (self.sqs.clone(), self.s3.clone())
    }

    /// Returns the user, job and attempt that a task at KIE was ordered for; `None` if its callback URL is not from this
    /// environment's functions.
    #[must_use]
    pub fn attempt_of(&self, task: &TaskView) -> Option<(UserId, JobId, u32)> {
        attempt_at(&CALLBACKS, task.callback_url.as_deref()?)
    }

    /// Returns KIE's tasks for a person's jobs, in the order of creation.
    #[must_use]
    pub fn tasks_of(&self, user: UserId) -> Vec<TaskView> {
        let is_mine = |task: &TaskView| self.attempt_of(task).is_some_and(|(owner, ..)| owner == user);
        self.kie.tasks().into_iter().filter(is_mine).collect()
    }

    /// Sets the outcomes of KIE's next tasks for a person's jobs: one each, then successes.
    pub fn script_kie(&self, user: UserId, outcomes: Vec<Outcome>) {
        self.kie.script_if(move |body| user_of_task(&CALLBACKS, body) == Some(user), outcomes);
    }

    /// Returns a person's jobs, oldest first.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn jobs(&self, user: UserId) -> Result<Vec<Job>, String> {
        self.table.jobs(user).await.map_err(|error| error.to_string())
    }

    /// Returns a person's ledger entries, oldest first.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn ledger(&self, user: UserId) -> Result<Vec<Entry>, String> {
        let mut entries = self.table.ledger(user).await.map_err(|error| error.to_string())?;
        // Entries of the same instant: credits before debits, so that the running balance stays above zero.
        entries.sort_by_key(|entry| (entry.at, std::cmp::Reverse(entry.amount)));
        Ok(entries)
    }

    /// Returns a person's balance.
    ///
    /// # Errors
    /// The table could not be read, or the balance is a debt.
    pub async fn balance(&self, user: UserId) -> Result<Credits, String> {
        let Balance(balance) = self.table.balance(user).await.map_err(|error| error.to_string())?;
        u32::try_from(balance).map(Credits).map_err(|_| format!("the balance of {user} is {balance}"))
    }

    /// Returns the bytes of a media object.
    ///
    /// # Errors
    /// The object does not exist, or could not be read.
    pub async fn object(&self, key: &str) -> Result<Bytes, String> {
        let (_, body) = self.media.get(key).await.map_err(|error| format!("{key}: {error}"))?;
        let read = adapters::wire::read(body, OBJECT_MAX_BYTES, self.times.patience()).await;
        read.map_err(|error| format!("{key}: {error}"))
    }

    /// Lists the keys in the media store that start with `prefix`.
    ///
    /// # Errors
    /// The media store could not be read.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, String> {
        let listed = self.s3.list_objects_v2().bucket(&self.bucket).prefix(prefix).send().await;
        let listed = listed.map_err(|error| adapters::aws::describe(&error))?;
        Ok(listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect())
    }

    /// Returns the messages in the parked queue that name a person, and leaves them in the queue.
    ///
    /// # Errors
    /// The parked queue could not be read.
    pub async fn parked(&self, user: UserId) -> Result<Vec<ParkedMessage>, String> {
        let mut found: BTreeMap<String, ParkedMessage> = BTreeMap::new();
        // One receive may return only some messages of a queue. Five receives return all that a scenario parks.
        for _ in 0..5 {
            let received = self
                .sqs
                .receive_message()
                .queue_url(&self.parked_queue_url)
                .max_number_of_messages(10)
                .visibility_timeout(0)
                .message_attribute_names("All")
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .send()
                .await;
            for message in received.map_err(|error| adapters::aws::describe(&error))?.messages.unwrap_or_default() {
                let value = |value: aws_sdk_sqs::types::MessageAttributeValue| value.string_value.unwrap_or_default();
                let attributes: BTreeMap<_, _> =
                    message.message_attributes.unwrap_or_default().into_iter().map(|(name, of)| (name, value(of))).collect();
                if attributes.get("person") == Some(&user.to_string()) {
                    let parked = ParkedMessage { body: message.body.unwrap_or_default(), attributes };
                    found.insert(message.message_id.unwrap_or_default(), parked);
                }
            }
        }
        Ok(found.into_values().collect())
    }
}
