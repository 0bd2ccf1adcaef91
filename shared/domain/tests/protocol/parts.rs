//! What a state is made of: the job as it was read, messages, tasks, the ledger, the chat.

use domain::credits::EntryKind;

use crate::model::Tick;

/// A job as somebody read it or is about to write it: all of it but the two numbers by number, those two beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Image {
    /// The number of all of it but version and look.
    pub body: u16,
    /// The job's version.
    pub version: u16,
    /// The job's look.
    pub sequence: u16,
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
    pub sequence: u16,
    /// Times it was received.
    pub receives: u8,
    /// When it can be received.
    pub visible_at: Tick,
}

/// A KIE task; its number is its place in `ModelState::tasks`.
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
