//! A test environment whose queue mappings are held while functions are tried on its people, and released at the end.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_lambda_events::{lambda_function_urls::LambdaFunctionUrlRequest, sqs::SqsEvent};
use callback::Callback;
use domain::{credits::EntryKey, ids::UserId, invariants, job::Job};
use fakes::{
    kie::TaskView,
    telegram::{Author, Body},
};
use generator::Generator;
use jiff::Timestamp;
use local_aws::net::{CALLER, Moment};
use refunder::Refunder;
use sender::Sender;
use sweeper::Sweeper;
use testkit::environment::{Sandbox, Seller, TestEnvironment, Times};
use tokio::sync::Notify;
use webhook::Webhook;

use crate::{
    state::{End, State, forget_ids},
    watch::{DeathPoint, Trial, Watch},
};

/// The id of the first person in a test environment; the others have the following ids.
const FIRST: i64 = 760_000_001;
/// Maximum number of people in one environment.
pub const PEOPLE_MAX: usize = 100;
/// The caller's name of a function that is tried on a person, or invoked before that: one name for each person.
static TRIED: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| (0..PEOPLE_MAX).map(|n| &*Box::leak(format!("tried {n}").into_boxed_str())).collect());
/// Time between two checks whether all jobs have ended and whether a job is due.
const POLL_EVERY: Duration = Duration::from_secs(20);
/// Time that the environment runs on after the last job has ended, so that concurrent functions finish.
const SETTLING_TIME: Duration = Duration::from_secs(30);

/// The event that a function is invoked with.
#[derive(Clone, Debug)]
pub enum Event {
    /// An update from Telegram to the webhook.
    Update(Box<LambdaFunctionUrlRequest>),
    /// A callback from KIE.
    Callback(Box<LambdaFunctionUrlRequest>),
    /// Messages of the generate queue.
    Generate(SqsEvent),
    /// Messages of the send queue.
    Send(SqsEvent),
    /// Messages of a dead-letter queue.
    DeadLetter(SqsEvent),
    /// The sweeper's schedule.
    Sweep,
}

impl Event {
    /// Time until the event comes again after its function died. Telegram retries at once; SQS redelivers a message after its
    /// visibility timeout, which is longer than the lease.
    pub fn again_after(&self, times: &Times) -> Duration {
        if let Self::Update(_) = self { Duration::ZERO } else { times.visibility }
    }
}

/// The call at which a function is stopped, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub call: usize,
    pub moment: Moment,
}

impl Stop {
    /// The number of calls that took effect before the stop.
    pub fn applied(self) -> usize {
        self.call + usize::from(self.moment == Moment::AfterApplied)
    }
}

/// The result of one run of the tried function.
#[derive(Debug)]
pub struct Run {
    /// The function's answer; `None` if it was stopped.
    pub answer: Option<String>,
    /// The names of the function's calls, in order. A stopped function was stopped at the last one.
    pub calls: Vec<String>,
    /// The number of videos that the function sent.
    pub videos: usize,
    /// The number of other messages that the function sent.
    pub messages: usize,
}

/// A test environment whose queue mappings are held, with a copy of each function to try.
struct Frozen {
    env: TestEnvironment,
    watch: Arc<Watch>,
    webhook: Webhook,
    callback: Callback,
    generator: Generator,
    sender: Sender,
    refunder: Refunder,
    sweeper: Sweeper,
    /// A lock that allows one sweep at a time.
    sweeping: tokio::sync::Mutex<()>,
}

/// One person in a test environment.
#[derive(Clone)]
pub struct Subject {
    frozen: Arc<Frozen>,
    n: usize,
    pub user: UserId,
    pub seller: Seller,
}

