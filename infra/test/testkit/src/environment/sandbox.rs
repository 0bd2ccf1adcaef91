//! The sandbox: the whole system in one process, with no account and no network.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adapters::{clock::Clock, config::Env, random::Dice, wire::Wire};
use journey::Setup;
use local_aws::{
    clock::Clock as AwsClock,
    dynamodb::DynamoDb,
    net::{Loopback, Net, Tower},
    s3::S3,
    sqs::{Depth, Sqs},
};
use standins::{
    clock::Clock as FakesClock,
    film::Detail,
    kie::{self, Kie},
};
use tokio::task::JoinSet;

use super::{
    Backend, TestEnvironment, Times,
    armed_faults::ArmedFaults,
    fakes::{fake_llm, fake_telegram, kie_settings},
    functions::start_functions,
    lambda::{Billed, Function},
    mounts::{Builder, Carrier, Later},
    names::TABLE,
    queues::{QUEUES, create_queues, queue_url},
    settings::{ACCESS_KEY, BUCKET, KIE_RATE, SECRET_KEY, secret, settings},
};

/// A bug put in on purpose, to show that the scenarios find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeededBug {
    /// A refund is answered as done and is not.
    NoRefund,
}

/// What only the sandbox can do.
pub struct Sandbox {
    /// Faults on the wire.
    pub faults: ArmedFaults,
    /// The embedded table, with the guard of its ledger.
    pub dynamodb: DynamoDb,
    /// The queues.
    pub sqs: Sqs,
    /// The wire that everything goes over.
    pub net: Net,
    pub(super) settings: BTreeMap<String, String>,
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
    pub async fn open(carrier: Carrier, times: Times, detail: Detail, bug: Option<SeededBug>) -> Result<TestEnvironment, String> {
        let chance = Chance { dice: Dice::system(), start: jiff::Timestamp::now(), poll_min: Duration::ZERO };
        Self::open_by(chance, carrier, times, detail, bug, None, &[]).await
    }

    /// A new world without a socket, with production's times and its KIE: more calls than it takes of one account are refused.
    ///
    /// # Errors
    /// A part could not be set up; the text says which.
    pub async fn open_limited() -> Result<TestEnvironment, String> {
        let chance = Chance { dice: Dice::system(), start: jiff::Timestamp::now(), poll_min: Duration::ZERO };
        Self::open_by(chance, Carrier::InProcess, Times::production(), Detail::Sketch, None, Some(KIE_RATE), &[]).await
    }

    /// A new world without a socket that does the same for the same seed, with these settings beside its own.
    ///
    /// # Errors
    /// A part could not be set up; the text says which.
    pub async fn open_seeded(seed: u64, times: Times, more_settings: &[(&str, &str)]) -> Result<TestEnvironment, String> {
        Self::open_by(Chance::seeded(seed), Carrier::InProcess, times, Detail::Sketch, None, None, more_settings).await
    }

    async fn open_by(
        chance: Chance,
        carrier: Carrier,
        times: Times,
        detail: Detail,
        bug: Option<SeededBug>,
        rate_limit: Option<(usize, Duration)>,
        more_settings: &[(&str, &str)],
    ) -> Result<TestEnvironment, String> {
        let mut sandbox = Builder::new(carrier)?;
        let (aws_clock, fakes_clock) = (chance.aws_clock(), FakesClock::starting_at(chance.start.as_millisecond()));
        let faults = ArmedFaults::default();
        if bug == Some(SeededBug::NoRefund) {
            faults.seed_no_refund();
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
        let llm = fake_llm(fakes_clock);
        let llm_url = sandbox.publish("llm", Tower::<_, axum::body::Body>::new(llm.router())).await?;
        let (later_webhook, later_callback) = (Later::default(), Later::default());
        let webhook_url = sandbox.publish("webhook", later_webhook.clone()).await?;
        let callback_url = sandbox.publish("callback", later_callback.clone()).await?;

        let kie_settings = kie::Settings { rate_limit, ..kie_settings(kie_url.clone(), &times, detail) };
        let kie = Kie::new(kie_settings, fakes_clock, sandbox.outbound());
        later_kie.set(Tower::<_, axum::body::Body>::new(kie.router()));
        let telegram = fake_telegram(fakes_clock, sandbox.outbound());
        later_telegram.set(Tower::<_, axum::body::Body>::new(telegram.router()));
        telegram.set_webhook(webhook_url, secret("TELEGRAM_WEBHOOK_SECRET"));

        let mut own = settings(&times, [&s3_url, &telegram_url, &kie_url, &llm_url, &callback_url]);
        own.extend(more_settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (wire, clock) = (Wire::over(sandbox.net.clone()), Clock::tokio(chance.start));
        let setup = Setup::new(Env::from_map(own.clone()), wire, clock.clone(), chance.dice).await;
        let setup = setup.map_err(|error| error.to_string())?;
        let sqs_client = setup.aws().sqs_client(setup.wire());
        create_queues(&sqs_client, &times).await?;

        let functions = start_functions(&mut sandbox.running, &setup, &sqs_client, &times, &later_webhook, &later_callback)?;
        let net = sandbox.net.clone();
        let backend = Self {
            faults,
            dynamodb,
            sqs,
            net,
            settings: own,
            clock,
            functions,
            _running: sandbox.running,
            _served: sandbox.served,
        };
        Ok(TestEnvironment {
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
            backend: Backend::Sandbox(Arc::new(backend)),
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
