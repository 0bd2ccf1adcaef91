//! What reads were answered earlier, for those that may be answered with an old image: DynamoDB's indices, and reads that do
//! not ask for consistency. The embedded table is always consistent; what lags comes from here.

use std::{collections::HashMap, hash::BuildHasher};

use local_aws::net::{CallInfo, Response};
use serde_json::Value;

/// The answers to reads of the same thing: the last, and the last that was another.
#[derive(Default)]
pub struct Images(HashMap<u64, (Response, Option<Response>)>);

impl Images {
    /// Remembers an answer.
    pub fn seen(&mut self, call: &CallInfo, answer: &Response) {
        let Some(thing) = self.thing(call) else { return };
        match self.0.get_mut(&thing) {
            None => drop(self.0.insert(thing, (answer.clone(), None))),
            Some((last, _)) if last.body() == answer.body() => {}
            Some((last, before)) => *before = Some(std::mem::replace(last, answer.clone())),
        }
    }

    /// What was the answer before the thing changed last; `None` if it never did.
    #[must_use]
    pub fn before(&self, call: &CallInfo) -> Option<Response> {
        self.0.get(&self.thing(call)?).and_then(|(_, before)| before.clone())
    }

    /// What a read is about: an item, or a shard of an index.
    fn thing(&self, call: &CallInfo) -> Option<u64> {
        let body: Value = serde_json::from_slice(&call.body).ok()?;
        let about = body.get("Key").or_else(|| body.pointer("/ExpressionAttributeValues/:shard"))?;
        Some(self.0.hasher().hash_one(about.to_string()))
    }
}
