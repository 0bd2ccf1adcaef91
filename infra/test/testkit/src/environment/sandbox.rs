//! The sandbox: the whole system in one process, with no account and no network.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use adapters::{clock::Clock, config::Env, random::Dice, wire::Wire};
use aws_lambda_events::sqs::SqsEvent;
use bytes::Bytes;
use domain::turns::TURNS_MAX;
use futures_util::{FutureExt, future::BoxFuture};
use journey::Setup;
use local_aws::{
    clock::Clock as AwsClock,
    dynamodb::DynamoDb,
    net::{Loopback, Net, Request, Response, Service, Tower, serve},
    s3::S3,
    sqs::{Depth, Sqs},
};
use standins::{
    clock::Clock as StandInClock,
    film::Detail,
    kie::{self, Kie},
    llm::{self, Llm},
    outbound::{Answer, LoopbackHttp, Outbound},
    telegram::{self, Telegram},
};
use tokio::task::JoinSet;

use super::{
    Stage, Times, World,
    faults::Faults,
    lambda::{Billed, Function, FunctionUrl, map_queue, schedule},
};

/// The name of the sandbox's table.
pub const TABLE: &str = "neurocards";
/// The name of its media store.
const BUCKET: &str = "neurocards-media";
/// What the sandbox's functions sign AWS calls with.
const ACCESS_KEY: &str = "sandbox";
const SECRET_KEY: &str = "sandbox-secret";
/// Secrets of the sandbox, and of nothing else.
pub const SECRETS: [(&str, &str); 6] = [
    ("TELEGRAM_BOT_TOKEN", "123456:local-token-that-no-log-may-show"),
    ("TELEGRAM_WEBHOOK_SECRET", "local-webhook-secret"),
    ("KIE_API_KEY", "local-kie-key-that-no-log-may-show"),
    ("KIE_WEBHOOK_HMAC_KEY", "local-kie-hmac-key"),
    ("CALLBACK_SIGNING_KEY", "local-callback-signing-key"),
    ("LLM_API_KEY", "local-llm-key-that-no-log-may-show"),
];
/// The house's pages: terms, privacy, support.
pub(super) const HOUSE: [(&str, &str); 3] = [
    ("TERMS_URL", "https://neurocards.example/terms"),
    ("PRIVACY_URL", "https://neurocards.example/privacy"),
    ("SUPPORT_URL", "https://neurocards.example/support"),
];
/// createTask calls that KIE takes of one account in a time.
const KIE_RATE: (usize, Duration) = (20, Duration::from_secs(10));
/// The model of the stand-in prompt writer.
pub(super) const LLM_MODEL: &str = "local-writer";

/// How the parts of a sandbox reach each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// By HTTP on loopback, in real time: S3, Telegram, KIE and the Function URLs each have a port.
    Loopback,
    /// By function calls: no socket, so that virtual time stays exact.
    InProcess,
}

/// A bug put in on purpose, to show that the stories find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A refund is answered as done and is not.
    NoRefund,
}

/// What only the sandbox can do.
pub struct Sandbox {
    /// Faults on the wire.
    pub faults: Faults,
    /// The embedded table, with the guard of its ledger.
    pub dynamodb: DynamoDb,
    /// The queues.
    pub sqs: Sqs,
    /// The wire that everything goes over.
    pub net: Net,
    pub(super) env: BTreeMap<String, String>,
    pub(super) clock: Clock,
    functions: BTreeMap<&'static str, Function>,
    // Ends with the world: queue mappings, schedule and servers.
    _running: JoinSet<()>,
    _served: Vec<Loopback>,
}

impl Sandbox {
    /// A new world.
    ///
    /// # Errors
    /// A part could not be set up; the text says which.
    pub async fn open(carrier: Carrier, times: Times, detail: Detail, plant: Option<Plant>) -> Result<World, String> {
        let chance = Chance { dice: Dice::system(), start: jiff::Timestamp::now(), poll_min: Duration::ZERO };
        Self::open_by(chance, carrier, times, detail, plant, None, &[]).await
    }

