//! A test environment that is held still while functions are tried on the people in it, and then let go.

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

/// The first person of a test environment; the others come after.
const FIRST: i64 = 760_000_001;
/// Most people in one environment.
pub const PEOPLE_MAX: usize = 100;
/// Who calls when a function is tried on a person, or invoked before that: one name each.
static TRIED: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| (0..PEOPLE_MAX).map(|n| &*Box::leak(format!("tried {n}").into_boxed_str())).collect());
/// From one poll whether all is over, or anything is due, to the next.
const POLL_EVERY: Duration = Duration::from_secs(20);
/// How long after the end the environment runs on: whatever two functions did at the same time is done by then.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// What a function is invoked with.
#[derive(Clone, Debug)]
pub enum Event {
    /// Telegram's.
    Update(Box<LambdaFunctionUrlRequest>),
    /// KIE's.
    Callback(Box<LambdaFunctionUrlRequest>),
    /// Of the generate queue.
    Generate(SqsEvent),
    /// Of the send queue.
    Send(SqsEvent),
    /// Of a dead-letter queue.
    DeadLetter(SqsEvent),
    /// The schedule's.
    Sweep,
}

impl Event {
    /// How long until it comes again when its function died: Telegram tries again at once, a message comes back when its
    /// visibility time-out ends, which is after the lease.
    pub fn again_after(&self, times: &Times) -> Duration {
        if let Self::Update(_) = self { Duration::ZERO } else { times.visibility }
    }
}

/// Where a function is stopped: at this one of its calls, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub call: usize,
    pub moment: Moment,
}

impl Stop {
    /// How many calls took effect before the end.
    pub fn applied(self) -> usize {
        self.call + usize::from(self.moment == Moment::AfterApplied)
    }
}

/// How the tried function ran.
#[derive(Debug)]
pub struct Run {
    /// What it answered; `None`: it was stopped.
    pub answer: Option<String>,
    /// Its calls by name, in order; the last one is where it was stopped.
    pub calls: Vec<String>,
    /// Videos it brought into the chat.
    pub videos: usize,
    /// Other messages it brought into the chat.
    pub messages: usize,
}

/// A test environment, and every function of it to be tried.
struct Frozen {
    env: TestEnvironment,
    watch: Arc<Watch>,
    webhook: Webhook,
    callback: Callback,
    generator: Generator,
    sender: Sender,
    refunder: Refunder,
    sweeper: Sweeper,
    /// One sweep at a time.
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
    /// So many people in a test environment in which nothing has happened yet, and nothing happens by itself.
    pub async fn open(people: usize) -> Vec<Self> {
        // Nobody sweeps but who finishes.
        let times = Times { sweep_every: Duration::from_secs(365 * 24 * 3600), ..Times::production() };
        let env = Sandbox::open_seeded(1, times, &[]).await.expect("a sandbox");
        // Before anything is awaited: no mapping has polled yet.
        let watch = Arc::new(Watch::of(people));
        let sandbox = env.sandbox().unwrap();
        sandbox.net.intercept(watch.clone());
        // All of them ask KIE at the same moment: its limit is not what is tried here.
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

    /// The one job.
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

    /// Invokes as Lambda does; `None` if it died or ran out of time.
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

    /// Something that happened before the event that is tried.
    pub async fn before(&self, event: Event) {
        self.invoke(event, None).await.expect("not stopped");
    }

    /// The same, and its function dies before this call of its own is sent.
    pub async fn dies_before(&self, call: &'static str, event: Event) {
        let answer = self.invoke(event, Some((DeathPoint::Named(call), Moment::BeforeSent))).await;
        assert_eq!(answer, None, "it dies at {call}");
    }

    /// Tries an event, and stops it there.
    pub async fn attempt(&self, event: Event, stop: Option<Stop>) -> Run {
        let (videos, messages) = (self.seller.videos().len(), self.texts().len());
        let answer = self.invoke(event, stop.map(|stop| (DeathPoint::At(stop.call), stop.moment))).await;
        let calls = std::mem::take(&mut self.frozen.watch.trials[self.n].lock().unwrap().calls);
        assert_eq!(answer.is_none(), stop.is_some(), "stopped where it was to be, and only there: {stop:?} of {calls:?}");
        Run { answer, calls, videos: self.seller.videos().len() - videos, messages: self.texts().len() - messages }
    }

    /// What the bot wrote, without the videos.
    fn texts(&self) -> Vec<String> {
        let lines = self.seller.person.chat();
        let written = lines.iter().filter(|line| line.author == Author::Bot && matches!(line.body, Body::Text { .. }));
        written.map(ToString::to_string).collect()
    }

    /// Everything so far that waits in the two queues is lost: what follows is begun by the tried event or by the sweeper.
    pub fn lose_messages(&self) {
        for queue in ["generate", "send"] {
            self.sandbox().sqs.drop_all(queue);
        }
    }

    /// The bodies of what is in a queue about this person.
    fn messages(&self, queue: &str) -> Vec<String> {
        let bodies = self.sandbox().sqs.messages(queue).into_iter().map(|message| message.body);
        bodies.filter(|body| body.contains(&self.user.to_string())).collect()
    }

    /// What KIE was asked for on behalf of this person.
    pub fn tasks(&self) -> Vec<TaskView> {
        let mine = format!("/photos/{}/", self.user);
        self.env().kie.tasks().into_iter().filter(|task| task.input.to_string().contains(&mine)).collect()
    }

    /// All that can be seen of the person.
    pub fn state(&self) -> State {
        let mine = format!("USER#{} ", self.user);
        State {
            table: self.sandbox().everything().into_iter().filter(|(key, _)| key.starts_with(&mine)).collect(),
            chat: self.env().telegram.history(self.user.0),
            tasks: self.tasks().into_iter().map(|task| format!("{} {}", task.id, task.state.name())).collect(),
            queues: ["generate", "send", "parked"].map(|queue| (queue, self.messages(queue))).into(),
        }
    }

    /// Lets the whole environment go, until every job of this person is over and they know, and then some time longer.
    pub async fn finish(&self) -> End {
        if let Some(held) = self.frozen.watch.hold.lock().unwrap().take() {
            held.notify_waiters();
        }
        let began = tokio::time::Instant::now();
        while !self.is_over().await {
            assert!(began.elapsed() < Times::production().patience(), "never over: {:?}", self.env().jobs(self.user).await);
            tokio::time::sleep(POLL_EVERY).await;
            self.sweep_if_due().await;
        }
        tokio::time::sleep(AFTERWARDS).await;
        self.end().await
    }

    async fn is_over(&self) -> bool {
        let jobs = self.env().jobs(self.user).await.unwrap();
        jobs.iter().all(|job| job.has_ended() && job.due_at.is_none())
    }

    /// The schedule's sweep, where it would find a job of this person: those that find nothing are most of the work there is.
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
        assert_eq!(self.sandbox().dynamodb.guard().expect("a guard").refused(), Vec::<String>::new());
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
