//! The domain's own decisions about the job, each asked for once and remembered.

use std::time::Duration;

use domain::{
    catalog::{Catalog, Kind, Style},
    classify::{Class, Diagnosis, Retry},
    credits::{Credits, Entry},
    ids::{DraftId, JobId, UserId},
    job::{Idle, InvalidTransition, Job, Next, Notified, Order, Photo, Receipt, Retried, State, TaskId, Transition},
    locale::Locale,
    rules::Rules,
};
use jiff::Timestamp;

use crate::{
    mix::Map,
    model::{ASKED_TO_WAIT, PRICE, Tick, at, rules, tick, ticks, ticks_of},
    parts::{Image, KieFailure, Settled},
};

/// A move of the job, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    ClaimPreparation,
    PreparationPostponed,
    ClaimSubmission,
    Submitted(u8),
    SubmissionLost,
    Adopted(u8, u8),
    Looked,
    ClaimFetch,
    Fetched,
    AttemptFailed(KieFailure),
    ClaimSend,
    SendFailed,
    SendPostponed,
    Delivered,
    Ended(Class),
    ClaimTelling,
    Notified(bool),
    TellingPostponed(Option<Tick>),
    Woken,
    Resting(Tick),
}

/// What a move made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The job to write.
    Job(Image),
    /// The job to write, then its message after this wait.
    Transition(Image, Tick),
    /// The job and the settlement to write together.
    Settled(Image, Settled),
    /// The job has to end.
    End(Class),
}

/// The domain's decisions, each asked for once.
#[derive(Debug)]
pub struct Decisions {
    rules: Rules,
    bodies: Vec<Job>,
    known: Map<String, u16>,
    moves: Map<(u16, Move, Tick), Option<Made>>,
    nexts: Map<(u16, Tick), Next>,
}

impl Decisions {
    /// None yet.
    pub fn new() -> Self {
        Self { rules: rules(), bodies: vec![], known: Map::default(), moves: Map::default(), nexts: Map::default() }
    }

    /// The job as it was confirmed.
    pub fn confirmed(&mut self) -> Image {
        let photo = Photo { file_id: "f".into(), unique_id: "u".into() };
        let catalog = Catalog::built_in().unwrap();
        let product = catalog.offer(Kind::Reels, Style::Ugc).unwrap();
        let order = Order { price: Credits(PRICE), ..Order::of_one(product, photo, Locale::En) };
        let id = JobId { draft: DraftId(uuid::Uuid::nil()), n: 1 };
        let job = Job::confirmed(UserId(1), id, order, at(0), &self.rules);
        self.image(job)
    }

    fn image(&mut self, job: Job) -> Image {
        let (version, sequence) = (u16::try_from(job.version).unwrap(), u16::try_from(job.sequence).unwrap());
        let body = Job { version: 0, sequence: 0, ..job };
        let next = u16::try_from(self.bodies.len()).unwrap();
        let body = *self.known.entry(serde_json::to_string(&body).unwrap()).or_insert_with(|| {
            self.bodies.push(body);
            next
        });
        Image { body, version, sequence }
    }

    /// The job of an image, but for its version and look.
    pub fn job(&self, image: Image) -> &Job {
        &self.bodies[usize::from(image.body)]
    }

    /// What the job needs.
    pub fn next(&mut self, image: Image, now: Tick) -> Next {
        let (bodies, rules) = (&self.bodies, &self.rules);
        self.nexts.entry((image.body, now)).or_insert_with(|| bodies[usize::from(image.body)].next(at(now), rules)).clone()
    }

    /// What the job would need if nobody held it.
    pub fn next_unleased(&self, image: Image, now: Tick) -> Next {
        Job { lease_until: None, ..self.job(image).clone() }.next(at(now), &self.rules)
    }

    /// Whether nothing is left to do.
    pub fn is_closed(&mut self, image: Image) -> bool {
        self.next(image, 0) == Next::Nothing(Idle::Closed)
    }

    /// A move at a moment; `None` if the job does not allow it.
    pub fn make(&mut self, image: Image, a_move: Move, now: Tick) -> Option<Made> {
        let key = (image.body, a_move, now);
        let made = if let Some(made) = self.moves.get(&key) {
            *made
        } else {
            let made = self.ask(image.body, a_move, at(now)).ok();
            self.moves.insert(key, made);
            made
        };
        // Remembered for version and look 0; the domain only counts them up.
        let renumbered =
            |made: Image| Image { version: image.version + made.version, sequence: image.sequence + made.sequence, ..made };
        Some(match made? {
            Made::Job(job) => Made::Job(renumbered(job)),
            Made::Transition(job, delay) => Made::Transition(renumbered(job), delay),
            Made::Settled(job, settled) => Made::Settled(renumbered(job), settled),
            Made::End(class) => Made::End(class),
        })
    }

