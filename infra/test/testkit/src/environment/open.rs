//! Opens a sandbox: starts its AWS services, fakes and functions, and connects them.

use std::{path::Path, sync::Arc, time::Duration};

use adapters::{clock::Clock, config::Env, rng::Rng};
use app::Setup;
use bytes::Bytes;
use fakes::{
    clock::FakeClock,
    film::{self, Detail},
    kie::{self, Kie},
};
use local_aws::{clock::AwsClock, dynamodb::DynamoDb, net::Tower, s3::S3, sqs::Sqs};

use super::{
    armed_faults::ArmedFaults,
    cold_start::{ColdStart, Parameters, SECRETS_PARAMETER},
    fakes::{fake_llm, fake_telegram, kie_settings},
    functions::start_functions,
    mounts::{Builder, Carrier, Later},
    names::TABLE,
    network::as_a_network,
    queues::{create_queues, queue_url},
    sandbox::{Sandbox, SeededBug},
    settings::{ACCESS_KEY, BUCKET, KIE_RATE, SECRET_KEY, secret, settings},
    test_environment::{Backend, TestEnvironment},
    times::Times,
};

impl Sandbox {
    /// Opens a sandbox with real time and random ids.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn open(carrier: Carrier, times: Times, detail: Detail, bug: Option<SeededBug>) -> Result<TestEnvironment, String> {
        Self::open_by(Opening { carrier, bug, ..Opening::new(Chance::real(), times, detail) }).await
    }

    /// Opens a sandbox without sockets that keeps its table, its media store and its chats in this folder. The queues are not kept: the
    /// sweeper finds the jobs whose messages were lost.
    ///
    /// # Errors
    /// A service, a fake or a function did not start, or the folder cannot be used; the text says which one.
    pub async fn open_in(folder: &Path, times: Times, detail: Detail) -> Result<TestEnvironment, String> {
        Self::open_by(Opening { folder: Some(folder), ..Opening::new(Chance::real(), times, detail) }).await
    }

    /// Opens a sandbox without sockets, with production's times. Its fake KIE enforces KIE's rate limit for createTask.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn open_limited() -> Result<TestEnvironment, String> {
        let opening = Opening::new(Chance::real(), Times::production(), Detail::Sketch);
        Self::open_by(Opening { rate_limit: Some(KIE_RATE), ..opening }).await
    }

    /// Opens a sandbox without sockets. The same seed gives the same run. `more_settings` extend and override the settings.
    ///
    /// # Errors
    /// A service, a fake or a function did not start; the text says which one.
    pub async fn open_seeded(seed: u64, times: Times, more_settings: &[(&str, &str)]) -> Result<TestEnvironment, String> {
        Self::open_by(Opening { more_settings, ..Opening::new(Chance::seeded(seed), times, Detail::Sketch) }).await
    }

    async fn open_by(opening: Opening<'_>) -> Result<TestEnvironment, String> {
        let Opening { chance, carrier, times, detail, bug, rate_limit, more_settings, folder } = opening;
        let mut sandbox = Builder::new(carrier)?;
        let (aws_clock, fakes_clock) = (chance.aws_clock(), FakeClock::starting_at(chance.start.as_millisecond()));
        let faults = ArmedFaults::default();
        if bug == Some(SeededBug::NoRefund) {
            faults.seed_no_refund();
        }
        sandbox.net.intercept(Arc::new(faults.clone()));
        let dynamodb = match folder {
            Some(folder) => DynamoDb::in_file(&folder.join("table.sqlite").to_string_lossy()),
            None => DynamoDb::new(),
        };
        let dynamodb = dynamodb.map_err(|error| error.to_string())?;
        dynamodb.create_table(TABLE).map_err(|error| error.to_string())?;
        let sqs = Sqs::patient(aws_clock, chance.poll_min);
        let s3 = match folder {
            Some(folder) => S3::in_folder(&folder.join("media"), aws_clock, ACCESS_KEY, SECRET_KEY)
                .map_err(|error| format!("the media store in {} cannot be used: {error}", folder.display()))?,
            None => S3::new(aws_clock, ACCESS_KEY, SECRET_KEY),
        };
        s3.create_bucket(BUCKET);
        sandbox.net.mount("dynamodb.local", dynamodb.clone());
        sandbox.net.mount("sqs.local", sqs.clone());
        sandbox.net.mount("ssm.local", Parameters);
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
        if let Some(folder) = folder {
            let kept = kie.read_kept(&folder.join("kie.json"));
            kept.map_err(|error| format!("the tasks in {} cannot be read: {error}", folder.display()))?;
        }
        later_kie.set(Tower::<_, axum::body::Body>::new(kie.router()));
        let telegram = fake_telegram(fakes_clock, sandbox.outbound());
        if let Some(folder) = folder {
            let kept = telegram.read_kept(&folder.join("telegram"));
            kept.map_err(|error| format!("the chats in {} cannot be read: {error}", folder.display()))?;
        }
        later_telegram.set(Tower::<_, axum::body::Body>::new(telegram.router()));
        telegram.set_webhook(webhook_url, secret("TELEGRAM_WEBHOOK_SECRET"));

        let mut own = settings(&times, [&s3_url, &telegram_url, &kie_url, &llm_url, &callback_url]);
        own.extend(more_settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (wire, clock) = (as_a_network(sandbox.net.clone()), Clock::tokio(chance.start));
        // The functions start again after a death only where their secrets are read from SSM: every start is a call then.
        let cold_start = own.contains_key(SECRETS_PARAMETER).then(|| ColdStart::new(own.clone(), wire.clone(), clock.clone()));
        let setup = Setup::new(Env::from_map(own.clone()), wire, clock.clone(), chance.rng).await;
        let setup = setup.map_err(|error| error.to_string())?;
        let services = setup.services();
        let sqs_client = setup.aws().sqs_client(setup.wire());
        create_queues(&sqs_client, &times).await?;

        let functions =
            start_functions(&mut sandbox.running, &setup, &sqs_client, &times, [&later_webhook, &later_callback], cold_start)?;
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
            table: services.table().map_err(|error| error.to_string())?,
            media: services.media().map_err(|error| error.to_string())?,
            times,
            photo: match detail {
                Detail::Sketch => Bytes::from_static(film::sketch_photo()),
                Detail::Demo | Detail::Smooth => Bytes::from_static(film::sample_photo()),
            },
            s3: setup.aws().s3_client(setup.wire()),
            sqs: sqs_client,
            bucket: BUCKET.to_owned(),
            parked_queue_url: queue_url("parked"),
            backend: Backend::Sandbox(Arc::new(backend)),
        })
    }
}

