//! The clients and services of one function. Each of them is built when it is first needed and shared from then on.
//!
//! **Invariant:** a function has at most one client for each outside service and parses the catalog at most once. A function
//! builds only the clients that it asks for, and needs only their settings.

use std::sync::{Arc, OnceLock};

use adapters::{
    kie::Kie,
    media::Media,
    prompt_writer::PromptWriter,
    queues::{Queue, Queues, SqsClient},
    table::Table,
    telegram::Telegram,
};
use domain::{
    catalog::{Catalog, Kind},
    conversation::Settings,
    rules::Rules,
};

use crate::{Jobs, Settlements, Setup, SetupError, StatusMessage};

/// The clients and services of one function. Each of them is cheap to clone.
#[derive(Debug)]
pub struct Services {
    setup: Setup,
    table: OnceLock<Table>,
    sqs: OnceLock<SqsClient>,
    media: OnceLock<Media>,
    telegram: OnceLock<Telegram>,
    kie: OnceLock<Kie>,
    catalog: OnceLock<Arc<Catalog>>,
    rules: OnceLock<Arc<Rules>>,
}

/// The value in a cell. An empty cell is filled with a new value first.
fn once<T: Clone>(cell: &OnceLock<T>, build: impl FnOnce() -> Result<T, SetupError>) -> Result<T, SetupError> {
    if let Some(built) = cell.get() {
        return Ok(built.clone());
    }
    let built = build()?;
    Ok(cell.get_or_init(|| built).clone())
}

impl Setup {
    /// The services of one function, none of them built yet.
    #[must_use]
    pub fn services(&self) -> Services {
        Services::new(self.clone())
    }
}

