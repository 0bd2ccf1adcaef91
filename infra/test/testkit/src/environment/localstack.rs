//! LocalStack: the deployed template, with the `bootstrap` binaries run by LocalStack's Lambda and its queue mappings.
//!
//! The tests use the LocalStack at `AWS_ENDPOINT_URL`. Without this variable they start LocalStack in host mode by the project's
//! scripts, and stop it at the end.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use adapters::{clock::Clock, config::Env, rng::Rng, wire::Wire};
use app::Setup;
use fakes::{clock::FakeClock, film::Detail, kie::Kie, llm::Llm, outbound::LoopbackHttp, server::serve_at, telegram::Telegram};
use sandbox::{SECRETS, Times, fake_kie, fake_llm, fake_telegram, secret};
use serde_json::json;

use super::{
    parameters::parameters,
    proxy::Proxy,
    script::script,
    stack::{STACK, Stack, loopback},
    test_environment::{Backend, TestEnvironment},
};

/// A running LocalStack that tests deploy to.
#[derive(Debug)]
pub struct LocalStack {
    pub(super) scripts: PathBuf,
    state: PathBuf,
    pub(super) endpoint: String,
    ours: bool,
}

impl LocalStack {
    /// Connects to the LocalStack at `AWS_ENDPOINT_URL`, or starts one.
    ///
    /// # Errors
    /// LocalStack was not installed or not started; the scripts print the reason on stderr.
    pub async fn begin(root: &Path) -> Result<Self, String> {
        let (scripts, state) = (root.join("infra/test/localstack"), root.join(".tools/localstack/state"));
        // Every LocalStack needs the deploying tools, also one that this process did not start.
        script(&scripts, "setup", &[], &[]).await?;
        if let Ok(endpoint) = std::env::var("AWS_ENDPOINT_URL") {
            let external = Self { scripts, state, endpoint, ours: false };
            // An interrupted run may have left its stack or its retained table.
            external.clean().await?;
            return Ok(external);
        }
        let printed = script(&scripts, "start", &[], &[]).await?;
        let endpoint = printed.lines().last().unwrap_or_default().trim().to_owned();
        Ok(Self { scripts, state, endpoint, ours: true })
    }

    /// Stops LocalStack if this process started it. Otherwise removes the test's stack from it.
    ///
    /// # Errors
    /// LocalStack did not stop, or the stack was not removed.
    pub async fn end(self) -> Result<(), String> {
        Proxy::withdraw(&self.state);
        if self.ours { script(&self.scripts, "stop", &[], &[]).await.map(drop) } else { self.clean().await.map(drop) }
    }

    /// Returns LocalStack's count of invocations of each function of the stack.
    ///
    /// # Errors
    /// The script `invocations` failed.
    pub async fn invocations(&self) -> Result<BTreeMap<String, u64>, String> {
        let printed = script(&self.scripts, "invocations", &[], &[("AWS_ENDPOINT_URL", &self.endpoint)]).await?;
        let counted: BTreeMap<String, u64> = serde_json::from_str(&printed)
            .map_err(|error| format!("the output of the script `invocations` is not JSON: {error}"))?;
        let own = |name: &str| name.strip_prefix(&format!("{STACK}-")).map(str::to_owned);
        Ok(counted.into_iter().filter_map(|(name, count)| Some((own(&name)?, count))).collect())
    }

    /// Deploys the template with the fake Telegram, KIE and prompt writer, and opens its test environment.
    ///
    /// # Errors
    /// A fake or the proxy did not start, or the stack was not deployed.
    pub async fn deploy(&self, times: Times) -> Result<TestEnvironment, String> {
        let (people, urls) = start_fakes(&times).await?;
        // The proxy opens before the functions start, so that it records their first call too.
        let proxy = Proxy::open(STACK, &loopback(&self.endpoint), &self.state)
            .await
            .map_err(|error| format!("the proxy did not open: {error}"))?;
        let stack = self.deploy_stack(parameters(&times, &urls), proxy, &[]).await?;
        self.open(stack, people, times).await
    }

    pub(super) async fn deploy_stack(
        &self,
        parameters: Vec<String>,
        proxy: Proxy,
        more_env: &[(&str, &str)],
    ) -> Result<Stack, String> {
        let secrets = json!(SECRETS.into_iter().collect::<BTreeMap<_, _>>()).to_string();
        let arguments: Vec<&str> = [STACK].into_iter().chain(parameters.iter().map(String::as_str)).collect();
        let env = [&[("AWS_ENDPOINT_URL", self.endpoint.as_str()), ("SECRETS_JSON", secrets.as_str())], more_env].concat();
        let printed = script(&self.scripts, "deploy", &arguments, &env).await?;
        let outputs =
            serde_json::from_str(&printed).map_err(|error| format!("the output of the script `deploy` is not JSON: {error}"))?;
        Ok(Stack { parameters, outputs, endpoint: self.endpoint.clone(), proxy })
    }

    /// Opens the test environment of a stack, and registers the stack's webhook at the fake Telegram.
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
            photo: bytes::Bytes::from_static(fakes::film::sample_photo()),
            s3: setup.aws().s3_client(setup.wire()),
            sqs: setup.aws().sqs_client(setup.wire()),
            bucket: stack.output("MediaBucket")?.to_owned(),
            parked_queue_url: stack.output("ParkedQueueUrl")?.to_owned(),
            backend: Backend::LocalStack(Arc::new(stack)),
        })
    }
}

/// The fake Telegram, KIE and prompt writer.
type Fakes = (Telegram, Kie, Llm);

/// Starts the fakes, which run until the process ends. Returns them with their URLs.
async fn start_fakes(times: &Times) -> Result<(Fakes, [String; 3]), String> {
    let clock = FakeClock::wall();
    let telegram = fake_telegram(secret("TELEGRAM_BOT_TOKEN"), clock, Arc::new(LoopbackHttp));
    let (telegram_address, _) = serve_at(0, telegram.router()).await.map_err(|error| error.to_string())?;
    let port = free_port().map_err(|error| error.to_string())?;
    let kie_url = format!("http://127.0.0.1:{port}");
    let kie = fake_kie(
        kie_url.clone(),
        times,
        Detail::Sketch,
        [secret("KIE_API_KEY"), secret("KIE_WEBHOOK_HMAC_KEY")],
        clock,
        Arc::new(LoopbackHttp),
    );
    serve_at(port, kie.router()).await.map_err(|error| error.to_string())?;
    let llm = fake_llm(secret("LLM_API_KEY"), clock);
    let (llm_address, _) = serve_at(0, llm.router()).await.map_err(|error| error.to_string())?;
    Ok(((telegram, kie, llm), [format!("http://{telegram_address}"), kie_url, format!("http://{llm_address}/v1")]))
}

/// Returns a port that no process listens on at this moment.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Creates clients of the deployed stores with the adapters that the functions use.
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
