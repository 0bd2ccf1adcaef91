//! The observable state of a person: at one moment, and at the end of a run.

use std::collections::BTreeMap;

use serde_json::Value;

/// Removes ids and times, which differ between environments.
pub fn forget_ids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["id", "draft", "job", "touched_at", "ordered_at"] {
                if fields.get(name).is_some_and(Value::is_string) {
                    fields.remove(name);
                }
            }
            fields.values_mut().for_each(forget_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_ids),
        _ => {}
    }
}

/// The observable state of a person at one moment.
pub struct State {
    pub table: BTreeMap<String, Value>,
    pub chat: Vec<(i64, String)>,
    pub tasks: Vec<String>,
    pub queues: BTreeMap<&'static str, Vec<String>>,
}

impl State {
    /// Names the differences from a later state: changed attributes of items, a queue once for each new message, the chat, KIE.
    pub fn changes(&self, later: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let keys: Vec<&String> =
            self.table.keys().chain(later.table.keys().filter(|key| !self.table.contains_key(*key))).collect();
        for key in keys {
            let kind = key.split(' ').nth(1).unwrap_or_default().split('#').next().unwrap_or_default().to_lowercase();
            match (self.table.get(key), later.table.get(key)) {
                (Some(Value::Object(one)), Some(Value::Object(other))) => {
                    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
                    found.extend(names.filter(|name| one.get(*name) != other.get(*name)).map(|name| format!("{kind} {name}")));
                }
                _ => found.push(format!("{kind} item")),
            }
        }
        for (queue, messages) in &self.queues {
            let more = later.queues[queue].len() - messages.len();
            found.extend(std::iter::repeat_n(format!("{queue} message"), more));
        }
        found.extend((self.chat != later.chat).then(|| "chat".to_owned()));
        found.extend((self.tasks != later.tasks).then(|| "kie".to_owned()));
        found.sort();
        found
    }
}

/// The state of a person at the end of a run, without the ids and times that differ between environments.
#[derive(Clone, Debug)]
pub struct End {
    /// The stage of each job.
    pub stages: Vec<&'static str>,
    pub ledger: Vec<String>,
    pub person: String,
    pub chat: String,
    pub videos: usize,
    /// The number of the bot's messages. Videos and edits do not count.
    pub messages: usize,
    pub tasks: usize,
    pub parked: usize,
    /// The text of the bot's last message; for an order, its status message.
    pub said: Option<String>,
}
