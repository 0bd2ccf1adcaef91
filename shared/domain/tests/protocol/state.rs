//! The whole state at one moment: the table, the queues, KIE, Telegram, the running handlers.

use crate::{
    handler::Handler,
    model::{Budget, Tick},
    parts::{Image, Ledger, ModelMessage, ModelTask, SentMessages},
};

/// The whole state at one moment.
#[derive(Clone, Debug)]
pub struct ModelState {
    /// The tick of the clock.
    pub now: Tick,
    /// The job in the table.
    pub job: Image,
    /// The balance and settlements in the table.
    pub ledger: Ledger,
    /// The messages in all queues.
    pub bag: Vec<ModelMessage>,
    /// The running handlers.
    pub handlers: Vec<Handler>,
    /// The tasks at KIE.
    pub tasks: Vec<ModelTask>,
    /// The messages in the seller's chat.
    pub chat: SentMessages,
    /// The faults that may still happen.
    pub left: Budget,
    /// The event of a transition that the job did not allow, if there was one.
    pub invalid: Option<&'static str>,
}

impl ModelState {
    /// The state in a normal form. A superseded message has the same effect at any time, and several of them have the same effect
    /// as one. One superseded message stays, because its handler may die.
    pub fn tidied(mut self) -> Self {
        let (sequence, now) = (self.job.sequence, self.now);
        for message in &mut self.bag {
            message.visible_at = message.visible_at.max(now);
            if message.sequence < sequence {
                (message.sequence, message.visible_at) = (sequence - 1, now);
            }
        }
        self.bag.sort_unstable();
        self.bag.dedup_by(|one, other| one == other && one.sequence < sequence);
        self
    }
}
