//! The parts of a state: images of the job, messages, tasks, the ledger, the chat.

use domain::credits::EntryKind;

use crate::model::Tick;

/// An image of the job, as read or to be written. The version and the sequence number are kept apart from the rest of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Image {
    /// Index of the rest of the job in [`Decisions`](crate::decisions::Decisions).
    pub body: u16,
    /// The job's version.
    pub version: u16,
    /// The job's sequence number.
    pub sequence: u16,
}

/// A queue of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelQueue {
    /// The generator's queue.
    Generate,
    /// The sender's queue.
    Send,
    /// The refunder's queue, which stands for both dead-letter queues.
    Dead,
}

/// A message in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelMessage {
    /// The queue of the message.
    pub queue: ModelQueue,
    /// The message's sequence number.
    pub sequence: u16,
    /// Receives so far.
    pub receives: u8,
    /// When the message becomes visible.
    pub visible_at: Tick,
}

/// A KIE task; its number is its index in `ModelState::tasks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelTask {
    /// The attempt that submitted the task.
    pub attempt: u8,
    /// The status of the task.
    pub status: TaskStatus,
    /// Whether the task's callback is pending: it may come now, later or never.
    pub calling: bool,
}

/// The status of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// The task is running.
    Running,
    /// The task is done, and its video can be fetched.
    Done,
    /// The task failed.
    Failed(KieFailure),
}

/// A refusal or failure of KIE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KieFailure {
    /// KIE is busy: a later try may succeed, and this one counts as no attempt.
    Busy,
    /// KIE failed: another attempt may succeed.
    Internal,
    /// KIE rejected the content: no other attempt can succeed.
    Rejected,
}

/// The seller's balance, and the settlements of the job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// The balance, in credits.
    pub balance: u32,
    /// The settlements of the job. More than one is a violation.
    pub settled: Vec<Settled>,
}

/// A settlement of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settled {
    /// Capture or refund.
    pub kind: EntryKind,
    /// The refunded amount, in credits.
    pub amount: i64,
}

/// The messages that arrived in the seller's chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SentMessages {
    /// Copies of the video that arrived.
    pub videos: u8,
    /// Notifications that the credit is refunded.
    pub notifications: u8,
    /// Notifications that were false when they were sent.
    pub false_notifications: u8,
}
