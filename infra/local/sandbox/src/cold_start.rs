//! The start of a function's process: it reads its secrets from SSM, and may fail to.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use adapters::{clock::Clock, config::Env, rng::Rng, wire::Wire};
use app::Setup;
use futures_util::{FutureExt, future::BoxFuture};
use local_aws::{
    errors::json_reply,
    net::{Request, Response, Service},
};
use serde_json::{Value, json};

use crate::settings::SECRETS;

/// The setting that names the SSM parameter with the secrets.
pub(crate) const SECRETS_PARAMETER: &str = "SECRETS_PARAMETER";
/// The setting that makes the functions of a sandbox read their secrets from SSM, at every start of a process.
pub const SECRETS_FROM_SSM: (&str, &str) = (SECRETS_PARAMETER, "/neurocards/test/secrets");

/// The start of a function's processes. A process that died starts again with the next invocation. A clone is the start of another
/// function.
pub(crate) struct ColdStart {
    settings: Arc<BTreeMap<String, String>>,
    wire: Wire,
    clock: Clock,
    is_warm: AtomicBool,
}

impl ColdStart {
    pub(crate) fn new(settings: BTreeMap<String, String>, wire: Wire, clock: Clock) -> Self {
        Self { settings: Arc::new(settings), wire, clock, is_warm: AtomicBool::new(false) }
    }

    /// Starts a process, unless one is running. Returns whether one is running then.
    pub(crate) async fn started(&self) -> bool {
        if self.is_warm.load(Ordering::Relaxed) {
            return true;
        }
        let env = Env::from_map(self.settings.iter().map(|(name, value)| (name.clone(), value.clone())));
        // The handlers keep the services that they were built with: the start only reads what it needs.
        let started = Setup::new(env, self.wire.clone(), self.clock.clone(), Rng::seeded(0)).await.is_ok();
        self.is_warm.fetch_or(started, Ordering::Relaxed);
        started
    }

    /// Notes that the process died.
    pub(crate) fn died(&self) {
        self.is_warm.store(false, Ordering::Relaxed);
    }
}

impl Clone for ColdStart {
    fn clone(&self) -> Self {
        let (settings, wire, clock) = (self.settings.clone(), self.wire.clone(), self.clock.clone());
        Self { settings, wire, clock, is_warm: AtomicBool::new(false) }
    }
}

impl fmt::Debug for ColdStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColdStart").field("is_warm", &self.is_warm).finish_non_exhaustive()
    }
}

/// The sandbox's SSM: one parameter, with the test secrets.
pub(crate) struct Parameters;

impl Service for Parameters {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let asked = serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
        if asked.get("Name").and_then(Value::as_str) != Some(SECRETS_FROM_SSM.1) {
            let unknown = json!({ "__type": "ParameterNotFound", "message": "" });
            return std::future::ready(json_reply(400, &unknown)).boxed();
        }
        let secrets = json!(BTreeMap::from(SECRETS)).to_string();
        let parameter = json!({ "Parameter": { "Name": SECRETS_FROM_SSM.1, "Type": "SecureString", "Value": secrets } });
        std::future::ready(json_reply(200, &parameter)).boxed()
    }
}
