//! The functions, in the steps between which anything may happen: read and decide, write, act outside, enqueue.

use domain::{
    classify::Class,
    credits::EntryKind,
    job::{EndReason, Idle, Next, State},
};

use crate::{
    decisions::{Decisions, Made, Move},
    handler::{Act, Handler, Step, Who},
    model::{ASKED_TO_WAIT, GRANTED, HANDLERS_MAX, Mistake, Model, ModelFault, Tick, VISIBILITY, tick},
    parts::{Image, KieFailure, ModelMessage, ModelQueue, ModelTask, Settled, TaskStatus},
    state::ModelState,
};

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
    state: &'a ModelState,
    at: usize,
    handler: Handler,
    model: &'a Model,
    decisions: &'a mut Decisions,
    out: Vec<(&'static str, ModelState)>,
}

/// Where a function leads that begins now, if there is room for one more. It reads and decides at once: to begin later is
/// the same.
pub fn begin(
    mut state: ModelState,
    who: Who,
    message: Option<ModelMessage>,
    model: &Model,
    decisions: &mut Decisions,
) -> Vec<(&'static str, ModelState)> {
    if state.handlers.len() >= HANDLERS_MAX {
        return vec![];
    }
    let (image, started) = (state.job, state.now);
    state.handlers.push(Handler { who, step: Step::Read, image, started, message });
    let (at, handler) = (state.handlers.len() - 1, state.handlers[state.handlers.len() - 1]);
    let mut turn = Turn { state: &state, at, handler, model, decisions, out: vec![] };
    turn.read();
    turn.out
}