/// What differs between sandboxes.
struct Opening<'a> {
    chance: Chance,
    carrier: Carrier,
    times: Times,
    detail: Detail,
    bug: Option<SeededBug>,
    rate_limit: Option<(usize, Duration)>,
    more_settings: &'a [(&'a str, &'a str)],
    folder: Option<&'a Path>,
}

impl Opening<'_> {
    /// A sandbox without sockets, bugs and limits, in memory.
    fn new(chance: Chance, times: Times, detail: Detail) -> Self {
        Self { chance, carrier: Carrier::InProcess, times, detail, bug: None, rate_limit: None, more_settings: &[], folder: None }
    }
}

/// Start of a seeded sandbox's clock. The year 2100, because the machine's clock also checks the expiry of presigned URLs.
const SEEDED_START: jiff::Timestamp = jiff::Timestamp::constant(4_102_444_800, 0);

/// Minimum duration of an empty long poll in a seeded sandbox.
const SEEDED_POLL: Duration = Duration::from_secs(3600);

/// The inputs of a sandbox that differ between runs: random values, start time, minimum duration of an empty long poll.
struct Chance {
    rng: Rng,
    start: jiff::Timestamp,
    poll_min: Duration,
}

impl Chance {
    fn real() -> Self {
        Self { rng: Rng::system(), start: jiff::Timestamp::now(), poll_min: Duration::ZERO }
    }

    fn seeded(seed: u64) -> Self {
        // The AWS SDK's retry jitter uses this thread's fastrand generator.
        fastrand::seed(seed);
        Self { rng: Rng::seeded(seed), start: SEEDED_START, poll_min: SEEDED_POLL }
    }

    fn aws_clock(&self) -> AwsClock {
        AwsClock::starting_at(self.start.into())
    }
}
