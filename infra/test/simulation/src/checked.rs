//! The table and the queues with checkers. After every write that took effect, except a write of a conversation item, the table's
//! checker checks the money invariants on all items of the seller. The queues' checker checks each message before it is sent.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use adapters::{
    clock::Clock,
    table::{AccountSnapshot, AttributeValue},
};
use domain::{ids::UserId, job_message::JobMessage};
use futures_util::future::BoxFuture;
use local_aws::{
    dynamodb::{DynamoDb, Touch},
    net::{Request, Response, Service},
    sqs::Sqs,
};
use serde_json::Value;
use testkit::environment::TABLE;

use crate::history::History;

/// The table with a checker of the money invariants.
#[derive(Clone)]
pub struct Checked {
    table: DynamoDb,
    clock: Clock,
    found: Arc<Mutex<Found>>,
    /// The items of each seller at their last check. Only their conversation may have changed since.
    checked: Arc<Mutex<HashMap<UserId, Person>>>,
}

/// An item in the form of the SDK.
type Item = HashMap<String, AttributeValue>;

/// The items of one seller.
#[derive(Default)]
struct Person {
    /// Items by sort key, without the conversation item.
    items: BTreeMap<String, Item>,
    snapshot: Arc<AccountSnapshot>,
    history: History,
}

/// The results of all checks so far.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The count of checks. One check covers every invariant on the items of one seller.
    pub checks: u64,
    /// Every violation found, as text that begins with the user id.
    pub broken: Vec<String>,
}

impl Checked {
    /// Wraps a table. Writes through the wrapper are checked from now on.
    #[must_use]
    pub fn new(table: DynamoDb, clock: Clock) -> Self {
        Self { table, clock, found: Arc::default(), checked: Arc::default() }
    }

    /// The commits of a seller's ledger so far.
    #[must_use]
    pub fn history(&self, user: UserId) -> History {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.get(&user).map(|person| person.history.clone()).unwrap_or_default()
    }

    /// The results of all checks so far.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A seller's snapshot from their last check that could read their items. It is current, because every write passes the
    /// checker.
    #[must_use]
    pub fn account_snapshot(&self, user: UserId) -> Arc<AccountSnapshot> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.get(&user).map(|person| Arc::clone(&person.snapshot)).unwrap_or_default()
    }

    /// The sellers whose items in the table differ from their last check: a write bypassed the checker.
    ///
    /// # Errors
    /// An item cannot be read. Nothing is known about any seller then.
    pub fn strays(&self) -> Result<Vec<UserId>, String> {
        let users: BTreeSet<_> = self.checked.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        let mut strays = Vec::new();
        for user in users {
            if self.read(user)? != *self.account_snapshot(user) {
                strays.push(user);
            }
        }
        Ok(strays)
    }

    /// Reads a seller's snapshot from the table.
    ///
    /// # Errors
    /// An item cannot be read.
    pub fn read(&self, user: UserId) -> Result<AccountSnapshot, String> {
        let items = self.table.partition(TABLE, &format!("USER#{user}")).map_err(|error| error.to_string())?;
        let items = items.into_iter().map(item).collect::<Result<Vec<_>, _>>()?;
        AccountSnapshot::of(user, items).map_err(|error| error.to_string())
    }

    /// Checks the invariants for each seller whose items were written. A run uses one thread, so the items cannot change between
    /// the write and the check.
    fn check(&self, touched: &[Touch]) {
        let touched: Vec<_> = touched.iter().filter(|touch| touch.sk != CONVERSATION).collect();
        let users: BTreeSet<_> = touched.iter().filter_map(|touch| user_of(touch)).collect();
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.clock.now().as_millisecond();
        for user in users {
            let person = checked.entry(user).or_default();
            let theirs = touched.iter().filter(|touch| user_of(touch) == Some(user));
            let unread: Vec<_> = theirs.filter_map(|touch| self.refresh(person, touch).err()).collect();
            let broken = if unread.is_empty() { person.violations(user, now_ms) } else { unread };
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            found.checks += 1;
            found.broken.extend(broken.into_iter().map(|broken| format!("{user}: {broken}")));
        }
    }

    /// Reads an item from the table again.
    fn refresh(&self, person: &mut Person, touch: &Touch) -> Result<(), String> {
        person.items.remove(&touch.sk);
        if let Some(found) = self.table.item(&touch.table, &touch.pk, &touch.sk).map_err(|error| error.to_string())? {
            person.items.insert(touch.sk.clone(), item(found)?);
        }
        Ok(())
    }
}

