//! How a function starts: the configuration contract, read once; a missing or malformed setting stops it with its name.

use std::time::Duration;

use adapters::{
    aws::AwsConfig,
    callback_url::CallbackSigner,
    clock::Clock,
    config::{ConfigError, Env, Secrets},
    kie::Kie,
    logging,
    media::Media,
    metrics,
    prompt_writer::PromptWriter,
    queues::{Queue, Queues},
    random::Dice,
    table::Table,
    telegram::Telegram,
    trace::Trace,
    wire::{self, Wire},
};
use domain::{
    catalog::{BadCatalog, Catalog, Kind},
    conversation::Settings,
    credits::Credits,
    rules::{BadRules, Delays, Rules},
    turns::Turns,
};

use crate::{Chain, Ending, Status};

/// Most credits a person may be welcomed with: a slip of the finger must not give the shop away.
const WELCOME_CREDITS_MAX: u32 = 1000;

/// What every function is made from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Now.
    pub clock: Clock,
    /// Chance.
    pub dice: Dice,
    env: Env,
    wire: Wire,
    aws: AwsConfig,
    secrets: Secrets,
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A variable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Times and counts that cannot work together.
    #[error(transparent)]
    Rules(#[from] BadRules),
    /// The catalog this build was made with.
    #[error(transparent)]
    Catalog(#[from] BadCatalog),
    /// The HTTP client.
    #[error(transparent)]
    Wire(#[from] wire::SetupError),
}

impl Setup {
    /// In a Lambda: the process's environment, the real network, JSON logs.
    ///
    /// # Errors
    /// [`SetupError`], which Lambda logs as the reason that the function did not start.
    pub async fn lambda() -> Result<Self, SetupError> {
        logging::init();
        let started = Self::new(Env::process(), Wire::internet()?, Clock::system(), Dice::system()).await;
        if let Err(error) = &started {
            tracing::error!(%error, "the function cannot start");
        }
        started
    }

    /// In any world.
    ///
    /// # Errors
    /// [`SetupError`] names what is missing or malformed.
    pub async fn new(env: Env, wire: Wire, clock: Clock, dice: Dice) -> Result<Self, SetupError> {
        let aws = AwsConfig::from_env(&env)?;
        let secrets = Secrets::load(&env, &aws, &wire).await?;
        Ok(Self { clock, dice, env, wire, aws, secrets })
    }

    /// The secrets.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// How AWS is reached.
    #[must_use]
    pub fn aws(&self) -> &AwsConfig {
        &self.aws
    }

    /// The wire everything goes over.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Where the trace of an invocation is found.
    #[must_use]
    pub fn trace(&self) -> Trace {
        Trace::of(&self.env)
    }

    /// Whether the stack has metrics, `METRICS_NAMESPACE`: only then is anybody asked for the sake of one.
    #[must_use]
    pub fn has_metrics(&self) -> bool {
        self.env.optional(metrics::NAMESPACE).is_some()
    }

    /// The table, `TABLE_NAME`.
    ///
    /// # Errors
    /// It is not named.
    pub fn table(&self) -> Result<Table, SetupError> {
        Ok(Table::new(self.aws.dynamodb_client(&self.wire), self.env.required("TABLE_NAME")?, self.dice.clone()))
    }

    /// The queues a function uses; the others stay unknown to it.
    ///
    /// # Errors
    /// One of them has no address.
    pub fn queues(&self, used: &[Queue]) -> Result<Queues, SetupError> {
        let url = |queue, name| if used.contains(&queue) { self.env.url(name).map(Some) } else { Ok(None) };
        Ok(Queues::new(
            self.aws.sqs_client(&self.wire),
            url(Queue::Generate, "GENERATE_QUEUE_URL")?,
            url(Queue::Send, "SEND_QUEUE_URL")?,
            url(Queue::Parked, "PARKED_QUEUE_URL")?,
        ))
    }

    /// What it takes to move a job on, over these queues.
    ///
    /// # Errors
    /// A setting is missing or malformed.
    pub fn chain(&self, used: &[Queue]) -> Result<Chain, SetupError> {
        let (table, queues, rules) = (self.table()?, self.queues(used)?, self.rules()?);
        Ok(Chain { table, queues, rules, clock: self.clock.clone() })
    }

    /// What it takes to end a job.
    ///
    /// # Errors
    /// A setting is missing or malformed.
    pub fn ending(&self) -> Result<Ending, SetupError> {
        let (table, telegram, rules) = (self.table()?, self.telegram()?, self.rules()?);
        Ok(Ending { table, telegram, status: self.status()?, rules, clock: self.clock.clone() })
    }

    /// What it takes to show how an order is doing.
    ///
    /// # Errors
    /// A setting is missing or malformed.
    pub fn status(&self) -> Result<Status, SetupError> {
        Ok(Status { table: self.table()?, telegram: self.telegram()?, catalog: self.catalog()? })
    }

    /// Who writes the prompts: `LLM_API_URL` and `LLM_MODEL`, both or neither; `None` leaves the built-in ones.
    ///
    /// # Errors
    /// The address is malformed, or one of the two is missing.
    pub fn prompt_writer(&self) -> Result<Option<PromptWriter>, SetupError> {
        let Some(url) = self.env.optional_url("LLM_API_URL")? else { return Ok(None) };
        let model = self.env.required("LLM_MODEL")?;
        Ok(Some(PromptWriter::new(self.wire.clone(), &url, model, self.secrets.llm_api_key())))
    }

    /// What is the same for everybody in the conversation: the catalog, `TERMS_URL`, `PRIVACY_URL`, `SUPPORT_URL`, and the
    /// examples by Telegram's id of them, `EXAMPLE_NEUROCARD` and `EXAMPLE_REELS`; each may be unset.
    ///
    /// # Errors
    /// An address is malformed.
    pub fn conversation(&self) -> Result<Settings, SetupError> {
        let example = |kind, name: &str| self.env.optional(name).map(|file_id| (kind, file_id));
        let examples = [example(Kind::Neurocard, "EXAMPLE_NEUROCARD"), example(Kind::Reels, "EXAMPLE_REELS")];
        Ok(Settings {
            catalog: self.catalog()?,
            terms_url: self.env.optional_url("TERMS_URL")?,
            privacy_url: self.env.optional_url("PRIVACY_URL")?,
            support_url: self.env.optional_url("SUPPORT_URL")?,
            welcome: self.welcome_credits()?,
            examples: examples.into_iter().flatten().collect(),
        })
    }

    /// The media store, `MEDIA_BUCKET`.
    ///
    /// # Errors
    /// It is not named.
    pub fn media(&self) -> Result<Media, SetupError> {
        Ok(Media::new(self.aws.s3_client(&self.wire), self.env.required("MEDIA_BUCKET")?, self.clock.clone()))
    }

    /// Telegram, `TELEGRAM_API_URL`.
    ///
    /// # Errors
    /// Its address is malformed, or the token is missing.
    pub fn telegram(&self) -> Result<Telegram, SetupError> {
        let url = self.env.url_or("TELEGRAM_API_URL", "https://api.telegram.org")?;
        Ok(Telegram::new(self.wire.clone(), &url, self.secrets.telegram_bot_token()?))
    }

    /// KIE, `KIE_API_URL`.
    ///
    /// # Errors
    /// Its address is malformed, or the key is missing.
    pub fn kie(&self) -> Result<Kie, SetupError> {
        let url = self.env.url_or("KIE_API_URL", "https://api.kie.ai")?;
        Ok(Kie::new(self.wire.clone(), &url, self.secrets.kie_api_key()?))
    }

    /// Who signs and checks the jobs' callback addresses.
    ///
    /// # Errors
    /// The key is missing.
    pub fn callback_signer(&self) -> Result<CallbackSigner, SetupError> {
        Ok(CallbackSigner::new(&self.secrets.callback_signing_key()?))
    }

    /// An address that must be set.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn url(&self, name: &str) -> Result<String, SetupError> {
        Ok(self.env.url(name)?)
    }

    /// The catalog this build was made with.
    ///
    /// # Errors
    /// It is unusable; a test keeps such a build from shipping.
    pub fn catalog(&self) -> Result<Catalog, SetupError> {
        Ok(Catalog::built_in()?)
    }

    /// What a newcomer starts with, `WELCOME_CREDITS`.
    ///
    /// # Errors
    /// It is no number, or too large to be meant.
    pub fn welcome_credits(&self) -> Result<Credits, SetupError> {
        let credits = self.env.count("WELCOME_CREDITS", 2)?;
        if credits > WELCOME_CREDITS_MAX {
            let name = "WELCOME_CREDITS".to_owned();
            return Err(ConfigError { name, problem: "is too large".to_owned(), expected: "0 to 1000" }.into());
        }
        Ok(Credits(credits))
    }

    /// Whose word in the chat is an operator's, `ADMIN_IDS`: Telegram ids separated by commas; nobody's when unset.
    ///
    /// # Errors
    /// It is something else.
    pub fn operators(&self) -> Result<Vec<i64>, SetupError> {
        Ok(self.env.ids("ADMIN_IDS")?)
    }

    /// How many createTask calls KIE gets in any ten seconds, at most: `KIE_CREATES_PER_10S`.
    ///
    /// # Errors
    /// It is no number, too small to serve anybody, or too large to be meant.
    pub fn turns(&self) -> Result<Turns, SetupError> {
        let turns = |value: &str| Turns::checked(value.parse().ok()?);
        Ok(self.env.read("KIE_CREATES_PER_10S", "a whole number, 5 to 1000", turns)?.unwrap_or_default())
    }

    /// Every time and count of the protocol.
    ///
    /// # Errors
    /// One of them is malformed, or they cannot work together.
    pub fn rules(&self) -> Result<Rules, SetupError> {
        let default = Rules::default();
        let seconds = |name: &str, default: Duration| self.env.seconds(name, default);
        let delays = |name: &str, default: &Delays| self.env.seconds_list(name, &default.0).map(Delays);
        let rules = Rules {
            lease: seconds("LEASE_SECS", default.lease)?,
            look_delays: delays("LOOK_DELAYS_SECS", &default.look_delays)?,
            retry_delays: delays("RETRY_DELAYS_SECS", &default.retry_delays)?,
            callback_wait: seconds("CALLBACK_WAIT_SECS", default.callback_wait)?,
            generation_deadline: seconds("GENERATION_DEADLINE_SECS", default.generation_deadline)?,
            delivery_deadline: seconds("DELIVERY_DEADLINE_SECS", default.delivery_deadline)?,
            generate_attempts: self.env.count("GENERATE_ATTEMPTS", default.generate_attempts)?,
            send_attempts: self.env.count("SEND_ATTEMPTS", default.send_attempts)?,
        };
        Ok(rules.checked()?)
    }
}
