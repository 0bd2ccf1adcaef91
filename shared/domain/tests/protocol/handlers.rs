//! The functions, in the steps between which anything may happen: read and decide, write, act outside, enqueue.

use domain::{
    classify::Class,
    credits::EntryKind,
    job::{Because, Idle, Next, State},
};

use crate::{
    decisions::{Decisions, Made, Move},
    model::{ASKED_TO_WAIT, Fault, GRANTED, HANDLERS_MAX, Mistake, Model, Tick, VISIBILITY, tick},
    world::{Image, Message, Queue, Settled, Status, Task, Trouble, World},
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
    pub message: Option<Message>,
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
    Enqueue(Queue, Tick),
    /// The message comes back.
    ComeBack(Tick),
    Done,
}

/// Until when the sweeper leaves a job alone.
pub fn rest_until(job: Image, until: Tick, model: &Model, decisions: &Decisions) -> Tick {
    match decisions.job(job).state {
        State::Submitting { claimed_at, .. } if model.has(Mistake::RestsPastTheDeadline) => {
            tick(claimed_at + decisions.rules().callback_wait)
        }
        _ => until,
    }
}

/// Everything that one step of a handler may lead to.
#[derive(Debug)]
pub struct Turn<'a> {
    world: &'a World,
    at: usize,
    handler: Handler,
    model: &'a Model,
    decisions: &'a mut Decisions,
    out: Vec<(&'static str, World)>,
}

/// Where a function leads that begins now, if there is room for one more. It reads and decides at once: to begin later is
/// the same.
pub fn begin(
    mut world: World,
    who: Who,
    message: Option<Message>,
    model: &Model,
    decisions: &mut Decisions,
) -> Vec<(&'static str, World)> {
    if world.handlers.len() >= HANDLERS_MAX {
        return vec![];
    }
    let (image, started) = (world.job, world.now);
    world.handlers.push(Handler { who, step: Step::Read, image, started, message });
    let (at, handler) = (world.handlers.len() - 1, world.handlers[world.handlers.len() - 1]);
    let mut turn = Turn { world: &world, at, handler, model, decisions, out: vec![] };
    turn.read();
    turn.out
}

/// Where the next step of a handler may lead, and its death.
pub fn step(world: &World, at: usize, model: &Model, decisions: &mut Decisions) -> Vec<(&'static str, World)> {
    let mut turn = Turn { world, at, handler: world.handlers[at], model, decisions, out: vec![] };
    match turn.handler.step {
        Step::Read => turn.read(),
        Step::Write(job, settled, then) => turn.write(job, settled, then),
        Step::Do(act) => turn.act(act),
    }
    turn.dies();
    turn.out
}

