//! Earlier replies to reads that DynamoDB may answer with an old image: queries of an index, and reads without strong
//! consistency. The embedded table is always consistent, so the injector takes old images from here.

use std::{collections::HashMap, hash::BuildHasher};

use local_aws::net::{CallInfo, Response};
use serde_json::Value;

/// For each item or index shard: the last reply, and the last reply that differed from it.
#[derive(Default)]
pub struct Images(HashMap<u64, (Response, Option<Response>)>);

impl Images {
    /// Keeps a reply.
    pub fn seen(&mut self, call: &CallInfo, answer: &Response) {
        let Some(thing) = self.thing(call) else { return };
        match self.0.get_mut(&thing) {
            None => drop(self.0.insert(thing, (answer.clone(), None))),
            Some((last, _)) if last.body() == answer.body() => {}
            Some((last, before)) => *before = Some(std::mem::replace(last, answer.clone())),
        }
    }

    /// The reply before the last change of the item or shard that a call reads; `None` if no change was seen.
    #[must_use]
    pub fn before(&self, call: &CallInfo) -> Option<Response> {
        self.0.get(&self.thing(call)?).and_then(|(_, before)| before.clone())
    }

    /// The hash of the item or index shard that a call reads.
    fn thing(&self, call: &CallInfo) -> Option<u64> {
        let body: Value = serde_json::from_slice(&call.body).ok()?;
        let about = body.get("Key").or_else(|| body.pointer("/ExpressionAttributeValues/:shard"))?;
        Some(self.0.hasher().hash_one(about.to_string()))
    }
}
