//! The table with a checker behind it: after every write that was applied, whoever sent it and whether they still wait, the
//! laws of money are checked on everything its person has, but for a conversation's own item. And the queues with one in front.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use adapters::table::{AttributeValue, Holdings};
use domain::{ids::UserId, wake::Wake};
use futures_util::future::BoxFuture;
use local_aws::{
    dynamodb::{DynamoDb, is_write},
    net::{Request, Response, Service},
    sqs::Sqs,
};
use serde_json::Value;
use stories::world::TABLE;

/// The table, checked.
#[derive(Clone)]
pub struct Checked {
    table: DynamoDb,
    found: Arc<Mutex<Found>>,
    /// What each person had at their last check; nothing of theirs was written since but their conversation.
    checked: Arc<Mutex<HashMap<UserId, Arc<Holdings>>>>,
}

/// What the checks came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Checks made, each of every law that can be read off a person.
    pub checks: u64,
    /// Laws found broken, in words.
    pub broken: Vec<String>,
}

impl Checked {
    /// The same table, checked from now on.
    #[must_use]
    pub fn new(table: DynamoDb) -> Self {
        Self { table, found: Arc::default(), checked: Arc::default() }
    }

    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A person's holdings, by their last check: all that runs sends its writes through here.
    ///
    /// # Errors
    /// An item cannot be read.
    pub fn holdings(&self, user: UserId) -> Result<Arc<Holdings>, String> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner).get(&user).cloned();
        checked.map_or_else(|| self.read(user).map(Arc::new), Ok)
    }

    /// A person's holdings, by the table.
    ///
    /// # Errors
    /// An item cannot be read.
    pub fn read(&self, user: UserId) -> Result<Holdings, String> {
        let items = self.table.partition(TABLE, &format!("USER#{user}")).map_err(|error| error.to_string())?;
        let items =
            items.into_iter().map(item).collect::<Option<Vec<_>>>().ok_or("an attribute of a kind that we do not write")?;
        Holdings::of(user, items).map_err(|error| error.to_string())
    }

    fn check(&self, user: UserId) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let broken = match self.read(user) {
            Ok(holdings) => {
                let broken = holdings.broken().into_iter().map(|broken| format!("{user}: {}", broken.0)).collect();
                checked.insert(user, Arc::new(holdings));
                broken
            }
            Err(error) => {
                checked.remove(&user);
                vec![error]
            }
        };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.checks += 1;
        found.broken.extend(broken);
    }
}

impl Service for Checked {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            let reply = self.table.handle(&request);
            let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default();
            if is_write(operation)
                && reply.status().is_success()
                && !writes_conversation(operation, request.body())
                && let Some(user) = user_of(request.body())
            {
                self.check(user);
            }
            reply
        })
    }
}

/// The queues with a checker in front: whatever a message is about is committed before the message is sent.
pub struct CheckedQueues {
    queues: Sqs,
    table: Checked,
}

impl CheckedQueues {
    /// The same queues; what is found goes to the table's findings.
    #[must_use]
    pub fn new(queues: Sqs, table: Checked) -> Self {
        Self { queues, table }
    }

    /// Every message of ours is about a link of a job's chain that is in the table.
    fn check(&self, body: &[u8]) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let entries = request.get("Entries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for message in std::iter::once(&request).chain(entries) {
            let body = message.get("MessageBody").and_then(Value::as_str).unwrap_or_default();
            let Ok(wake) = Wake::parse(body) else { continue };
            let holdings = self.table.holdings(wake.user).unwrap_or_default();
            if !holdings.jobs.iter().any(|job| job.id == wake.job && job.look >= wake.look) {
                let early = format!("a message about look {} of {} was sent before that was committed", wake.look, wake.job);
                self.table.found.lock().unwrap_or_else(PoisonError::into_inner).broken.push(early);
            }
        }
    }
}

impl Service for CheckedQueues {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        if target.contains(".SendMessage") {
            self.check(request.body());
        }
        self.queues.call(request)
    }
}

/// Whether a write is of a conversation alone: no law is about it, and half of the writes are such.
fn writes_conversation(operation: &str, body: &[u8]) -> bool {
    operation == "PutItem" && String::from_utf8_lossy(body).contains(r#""sk":{"S":"CHAT"}"#)
}

/// Whose items a write is about: every write of ours is about one person.
fn user_of(body: &[u8]) -> Option<UserId> {
    let body = std::str::from_utf8(body).ok()?;
    let (_, rest) = body.split_once("USER#")?;
    let id: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
    id.parse().ok().map(UserId)
}

fn item(item: local_aws::dynamodb::Item) -> Option<HashMap<String, AttributeValue>> {
    item.into_iter().map(|(name, value)| Some((name, attribute(value)?))).collect()
}

/// An attribute as the SDK has it.
fn attribute(value: local_aws::dynamodb::AttributeValue) -> Option<AttributeValue> {
    use local_aws::dynamodb::AttributeValue as Stored;
    Some(match value {
        Stored::S(text) => AttributeValue::S(text),
        Stored::N(number) => AttributeValue::N(number),
        Stored::BOOL(flag) => AttributeValue::Bool(flag),
        Stored::NULL(_) => AttributeValue::Null(true),
        Stored::L(list) => AttributeValue::L(list.into_iter().map(attribute).collect::<Option<_>>()?),
        Stored::M(map) => AttributeValue::M(item(map)?),
        _ => return None,
    })
}
