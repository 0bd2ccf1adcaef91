//! Opens a sandbox: starts its AWS services, fakes and functions, and connects them.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use adapters::{
    callback_url::CallbackSealer,
    clock::Clock,
    config::{Env, Secret},
};
use app::Setup;
use fakes::{
    clock::FakeClock,
    kie::{self, Kie},
    llm::Llm,
    outbound::Outbound,
    telegram::Telegram,
};
use local_aws::{clock::AwsClock, dynamodb::DynamoDb, net::Tower, s3::S3, sqs::Sqs};

use crate::{
    armed_faults::ArmedFaults,
    cold_start::{ColdStart, Parameters, SECRETS_PARAMETER},
    fakes::{fake_llm, fake_telegram, kie_settings},
    functions::start_functions,
    mounts::{Builder, Later},
    names::TABLE,
    network::as_a_network,
    opening::{Opening, Outside, SeededBug},
    queues::create_queues,
    sandbox::Sandbox,
    settings::{ACCESS_KEY, Addresses, BUCKET, SECRET_KEY, settings},
};

impl Sandbox {
    /// Opens a sandbox.
    ///
    /// # Errors
    /// A service, a fake or a function did not start, or the folder cannot be used; the text says which one.
    pub async fn open(opening: Opening<'_>) -> Result<Self, String> {
        let given = opening.settings();
        let callbacks = CallbackSealer::new(&Secret::new(given.get("CALLBACK_SIGNING_KEY").cloned().unwrap_or_default()));
        let is_outside = opening.telegram == Outside::Real || opening.kie == Outside::Real;
        let mut builder = Builder::new(opening.carrier, is_outside)?;
        let aws_clock = opening.chance.aws_clock();
        let faults = ArmedFaults::new(callbacks.clone());
        if opening.bug == Some(SeededBug::NoRefund) {
            faults.seed_no_refund();
        }
        builder.net.intercept(Arc::new(faults.clone()));
        let dynamodb = table(opening.folder)?;
        let sqs = Sqs::patient(aws_clock, opening.chance.poll_min);
        let s3 = media(opening.folder, aws_clock)?;
        builder.net.mount("dynamodb.local", dynamodb.clone());
        builder.net.mount("sqs.local", sqs.clone());
        builder.net.mount("ssm.local", Parameters);
        let s3_url = match &opening.media_url {
            Some(url) => builder.mount_at(url, s3)?,
            None => builder.publish("s3", s3).await?,
        };
        let (later_webhook, later_callback) = (Later::default(), Later::default());
        let webhook_url = builder.publish("webhook", later_webhook.clone()).await?;
        let callback_url = builder.publish("callback", later_callback.clone()).await?;
        let fakes = Fakes::start(&mut builder, &opening, &given, &webhook_url).await?;

        let callback_base = opening.callback_base.clone();
        let addresses = Addresses {
            s3: s3_url,
            telegram: fakes.telegram.as_ref().map(|(_, url)| url.clone()),
            kie: fakes.kie.as_ref().map(|(_, url)| url.clone()),
            llm: fakes.llm.as_ref().map(|(_, url)| url.clone()),
            callback: opening.has_callbacks.then(|| callback_base.unwrap_or_else(|| callback_url.clone())),
            has_public_media: opening.has_public_media,
        };
        let mut own = settings(&opening.times, addresses);
        own.extend(given);
        let (wire, clock) = (as_a_network(builder.net.clone()), Clock::tokio(opening.chance.start));
        // The functions start again after a death only where their secrets are read from SSM: every start is a call then.
        let cold_start = own.contains_key(SECRETS_PARAMETER).then(|| ColdStart::new(own.clone(), wire.clone(), clock.clone()));
        let setup = Setup::new(Env::from_map(own.clone()), wire, clock.clone(), opening.chance.rng.clone()).await;
        let setup = setup.map_err(|error| error.to_string())?;
        let sqs_client = setup.aws().sqs_client(setup.wire());
        create_queues(&sqs_client, &opening.times).await?;

        let later = [&later_webhook, &later_callback];
        let sweep_every = tokio::sync::watch::Sender::new(opening.times.sweep_every);
        let functions = start_functions(
            &mut builder.running,
            &setup,
            &sqs_client,
            &opening.times,
            sweep_every.subscribe(),
            later,
            cold_start,
        )?;
        let services = setup.services();
        Ok(Self {
            faults,
            dynamodb,
            sqs,
            net: builder.net,
            telegram: fakes.telegram.map(|(telegram, _)| telegram),
            kie: fakes.kie.map(|(kie, _)| kie),
            llm: fakes.llm.map(|(llm, _)| llm),
            table: services.table().map_err(|error| error.to_string())?,
            media: services.media().map_err(|error| error.to_string())?,
            times: opening.times,
            setup,
            webhook_url,
            callback_url,
            settings: own,
            callbacks,
            clock,
            functions,
            sweep_every,
            _running: builder.running,
            _served: builder.served,
        })
    }
}