impl Subject {
    /// Opens a test environment with this many people. Its schedule and its queue mappings do nothing until [`Self::finish`].
    pub async fn open(people: usize) -> Vec<Self> {
        // The schedule never fires; `finish` sweeps.
        let times = Times { sweep_every: Duration::from_secs(365 * 24 * 3600), ..Times::production() };
        let env = TestEnvironment::open_seeded(1, times, &[]).await.expect("the sandbox opens");
        // No await has happened since the sandbox opened, so no queue mapping has polled yet.
        let watch = Arc::new(Watch::of(people));
        let sandbox = env.sandbox().unwrap();
        sandbox.net.intercept(watch.clone());
        // All people call KIE at the same moment, so the rate limit is off.
        let setup = sandbox.setup_with(&[("KIE_CREATES_PER_10S", Some("1000"))]).await.unwrap();
        let frozen = Arc::new(Frozen {
            webhook: Webhook::new(&setup).unwrap(),
            callback: Callback::new(&setup).unwrap(),
            generator: Generator::new(&setup).unwrap(),
            sender: Sender::new(&setup).unwrap(),
            refunder: Refunder::new(&setup).unwrap(),
            sweeper: Sweeper::new(&setup).unwrap(),
            sweeping: tokio::sync::Mutex::default(),
            env,
            watch,
        });
        (0..people).map(|n| Self::of(&frozen, n)).collect()
    }

    fn of(frozen: &Arc<Frozen>, n: usize) -> Self {
        let user = UserId(FIRST + i64::try_from(n).unwrap());
        Self { frozen: frozen.clone(), n, user, seller: Seller::new(&frozen.env, user.0, "en", "Olga") }
    }

    pub fn env(&self) -> &TestEnvironment {
        &self.frozen.env
    }

    pub fn sandbox(&self) -> &Sandbox {
        self.env().sandbox().unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.sandbox().now()
    }

    /// Returns the person's only job.
    pub async fn job(&self) -> Job {
        let jobs = self.env().jobs(self.user).await.unwrap();
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        jobs.into_iter().next().unwrap()
    }

    async fn handle(&self, event: Event) -> String {
        match event {
            Event::Update(request) => format!("{:?}", self.frozen.webhook.handle(*request).await),
            Event::Callback(request) => format!("{:?}", self.frozen.callback.handle(*request).await),
            Event::Generate(event) => format!("{:?}", self.frozen.generator.handle(event).await),
            Event::Send(event) => format!("{:?}", self.frozen.sender.handle(event).await),
            Event::DeadLetter(event) => format!("{:?}", self.frozen.refunder.handle(event).await),
            Event::Sweep => format!("{:?}", self.frozen.sweeper.handle().await),
        }
    }

    /// Invokes the function of an event as Lambda does. Returns its answer; `None` if it died or timed out.
    async fn invoke(&self, event: Event, death: Option<(DeathPoint, Moment)>) -> Option<String> {
        let died = Arc::new(Notify::new());
        let death = death.map(|(place, moment)| (place, moment, died.clone()));
        *self.frozen.watch.trials[self.n].lock().unwrap() = Trial { calls: Vec::new(), death };
        tokio::select! {
            biased;
            answer = CALLER.scope(TRIED[self.n], self.handle(event)) => Some(answer),
            () = died.notified() => None,
            () = tokio::time::sleep(self.env().times.function_timeout) => None,
        }
    }

    /// Handles an event that precedes the tried event.
    pub async fn before(&self, event: Event) {
        self.invoke(event, None).await.expect("the function was not stopped");
    }

    /// Handles an event that precedes the tried event; its function dies before it sends this call.
    pub async fn dies_before(&self, call: &'static str, event: Event) {
        let answer = self.invoke(event, Some((DeathPoint::Named(call), Moment::BeforeSent))).await;
        assert_eq!(answer, None, "the function did not die before {call}");
    }

    /// Tries an event, and stops its function at `stop`.
    pub async fn attempt(&self, event: Event, stop: Option<Stop>) -> Run {
        let (videos, messages) = (self.seller.videos().len(), self.texts().len());
        let answer = self.invoke(event, stop.map(|stop| (DeathPoint::At(stop.call), stop.moment))).await;
        let calls = std::mem::take(&mut self.frozen.watch.trials[self.n].lock().unwrap().calls);
        assert_eq!(answer.is_none(), stop.is_some(), "the function was not stopped as planned: {stop:?} of {calls:?}");
        Run { answer, calls, videos: self.seller.videos().len() - videos, messages: self.texts().len() - messages }
    }

    /// Returns the bot's messages without the videos.
    fn texts(&self) -> Vec<String> {
        let lines = self.seller.person.chat();
        let written = lines.iter().filter(|line| line.author == Author::Bot && matches!(line.body, Body::Text { .. }));
        written.map(ToString::to_string).collect()
    }

