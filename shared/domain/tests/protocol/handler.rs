//! A function at work, and the steps that it can be in.

use crate::{
    model::Tick,
    parts::{Image, ModelMessage, ModelQueue, Settled},
};

/// A function at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handler {
    /// Which.
    pub who: Who,
    /// What it does next.
    pub step: Step,
    /// The job as it last read or wrote it.
    pub image: Image,
    /// When it began.
    pub started: Tick,
    /// The message it holds.
    pub message: Option<ModelMessage>,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Generator,
    Sender,
    Refunder,
    Sweeper,
    /// For this attempt and task.
    Callback(u8, u8),
}

/// What a function does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the job, ask KIE where its task is looked at, and decide.
    Read,
    /// Write what was decided, if nobody wrote since; then go on.
    Write(Image, Option<Settled>, Act),
    /// Go on.
    Do(Act),
}

impl Step {
    /// The step with every job in it seen through `relative`, for comparing states.
    pub fn over<T>(self, relative: impl Fn(Image) -> T) -> (Option<T>, Option<Settled>, Option<Act>, Option<T>) {
        let unrecorded = |act: &Act| if let Act::CreateUnrecorded(job) = act { Some(relative(*job)) } else { None };
        match self {
            Self::Read => (None, None, None, None),
            Self::Write(job, settled, then) => (Some(relative(job)), settled, Some(then), unrecorded(&then)),
            Self::Do(act) => (None, None, Some(act), unrecorded(&act)),
        }
    }
}

/// What a function does beside reading and writing the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    BringPhoto,
    CreateTask,
    /// Mistake: createTask before its claim is written.
    CreateUnrecorded(Image),
    /// Mistake: the task of [`Act::CreateUnrecorded`] is recorded.
    RecordTask(u8),
    FetchVideo,
    SendVideo,
    /// The capture lost a race: read again.
    CaptureAgain,
    Tell,
    /// Mistake: the person is told after that was recorded.
    SayIt,
    Enqueue(ModelQueue, Tick),
    /// The message comes back.
    ComeBack(Tick),
    Done,
}