impl Turn<'_> {
    // ---- Where it goes.

    /// The handler goes on with `then` in this world. A message is sent in the step that leads to it: later is what a slow
    /// queue does, never is what a lost message is.
    fn goes_on(&mut self, what: &'static str, mut world: World, image: Image, then: Act) {
        match then {
            Act::Done => drop(world.handlers.remove(self.at)),
            Act::ComeBack(delay) => {
                let handler = world.handlers.remove(self.at);
                let visible_at = world.now + delay;
                world.bag.extend(handler.message.map(|message| Message { visible_at, ..message }));
            }
            Act::Enqueue(queue, delay) => {
                world.handlers.remove(self.at);
                if let Some(left) = world.left.after(Fault::Loss) {
                    self.out.push(("loses its message", World { left, ..world.clone() }));
                }
                let visible_at = world.now + delay;
                world.bag.push(Message { queue, look: image.look, receives: 0, visible_at });
            }
            act => world.handlers[self.at] = Handler { step: Step::Do(act), image, ..self.handler },
        }
        self.out.push((what, world));
    }

    /// The handler decides a move of `image`, to be written next; a message or the end that the move asks for comes after it.
    fn decides(&mut self, what: &'static str, mut world: World, image: Image, a_move: Move, then: Act) {
        let (job, settled, then) = match self.decisions.make(image, a_move, world.now) {
            None => {
                world.misfit = Some(what);
                return self.goes_on(what, world, image, Act::Done);
            }
            Some(Made::End(class)) => return self.ends(what, world, image, class),
            Some(Made::Job(job)) => (job, None, then),
            Some(Made::Transition(job, delay)) => match then {
                Act::Enqueue(queue, _) => (job, None, Act::Enqueue(queue, delay)),
                Act::ComeBack(_) => (job, None, Act::ComeBack(delay)),
                other => (job, None, other),
            },
            Some(Made::Settled(job, settled)) => (job, Some(settled), then),
        };
        world.handlers[self.at] = Handler { step: Step::Write(job, settled, then), image, ..self.handler };
        self.out.push((what, world));
    }

    fn ends(&mut self, what: &'static str, world: World, image: Image, class: Class) {
        let then = if class == Class::Unreachable { Act::Done } else { Act::Tell };
        self.decides(what, world, image, Move::Ended(class), then);
    }

    /// The same world with one fault less to come; `None` if there may be none.
    fn with(&self, fault: Fault) -> Option<World> {
        Some(World { left: self.world.left.after(fault)?, ..self.world.clone() })
    }

    /// A crash or the function's time-out: the message comes back when its visibility time-out ends.
    fn dies(&mut self) {
        let Some(mut world) = self.with(Fault::Crash) else { return };
        world.handlers.remove(self.at);
        if let Some(message) = self.handler.message {
            world.bag.push(Message { visible_at: (self.handler.started + VISIBILITY).max(world.now), ..message });
        }
        self.out.push(("dies", world));
    }

    // ---- Read and decide.

    fn read(&mut self) {
        let (world, job, now) = (self.world.clone(), self.world.job, self.world.now);
        let superseded = self.handler.message.is_some_and(|message| message.look < job.look);
        match self.handler.who {
            Who::Callback(attempt, task) => return self.callback(attempt, task),
            Who::Generator | Who::Sender if superseded => return self.goes_on("superseded", world, job, Act::Done),
            Who::Sweeper if self.decisions.due_at(job).is_none_or(|due| due > now) => return,
            _ => {}
        }
        let mut next = self.decisions.next(job, now);
        if self.model.has(Mistake::LeaseIgnoredByEnd)
            && let Next::End(..) = self.decisions.next_unleased(job, now)
        {
            next = self.decisions.next_unleased(job, now);
        }
        match (self.handler.who, next) {
            (Who::Sweeper, Next::Nothing(Idle::Until(until))) => {
                let until = rest_until(job, tick(until), self.model, self.decisions);
                self.decides("rests", world, job, Move::Resting(until), Act::Done);
            }
            (_, Next::Nothing(_)) => self.goes_on("nothing", world, job, Act::Done),
            (Who::Sender, Next::End(_, Because::AttemptsSpent)) => self.goes_on("left to redrive", world, job, Act::ComeBack(0)),
            (_, Next::End(class, _)) => self.ends("ends", world, job, class),
            (_, Next::Tell) => self.decides("claims telling", world, job, Move::ClaimTelling, Act::Tell),
            (Who::Generator, Next::Prepare) => {
                self.decides("claims preparation", world, job, Move::ClaimPreparation, Act::BringPhoto);
            }
            (Who::Generator, Next::Submit(_)) => self.submits("claims submission", job),
            (Who::Generator, Next::Look(task)) => {
                self.ask_kie(world, job, task.0.parse().unwrap());
            }
            (Who::Sender, Next::Send) => self.decides("claims send", world, job, Move::ClaimSend, Act::SendVideo),
            (Who::Refunder | Who::Sweeper, Next::Send) => {
                self.decides("wakes", world, job, Move::Woken, Act::Enqueue(Queue::Send, 0));
            }
            (Who::Refunder | Who::Sweeper, _) => {
                self.decides("wakes", world, job, Move::Woken, Act::Enqueue(Queue::Generate, 0));
            }
            (Who::Generator | Who::Sender | Who::Callback(..), _) => self.goes_on("not mine", world, job, Act::Done),
        }
    }

    fn callback(&mut self, attempt: u8, task: u8) {
        let (world, job) = (self.world.clone(), self.world.job);
        let adopt = Act::Enqueue(Queue::Generate, 0);
        match self.decisions.attempt(job) {
            (Some(own), None) if own == attempt || self.model.has(Mistake::AnyAttemptAdopted) => {
                self.decides("adopts", world, job, Move::Adopted(own, task), adopt);
            }
            (Some(own), Some(known)) if (own, known) == (attempt, task) => self.goes_on("wakes", world, job, adopt),
            _ => self.goes_on("not mine", world, job, Act::Done),
        }
    }

    fn submits(&mut self, what: &'static str, image: Image) {
        let (world, now) = (self.world.clone(), self.world.now);
        if self.model.has(Mistake::IntentNotRecorded) {
            let Some(Made::Job(claimed)) = self.decisions.make(image, Move::ClaimSubmission, now) else { return };
            return self.goes_on(what, world, image, Act::CreateUnrecorded(claimed));
        }
        self.decides(what, world, image, Move::ClaimSubmission, Act::CreateTask);
    }

    // ---- Write.

    /// A conditional write: the job as it was decided, and with it a settlement that has to be the first.
    fn write(&mut self, job: Image, settled: Option<Settled>, then: Act) {
        let mut world = self.world.clone();
        let no_version = self.model.has(Mistake::VersionIgnored) || self.model.has(Mistake::VersionAndKeyIgnored);
        let no_key = self.model.has(Mistake::KeyIgnored) || self.model.has(Mistake::VersionAndKeyIgnored);
        let stale = job.version != world.job.version + 1 && !no_version;
        let taken = settled.is_some() && !world.ledger.settled.is_empty() && !no_key;
        if stale || taken {
            return match (self.handler.who, settled) {
                (Who::Callback(..), _) => {
                    world.handlers[self.at].step = Step::Read;
                    self.out.push(("raced", world));
                }
                (_, Some(Settled { kind: EntryKind::Capture, .. })) => self.goes_on("raced", world, job, Act::CaptureAgain),
                _ => self.goes_on("raced", world, job, Act::Done),
            };
        }
        world.job = job;
        if let Some(settled) = settled {
            world.ledger.settled.push(settled);
            world.ledger.balance = world.ledger.balance.checked_add_signed(settled.amount.try_into().unwrap()).unwrap();
        }
        self.goes_on("writes", world, job, then);
    }

    // ---- Act outside.

    fn act(&mut self, act: Act) {
        let (world, image) = (self.world.clone(), self.handler.image);
        match act {
            Act::BringPhoto => self.bring_photo(world, image),
            Act::CreateTask => self.create_task(world, image),
            Act::CreateUnrecorded(claimed) => {
                let (world, task) = self.with_task(world, claimed);
                let record = Step::Write(claimed, None, Act::RecordTask(task));
                let mut world = world;
                world.handlers[self.at].step = record;
                self.out.push(("creates a task", world));
            }
            Act::RecordTask(task) => {
                self.decides("records it", world, image, Move::Submitted(task), Act::Enqueue(Queue::Generate, 0));
            }
            Act::FetchVideo => {
                if let Some(world) = self.with(Fault::Trouble) {
                    self.decides("cannot fetch", world, image, Move::Looked, Act::Enqueue(Queue::Generate, 0));
                }
                self.decides("fetches", world, image, Move::Fetched, Act::Enqueue(Queue::Send, 0));
            }
            Act::SendVideo => self.send_video(world, image),
            Act::CaptureAgain => {
                let found = world.job;
                if self.decisions.job(found).has_ended() {
                    return self.goes_on("too late to capture", world, found, Act::Done);
                }
                self.decides("captures again", world, found, Move::Delivered, Act::Done);
            }
            Act::Tell if self.model.has(Mistake::ToldBeforeSent) => {
                self.decides("notes as told", world, image, Move::Told(true), Act::SayIt);
            }
            Act::SayIt => {
                let said = self.said(world);
                self.goes_on("tells", said, image, Act::Done);
            }
            Act::Tell => self.tell(world, image),
            Act::Enqueue(..) | Act::ComeBack(_) | Act::Done => unreachable!("done at once"),
        }
    }

    fn bring_photo(&mut self, world: World, image: Image) {
        if let Some(world) = self.with(Fault::Trouble) {
            let later = Act::Enqueue(Queue::Generate, 0);
            self.decides("no photo just now", world.clone(), image, Move::PreparationPostponed, later);
            self.ends("a bad photo", world, image, Class::BadPhoto);
        }
        drop(world);
        self.submits("has the photo", image);
    }

    /// The world with one more task in KIE, made for the attempt of this image.
    fn with_task(&self, mut world: World, image: Image) -> (World, u8) {
        let attempt = self.decisions.attempt(image).0.unwrap();
        world.tasks.push(Task { attempt, status: Status::Running, calling: false });
        let task = u8::try_from(world.tasks.len() - 1).unwrap();
        (world, task)
    }

    fn create_task(&mut self, world: World, image: Image) {
        let again = Act::Enqueue(Queue::Generate, 0);
        if let Some(world) = self.with(Fault::Trouble) {
            for trouble in [Trouble::Busy, Trouble::Broken, Trouble::Rejected] {
                self.decides("is refused", world.clone(), image, Move::AttemptFailed(trouble), again);
            }
        }
        if let Some(world) = self.with(Fault::LostReply) {
            let (made, _) = self.with_task(world.clone(), image);
            self.decides("lost the reply, no task", world, image, Move::SubmissionLost, Act::Done);
            self.decides("lost the reply, a task", made, image, Move::SubmissionLost, Act::Done);
        }
        let (world, task) = self.with_task(world, image);
        self.decides("creates a task", world, image, Move::Submitted(task), again);
    }

    fn ask_kie(&mut self, world: World, image: Image, task: u8) {
        let again = Act::Enqueue(Queue::Generate, 0);
        match world.tasks[usize::from(task)].status {
            Status::Running => self.decides("is running", world, image, Move::Looked, again),
            Status::Done => self.decides("is done", world, image, Move::ClaimFetch, Act::FetchVideo),
            Status::Failed(trouble) => self.decides("has failed", world, image, Move::AttemptFailed(trouble), again),
        }
    }

    fn send_video(&mut self, mut world: World, image: Image) {
        if let Some(world) = self.with(Fault::Trouble) {
            self.decides("is not sent", world.clone(), image, Move::SendFailed, Act::ComeBack(0));
            self.decides("asked to wait", world.clone(), image, Move::SendPostponed, Act::Enqueue(Queue::Send, ASKED_TO_WAIT));
            self.ends("is blocked", world, image, Class::Unreachable);
        }
        if let Some(mut world) = self.with(Fault::LostReply) {
            world.chat.videos += 1;
            self.decides("sent, the reply lost", world, image, Move::SendFailed, Act::ComeBack(0));
        }
        world.chat.videos += 1;
        self.decides("sent", world, image, Move::Delivered, Act::Done);
    }

    /// The person reads that the credit is back, and the balance as it is now.
    fn said(&self, mut world: World) -> World {
        let refunded = matches!(world.ledger.settled.as_slice(), [Settled { kind: EntryKind::Refund, .. }]);
        world.chat.notes += 1;
        world.chat.false_notes += u8::from(!refunded || world.ledger.balance != GRANTED);
        world
    }

    fn tell(&mut self, world: World, image: Image) {
        if let Some(world) = self.with(Fault::Trouble) {
            self.decides("cannot tell", world.clone(), image, Move::TellingPostponed(None), Act::Done);
            self.decides("cannot ever tell", world, image, Move::Told(false), Act::Done);
        }
        if let Some(world) = self.with(Fault::LostReply) {
            let said = self.said(world);
            self.decides("told, the reply lost", said, image, Move::TellingPostponed(Some(ASKED_TO_WAIT)), Act::Done);
        }
        let said = self.said(world);
        self.decides("tells", said, image, Move::Told(true), Act::Done);
    }
}