impl Person {
    /// Every invariant that the seller's items violate now, as text. Notes what the write committed.
    fn violations(&mut self, user: UserId, now_ms: i64) -> Vec<String> {
        match AccountSnapshot::of(user, self.items.values().cloned()) {
            Ok(snapshot) => {
                self.history.note(now_ms, &snapshot);
                self.snapshot = Arc::new(snapshot);
                self.snapshot
                    .violations()
                    .iter()
                    .map(|violation| format!("invariant {}: {violation}", violation.invariant()))
                    .collect()
            }
            Err(error) => vec![error.to_string()],
        }
    }
}

impl Service for Checked {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            let (reply, touched) = self.table.handle_touching(&request);
            self.check(&touched);
            if let Some(settlement) = stopped_by_its_key(&request, &reply) {
                let second = format!("{settlement} was written under the version of its job, and only its key stopped it");
                let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
                // A handler may try such a settlement again and again.
                if !found.broken.contains(&second) {
                    found.broken.push(second);
                }
            }
            reply
        })
    }
}

/// The queues with a checker: the job that a message is about must be committed before the message is sent.
pub struct CheckedQueues {
    queues: Sqs,
    table: Checked,
}

impl CheckedQueues {
    /// Wraps queues. Violations are recorded in the results of `table`.
    #[must_use]
    pub fn new(queues: Sqs, table: Checked) -> Self {
        Self { queues, table }
    }