    /// A new world without a socket, with production's times and its KIE: more calls than it takes of one account are refused.
    ///
    /// # Errors
    /// A part could not be set up; the text says which.
    pub async fn open_limited() -> Result<World, String> {
        let chance = Chance { dice: Dice::system(), start: jiff::Timestamp::now(), poll_min: Duration::ZERO };
        Self::open_by(chance, Carrier::InProcess, Times::production(), Detail::Sketch, None, Some(KIE_RATE), &[]).await
    }

    /// A new world without a socket that does the same for the same seed, with these settings beside its own.
    ///
    /// # Errors
    /// A part could not be set up; the text says which.
    pub async fn open_seeded(seed: u64, times: Times, more_settings: &[(&str, &str)]) -> Result<World, String> {
        Self::open_by(Chance::seeded(seed), Carrier::InProcess, times, Detail::Sketch, None, None, more_settings).await
    }

    async fn open_by(
        chance: Chance,
        carrier: Carrier,
        times: Times,
        detail: Detail,
        plant: Option<Plant>,
        rate_limit: Option<(usize, Duration)>,
        more_settings: &[(&str, &str)],
    ) -> Result<World, String> {
        let mut sandbox = Builder::new(carrier)?;
        let (aws_clock, stand_in_clock) = (chance.aws_clock(), StandInClock::starting_at(chance.start.as_millisecond()));
        let faults = Faults::default();
        if plant == Some(Plant::NoRefund) {
            faults.plant_no_refund();
        }
        sandbox.net.tap(Arc::new(faults.clone()));
        let dynamodb = DynamoDb::new().map_err(|error| error.to_string())?;
        dynamodb.create_table(TABLE).map_err(|error| error.to_string())?;
        let sqs = Sqs::patient(aws_clock, chance.poll_min);
        let s3 = S3::new(aws_clock, ACCESS_KEY, SECRET_KEY);
        s3.create_bucket(BUCKET);
        sandbox.net.mount("dynamodb.local", dynamodb.clone());
        sandbox.net.mount("sqs.local", sqs.clone());
        let s3_url = sandbox.publish("s3", s3).await?;

        let (later_kie, later_telegram) = (Later::default(), Later::default());
        let kie_url = sandbox.publish("kie", later_kie.clone()).await?;
        let telegram_url = sandbox.publish("telegram", later_telegram.clone()).await?;
        let llm = stand_in_llm(stand_in_clock);
        let llm_url = sandbox.publish("llm", Tower::<_, axum::body::Body>::new(llm.router())).await?;
        let (later_webhook, later_callback) = (Later::default(), Later::default());
        let webhook_url = sandbox.publish("webhook", later_webhook.clone()).await?;
        let callback_url = sandbox.publish("callback", later_callback.clone()).await?;

        let kie_settings = kie::Settings { rate_limit, ..kie_settings(kie_url.clone(), &times, detail) };
        let kie = Kie::new(kie_settings, stand_in_clock, sandbox.outbound());
        later_kie.set(Tower::<_, axum::body::Body>::new(kie.router()));
        let telegram = stand_in_telegram(stand_in_clock, sandbox.outbound());
        later_telegram.set(Tower::<_, axum::body::Body>::new(telegram.router()));
        telegram.set_webhook(webhook_url, secret("TELEGRAM_WEBHOOK_SECRET"));

        let mut env = environment(&times, [&s3_url, &telegram_url, &kie_url, &llm_url, &callback_url]);
        env.extend(more_settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (wire, clock) = (Wire::over(sandbox.net.clone()), Clock::tokio(chance.start));
        let setup = Setup::new(Env::from_map(env.clone()), wire, clock.clone(), chance.dice).await;
        let setup = setup.map_err(|error| error.to_string())?;
        let sqs_client = setup.aws().sqs_client(setup.wire());
        create_queues(&sqs_client, &times).await?;

        let functions = start_functions(&mut sandbox.running, &setup, &sqs_client, &times, &later_webhook, &later_callback)?;
        let net = sandbox.net.clone();
        let stage =
            Self { faults, dynamodb, sqs, net, env, clock, functions, _running: sandbox.running, _served: sandbox.served };
        Ok(World {
            telegram,
            kie,
            llm,
            table: setup.table().map_err(|error| error.to_string())?,
            media: setup.media().map_err(|error| error.to_string())?,
            times,
            s3: setup.aws().s3_client(setup.wire()),
            sqs: sqs_client,
            bucket: BUCKET.to_owned(),
            parked_queue_url: queue_url("parked"),
            stage: Stage::Sandbox(Arc::new(stage)),
        })
    }

    /// The time in this world.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Messages that some function will still get, now or later.
    #[must_use]
    pub fn messages_on_their_way(&self) -> usize {
        let depths = QUEUES.iter().map(|(name, _)| self.sqs.depth(name));
        depths.map(|Depth { visible, delayed, in_flight }| visible + delayed + in_flight).sum()
    }

    /// How often each function was invoked.
    #[must_use]
    pub fn invocations(&self) -> BTreeMap<&'static str, u64> {
        self.functions.iter().map(|(name, function)| (*name, function.invocations())).collect()
    }