impl Services {
    /// The services of one function, none of them built yet.
    #[must_use]
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            setup,
            table: OnceLock::new(),
            sqs: OnceLock::new(),
            media: OnceLock::new(),
            telegram: OnceLock::new(),
            kie: OnceLock::new(),
            catalog: OnceLock::new(),
            rules: OnceLock::new(),
        }
    }

    /// The settings these services are built from.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The table that `TABLE_NAME` names.
    ///
    /// # Errors
    /// [`SetupError`]: the name is missing.
    pub fn table(&self) -> Result<Table, SetupError> {
        let Setup { env, aws, wire, rng, .. } = &self.setup;
        once(&self.table, || Ok(Table::new(aws.dynamodb_client(wire), env.required("TABLE_NAME")?, rng.clone())))
    }

    /// The queues in `used`, at `GENERATE_QUEUE_URL`, `SEND_QUEUE_URL` and `PARKED_QUEUE_URL`. The other queues have no address.
    ///
    /// # Errors
    /// [`SetupError`]: an address is missing or malformed.
    pub fn queues(&self, used: &[Queue]) -> Result<Queues, SetupError> {
        let Setup { env, aws, wire, .. } = &self.setup;
        let sqs = once(&self.sqs, || Ok(aws.sqs_client(wire)))?;
        let url = |queue, name| if used.contains(&queue) { env.url(name).map(Some) } else { Ok(None) };
        Ok(Queues::new(
            sqs,
            url(Queue::Generate, "GENERATE_QUEUE_URL")?,
            url(Queue::Send, "SEND_QUEUE_URL")?,
            url(Queue::Parked, "PARKED_QUEUE_URL")?,
        ))
    }

    /// The media store in the bucket that `MEDIA_BUCKET` names. With `MEDIA_IS_PUBLIC=false` no service outside can fetch from it.
    ///
    /// # Errors
    /// [`SetupError`]: the name is missing, or `MEDIA_IS_PUBLIC` is neither true nor false.
    pub fn media(&self) -> Result<Media, SetupError> {
        let Setup { env, aws, wire, clock, .. } = &self.setup;
        once(&self.media, || {
            let is_public = env.read("MEDIA_IS_PUBLIC", "true or false", |value| value.parse().ok())?.unwrap_or(true);
            let media = Media::new(aws.s3_client(wire), env.required("MEDIA_BUCKET")?, clock.clone());
            Ok(media.with_public_addresses(is_public))
        })
    }

    /// The client of Telegram, from `TELEGRAM_API_URL` and `TELEGRAM_BOT_TOKEN`.
    ///
    /// # Errors
    /// [`SetupError`]: the address is malformed, or the token is missing.
    pub fn telegram(&self) -> Result<Telegram, SetupError> {
        let Setup { env, wire, secrets, .. } = &self.setup;
        once(&self.telegram, || {
            let url = env.url_or("TELEGRAM_API_URL", "https://api.telegram.org")?;
            Ok(Telegram::new(wire.clone(), &url, secrets.telegram_bot_token()?))
        })
    }

    /// The client of KIE, from `KIE_API_URL`, `KIE_UPLOAD_API_URL` and `KIE_API_KEY`.
    ///
    /// # Errors
    /// [`SetupError`]: the address is malformed, or the key is missing.
    pub fn kie(&self) -> Result<Kie, SetupError> {
        let Setup { env, wire, secrets, .. } = &self.setup;
        once(&self.kie, || {
            let url = env.url_or("KIE_API_URL", "https://api.kie.ai")?;
            let kie = Kie::new(wire.clone(), &url, secrets.kie_api_key()?);
            Ok(match env.optional_url("KIE_UPLOAD_API_URL")? {
                Some(upload_url) => kie.with_upload_url(&upload_url),
                None => kie,
            })
        })
    }

    /// The language model that writes prompts, from `LLM_API_URL` and `LLM_MODEL`. It is `None` if `LLM_API_URL` is not set: then
    /// the built-in prompts are used.
    ///
    /// # Errors
    /// [`SetupError`]: the address is malformed, or `LLM_MODEL` is missing.
    pub fn prompt_writer(&self) -> Result<Option<PromptWriter>, SetupError> {
        let Setup { env, wire, secrets, .. } = &self.setup;
        let Some(url) = env.optional_url("LLM_API_URL")? else { return Ok(None) };
        let model = env.required("LLM_MODEL")?;
        Ok(Some(PromptWriter::new(wire.clone(), &url, model, secrets.llm_api_key())))
    }

    /// The catalog of this build.
    ///
    /// # Errors
    /// [`SetupError`]: the catalog is unusable. A test keeps such a build from being deployed.
    pub fn catalog(&self) -> Result<Arc<Catalog>, SetupError> {
        once(&self.catalog, || {
            tracing::debug!("the catalog is parsed");
            Ok(Arc::new(Catalog::built_in()?))
        })
    }

    /// The rules of [`Setup::rules`]: leases, deadlines, delays and attempts.
    ///
    /// # Errors
    /// [`SetupError`]: a rule is malformed, or the rules contradict each other.
    pub fn rules(&self) -> Result<Arc<Rules>, SetupError> {
        once(&self.rules, || self.setup.rules().map(Arc::new))
    }

    /// The job service over these queues.
    ///
    /// # Errors
    /// [`SetupError`]: a setting is missing or malformed.
    pub fn jobs(&self, used: &[Queue]) -> Result<Jobs, SetupError> {
        let (table, queues, rules) = (self.table()?, self.queues(used)?, self.rules()?);
        Ok(Jobs { table, queues, rules, clock: self.setup.clock.clone() })
    }

    /// The service that ends jobs and notifies their users.
    ///
    /// # Errors
    /// [`SetupError`]: a setting is missing or malformed.
    pub fn settlements(&self) -> Result<Settlements, SetupError> {
        let (table, telegram, rules) = (self.table()?, self.telegram()?, self.rules()?);
        let (status_message, clock) = (self.status_message()?, self.setup.clock.clone());
        Ok(Settlements { table, telegram, status_message, rules, clock })
    }

    /// The service that edits an order's status message.
    ///
    /// # Errors
    /// [`SetupError`]: a setting is missing or malformed.
    pub fn status_message(&self) -> Result<StatusMessage, SetupError> {
        Ok(StatusMessage { table: self.table()?, telegram: self.telegram()?, catalog: self.catalog()? })
    }

    /// The settings of the conversation: the catalog, `TERMS_URL`, `PRIVACY_URL`, `SUPPORT_URL`, `WELCOME_CREDITS`, Telegram's
    /// file ids of the example videos, `EXAMPLE_NEUROCARD` and `EXAMPLE_REELS`, and the limits of [`Setup::limits`]. Each setting
    /// may be unset.
    ///
    /// # Errors
    /// [`SetupError`]: a setting is malformed.
    pub fn conversation(&self) -> Result<Settings, SetupError> {
        let Setup { env, .. } = &self.setup;
        let example = |kind, name: &str| env.optional(name).map(|file_id| (kind, file_id));
        let examples = [example(Kind::Neurocard, "EXAMPLE_NEUROCARD"), example(Kind::Reels, "EXAMPLE_REELS")];
        Ok(Settings {
            catalog: self.catalog()?,
            terms_url: env.optional_url("TERMS_URL")?,
            privacy_url: env.optional_url("PRIVACY_URL")?,
            support_url: env.optional_url("SUPPORT_URL")?,
            welcome: self.setup.welcome_credits()?,
            examples: examples.into_iter().flatten().collect(),
            limits: self.setup.limits()?,
        })
    }
}
