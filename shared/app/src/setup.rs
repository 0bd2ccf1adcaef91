//! How a function starts: it reads its environment and secrets once. A missing or malformed setting stops the function, and the
//! error names the setting.

use std::sync::Arc;

use adapters::{
    aws::AwsConfig,
    clock::Clock,
    config::{ConfigError, Env, Secrets},
    logging, metrics,
    rng::Rng,
    trace::Trace,
    wire::{self, Wire},
};
use domain::{catalog::BadCatalog, limits::BadLimit, rules::BadRules};

/// What every function starts from: environment, secrets, clock and HTTP client. [`Self::services`] builds the other clients.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The clock.
    pub clock: Clock,
    /// Random numbers and ids.
    pub rng: Rng,
    pub(crate) env: Env,
    pub(crate) wire: Wire,
    pub(crate) aws: AwsConfig,
    pub(crate) secrets: Arc<Secrets>,
}

/// A function cannot start. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A setting or a secret is missing or malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The configured times and counts contradict each other.
    #[error(transparent)]
    Rules(#[from] BadRules),
    /// A limit of orders or gifts is out of its range.
    #[error(transparent)]
    Limit(#[from] BadLimit),
    /// The catalog of this build is unusable.
    #[error(transparent)]
    Catalog(#[from] BadCatalog),
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Wire(#[from] wire::SetupError),
}

impl Setup {
    /// Starts a function in Lambda: the process's environment, the real network, JSON logs.
    ///
    /// # Errors
    /// [`SetupError`]: the function cannot start. The error is logged.
    pub async fn lambda() -> Result<Self, SetupError> {
        logging::init();
        let started = Self::new(Env::process(), Wire::internet()?, Clock::system(), Rng::system()).await;
        if let Err(error) = &started {
            tracing::error!(%error, "the function cannot start");
        }
        started
    }

    /// Starts in any environment: Lambda, the operator's command line or a test.
    ///
    /// # Errors
    /// [`SetupError`] names the setting that is missing or malformed.
    pub async fn new(env: Env, wire: Wire, clock: Clock, rng: Rng) -> Result<Self, SetupError> {
        let aws = AwsConfig::from_env(&env)?;
        let secrets = Arc::new(Secrets::load(&env, &aws, &wire).await?);
        Ok(Self { clock, rng, env, wire, aws, secrets })
    }

    /// The secrets that are set.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Region, credentials and endpoints of AWS.
    #[must_use]
    pub fn aws(&self) -> &AwsConfig {
        &self.aws
    }

    /// The HTTP client under every other client.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The reader of an invocation's trace header.
    #[must_use]
    pub fn trace(&self) -> Trace {
        Trace::of(&self.env)
    }

    /// Whether the stack has metrics, that is, `METRICS_NAMESPACE` is set. Without metrics, requests that only measure are not
    /// made.
    #[must_use]
    pub fn has_metrics(&self) -> bool {
        self.env.optional(metrics::NAMESPACE).is_some()
    }
}
