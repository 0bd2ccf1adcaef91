//! Everything there is at one moment: the table, the queues, KIE, Telegram, the handlers at work.

use crate::{
    handler::Handler,
    model::{Budget, Tick},
    parts::{Image, Ledger, ModelMessage, ModelTask, SentMessages},
};

/// Everything there is at one moment.
#[derive(Clone, Debug)]
pub struct ModelState {
    /// The clock.
    pub now: Tick,
    /// The job in the table.
    pub job: Image,
    /// The credits in the table.
    pub ledger: Ledger,
    /// The queues.
    pub bag: Vec<ModelMessage>,
    /// Handlers at work.
    pub handlers: Vec<Handler>,
    /// KIE.
    pub tasks: Vec<ModelTask>,
    /// Telegram.
    pub chat: SentMessages,
    /// What may still go wrong.
    pub left: Budget,
    /// A handler made a move that the job did not allow.
    pub invalid: Option<&'static str>,
}

impl ModelState {
    /// The state without what makes no difference: a superseded message is as good now as later, and several as good as one.
    /// It does nothing but be received; that is kept, for what a handler's death makes of it.
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