    /// What Lambda would bill for each function since it was last taken.
    #[must_use]
    pub fn take_billed(&self) -> BTreeMap<&'static str, Billed> {
        self.functions.iter().map(|(name, function)| (*name, function.take_billed())).collect()
    }
}

/// When a seeded world begins: far ahead, for presigned addresses are checked by the machine's clock as well.
const SEEDED_START: jiff::Timestamp = jiff::Timestamp::constant(4_102_444_800, 0);

/// And its long polls take as long as a simulation likes.
const SEEDED_POLL: Duration = Duration::from_secs(3600);

/// What is drawn, when it begins, and how long an empty poll takes at least.
struct Chance {
    dice: Dice,
    start: jiff::Timestamp,
    poll_min: Duration,
}

impl Chance {
    fn seeded(seed: u64) -> Self {
        // The SDK's own jitter draws from this thread's source.
        fastrand::seed(seed);
        Self { dice: Dice::seeded(seed), start: SEEDED_START, poll_min: SEEDED_POLL }
    }

    fn aws_clock(&self) -> AwsClock {
        AwsClock::starting_at(self.start.into())
    }
}

/// A secret of this world.
pub(super) fn secret(name: &str) -> &'static str {
    SECRETS.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}

/// What is put together while a sandbox opens.
struct Builder {
    carrier: Carrier,
    net: Net,
    running: JoinSet<()>,
    served: Vec<Loopback>,
}

impl Builder {
    fn new(carrier: Carrier) -> Result<Self, String> {
        let net = match carrier {
            Carrier::InProcess => Net::new(),
            Carrier::Loopback => Net::with_fallback(Wire::internet().map_err(|error| error.to_string())?.connector()),
        };
        Ok(Self { carrier, net, running: JoinSet::new(), served: Vec::new() })
    }

    /// Makes a service reachable, and says where.
    async fn publish(&mut self, name: &str, service: impl Service + 'static) -> Result<String, String> {
        match self.carrier {
            Carrier::InProcess => {
                self.net.mount(format!("{name}.local"), service);
                Ok(format!("http://{name}.local"))
            }
            Carrier::Loopback => {
                let served = serve(service, 0).await.map_err(|error| format!("{name}: {error}"))?;
                let url = served.url();
                self.served.push(served);
                Ok(url)
            }
        }
    }

    /// How the stand-ins call out.
    fn outbound(&self) -> Arc<dyn Outbound> {
        match self.carrier {
            Carrier::InProcess => Arc::new(OverNet(self.net.clone())),
            Carrier::Loopback => Arc::new(LoopbackHttp),
        }
    }
}

/// The stand-ins' calls, over the same wire as everybody's.
struct OverNet(Net);

impl Outbound for OverNet {
    fn send(&self, request: Request) -> BoxFuture<'static, Answer> {
        let net = self.0.clone();
        async move { net.send(request).await.map_err(|error| error.to_string()) }.boxed()
    }
}