    /// Drops all messages in the two job queues, so that only the tried event or the sweeper starts the next step.
    pub fn lose_messages(&self) {
        for queue in ["generate", "send"] {
            self.sandbox().sqs.drop_all(queue);
        }
    }

    /// Returns the bodies of the messages in a queue that name this person.
    fn messages(&self, queue: &str) -> Vec<String> {
        let bodies = self.sandbox().sqs.messages(queue).into_iter().map(|message| message.body);
        bodies.filter(|body| body.contains(&self.user.to_string())).collect()
    }

    /// Returns KIE's tasks for this person.
    pub fn tasks(&self) -> Vec<TaskView> {
        self.env().tasks_of(self.user)
    }

    /// Returns the observable state of the person.
    pub fn state(&self) -> State {
        let mine = format!("USER#{} ", self.user);
        State {
            table: self.sandbox().everything().into_iter().filter(|(key, _)| key.starts_with(&mine)).collect(),
            chat: self.env().telegram.history(self.user.0),
            tasks: self.tasks().into_iter().map(|task| format!("{} {}", task.id, task.state.name())).collect(),
            queues: ["generate", "send", "parked"].map(|queue| (queue, self.messages(queue))).into(),
        }
    }

    /// Releases the queue mappings, waits until every job of this person has ended and the person is notified, and returns the
    /// end.
    pub async fn finish(&self) -> End {
        if let Some(held) = self.frozen.watch.hold.lock().unwrap().take() {
            held.notify_waiters();
        }
        let began = tokio::time::Instant::now();
        while !self.is_over().await {
            assert!(
                began.elapsed() < Times::production().patience(),
                "the jobs did not end in time: {:?}",
                self.env().jobs(self.user).await
            );
            tokio::time::sleep(POLL_EVERY).await;
            self.sweep_if_due().await;
        }
        tokio::time::sleep(SETTLING_TIME).await;
        self.end().await
    }

    async fn is_over(&self) -> bool {
        let jobs = self.env().jobs(self.user).await.unwrap();
        // A held film rests until its seller returns.
        jobs.iter().all(|job| job.has_ended() && job.due_at.is_none() || job.waits_for_return())
    }

    /// Sweeps only if a job of this person is due. Sweeps that find nothing would take most of the test's time.
    async fn sweep_if_due(&self) {
        let _one_at_a_time = self.frozen.sweeping.lock().await;
        let jobs = self.env().jobs(self.user).await.unwrap();
        if jobs.iter().any(|job| job.due_at.is_some_and(|due| due <= self.now())) {
            self.frozen.sweeper.handle().await;
        }
    }

    async fn end(&self) -> End {
        let (jobs, ledger) = (self.env().jobs(self.user).await.unwrap(), self.env().ledger(self.user).await.unwrap());
        let person = self.env().table.person(self.user, None, self.now()).await.unwrap();
        let balance = person.profile.as_ref().map(|profile| profile.balance).unwrap_or_default();
        assert_eq!(invariants::violations(balance, &ledger, &jobs), vec![]);
        assert_eq!(self.sandbox().dynamodb.guard().expect("the table has a guard").refused(), Vec::<String>::new());
        let entry = |key: &EntryKey| match key {
            EntryKey::Charge(_) => "charge".to_owned(),
            EntryKey::Settlement(_) => "settlement".to_owned(),
            other => other.to_string(),
        };
        let mut place = serde_json::to_value(&person.chat.place).unwrap();
        forget_ids(&mut place);
        End {
            stages: jobs.iter().map(|job| job.state.name()).collect(),
            ledger: ledger.iter().map(|it| format!("{} {:?} {:+} {}", entry(&it.key), it.kind, it.amount, it.note)).collect(),
            person: format!("{:?}", person.profile.map(|it| (it.balance, it.locale, it.reachable, it.consented_at.is_some()))),
            chat: format!("{place} {:?} {} steps", person.chat.notice, person.chat.version),
            videos: self.seller.videos().len(),
            messages: self.texts().len(),
            tasks: self.tasks().len(),
            parked: self.messages("parked").len(),
            said: self.texts().pop(),
        }
    }
}
