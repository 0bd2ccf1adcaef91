//! The person that a call is about, as far as the call itself or the other calls of its invocation say it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use adapters::callback_url::CallbackSealer;
use bytes::Bytes;
use local_aws::net::CallInfo;
use sandbox::{attempt_at, invocation, user_of_task};
use serde_json::Value;

use super::names::service;

/// Invocations, and tasks, whose people are remembered.
const REMEMBERED: usize = 1000;
/// Largest body that is searched for a person, in bytes.
const SEARCHED_MAX_BYTES: usize = 256 * 1024;

type InvocationId = (&'static str, u64);

/// The people of the invocations and of KIE's tasks.
#[derive(Default)]
pub(super) struct Owners {
    invocations: BTreeMap<InvocationId, BTreeSet<i64>>,
    invocations_order: VecDeque<InvocationId>,
    tasks: BTreeMap<String, i64>,
    tasks_order: VecDeque<String>,
}

impl Owners {
    /// The person of a call, and remembers it for the other calls of its invocation and of its task.
    pub fn learn(&mut self, callbacks: &CallbackSealer, call: &CallInfo, answer: Option<&Bytes>) -> Option<i64> {
        let said = self.said(callbacks, call);
        let running = invocation();
        if let (Some(user), Some(running)) = (said, running) {
            let order = &mut self.invocations_order;
            let people = self.invocations.entry(running).or_insert_with(|| {
                order.push_back(running);
                BTreeSet::new()
            });
            people.insert(user);
            if let Some(oldest) = (order.len() > REMEMBERED).then(|| order.pop_front()).flatten() {
                self.invocations.remove(&oldest);
            }
        }
        let user = said.or_else(|| running.and_then(|running| self.only_one_of(running)));
        if let (Some(user), Some(answer), true) = (user, answer, call.path.ends_with("/createTask")) {
            self.remember_task(answer, user);
        }
        user
    }

    /// The people of an invocation.
    pub fn of_invocation(&self, invocation: InvocationId) -> BTreeSet<i64> {
        self.invocations.get(&invocation).cloned().unwrap_or_default()
    }

    /// The person of a task.
    pub fn of_task(&self, task: &str) -> Option<i64> {
        self.tasks.get(task).copied()
    }

    fn only_one_of(&self, invocation: InvocationId) -> Option<i64> {
        let people = self.invocations.get(&invocation)?;
        people.first().copied().filter(|_| people.len() == 1)
    }

    fn remember_task(&mut self, answer: &[u8], user: i64) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let Some(task) = answer.pointer("/data/taskId").and_then(Value::as_str) else { return };
        if self.tasks.insert(task.to_owned(), user).is_none() {
            self.tasks_order.push_back(task.to_owned());
        }
        if let Some(oldest) = (self.tasks_order.len() > REMEMBERED).then(|| self.tasks_order.pop_front()).flatten() {
            self.tasks.remove(&oldest);
        }
    }

    /// The person that the call itself names.
    fn said(&self, callbacks: &CallbackSealer, call: &CallInfo) -> Option<i64> {
        let body = || String::from_utf8_lossy(call.body.get(..call.body.len().min(SEARCHED_MAX_BYTES)).unwrap_or_default());
        match service(&call.host) {
            "Telegram" => the_only(numbers_after(&body(), &["\"chat_id\":", "name=\"chat_id\"\r\n\r\n", "chat_id="])),
            "webhook" => person_of_update(&call.body),
            "callback" => attempt_at(callbacks, &call.path).map(|(user, ..)| user.0),
            "KIE" => {
                let task = || self.tasks.iter().find(|(task, _)| call.path.contains(task.as_str())).map(|(_, user)| *user);
                user_of_task(callbacks, &body()).map(|user| user.0).or_else(task)
            }
            "DynamoDB" => the_only(numbers_after(&body(), &["\"USER#"])),
            "SQS" => the_only(numbers_after(&body(), &["\\\"user\\\":"])),
            "S3" => the_only(numbers_after(&call.path, &["/photos/", "/videos/"])),
            _ => None,
        }
    }
}

/// The sender of an update of Telegram.
fn person_of_update(body: &[u8]) -> Option<i64> {
    let update: Value = serde_json::from_slice(body).ok()?;
    update.as_object()?.values().find_map(|field| field.get("from")?.get("id")?.as_i64())
}

/// The numbers right behind one of these marks.
fn numbers_after(text: &str, marks: &[&str]) -> BTreeSet<i64> {
    let behind = |mark: &str| -> Vec<i64> {
        let parts = text.split(mark).skip(1);
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
        parts.filter_map(|part| digits(part.trim_start_matches([' ', '"'])).parse().ok()).collect()
    };
    marks.iter().flat_map(|mark| behind(mark)).collect()
}

fn the_only(found: BTreeSet<i64>) -> Option<i64> {
    found.first().copied().filter(|_| found.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_about_one_person_is_theirs_and_a_call_about_two_is_of_no_single_one() {
        assert_eq!(the_only(numbers_after(r#"{"chat_id": 7,"text":"chat_id"}"#, &["\"chat_id\":"])), Some(7));
        assert_eq!(the_only(numbers_after(r#"{"pk":{"S":"USER#7"}},{"pk":{"S":"USER#8"}}"#, &["\"USER#"])), None);
        assert_eq!(the_only(numbers_after(r#"{"pk":{"S":"COUNTER#1"}}"#, &["\"USER#"])), None);
        assert_eq!(person_of_update(br#"{"update_id":1,"message":{"from":{"id":9}}}"#), Some(9));
    }
}