    fn ask(&mut self, body: u16, a_move: Move, now: Timestamp) -> Result<Made, InvalidTransition> {
        let (job, rules) = (self.bodies[usize::from(body)].clone(), self.rules.clone());
        let task = |n: u8| TaskId(n.to_string());
        let made: Asked = match a_move {
            Move::ClaimPreparation => job.claim_preparation(now, &rules)?.into(),
            Move::PreparationPostponed => job.preparation_postponed(now, &rules)?.into(),
            Move::ClaimSubmission => job.claim_submission("photo", "prompt", now, &rules)?.into(),
            Move::Submitted(n) => job.submitted(task(n), now, &rules)?.into(),
            Move::SubmissionLost => job.submission_lost(now, &rules)?.into(),
            Move::Adopted(attempt, n) => job.adopted(attempt.into(), task(n), now, &rules)?.into(),
            Move::Looked => job.polled(now, &rules)?.into(),
            Move::ClaimFetch => job.claim_fetch(now, &rules)?.into(),
            Move::Fetched => job.fetched("video".into(), now, &rules)?.into(),
            Move::AttemptFailed(last_failure) => match job.attempt_failed(last_failure.diagnosis(), now, &rules)? {
                Retried::Again(moved) => (*moved).into(),
                Retried::End(diagnosis) => return Ok(Made::End(diagnosis.class)),
            },
            Move::ClaimSend => job.claim_send(now, &rules)?.into(),
            Move::SendFailed => job.send_failed(now, &rules)?.into(),
            Move::SendPostponed => job.send_postponed(ticks(ASKED_TO_WAIT.into()), now, &rules)?.into(),
            Move::Delivered => job.delivered(Receipt { file_id: None, message_id: 1 }, now)?.into(),
            Move::Ended(class) => job.ended(&Diagnosis::of(class), now, &rules)?.into(),
            Move::ClaimTelling => job.claim_notification(now, &rules)?.into(),
            Move::Notified(reached) => job.notified(if reached { Notified::Yes } else { Notified::Unreachable })?.into(),
            Move::TellingPostponed(wait) => job.notification_postponed(wait.map(|n| ticks(n.into())), now, &rules)?.into(),
            Move::Woken => job.requeued(now, &rules).into(),
            Move::Resting(until) => job.resting(at(until)).into(),
        };
        assert_eq!(made.job.version, 1, "{a_move:?} is one write");
        let image = self.image(made.job);
        Ok(match (made.entry, made.delay) {
            (Some(entry), _) => Made::Settled(image, Settled { kind: entry.kind, amount: entry.amount }),
            (None, Some(delay)) => Made::Transition(image, ticks_of(delay)),
            (None, None) => Made::Job(image),
        })
    }

    /// The attempt the job is submitting or generating, if any, and the task it knows.
    pub fn attempt(&self, image: Image) -> (Option<u8>, Option<u8>) {
        match &self.job(image).state {
            State::Submitting { attempt, .. } => (u8::try_from(*attempt).ok(), None),
            State::Generating { attempt, task, .. } => (u8::try_from(*attempt).ok(), task.0.parse().ok()),
            _ => (None, None),
        }
    }

    /// When the sweeper takes over.
    pub fn due_at(&self, image: Image) -> Option<Tick> {
        self.job(image).due_at.map(tick)
    }

    /// The rules in ticks.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// What the domain answered.
struct Asked {
    job: Job,
    delay: Option<Duration>,
    entry: Option<Entry>,
}

impl From<Job> for Asked {
    fn from(job: Job) -> Self {
        Self { job, delay: None, entry: None }
    }
}

impl From<Transition> for Asked {
    fn from(Transition { job, delay }: Transition) -> Self {
        Self { job, delay: Some(delay), entry: None }
    }
}

impl From<(Job, Entry)> for Asked {
    fn from((job, entry): (Job, Entry)) -> Self {
        Self { job, delay: None, entry: Some(entry) }
    }
}

impl KieFailure {
    fn diagnosis(self) -> Diagnosis {
        let (class, retry) = match self {
            Self::Busy => (Class::Overloaded, Retry::Patiently),
            Self::Broken => (Class::BrokenUpstream, Retry::Attempts),
            Self::Rejected => (Class::ContentRejected, Retry::Never),
        };
        Diagnosis { class, why: None, retry }
    }
}
