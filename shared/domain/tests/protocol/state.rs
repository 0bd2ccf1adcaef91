//! Everything there is at one moment: the table, the queues, KIE, Telegram, the handlers at work.

use domain::credits::EntryKind;

use crate::{
    handlers::Handler,
    model::{Budget, Tick},
};

/// A job as somebody read it or is about to write it: all of it but the two numbers by number, those two beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Image {
    /// The number of all of it but version and look.
    pub body: u16,
    /// The job's version.
    pub version: u16,
    /// The job's look.
    pub look: u16,
}

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelQueue {
    /// The generator's.
    Generate,
    /// The sender's.
    Send,
    /// The refunder's; both dead-letter queues.
    Dead,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelMessage {
    /// Where it is.
    pub queue: ModelQueue,
    /// Its look number.
    pub look: u16,
    /// Times it was received.
    pub receives: u8,
    /// When it can be received.
    pub visible_at: Tick,
}

/// A KIE task; its number is its place in [`ModelState::tasks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelTask {
    /// The attempt it was made for.
    pub attempt: u8,
    /// How it is.
    pub status: TaskStatus,
    /// Its callback is on its way: it may come now, later or never.
    pub calling: bool,
}

/// How a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// It runs.
    Running,
    /// Its video can be fetched.
    Done,
    /// It failed.
    Failed(KieFailure),
}

/// How KIE says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KieFailure {
    /// Later.
    Busy,
    /// Perhaps next time.
    Broken,
    /// Never.
    Rejected,
}

/// What the person has, and what settled the job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// Their balance.
    pub balance: u32,
    /// Settlements of the job: one at most, if all is well.
    pub settled: Vec<Settled>,
}

/// A settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settled {
    /// Captured or refunded.
    pub kind: EntryKind,
    /// What it gave back.
    pub amount: i64,
}

/// What arrived in the person's chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SentMessages {
    /// Copies of the video.
    pub videos: u8,
    /// Times the person was told that the credit is back.
    pub notes: u8,
    /// Those that were not true when they were said.
    pub false_notes: u8,
}

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
        let (look, now) = (self.job.look, self.now);
        for message in &mut self.bag {
            message.visible_at = message.visible_at.max(now);
            if message.look < look {
                (message.look, message.visible_at) = (look - 1, now);
            }
        }
        self.bag.sort_unstable();
        self.bag.dedup_by(|one, other| one == other && one.look < look);
        self
    }
}