/// Where the next step of a handler may lead, and its death.
pub fn step(state: &ModelState, at: usize, model: &Model, decisions: &mut Decisions) -> Vec<(&'static str, ModelState)> {
    let mut turn = Turn { state, at, handler: state.handlers[at], model, decisions, out: vec![] };
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

    /// The handler goes on with `then` in this state. A message is sent in the step that leads to it: later is what a slow
    /// queue does, never is what a lost message is.
    fn goes_on(&mut self, what: &'static str, mut state: ModelState, image: Image, then: Act) {
        match then {
            Act::Done => drop(state.handlers.remove(self.at)),
            Act::ComeBack(delay) => {
                let handler = state.handlers.remove(self.at);
                let visible_at = state.now + delay;
                state.bag.extend(handler.message.map(|message| ModelMessage { visible_at, ..message }));
            }
            Act::Enqueue(queue, delay) => {
                state.handlers.remove(self.at);
                if let Some(left) = state.left.after(ModelFault::Loss) {
                    self.out.push(("loses its message", ModelState { left, ..state.clone() }));
                }
                let visible_at = state.now + delay;
                state.bag.push(ModelMessage { queue, sequence: image.sequence, receives: 0, visible_at });
            }
            act => state.handlers[self.at] = Handler { step: Step::Do(act), image, ..self.handler },
        }
        self.out.push((what, state));
    }

    /// The handler decides a move of `image`, to be written next; a message or the end that the move asks for comes after it.
    fn decides(&mut self, what: &'static str, mut state: ModelState, image: Image, a_move: Move, then: Act) {
        let (job, settled, then) = match self.decisions.make(image, a_move, state.now) {
            None => {
                state.invalid = Some(what);
                return self.goes_on(what, state, image, Act::Done);
            }
            Some(Made::End(class)) => return self.ends(what, state, image, class),
            Some(Made::Job(job)) => (job, None, then),
            Some(Made::Transition(job, delay)) => match then {
                Act::Enqueue(queue, _) => (job, None, Act::Enqueue(queue, delay)),
                Act::ComeBack(_) => (job, None, Act::ComeBack(delay)),
                other => (job, None, other),
            },
            Some(Made::Settled(job, settled)) => (job, Some(settled), then),
        };
        state.handlers[self.at] = Handler { step: Step::Write(job, settled, then), image, ..self.handler };
        self.out.push((what, state));
    }

    fn ends(&mut self, what: &'static str, state: ModelState, image: Image, class: Class) {
        let then = if class == Class::Unreachable { Act::Done } else { Act::Tell };
        self.decides(what, state, image, Move::Ended(class), then);
    }

    /// The same state with one fault less to come; `None` if there may be none.
    fn with(&self, fault: ModelFault) -> Option<ModelState> {
        Some(ModelState { left: self.state.left.after(fault)?, ..self.state.clone() })
    }

    /// A crash or the function's time-out: the message comes back when its visibility time-out ends.
    fn dies(&mut self) {
        let Some(mut state) = self.with(ModelFault::Crash) else { return };
        state.handlers.remove(self.at);
        if let Some(message) = self.handler.message {
            state.bag.push(ModelMessage { visible_at: (self.handler.started + VISIBILITY).max(state.now), ..message });
        }
        self.out.push(("dies", state));
    }

    // ---- Read and decide.

    fn read(&mut self) {
        let (state, job, now) = (self.state.clone(), self.state.job, self.state.now);
        let superseded = self.handler.message.is_some_and(|message| message.sequence < job.sequence);
        match self.handler.who {
            Who::Callback(attempt, task) => return self.callback(attempt, task),
            Who::Generator | Who::Sender if superseded => return self.goes_on("superseded", state, job, Act::Done),
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
                self.decides("rests", state, job, Move::Resting(until), Act::Done);
            }
            (_, Next::Nothing(_)) => self.goes_on("nothing", state, job, Act::Done),
            (Who::Sender, Next::End(_, EndReason::AttemptsSpent)) => {
                self.goes_on("left to redrive", state, job, Act::ComeBack(0))
            }
            (_, Next::End(class, _)) => self.ends("ends", state, job, class),
            (_, Next::Notify) => self.decides("claims telling", state, job, Move::ClaimTelling, Act::Tell),
            (Who::Generator, Next::Prepare) => {
                self.decides("claims preparation", state, job, Move::ClaimPreparation, Act::BringPhoto);
            }
            (Who::Generator, Next::Submit(_)) => self.submits("claims submission", job),
            (Who::Generator, Next::Poll(task)) => {
                self.ask_kie(state, job, task.0.parse().unwrap());
            }
            (Who::Sender, Next::Send) => self.decides("claims send", state, job, Move::ClaimSend, Act::SendVideo),
            (Who::Refunder | Who::Sweeper, Next::Send) => {
                self.decides("wakes", state, job, Move::Woken, Act::Enqueue(ModelQueue::Send, 0));
            }
            (Who::Refunder | Who::Sweeper, _) => {
                self.decides("wakes", state, job, Move::Woken, Act::Enqueue(ModelQueue::Generate, 0));
            }
            (Who::Generator | Who::Sender | Who::Callback(..), _) => self.goes_on("not mine", state, job, Act::Done),
        }
    }

    fn callback(&mut self, attempt: u8, task: u8) {
        let (state, job) = (self.state.clone(), self.state.job);
        let adopt = Act::Enqueue(ModelQueue::Generate, 0);
        match self.decisions.attempt(job) {
            (Some(own), None) if own == attempt || self.model.has(Mistake::AnyAttemptAdopted) => {
                self.decides("adopts", state, job, Move::Adopted(own, task), adopt);
            }
            (Some(own), Some(known)) if (own, known) == (attempt, task) => self.goes_on("wakes", state, job, adopt),
            _ => self.goes_on("not mine", state, job, Act::Done),
        }
    }

    fn submits(&mut self, what: &'static str, image: Image) {
        let (state, now) = (self.state.clone(), self.state.now);
        if self.model.has(Mistake::IntentNotRecorded) {
            let Some(Made::Job(claimed)) = self.decisions.make(image, Move::ClaimSubmission, now) else { return };
            return self.goes_on(what, state, image, Act::CreateUnrecorded(claimed));
        }
        self.decides(what, state, image, Move::ClaimSubmission, Act::CreateTask);
    }

    // ---- Write.

    /// A conditional write: the job as it was decided, and with it a settlement that has to be the first.
    fn write(&mut self, job: Image, settled: Option<Settled>, then: Act) {
        let mut state = self.state.clone();
        let no_version = self.model.has(Mistake::VersionIgnored) || self.model.has(Mistake::VersionAndKeyIgnored);
        let no_key = self.model.has(Mistake::KeyIgnored) || self.model.has(Mistake::VersionAndKeyIgnored);
        let stale = job.version != state.job.version + 1 && !no_version;
        let taken = settled.is_some() && !state.ledger.settled.is_empty() && !no_key;
        if stale || taken {
            return match (self.handler.who, settled) {
                (Who::Callback(..), _) => {
                    state.handlers[self.at].step = Step::Read;
                    self.out.push(("raced", state));
                }
                (_, Some(Settled { kind: EntryKind::Capture, .. })) => self.goes_on("raced", state, job, Act::CaptureAgain),
                _ => self.goes_on("raced", state, job, Act::Done),
            };
        }
        state.job = job;
        if let Some(settled) = settled {
            state.ledger.settled.push(settled);
            state.ledger.balance = state.ledger.balance.checked_add_signed(settled.amount.try_into().unwrap()).unwrap();
        }
        self.goes_on("writes", state, job, then);
    }

    // ---- Act outside.

    fn act(&mut self, act: Act) {
        let (state, image) = (self.state.clone(), self.handler.image);
        match act {
            Act::BringPhoto => self.bring_photo(state, image),
            Act::CreateTask => self.create_task(state, image),
            Act::CreateUnrecorded(claimed) => {
                let (state, task) = self.with_task(state, claimed);
                let record = Step::Write(claimed, None, Act::RecordTask(task));
                let mut state = state;
                state.handlers[self.at].step = record;
                self.out.push(("creates a task", state));
            }
            Act::RecordTask(task) => {
                self.decides("records it", state, image, Move::Submitted(task), Act::Enqueue(ModelQueue::Generate, 0));
            }
            Act::FetchVideo => {
                if let Some(state) = self.with(ModelFault::Refusal) {
                    self.decides("cannot fetch", state, image, Move::Looked, Act::Enqueue(ModelQueue::Generate, 0));
                }
                self.decides("fetches", state, image, Move::Fetched, Act::Enqueue(ModelQueue::Send, 0));
            }
            Act::SendVideo => self.send_video(state, image),
            Act::CaptureAgain => {
                let found = state.job;
                if self.decisions.job(found).has_ended() {
                    return self.goes_on("too late to capture", state, found, Act::Done);
                }
                self.decides("captures again", state, found, Move::Delivered, Act::Done);
            }
            Act::Tell if self.model.has(Mistake::ToldBeforeSent) => {
                self.decides("notes as told", state, image, Move::Notified(true), Act::SayIt);
            }
            Act::SayIt => {
                let said = self.said(state);
                self.goes_on("tells", said, image, Act::Done);
            }
            Act::Tell => self.emit(state, image),
            Act::Enqueue(..) | Act::ComeBack(_) | Act::Done => unreachable!("done at once"),
        }
    }

    fn bring_photo(&mut self, state: ModelState, image: Image) {
        if let Some(state) = self.with(ModelFault::Refusal) {
            let later = Act::Enqueue(ModelQueue::Generate, 0);
            self.decides("no photo just now", state.clone(), image, Move::PreparationPostponed, later);
            self.ends("a bad photo", state, image, Class::BadPhoto);
        }
        drop(state);
        self.submits("has the photo", image);
    }

    /// The state with one more task in KIE, made for the attempt of this image.
    fn with_task(&self, mut state: ModelState, image: Image) -> (ModelState, u8) {
        let attempt = self.decisions.attempt(image).0.unwrap();
        state.tasks.push(ModelTask { attempt, status: TaskStatus::Running, calling: false });
        let task = u8::try_from(state.tasks.len() - 1).unwrap();
        (state, task)
    }

    fn create_task(&mut self, state: ModelState, image: Image) {
        let again = Act::Enqueue(ModelQueue::Generate, 0);
        if let Some(state) = self.with(ModelFault::Refusal) {
            for last_failure in [KieFailure::Busy, KieFailure::Broken, KieFailure::Rejected] {
                self.decides("is refused", state.clone(), image, Move::AttemptFailed(last_failure), again);
            }
        }
        if let Some(state) = self.with(ModelFault::LostReply) {
            let (made, _) = self.with_task(state.clone(), image);
            self.decides("lost the reply, no task", state, image, Move::SubmissionLost, Act::Done);
            self.decides("lost the reply, a task", made, image, Move::SubmissionLost, Act::Done);
        }
        let (state, task) = self.with_task(state, image);
        self.decides("creates a task", state, image, Move::Submitted(task), again);
    }

    fn ask_kie(&mut self, state: ModelState, image: Image, task: u8) {
        let again = Act::Enqueue(ModelQueue::Generate, 0);
        match state.tasks[usize::from(task)].status {
            TaskStatus::Running => self.decides("is running", state, image, Move::Looked, again),
            TaskStatus::Done => self.decides("is done", state, image, Move::ClaimFetch, Act::FetchVideo),
            TaskStatus::Failed(last_failure) => {
                self.decides("has failed", state, image, Move::AttemptFailed(last_failure), again)
            }
        }
    }

    fn send_video(&mut self, mut state: ModelState, image: Image) {
        if let Some(state) = self.with(ModelFault::Refusal) {
            self.decides("is not sent", state.clone(), image, Move::SendFailed, Act::ComeBack(0));
            self.decides(
                "asked to wait",
                state.clone(),
                image,
                Move::SendPostponed,
                Act::Enqueue(ModelQueue::Send, ASKED_TO_WAIT),
            );
            self.ends("is blocked", state, image, Class::Unreachable);
        }
        if let Some(mut state) = self.with(ModelFault::LostReply) {
            state.chat.videos += 1;
            self.decides("sent, the reply lost", state, image, Move::SendFailed, Act::ComeBack(0));
        }
        state.chat.videos += 1;
        self.decides("sent", state, image, Move::Delivered, Act::Done);
    }

    /// The person reads that the credit is back, and the balance as it is now.
    fn said(&self, mut state: ModelState) -> ModelState {
        let refunded = matches!(state.ledger.settled.as_slice(), [Settled { kind: EntryKind::Refund, .. }]);
        state.chat.notes += 1;
        state.chat.false_notes += u8::from(!refunded || state.ledger.balance != GRANTED);
        state
    }

    fn emit(&mut self, state: ModelState, image: Image) {
        if let Some(state) = self.with(ModelFault::Refusal) {
            self.decides("cannot tell", state.clone(), image, Move::TellingPostponed(None), Act::Done);
            self.decides("cannot ever tell", state, image, Move::Notified(false), Act::Done);
        }
        if let Some(state) = self.with(ModelFault::LostReply) {
            let said = self.said(state);
            self.decides("told, the reply lost", said, image, Move::TellingPostponed(Some(ASKED_TO_WAIT)), Act::Done);
        }
        let said = self.said(state);
        self.decides("tells", said, image, Move::Notified(true), Act::Done);
    }
}