/// A service whose address is needed before it exists.
#[derive(Clone, Default)]
struct Later(Arc<OnceLock<Arc<dyn Service>>>);

impl Later {
    fn set(&self, service: impl Service + 'static) {
        let _only_once = self.0.set(Arc::new(service));
    }
}

impl Service for Later {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        match self.0.get() {
            Some(service) => service.call(request),
            None => {
                let mut reply = http::Response::new(Bytes::new());
                *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                std::future::ready(reply).boxed()
            }
        }
    }
}

pub(super) fn stand_in_kie(
    public_url: String,
    times: &Times,
    detail: Detail,
    clock: StandInClock,
    outbound: Arc<dyn Outbound>,
) -> Kie {
    Kie::new(kie_settings(public_url, times, detail), clock, outbound)
}

fn kie_settings(public_url: String, times: &Times, detail: Detail) -> kie::Settings {
    kie::Settings {
        key: secret("KIE_API_KEY").to_owned(),
        hmac_key: Some(secret("KIE_WEBHOOK_HMAC_KEY").to_owned()),
        public_url,
        duration: times.making,
        detail,
        ..kie::Settings::default()
    }
}

pub(super) fn stand_in_llm(clock: StandInClock) -> Llm {
    let settings = llm::Settings { key: Some(secret("LLM_API_KEY").to_owned()), model: LLM_MODEL.to_owned() };
    Llm::new(settings, clock)
}

pub(super) fn stand_in_telegram(clock: StandInClock, outbound: Arc<dyn Outbound>) -> Telegram {
    let settings = telegram::Settings { token: secret("TELEGRAM_BOT_TOKEN").to_owned(), ..telegram::Settings::default() };
    Telegram::new(settings, clock, outbound)
}

/// How many tasks KIE gets in ten seconds. They do not shrink with a world's other times, so where minutes are seconds it gets all.
pub(super) fn kie_creates_per_10s(times: &Times) -> String {
    let (most, within) = KIE_RATE;
    if times.making < within { TURNS_MAX.to_string() } else { most.to_string() }
}

