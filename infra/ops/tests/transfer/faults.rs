//! Counts the writes to a table, and lets them fail.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use local_aws::{
    errors::json_reply,
    net::{Action, CallInfo, Interceptor},
};
use serde_json::json;

use crate::bot::Bot;

/// What happens to the first write that fails. Every later one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// It is refused too.
    Refused,
    /// It is applied, and its reply is lost.
    ReplyLost,
}

/// The writes of a table.
pub struct Writes {
    seen: AtomicU64,
    fails_from: u64,
    first: First,
}

impl Writes {
    /// Counts the writes of a bot's table, and lets the one with this number (from 1) and every later one fail.
    pub fn failing_from(bot: &Bot, write: u64, first: First) -> Arc<Self> {
        let writes = Arc::new(Self { seen: AtomicU64::new(0), fails_from: write, first });
        bot.net.intercept(writes.clone());
        writes
    }

    /// Counts the writes of a bot's table.
    pub fn of(bot: &Bot) -> Arc<Self> {
        Self::failing_from(bot, u64::MAX, First::Refused)
    }

    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }
}

impl Interceptor for Writes {
    fn before(&self, call: &CallInfo) -> Action {
        if matches!(call.operation.as_deref(), None | Some("Query" | "Scan" | "GetItem" | "BatchGetItem")) {
            return Action::Pass;
        }
        let n = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if n < self.fails_from {
            Action::Pass
        } else if n == self.fails_from && self.first == First::ReplyLost {
            Action::LoseReply
        } else {
            let kind = "com.amazonaws.dynamodb.v20120810#AccessDeniedException";
            Action::Reply(json_reply(400, &json!({ "__type": kind, "message": "not authorised" })))
        }
    }
}