    /// Records a violation for each message whose job or sequence number is not in the table yet.
    fn check(&self, body: &[u8]) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let entries = request.get("Entries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for message in std::iter::once(&request).chain(entries) {
            let body = message.get("MessageBody").and_then(Value::as_str).unwrap_or_default();
            let Ok(sent) = JobMessage::parse(body) else { continue };
            let snapshot = self.table.account_snapshot(sent.user);
            if !snapshot.jobs.iter().any(|job| job.id == sent.job && job.sequence >= sent.sequence) {
                let early = format!("a message of job {} was sent before its write {} was committed", sent.job, sent.sequence);
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

/// The settlement that a transaction would have written, if the job had the version that the transaction was decided on and the
/// settlement existed already. The version is the first lock of a settlement, the key the second: a settlement that gets through the
/// first is a defect, though no credits move.
fn stopped_by_its_key(request: &Request, reply: &Response) -> Option<String> {
    if reply.status().is_success() || !is_transaction(request) {
        return None;
    }
    let (asked, answered): (Value, Value) =
        (serde_json::from_slice(request.body()).ok()?, serde_json::from_slice(reply.body()).ok()?);
    let (actions, reasons) = (asked.get("TransactItems")?.as_array()?, answered.get("CancellationReasons")?.as_array()?);
    let failed = |prefix: &str| {
        let (key, at) = actions.iter().enumerate().find_map(|(at, action)| {
            let key = action.pointer("/Put/Item/sk/S")?.as_str()?;
            key.starts_with(prefix).then_some((key, at))
        })?;
        let code = reasons.get(at)?.get("Code").and_then(Value::as_str).unwrap_or_default();
        Some((key, code == "ConditionalCheckFailed"))
    };
    let ((settlement, is_stopped), (_, is_stale)) = (failed("LEDGER#SETTLEMENT#")?, failed("JOB#")?);
    (is_stopped && !is_stale).then(|| settlement.to_owned())
}

fn is_transaction(request: &Request) -> bool {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    target.ends_with(".TransactWriteItems")
}

/// The sort key of a conversation item. No invariant depends on it, and half of all writes change only this item.
const CONVERSATION: &str = "CHAT";

/// The user whose item a write touched; `None` for an item of no user.
fn user_of(touch: &Touch) -> Option<UserId> {
    touch.pk.strip_prefix("USER#")?.parse().ok().map(UserId)
}

fn item(item: local_aws::dynamodb::Item) -> Result<Item, String> {
    let attributes = item.into_iter().map(|(name, value)| Some((name, attribute(value)?)));
    attributes.collect::<Option<_>>().ok_or_else(|| "an item has an attribute of a type that the bot does not write".to_owned())
}

/// An attribute in the form of the SDK; `None` for a type that the bot does not write.
fn attribute(value: local_aws::dynamodb::AttributeValue) -> Option<AttributeValue> {
    use local_aws::dynamodb::AttributeValue as Stored;
    Some(match value {
        Stored::S(text) => AttributeValue::S(text),
        Stored::N(number) => AttributeValue::N(number),
        Stored::BOOL(flag) => AttributeValue::Bool(flag),
        Stored::SS(texts) => AttributeValue::Ss(texts),
        Stored::NULL(_) => AttributeValue::Null(true),
        Stored::L(list) => AttributeValue::L(list.into_iter().map(attribute).collect::<Option<_>>()?),
        Stored::M(map) => AttributeValue::M(item(map).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;
    use serde_json::json;

    use super::*;

    const SELLER: UserId = UserId(7);

    /// A transaction that writes a balance and a ledger entry of five credits.
    fn write(balance: u32) -> Request {
        let entry = json!({
            "pk": { "S": "USER#7" }, "sk": { "S": "LEDGER#GRANT#welcome" }, "kind": { "S": "grant" }, "amount": { "N": "5" },
            "at": { "S": "2100-01-01T00:00:00Z" }, "note": { "S": "" },
        });
        let key = json!({ "pk": { "S": "USER#7" }, "sk": { "S": "PROFILE" } });
        let update = json!({
            "TableName": TABLE, "Key": key, "UpdateExpression": "SET balance = :balance, locale = :locale, reachable = :yes",
            "ExpressionAttributeValues": { ":balance": { "N": balance.to_string() }, ":locale": { "S": "en" }, ":yes": { "BOOL": true } },
        });
        let put = json!({ "TableName": TABLE, "Item": entry });
        let body = json!({ "TransactItems": [{ "Update": update }, { "Put": put }] }).to_string();
        let request =
            http::Request::post("http://dynamodb.local/").header("x-amz-target", "DynamoDB_20120810.TransactWriteItems");
        request.body(Bytes::from(body)).unwrap()
    }

    #[test]
    fn a_settlement_that_only_its_key_stops_is_found() {
        let put = |sort: &str| json!({ "Put": { "Item": { "sk": { "S": sort } } } });
        let body = json!({ "TransactItems": [put("JOB#1"), put("LEDGER#SETTLEMENT#1")] }).to_string();
        let request =
            http::Request::post("http://dynamodb.local/").header("x-amz-target", "DynamoDB_20120810.TransactWriteItems");
        let request = request.body(Bytes::from(body)).unwrap();
        let stopped = |codes: [&str; 2]| {
            let reasons = json!({ "CancellationReasons": codes.map(|code| json!({ "Code": code })) });
            let mut reply = Response::new(Bytes::from(reasons.to_string()));
            *reply.status_mut() = StatusCode::BAD_REQUEST;
            stopped_by_its_key(&request, &reply)
        };
        assert_eq!(stopped(["None", "ConditionalCheckFailed"]).as_deref(), Some("LEDGER#SETTLEMENT#1"));
        assert_eq!(stopped(["ConditionalCheckFailed", "None"]), None, "the job has a newer version");
        assert_eq!(stopped(["ConditionalCheckFailed", "ConditionalCheckFailed"]), None, "both locks hold");
        assert_eq!(stopped(["None", "TransactionConflict"]), None);
        assert_eq!(stopped_by_its_key(&request, &Response::new(Bytes::new())), None, "written");
    }

    #[tokio::test]
    async fn the_checker_finds_a_violated_invariant_and_a_write_that_bypasses_it() {
        let table = DynamoDb::new().unwrap().unguarded();
        table.create_table(TABLE).unwrap();
        let checked = Checked::new(table.clone(), Clock::system());
        assert_eq!(checked.call(write(5)).await.status(), StatusCode::OK);
        assert_eq!((checked.found().checks, checked.found().broken), (1, vec![]));
        assert_eq!(checked.account_snapshot(SELLER).balance, Some(domain::credits::Balance(5)));
        assert_eq!(checked.strays().unwrap(), []);

        // This write bypasses the checker; `strays` finds it at the end of a run.
        assert_eq!(table.handle(&write(6)).status(), StatusCode::OK);
        assert_eq!(checked.strays().unwrap(), [SELLER]);

        assert_eq!(checked.call(write(6)).await.status(), StatusCode::OK);
        let broken = checked.found().broken;
        assert!(broken.len() == 1 && broken[0].starts_with("7: "), "{broken:?}");

        let delete = json!({ "TableName": TABLE, "Key": { "pk": { "S": "USER#7" }, "sk": { "S": "PROFILE" } } });
        let delete =
            http::Request::post("http://dynamodb.local/").header("x-amz-target", "DynamoDB_20120810.DeleteItem").body(delete);
        assert_eq!(checked.call(delete.unwrap().map(|body| Bytes::from(body.to_string()))).await.status(), StatusCode::OK);
        assert_eq!((checked.account_snapshot(SELLER).balance, checked.strays().unwrap()), (None, vec![]));
    }
}
