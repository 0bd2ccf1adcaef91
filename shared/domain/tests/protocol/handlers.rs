//! The handlers of the functions, step by step: read and decide, write, act, enqueue. Other events may happen between two steps.

use domain::{
    classify::Class,
    credits::EntryKind,
    job::{EndReason, Idle, Next, State},
};

use crate::{
    decisions::{Decisions, Made, ModelTransition},
    handler::{Act, Actor, Handler, Step},
    model::{ASKED_TO_WAIT, GRANTED, HANDLERS_MAX, Mistake, Model, ModelFault, Tick, VISIBILITY, tick},
    parts::{Image, KieFailure, ModelMessage, ModelQueue, ModelTask, Settled, TaskStatus},
    state::ModelState,
};

/// The due time that the sweeper sets for a job that needs nothing before `until`.
pub fn rest_until(job: Image, until: Tick, model: &Model, decisions: &Decisions) -> Tick {
    match decisions.job(job).state {
        State::Submitting { claimed_at, .. } if model.has(Mistake::RestsPastTheDeadline) => {
            tick(claimed_at + decisions.rules().callback_wait)
        }
        _ => until,
    }
}

/// Collects the states that one step of a handler may lead to.
#[derive(Debug)]
pub struct Outcomes<'a> {
    state: &'a ModelState,
    at: usize,
    handler: Handler,
    model: &'a Model,
    decisions: &'a mut Decisions,
    out: Vec<(&'static str, ModelState)>,
}

/// The states after the first step of a handler that begins now; none while [`HANDLERS_MAX`] handlers run. The handler reads and
/// decides at once, because a later read is the same as a later begin.
pub fn begin(
    mut state: ModelState,
    actor: Actor,
    message: Option<ModelMessage>,
    model: &Model,
    decisions: &mut Decisions,
) -> Vec<(&'static str, ModelState)> {
    if state.handlers.len() >= HANDLERS_MAX {
        return vec![];
    }
    let (image, started) = (state.job, state.now);
    state.handlers.push(Handler { actor, step: Step::Read, image, started, message });
    let (at, handler) = (state.handlers.len() - 1, state.handlers[state.handlers.len() - 1]);
    let mut outcomes = Outcomes { state: &state, at, handler, model, decisions, out: vec![] };
    outcomes.read();
    outcomes.out
}

/// The states after the next step of a handler, and after the handler's death.
pub fn step(state: &ModelState, at: usize, model: &Model, decisions: &mut Decisions) -> Vec<(&'static str, ModelState)> {
    let mut outcomes = Outcomes { state, at, handler: state.handlers[at], model, decisions, out: vec![] };
    match outcomes.handler.step {
        Step::Read => outcomes.read(),
        Step::Write(job, settled, then) => outcomes.write(job, settled, then),
        Step::Do(act) => outcomes.act(act),
    }
    outcomes.dies();
    outcomes.out
}

