//! The domain's own decisions about the job. Each decision is computed once and cached.

use std::time::Duration;

use domain::{
    catalog::{Catalog, Kind, Style},
    classify::{Class, Diagnosis, Retry},
    credits::{Credits, Entry},
    ids::{DraftId, JobId, UserId},
    job::{
        AfterSend, Film, Idle, InvalidTransition, Job, Next, Notified, Order, Photo, Receipt, Retried, SentAs, State, TaskId,
        Transition,
    },
    locale::Locale,
    rules::Rules,
};
use jiff::Timestamp;

use crate::{
    mix::Map,
    model::{ASKED_TO_WAIT, PRICE, Tick, at, rules, tick, ticks, ticks_of},
    parts::{Image, KieFailure, Settled},
};

/// The film of every model's task.
const FILM: Film = Film { width: 720, height: 1280, millis: 8_000, sound: true };

/// A transition of the job, with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelTransition {
    ClaimPreparation,
    PreparationPostponed,
    ClaimSubmission,
    Submitted(u8),
    SubmissionLost,
    Adopted(u8, u8),
    Polled,
    ClaimFetch,
    Fetched,
    AttemptFailed(KieFailure),
    ClaimSend,
    SendFailed,
    SendNotBegun,
    SendPostponed,
    Held,
    StillHeld,
    Reopened,
    /// [`Job::reopened_by_check`].
    ReopenedByCheck,
    Delivered,
    Ended(Class),
    ClaimNotification,
    Notified(bool),
    NotificationPostponed(Option<Tick>),
    Requeued,
    Resting(Tick),
}

/// The result of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The job to write.
    Job(Image),
    /// The job to write, and the delay of its message in ticks.
    Transition(Image, Tick),
    /// The job and the settlement to write in one transaction.
    Settled(Image, Settled),
    /// The job must end with this class.
    End(Class),
}

/// The cache of the domain's decisions.
#[derive(Debug)]
pub struct Decisions {
    rules: Rules,
    bodies: Vec<Job>,
    known: Map<String, u16>,
    results: Map<(u16, ModelTransition, Tick), Option<Made>>,
    nexts: Map<(u16, Tick), Next>,
}

impl Decisions {
    /// An empty cache.
    pub fn new() -> Self {
        Self { rules: rules(), bodies: vec![], known: Map::default(), results: Map::default(), nexts: Map::default() }
    }