fn table(folder: Option<&Path>) -> Result<DynamoDb, String> {
    let dynamodb = match folder {
        Some(folder) => DynamoDb::in_file(&folder.join("table.sqlite").to_string_lossy()),
        None => DynamoDb::new(),
    };
    let dynamodb = dynamodb.map_err(|error| error.to_string())?;
    dynamodb.create_table(TABLE).map_err(|error| error.to_string())?;
    Ok(dynamodb)
}

fn media(folder: Option<&Path>, clock: AwsClock) -> Result<S3, String> {
    let s3 = match folder {
        Some(folder) => S3::in_folder(&folder.join("media"), clock, ACCESS_KEY, SECRET_KEY)
            .map_err(|error| format!("the media store in {} cannot be used: {error}", folder.display()))?,
        None => S3::new(clock, ACCESS_KEY, SECRET_KEY),
    };
    s3.create_bucket(BUCKET);
    Ok(s3)
}

/// The fakes of a sandbox, each with its address. A service that is real has none.
struct Fakes {
    telegram: Option<(Telegram, String)>,
    kie: Option<(Kie, String)>,
    llm: Option<(Llm, String)>,
}

impl Fakes {
    async fn start(
        builder: &mut Builder,
        opening: &Opening<'_>,
        given: &BTreeMap<String, String>,
        webhook_url: &str,
    ) -> Result<Self, String> {
        let clock = FakeClock::starting_at(opening.chance.start.as_millisecond());
        let outbound = builder.outbound();
        let secret = |name: &str| given.get(name).cloned().unwrap_or_default();
        let kie = match opening.kie {
            Outside::Fake => Some(start_kie(builder, opening, &secret, clock, outbound.clone()).await?),
            Outside::Real => None,
        };
        let telegram = match opening.telegram {
            Outside::Fake => Some(start_telegram(builder, opening, &secret, clock, outbound, webhook_url).await?),
            Outside::Real => None,
        };
        // A real film needs a prompt of the real writer, or the built-in one.
        let llm = match opening.kie {
            Outside::Fake if !given.contains_key("LLM_API_URL") => {
                let llm = fake_llm(&secret("LLM_API_KEY"), clock);
                let url = builder.publish("llm", Tower::<_, axum::body::Body>::new(llm.router())).await?;
                Some((llm, url))
            }
            _ => None,
        };
        Ok(Self { telegram, kie, llm })
    }
}

async fn start_kie(
    builder: &mut Builder,
    opening: &Opening<'_>,
    secret: &dyn Fn(&str) -> String,
    clock: FakeClock,
    outbound: Arc<dyn Outbound>,
) -> Result<(Kie, String), String> {
    let later = Later::default();
    let url = builder.publish("kie", later.clone()).await?;
    let (key, hmac_key) = (secret("KIE_API_KEY"), secret("KIE_WEBHOOK_HMAC_KEY"));
    let own = kie::Settings {
        rate_limit: opening.rate_limit,
        ..kie_settings(url.clone(), &opening.times, opening.detail, [&key, &hmac_key])
    };
    let kie = Kie::new(own, clock, outbound);
    if let Some(folder) = opening.folder {
        let kept = kie.read_kept(&folder.join("kie.json"));
        kept.map_err(|error| format!("the tasks in {} cannot be read: {error}", folder.display()))?;
    }
    later.set(Tower::<_, axum::body::Body>::new(kie.router()));
    Ok((kie, url))
}

async fn start_telegram(
    builder: &mut Builder,
    opening: &Opening<'_>,
    secret: &dyn Fn(&str) -> String,
    clock: FakeClock,
    outbound: Arc<dyn Outbound>,
    webhook_url: &str,
) -> Result<(Telegram, String), String> {
    let later = Later::default();
    let url = builder.publish("telegram", later.clone()).await?;
    let telegram = fake_telegram(&secret("TELEGRAM_BOT_TOKEN"), clock, outbound);
    let undelivered = match opening.folder {
        Some(folder) => telegram
            .read_kept(&folder.join("telegram"))
            .map_err(|error| format!("the chats in {} cannot be read: {error}", folder.display()))?,
        None => Vec::new(),
    };
    later.set(Tower::<_, axum::body::Body>::new(telegram.router()));
    if opening.posts_updates {
        telegram.set_webhook(webhook_url, secret("TELEGRAM_WEBHOOK_SECRET"));
    }
    telegram.deliver_kept(undelivered);
    Ok((telegram, url))
}
