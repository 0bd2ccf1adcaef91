//! LocalStack: the template deployed, the real `bootstrap` binaries run by LocalStack's Lambda, its own queue mappings.
//!
//! Uses what answers at `AWS_ENDPOINT_URL`, else starts LocalStack in host mode by the project's own scripts and stops it again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use adapters::{clock::Clock, config::Env, rng::Rng, wire::Wire};
use app::Setup;
use fakes::{clock::FakeClock, film::Detail, kie::Kie, llm::Llm, outbound::LoopbackHttp, server::serve_at, telegram::Telegram};
use serde_json::json;

use super::{
    fakes::{fake_kie, fake_llm, fake_telegram},
    parameters::parameters,
    proxy::Proxy,
    script::script,
    settings::{SECRETS, secret},
    stack::{STACK, Stack, loopback},
    test_environment::{Backend, TestEnvironment},
    times::Times,
};

/// A LocalStack to deploy to.
#[derive(Debug)]
pub struct LocalStack {
    pub(super) scripts: PathBuf,
    state: PathBuf,
    pub(super) endpoint: String,
    ours: bool,
}

impl LocalStack {
    /// The one at `AWS_ENDPOINT_URL`, or our own.
    ///
    /// # Errors
    /// It could not be set up or started; the scripts say why on stderr.
    pub async fn begin(root: &Path) -> Result<Self, String> {
        let (scripts, state) = (root.join("infra/test/localstack"), root.join(".tools/localstack/state"));
        // The tools that deploy are needed for anybody's LocalStack.
        script(&scripts, "setup", &[], &[]).await?;
        if let Ok(endpoint) = std::env::var("AWS_ENDPOINT_URL") {
            let theirs = Self { scripts, state, endpoint, ours: false };
            // A run that was stopped may have left its stack, or a table that it had kept.
            theirs.clean().await?;
            return Ok(theirs);
        }
        let printed = script(&scripts, "start", &[], &[]).await?;
        let endpoint = printed.lines().last().unwrap_or_default().trim().to_owned();
        Ok(Self { scripts, state, endpoint, ours: true })
    }

    /// Stops it, if it is ours; else leaves it as it was found.
    ///
    /// # Errors
    /// It did not stop.
    pub async fn end(self) -> Result<(), String> {
        Proxy::withdraw(&self.state);
        if self.ours { script(&self.scripts, "stop", &[], &[]).await.map(drop) } else { self.clean().await.map(drop) }
    }

    /// How often each function of the stack was invoked, as LocalStack saw it.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn invocations(&self) -> Result<BTreeMap<String, u64>, String> {
        let printed = script(&self.scripts, "invocations", &[], &[("AWS_ENDPOINT_URL", &self.endpoint)]).await?;
        let counted: BTreeMap<String, u64> = serde_json::from_str(&printed).map_err(|error| format!("invocations: {error}"))?;
        let own = |name: &str| name.strip_prefix(&format!("{STACK}-")).map(str::to_owned);
        Ok(counted.into_iter().filter_map(|(name, count)| Some((own(&name)?, count))).collect())
    }

    /// Deploys the template with the fakes as its Telegram and KIE, and opens the environment.
    ///
    /// # Errors
    /// The stack did not come up.
    pub async fn deploy(&self, times: Times) -> Result<TestEnvironment, String> {
        let (people, urls) = start_fakes(&times).await?;
        // Before the functions start: their first call comes by as well.
        let proxy =
            Proxy::open(STACK, &loopback(&self.endpoint), &self.state).await.map_err(|error| format!("the proxy: {error}"))?;
        let stack = self.deploy_stack(parameters(&times, &urls), proxy, &[]).await?;
        self.open(stack, people, times).await
    }

    pub(super) async fn deploy_stack(
        &self,
        parameters: Vec<String>,
        proxy: Proxy,
        how: &[(&str, &str)],
    ) -> Result<Stack, String> {
        let secrets = json!(SECRETS.into_iter().collect::<BTreeMap<_, _>>()).to_string();
        let arguments: Vec<&str> = [STACK].into_iter().chain(parameters.iter().map(String::as_str)).collect();
        let env = [&[("AWS_ENDPOINT_URL", self.endpoint.as_str()), ("SECRETS_JSON", secrets.as_str())], how].concat();
        let printed = script(&self.scripts, "deploy", &arguments, &env).await?;
        let outputs = serde_json::from_str(&printed).map_err(|error| format!("the stack's outputs: {error}"))?;
        Ok(Stack { parameters, outputs, endpoint: self.endpoint.clone(), proxy })
    }

    /// The test environment of a stack: the fake Telegram gets the address of its webhook.
    pub(super) async fn open(&self, stack: Stack, (telegram, kie, llm): Fakes, times: Times) -> Result<TestEnvironment, String> {
        telegram.set_webhook(loopback(stack.output("WebhookUrl")?), secret("TELEGRAM_WEBHOOK_SECRET"));
        let setup = client_setup(&self.endpoint, &stack).await?;
        let services = setup.services();
        Ok(TestEnvironment {
            telegram,
            kie,
            llm,
            table: services.table().map_err(|error| error.to_string())?,
            media: services.media().map_err(|error| error.to_string())?,
            times,
            s3: setup.aws().s3_client(setup.wire()),
            sqs: setup.aws().sqs_client(setup.wire()),
            bucket: stack.output("MediaBucket")?.to_owned(),
            parked_queue_url: stack.output("ParkedQueueUrl")?.to_owned(),
            backend: Backend::LocalStack(Arc::new(stack)),
        })
    }
}

/// Telegram, KIE and the prompt writer.
type Fakes = (Telegram, Kie, Llm);

/// The fakes, served until the process ends, and their addresses.
async fn start_fakes(times: &Times) -> Result<(Fakes, [String; 3]), String> {
    let clock = FakeClock::wall();
    let telegram = fake_telegram(clock, Arc::new(LoopbackHttp));
    let (telegram_address, _) = serve_at(0, telegram.router()).await.map_err(|error| error.to_string())?;
    let port = free_port().map_err(|error| error.to_string())?;
    let kie_url = format!("http://127.0.0.1:{port}");
    let kie = fake_kie(kie_url.clone(), times, Detail::Sketch, clock, Arc::new(LoopbackHttp));
    serve_at(port, kie.router()).await.map_err(|error| error.to_string())?;
    let llm = fake_llm(clock);
    let (llm_address, _) = serve_at(0, llm.router()).await.map_err(|error| error.to_string())?;
    Ok(((telegram, kie, llm), [format!("http://{telegram_address}"), kie_url, format!("http://{llm_address}/v1")]))
}

/// A port that no process listens on just now.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Clients of the deployed stores, by the same adapters the functions use.
async fn client_setup(endpoint: &str, stack: &Stack) -> Result<Setup, String> {
    let secrets = SECRETS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("TABLE_NAME", stack.output("TableName")?),
        ("MEDIA_BUCKET", stack.output("MediaBucket")?),
        ("PARKED_QUEUE_URL", stack.output("ParkedQueueUrl")?),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let env = Env::from_map(own.into_iter().chain(secrets));
    let wire = Wire::internet().map_err(|error| error.to_string())?;
    Setup::new(env, wire, Clock::system(), Rng::system()).await.map_err(|error| error.to_string())
}