    /// The job right after its confirmation.
    pub fn confirmed(&mut self) -> Image {
        let photo = Photo::new("f", "u");
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

    /// The job of an image, without its version and sequence number.
    pub fn job(&self, image: Image) -> &Job {
        &self.bodies[usize::from(image.body)]
    }

    /// What the job needs at `now`.
    pub fn next(&mut self, image: Image, now: Tick) -> Next {
        let (bodies, rules) = (&self.bodies, &self.rules);
        self.nexts.entry((image.body, now)).or_insert_with(|| bodies[usize::from(image.body)].next(at(now), rules)).clone()
    }

    /// What the job would need at `now` without a lease.
    pub fn next_unleased(&self, image: Image, now: Tick) -> Next {
        Job { lease_until: None, ..self.job(image).clone() }.next(at(now), &self.rules)
    }

    /// Whether the job needs nothing more, ever.
    pub fn is_closed(&mut self, image: Image) -> bool {
        self.next(image, 0) == Next::Nothing(Idle::Closed)
    }

    /// The result of a transition at `now`; `None` if the job's stage does not allow it.
    pub fn make(&mut self, image: Image, transition: ModelTransition, now: Tick) -> Option<Made> {
        let key = (image.body, transition, now);
        let made = if let Some(made) = self.results.get(&key) {
            *made
        } else {
            let made = self.compute(image.body, transition, at(now)).ok();
            self.results.insert(key, made);
            made
        };
        // The cached result starts from version and sequence number 0, because the domain only counts both up.
        let renumbered =
            |made: Image| Image { version: image.version + made.version, sequence: image.sequence + made.sequence, ..made };
        Some(match made? {
            Made::Job(job) => Made::Job(renumbered(job)),
            Made::Transition(job, delay) => Made::Transition(renumbered(job), delay),
            Made::Settled(job, settled) => Made::Settled(renumbered(job), settled),
            Made::End(class) => Made::End(class),
        })
    }

    fn compute(&mut self, body: u16, transition: ModelTransition, now: Timestamp) -> Result<Made, InvalidTransition> {
        let (job, rules) = (self.bodies[usize::from(body)].clone(), self.rules.clone());
        let task = |n: u8| TaskId(n.to_string());
        let made: Computed = match transition {
            ModelTransition::ClaimPreparation => job.claim_preparation(now, &rules)?.into(),
            ModelTransition::PreparationPostponed => job.preparation_postponed(now, &rules)?.into(),
            ModelTransition::ClaimSubmission => job.claim_submission("photo", "prompt", now, &rules)?.into(),
            ModelTransition::Submitted(n) => job.submitted(task(n), now, &rules)?.into(),
            ModelTransition::SubmissionLost => job.submission_lost(now, &rules)?.into(),
            ModelTransition::Adopted(attempt, n) => job.adopted(attempt.into(), task(n), now, &rules)?.into(),
            ModelTransition::Polled => job.polled(now, &rules)?.into(),
            ModelTransition::ClaimFetch => job.claim_fetch(now, &rules)?.into(),
            ModelTransition::Fetched => job.fetched("video".into(), FILM, now, &rules)?.into(),
            ModelTransition::AttemptFailed(last_failure) => {
                match job.attempt_failed(last_failure.diagnosis(), Some("spare"), now, &rules)? {
                    Retried::Again(transition) => (*transition).into(),
                    Retried::End(diagnosis) => return Ok(Made::End(diagnosis.class)),
                }
            }
            ModelTransition::ClaimSend => job.claim_send(now, &rules)?.into(),
            ModelTransition::SendFailed => match job.send_failed(now, &rules)? {
                AfterSend::Again(transition) => (*transition).into(),
                AfterSend::Spent(job) => (*job).into(),
            },
            ModelTransition::SendNotBegun => job.send_not_begun(now, &rules)?.into(),
            ModelTransition::Held => job.held(now, &rules)?.into(),
            ModelTransition::StillHeld => job.still_held(now, &rules)?.into(),
            ModelTransition::Reopened => job.reopened(Duration::ZERO, now, &rules)?.into(),
            ModelTransition::ReopenedByCheck => job.reopened_by_check(now, &rules)?.into(),
            ModelTransition::SendPostponed => job.send_postponed(ticks(ASKED_TO_WAIT.into()), now, &rules)?.into(),
            ModelTransition::Delivered => {
                job.delivered(Receipt { file_id: None, message_id: 1, sent_as: SentAs::Video }, now, &rules)?.into()
            }
            ModelTransition::Ended(class) => job.ended(&Diagnosis::of(class), now, &rules)?.into(),
            ModelTransition::ClaimNotification => job.claim_notification(now, &rules)?.into(),
            ModelTransition::Notified(reached) => {
                job.notified(if reached { Notified::Yes } else { Notified::Unreachable }, now, &rules)?.into()
            }
            ModelTransition::NotificationPostponed(wait) => {
                job.notification_postponed(wait.map(|n| ticks(n.into())), now, &rules)?.into()
            }
            ModelTransition::Requeued => job.requeued(now, &rules).into(),
            ModelTransition::Resting(until) => job.resting(at(until)).into(),
        };
        assert_eq!(made.job.version, 1, "{transition:?} is one write");
        let image = self.image(made.job);
        Ok(match (made.entry, made.delay) {
            (Some(entry), _) => Made::Settled(image, Settled { kind: entry.kind, amount: entry.amount }),
            (None, Some(delay)) => Made::Transition(image, ticks_of(delay)),
            (None, None) => Made::Job(image),
        })
    }

    /// The attempt that the job is submitting or generating, and the task that the job knows.
    pub fn attempt(&self, image: Image) -> (Option<u8>, Option<u8>) {
        match &self.job(image).state {
            State::Submitting { attempt, .. } => (u8::try_from(*attempt).ok(), None),
            State::Generating { attempt, task, .. } => (u8::try_from(*attempt).ok(), task.0.parse().ok()),
            _ => (None, None),
        }
    }

    /// When the sweeper takes the job over.
    pub fn due_at(&self, image: Image) -> Option<Tick> {
        self.job(image).due_at.map(tick)
    }

    /// The rules of the model, whose times are whole ticks.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// The domain's answer to a transition.
struct Computed {
    job: Job,
    delay: Option<Duration>,
    entry: Option<Entry>,
}

impl From<Job> for Computed {
    fn from(job: Job) -> Self {
        Self { job, delay: None, entry: None }
    }
}

impl From<Transition> for Computed {
    fn from(Transition { job, delay }: Transition) -> Self {
        Self { job, delay: Some(delay), entry: None }
    }
}

impl From<(Job, Entry)> for Computed {
    fn from((job, entry): (Job, Entry)) -> Self {
        Self { job, delay: None, entry: Some(entry) }
    }
}

impl KieFailure {
    fn diagnosis(self) -> Diagnosis {
        let (class, retry) = match self {
            Self::Busy => (Class::Overloaded, Retry::Patiently),
            Self::Internal => (Class::BrokenUpstream, Retry::Attempts),
            Self::Rejected => (Class::ContentRejected, Retry::Never),
        };
        Diagnosis { class, why: None, retry, remedy: None }
    }
}