/// The configuration contract, as the template would set it.
fn environment(times: &Times, [s3, telegram, kie, llm, callback]: [&str; 5]) -> BTreeMap<String, String> {
    let rules = &times.rules;
    let list =
        |delays: &domain::rules::Delays| delays.0.iter().map(|delay| delay.as_secs().to_string()).collect::<Vec<_>>().join(",");
    let secs = |duration: std::time::Duration| duration.as_secs().to_string();
    let own = [
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb.local".to_owned()),
        ("AWS_ENDPOINT_URL_SQS", "http://sqs.local".to_owned()),
        ("AWS_ENDPOINT_URL_S3", s3.to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("MEDIA_BUCKET", BUCKET.to_owned()),
        ("GENERATE_QUEUE_URL", queue_url("generate")),
        ("SEND_QUEUE_URL", queue_url("send")),
        ("PARKED_QUEUE_URL", queue_url("parked")),
        ("TELEGRAM_API_URL", telegram.to_owned()),
        ("KIE_API_URL", kie.to_owned()),
        ("KIE_CREATES_PER_10S", kie_creates_per_10s(times)),
        ("CALLBACK_BASE_URL", callback.to_owned()),
        ("LLM_API_URL", format!("{llm}/v1")),
        ("LLM_MODEL", LLM_MODEL.to_owned()),
        ("LEASE_SECS", secs(rules.lease)),
        ("LOOK_DELAYS_SECS", list(&rules.look_delays)),
        ("RETRY_DELAYS_SECS", list(&rules.retry_delays)),
        ("CALLBACK_WAIT_SECS", secs(rules.callback_wait)),
        ("GENERATION_DEADLINE_SECS", secs(rules.generation_deadline)),
        ("DELIVERY_DEADLINE_SECS", secs(rules.delivery_deadline)),
    ];
    let secrets = SECRETS.map(|(name, value)| (name, value.to_owned()));
    let house = HOUSE.map(|(name, value)| (name, value.to_owned()));
    own.into_iter().chain(house).chain(secrets).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn queue_url(name: &str) -> String {
    format!("http://sqs.local/000000000000/{name}")
}

/// The queues of the template that functions work off, and how often each gives a message before that becomes a dead letter.
const QUEUES: [(&str, Option<u32>); 4] = [("generate-dead", None), ("send-dead", None), ("generate", Some(5)), ("send", Some(3))];

/// The queues of the template: those, and the parked one.
async fn create_queues(sqs: &aws_sdk_sqs::Client, times: &Times) -> Result<(), String> {
    use aws_sdk_sqs::types::QueueAttributeName::{RedrivePolicy, VisibilityTimeout};
    let visibility = times.visibility.as_secs().to_string();
    for (name, redrive) in [("parked", None)].into_iter().chain(QUEUES) {
        let mut queue = sqs.create_queue().queue_name(name).attributes(VisibilityTimeout, &visibility);
        if let Some(receives) = redrive {
            let dead = format!("arn:aws:sqs:us-east-1:000000000000:{name}-dead");
            let policy = serde_json::json!({ "deadLetterTargetArn": dead, "maxReceiveCount": receives });
            queue = queue.attributes(RedrivePolicy, policy.to_string());
        }
        queue.send().await.map_err(|error| format!("queue {name}: {}", adapters::aws::describe(&error)))?;
    }
    Ok(())
}

/// Every function behind what invokes it in the cloud.
fn start_functions(
    running: &mut JoinSet<()>,
    setup: &Setup,
    sqs: &aws_sdk_sqs::Client,
    times: &Times,
    webhook_url: &Later,
    callback_url: &Later,
) -> Result<BTreeMap<&'static str, Function>, String> {
    let text = |error: journey::SetupError| error.to_string();
    let function = |name| Function::new(name, times.function_timeout);
    let mut functions = BTreeMap::new();
    let mut known = |name| functions.entry(name).or_insert_with(|| function(name)).clone();

    let webhook = Arc::new(webhook::Webhook::new(setup).map_err(text)?);
    let handler = Arc::new(move |request| {
        let webhook = webhook.clone();
        async move { webhook.handle(request).await }.boxed()
    });
    webhook_url.set(FunctionUrl { function: known("webhook"), handler });

    let callback = Arc::new(callback::Callback::new(setup).map_err(text)?);
    let handler = Arc::new(move |request| {
        let callback = callback.clone();
        async move { callback.handle(request).await }.boxed()
    });
    callback_url.set(FunctionUrl { function: known("callback"), handler });

    let generator = Arc::new(generator::Generator::new(setup).map_err(text)?);
    let sender = Arc::new(sender::Sender::new(setup).map_err(text)?);
    let refunder = Arc::new(refunder::Refunder::new(setup).map_err(text)?);
    let generate = Arc::new(move |event: SqsEvent| {
        let generator = generator.clone();
        async move { generator.handle(event).await }.boxed()
    });
    let send = Arc::new(move |event: SqsEvent| {
        let sender = sender.clone();
        async move { sender.handle(event).await }.boxed()
    });
    let refund = Arc::new(move |event: SqsEvent| {
        let refunder = refunder.clone();
        async move { refunder.handle(event).await }.boxed()
    });
    running.spawn(map_queue(sqs.clone(), queue_url("generate"), "generate", known("generator"), generate));
    running.spawn(map_queue(sqs.clone(), queue_url("send"), "send", known("sender"), send));
    for queue in ["generate-dead", "send-dead"] {
        running.spawn(map_queue(sqs.clone(), queue_url(queue), queue, known("refunder"), refund.clone()));
    }

    let sweeper = Arc::new(sweeper::Sweeper::new(setup).map_err(text)?);
    let sweep = Arc::new(move || {
        let sweeper = sweeper.clone();
        async move {
            let _swept = sweeper.handle().await;
            sweeper.measure().await;
        }
        .boxed()
    });
    running.spawn(schedule(times.sweep_every, known("sweeper"), sweep));
    Ok(functions)
}
