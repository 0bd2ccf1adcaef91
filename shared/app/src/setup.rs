//! How a function starts: its environment and secrets, read once. A missing or malformed setting stops it with the setting's name.

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
use domain::{catalog::BadCatalog, rules::BadRules};

/// What every function starts from. It holds no client: [`Self::services`] builds those.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The time.
    pub clock: Clock,
    /// Random numbers and ids.
    pub rng: Rng,
    pub(crate) env: Env,
    pub(crate) wire: Wire,
    pub(crate) aws: AwsConfig,
    pub(crate) secrets: Arc<Secrets>,
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A setting or a secret is missing or malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Times and counts that cannot work together.
    #[error(transparent)]
    Rules(#[from] BadRules),
    /// The catalog of this build is unusable.
    #[error(transparent)]
    Catalog(#[from] BadCatalog),
    /// The HTTP client could not be set up.
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
        let started = Self::new(Env::process(), Wire::internet()?, Clock::system(), Rng::system()).await;
        if let Err(error) = &started {
            tracing::error!(%error, "the function cannot start");
        }
        started
    }

    /// In any environment: a Lambda, the operator's command line or a test.
    ///
    /// # Errors
    /// [`SetupError`] names what is missing or malformed.
    pub async fn new(env: Env, wire: Wire, clock: Clock, rng: Rng) -> Result<Self, SetupError> {
        let aws = AwsConfig::from_env(&env)?;
        let secrets = Arc::new(Secrets::load(&env, &aws, &wire).await?);
        Ok(Self { clock, rng, env, wire, aws, secrets })
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

    /// The HTTP client under every other client.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Where the trace of an invocation is found.
    #[must_use]
    pub fn trace(&self) -> Trace {
        Trace::of(&self.env)
    }

    /// Whether the stack has metrics, `METRICS_NAMESPACE`: requests that only measure are made only then.
    #[must_use]
    pub fn has_metrics(&self) -> bool {
        self.env.optional(metrics::NAMESPACE).is_some()
    }
}
