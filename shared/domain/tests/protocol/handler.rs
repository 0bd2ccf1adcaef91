//! A running handler of a function, and its steps.

use crate::{
    model::Tick,
    parts::{Image, ModelMessage, ModelQueue, Settled},
};

/// A running handler of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handler {
    /// The function.
    pub actor: Actor,
    /// The next step.
    pub step: Step,
    /// The job as the handler last read or wrote it.
    pub image: Image,
    /// When the handler began.
    pub started: Tick,
    /// The message that the handler processes.
    pub message: Option<ModelMessage>,
}

/// The function that a handler belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    Generator,
    Sender,
    Refunder,
    Sweeper,
    /// The callback function, called for this attempt and task.
    Callback(u8, u8),
    /// The webhook, with an update of a seller whose film is held.
    Webhook,
}

/// The next step of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the job, poll KIE if the job has a task, and decide.
    Read,
    /// Write the job, and the settlement if there is one, unless the stored job has changed since the read; then act.
    Write(Image, Option<Settled>, Act),
    /// Act outside the table.
    Do(Act),
}

impl Step {
    /// The parts of the step, with every job mapped by `relative`, for the comparison of states.
    pub fn over<T>(self, relative: impl Fn(Image) -> T) -> (Option<T>, Option<Settled>, Option<Act>, Option<T>) {
        let unrecorded = |act: &Act| if let Act::CreateUnrecorded(job) = act { Some(relative(*job)) } else { None };
        match self {
            Self::Read => (None, None, None, None),
            Self::Write(job, settled, then) => (Some(relative(job)), settled, Some(then), unrecorded(&then)),
            Self::Do(act) => (None, None, Some(act), unrecorded(&act)),
        }
    }
}

/// An action of a handler outside the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    BringPhoto,
    CreateTask,
    /// Seeded mistake: createTask is called before its claim is written.
    CreateUnrecorded(Image),
    /// Seeded mistake: the task of [`Act::CreateUnrecorded`] is recorded.
    RecordTask(u8),
    FetchVideo,
    SendVideo,
    /// The capture lost a race: read the job again.
    CaptureAgain,
    Notify,
    /// Seeded mistake: the seller is notified after the notification was recorded.
    NotifyLate,
    Enqueue(ModelQueue, Tick),
    /// The queue delivers the message again after this many ticks.
    ComeBack(Tick),
    Done,
}