impl Outcomes<'_> {
    // ---- Next states.

    /// The handler continues with `then` in this state. It sends a message within this step: a slow queue covers a later send,
    /// and a lost message covers a missing send.
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

    /// The handler decides on a transition of `image` and writes it next. Then it sends the transition's message or ends the job.
    fn decides(&mut self, what: &'static str, mut state: ModelState, image: Image, transition: ModelTransition, then: Act) {
        let (job, settled, then) = match self.decisions.make(image, transition, state.now) {
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
        let then = if class == Class::Unreachable { Act::Done } else { Act::Notify };
        self.decides(what, state, image, ModelTransition::Ended(class), then);
    }

    /// The same state with this fault taken from the budget; `None` if the budget does not allow it.
    fn with(&self, fault: ModelFault) -> Option<ModelState> {
        Some(ModelState { left: self.state.left.after(fault)?, ..self.state.clone() })
    }

    /// The handler crashes or times out. The queue delivers its message again when the visibility time-out ends.
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
        match self.handler.actor {
            Actor::Callback(attempt, task) => return self.callback(attempt, task),
            Actor::Webhook => {
                let reopens = Act::Enqueue(ModelQueue::Send, 0);
                return self.decides("an update reopens the delivery", state, job, ModelTransition::Reopened, reopens);
            }
            Actor::Generator | Actor::Sender if superseded => return self.goes_on("superseded", state, job, Act::Done),
            Actor::Sweeper if self.decisions.due_at(job).is_none_or(|due| due > now) => return,
            _ => {}
        }
        let mut next = self.decisions.next(job, now);
        if self.model.has(Mistake::LeaseIgnoredByEnd)
            && let Next::End(..) = self.decisions.next_unleased(job, now)
        {
            next = self.decisions.next_unleased(job, now);
        }
        match (self.handler.actor, next) {
            (Actor::Sweeper, Next::Nothing(Idle::Until(until))) => {
                let until = rest_until(job, tick(until), self.model, self.decisions);
                self.decides("rests", state, job, ModelTransition::Resting(until), Act::Done);
            }
            (_, Next::Nothing(_)) => self.goes_on("nothing", state, job, Act::Done),
            (Actor::Sender, Next::End(_, EndReason::AttemptsSpent)) => {
                self.goes_on("left to redrive", state, job, Act::ComeBack(0))
            }
            (_, Next::End(class, _)) => self.ends("ends", state, job, class),
            (_, Next::Notify) => {
                self.decides("claims the notification", state, job, ModelTransition::ClaimNotification, Act::Notify)
            }
            (Actor::Generator, Next::Prepare) => {
                self.decides("claims preparation", state, job, ModelTransition::ClaimPreparation, Act::BringPhoto);
            }
            (Actor::Generator, Next::Submit(_)) => self.submits("claims submission", job),
            (Actor::Generator, Next::Poll(task)) => {
                self.ask_kie(state, job, task.0.parse().unwrap());
            }
            (Actor::Sender, Next::Send) => self.decides("claims send", state, job, ModelTransition::ClaimSend, Act::SendVideo),
            (_, Next::Hold) => self.decides("holds after a flood", state, job, ModelTransition::Held, Act::Done),
            (Actor::Sender, Next::Recheck) => {
                self.decides("the seller is still away", state.clone(), job, ModelTransition::StillHeld, Act::Done);
                self.decides(
                    "the seller is back",
                    state,
                    job,
                    ModelTransition::ReopenedByCheck,
                    Act::Enqueue(ModelQueue::Send, 0),
                );
            }
            (Actor::Refunder | Actor::Sweeper, Next::Send | Next::Recheck) => {
                self.decides("requeues", state, job, ModelTransition::Requeued, Act::Enqueue(ModelQueue::Send, 0));
            }
            (Actor::Refunder | Actor::Sweeper, _) => {
                self.decides("requeues", state, job, ModelTransition::Requeued, Act::Enqueue(ModelQueue::Generate, 0));
            }
            (Actor::Generator | Actor::Sender | Actor::Callback(..) | Actor::Webhook, _) => {
                self.goes_on("not mine", state, job, Act::Done);
            }
        }
    }

    fn callback(&mut self, attempt: u8, task: u8) {
        let (state, job) = (self.state.clone(), self.state.job);
        let adopt = Act::Enqueue(ModelQueue::Generate, 0);
        match self.decisions.attempt(job) {
            (Some(own), None) if own == attempt || self.model.has(Mistake::AnyAttemptAdopted) => {
                self.decides("adopts", state, job, ModelTransition::Adopted(own, task), adopt);
            }
            (Some(own), Some(known)) if (own, known) == (attempt, task) => self.goes_on("requeues", state, job, adopt),
            _ => self.goes_on("not mine", state, job, Act::Done),
        }
    }

    fn submits(&mut self, what: &'static str, image: Image) {
        let (state, now) = (self.state.clone(), self.state.now);
        if self.model.has(Mistake::IntentNotRecorded) {
            let Some(Made::Job(claimed)) = self.decisions.make(image, ModelTransition::ClaimSubmission, now) else { return };
            return self.goes_on(what, state, image, Act::CreateUnrecorded(claimed));
        }
        self.decides(what, state, image, ModelTransition::ClaimSubmission, Act::CreateTask);
    }

    // ---- Write.

    /// A conditional write of the job, and of its settlement if there is one. The job must have the version before, and the
    /// settlement must be the job's first.
    fn write(&mut self, job: Image, settled: Option<Settled>, then: Act) {
        let mut state = self.state.clone();
        let no_version = self.model.has(Mistake::VersionIgnored) || self.model.has(Mistake::VersionAndKeyIgnored);
        let no_key = self.model.has(Mistake::KeyIgnored) || self.model.has(Mistake::VersionAndKeyIgnored);
        let stale = job.version != state.job.version + 1 && !no_version;
        let taken = settled.is_some() && !state.ledger.settled.is_empty() && !no_key;
        if stale || taken {
            return match (self.handler.actor, settled) {
                (Actor::Callback(..), _) => {
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

    // ---- Act.

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
                self.decides("records it", state, image, ModelTransition::Submitted(task), Act::Enqueue(ModelQueue::Generate, 0));
            }
            Act::FetchVideo => {
                if let Some(state) = self.with(ModelFault::Refusal) {
                    self.decides("cannot fetch", state, image, ModelTransition::Polled, Act::Enqueue(ModelQueue::Generate, 0));
                }
                self.decides("fetches", state, image, ModelTransition::Fetched, Act::Enqueue(ModelQueue::Send, 0));
            }
            Act::SendVideo => self.send_video(state, image),
            Act::CaptureAgain => {
                let found = state.job;
                if self.decisions.job(found).has_ended() {
                    return self.goes_on("too late to capture", state, found, Act::Done);
                }
                self.decides("captures again", state, found, ModelTransition::Delivered, Act::Done);
            }
            Act::Notify if self.model.has(Mistake::RecordedBeforeSent) => {
                self.decides("records the notification", state, image, ModelTransition::Notified(true), Act::NotifyLate);
            }
            Act::NotifyLate => {
                let notified = self.after_notification(state);
                self.goes_on("notifies", notified, image, Act::Done);
            }
            Act::Notify => self.notify(state, image),
            Act::Enqueue(..) | Act::ComeBack(_) | Act::Done => unreachable!("done at once"),
        }
    }

    fn bring_photo(&mut self, state: ModelState, image: Image) {
        if let Some(state) = self.with(ModelFault::Refusal) {
            let later = Act::Enqueue(ModelQueue::Generate, 0);
            self.decides("no photo just now", state.clone(), image, ModelTransition::PreparationPostponed, later);
            self.ends("a bad photo", state, image, Class::BadPhoto);
        }
        drop(state);
        self.submits("has the photo", image);
    }

    /// The state with one more KIE task, for the attempt of this image.
    fn with_task(&self, mut state: ModelState, image: Image) -> (ModelState, u8) {
        let attempt = self.decisions.attempt(image).0.unwrap();
        state.tasks.push(ModelTask { attempt, status: TaskStatus::Running, calling: false });
        let task = u8::try_from(state.tasks.len() - 1).unwrap();
        (state, task)
    }

    fn create_task(&mut self, state: ModelState, image: Image) {
        let again = Act::Enqueue(ModelQueue::Generate, 0);
        if let Some(state) = self.with(ModelFault::Refusal) {
            for last_failure in [KieFailure::Busy, KieFailure::Internal, KieFailure::Rejected] {
                self.decides("is refused", state.clone(), image, ModelTransition::AttemptFailed(last_failure), again);
            }
        }
        if let Some(state) = self.with(ModelFault::LostReply) {
            let (made, _) = self.with_task(state.clone(), image);
            self.decides("lost the reply, no task", state, image, ModelTransition::SubmissionLost, Act::Done);
            self.decides("lost the reply, a task", made, image, ModelTransition::SubmissionLost, Act::Done);
        }
        let (state, task) = self.with_task(state, image);
        self.decides("creates a task", state, image, ModelTransition::Submitted(task), again);
    }

    fn ask_kie(&mut self, state: ModelState, image: Image, task: u8) {
        let again = Act::Enqueue(ModelQueue::Generate, 0);
        match state.tasks[usize::from(task)].status {
            TaskStatus::Running => self.decides("is running", state, image, ModelTransition::Polled, again),
            TaskStatus::Done => self.decides("is done", state, image, ModelTransition::ClaimFetch, Act::FetchVideo),
            TaskStatus::Failed(last_failure) => {
                self.decides("has failed", state, image, ModelTransition::AttemptFailed(last_failure), again)
            }
        }
    }

    fn send_video(&mut self, mut state: ModelState, image: Image) {
        if let Some(state) = self.with(ModelFault::Refusal) {
            let again = Act::Enqueue(ModelQueue::Send, 0);
            self.send_fails("is not sent", state.clone(), image);
            self.decides("is not reached", state.clone(), image, ModelTransition::SendNotBegun, again);
            self.decides(
                "asked to wait",
                state.clone(),
                image,
                ModelTransition::SendPostponed,
                Act::Enqueue(ModelQueue::Send, ASKED_TO_WAIT),
            );
            self.decides("is blocked", state.clone(), image, ModelTransition::Held, Act::Done);
            self.ends("is deactivated", state, image, Class::Unreachable);
        }
        if let Some(mut state) = self.with(ModelFault::LostReply) {
            state.chat.videos += 1;
            self.send_fails("sent, the reply lost", state, image);
        }
        state.chat.videos += 1;
        self.decides("sent", state, image, ModelTransition::Delivered, Act::Done);
    }

    /// The next attempt has a message of its own; after the last one the present message is left to the redrive.
    fn send_fails(&mut self, what: &'static str, state: ModelState, image: Image) {
        let spent = self.decisions.job(image).state.attempts() >= self.decisions.rules().send_attempts;
        let then = if spent { Act::ComeBack(0) } else { Act::Enqueue(ModelQueue::Send, 0) };
        self.decides(what, state, image, ModelTransition::SendFailed, then);
    }

    /// The state after the seller read that the credit is refunded, with the current balance.
    fn after_notification(&self, mut state: ModelState) -> ModelState {
        let refunded = matches!(state.ledger.settled.as_slice(), [Settled { kind: EntryKind::Refund, .. }]);
        state.chat.notifications += 1;
        state.chat.false_notifications += u8::from(!refunded || state.ledger.balance != GRANTED);
        state
    }

    fn notify(&mut self, state: ModelState, image: Image) {
        if let Some(state) = self.with(ModelFault::Refusal) {
            self.decides("cannot notify", state.clone(), image, ModelTransition::NotificationPostponed(None), Act::Done);
            self.decides("can never notify", state, image, ModelTransition::Notified(false), Act::Done);
        }
        if let Some(state) = self.with(ModelFault::LostReply) {
            let notified = self.after_notification(state);
            self.decides(
                "notified, the reply lost",
                notified,
                image,
                ModelTransition::NotificationPostponed(Some(ASKED_TO_WAIT)),
                Act::Done,
            );
        }
        let notified = self.after_notification(state);
        self.decides("notifies", notified, image, ModelTransition::Notified(true), Act::Done);
    }
}
