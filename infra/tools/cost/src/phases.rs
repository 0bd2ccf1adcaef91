//! The measured phases: a new seller, a conversation, an order, a refund, and a time without orders. They run in the sandbox, in
//! virtual time, from one seed, so the figures are the same each time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domain::catalog::Kind;
use fakes::{film, kie::Outcome};
use testkit::environment::{Billed, Seller, TestEnvironment, Times};
use tokio::time::sleep;
use tracing::subscriber::DefaultGuard;

use super::{
    call::Call,
    log::Logs,
    meter::{Count, Meter},
    units::{SaysUnits, stored_bytes},
};

/// The seed of the test environment; any other seed would do.
const SEED: u64 = 1;
/// The user id of the seller who orders.
const SELLER: i64 = 780_000_001;
/// The time until the first sweep is over; it begins the daily pass.
const FIRST_SWEEP: Duration = Duration::from_secs(65);
/// The length of the idle phase: the time between two requests of the sweeper for KIE's balance.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// The time for calls that follow the end of a job: an edit, a deletion, and the last poll that was scheduled before.
const AFTERWARDS: Duration = Duration::from_secs(300);
/// The function that works while there are no orders.
const SWEEPER: &str = "sweeper";

/// The measured usage of a phase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The count of each call.
    pub calls: BTreeMap<Call, Count>,
    /// The invocations of each function and their time. Virtual time passes only while a function waits, not while it computes.
    pub runs: BTreeMap<&'static str, Billed>,
    /// Functions that start a new process in the phase.
    pub starts: BTreeSet<&'static str>,
    /// Bytes that left AWS, without photos and videos.
    pub bytes_out: u64,
    /// The count of log lines.
    pub lines: u64,
    /// The bytes of all log lines.
    pub log_bytes: u64,
    /// The metrics in the logs.
    pub metrics: BTreeSet<String>,
}

/// The usage of all phases.
#[derive(Clone, Debug, PartialEq)]
pub struct Phases {
    /// The first two updates of a new seller: /start, and accepting the terms.
    pub newcomer: Usage,
    /// The conversation from the first tap to the summary: kind, photo, no words, no style.
    pub conversation: Usage,
    /// An order, from the tap on confirm to the delivered video and the capture.
    pub order: Usage,
    /// An order from confirm to refund, when KIE fails all three attempts.
    pub refund: Usage,
    /// The sweeps of a time without orders.
    pub idle: Usage,
    /// The number of sweeps in `idle`.
    pub sweeps: u64,
    /// The daily pass over the money invariants, with one account.
    pub pass: Usage,
    /// Bytes of the table items that an order leaves for good.
    pub kept_bytes: u64,
}

impl Phases {
    /// Plays all phases. Calls take `slowness` times their assumed latency.
    ///
    /// # Errors
    /// A phase did not end as expected, or a call could not be measured. No figure is usable then.
    pub fn play(slowness: u32) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.map_err(|error| error.to_string())?.block_on(Box::pin(played(slowness)))
    }
}

async fn played(slowness: u32) -> Result<Phases, String> {
    let measured = Measured::open(slowness).await?;
    let seller = Seller::new(&measured.env, SELLER, "en", "Olga");
    seller.start().await?;
    let newcomer = measured.take(is_no_sweep, &["webhook"])?;
    sleep(FIRST_SWEEP).await;
    let pass = measured.take(is_pass, &[])?;
    sleep(IDLE).await;
    let idle = measured.take(|call| call.caller == SWEEPER, &[])?;
    let sweeps = idle.runs.get(SWEEPER).map_or(0, |runs| runs.invocations);

    seller.prepare(Kind::Neurocard, film::sample_photo()).await?;
    let conversation = measured.take(is_no_sweep, &["webhook"])?;
    let before = measured.kept_bytes()?;
    ordered(&seller, 1).await?;
    let order = measured.take(is_no_sweep, &["callback", "generator", "sender"])?;
    let kept_bytes = measured.kept_bytes()?.saturating_sub(before);
    if seller.videos().len() != 1 {
        return Err("the order of the measurement was not delivered: the chat does not have one video".to_owned());
    }

    let failed = || Outcome::fail("500", "Internal Error, Please try again later.");
    measured.env.kie.script("/photos/", vec![failed(), failed(), failed()]);
    seller.prepare(Kind::Neurocard, film::photo_of(700, 900)).await?;
    let _another_conversation = measured.take(is_no_sweep, &[])?;
    ordered(&seller, 2).await?;
    let refund = measured.take(is_no_sweep, &["callback", "generator"])?;
    if seller.videos().len() != 1 {
        return Err("the order that KIE fails three times was delivered".to_owned());
    }
    measured.close()?;
    Ok(Phases { newcomer, conversation, order, refund, idle, sweeps, pass, kept_bytes })
}

async fn ordered(seller: &Seller, jobs: usize) -> Result<(), String> {
    seller.confirm().await?;
    seller.until_over(jobs).await?;
    sleep(AFTERWARDS).await;
    Ok(())
}

/// Whether a call belongs to an order. The sweeper's query of due jobs and its request for KIE's balance happen without orders
/// too, so they belong to the idle month. Its read of an open job belongs to the order.
fn is_no_sweep(call: &Call) -> bool {
    call.caller != SWEEPER || !["Query due", "credit"].contains(&call.operation.as_str())
}

/// Whether a call belongs to the daily pass and not to every sweep.
fn is_pass(call: &Call) -> bool {
    call.caller == SWEEPER && call.service.name() == "DynamoDB" && call.operation != "Query due"
}

/// A test environment with a meter and captured logs.
struct Measured {
    env: TestEnvironment,
    meter: Arc<Meter>,
    logs: Logs,
    _capturing: DefaultGuard,
}

impl Measured {
    async fn open(slowness: u32) -> Result<Self, String> {
        let (logs, capturing) = Logs::capture();
        let metrics = [(adapters::metrics::NAMESPACE, "neurocards")];
        let env = TestEnvironment::open_seeded(SEED, Times::production(), &metrics).await?;
        let sandbox = env.sandbox().ok_or("the test environment has no sandbox")?;
        let meter = Arc::new(Meter::new(slowness));
        sandbox.net.mount("dynamodb.local", SaysUnits(sandbox.dynamodb.clone()));
        sandbox.net.intercept(meter.clone());
        Ok(Self { env, meter, logs, _capturing: capturing })
    }

    /// The usage of the calls that `is_of` selects, and of their functions, since the last call of `take`.
    fn take(&self, is_of: impl Fn(&Call) -> bool, starts: &[&'static str]) -> Result<Usage, String> {
        let mut counted = self.meter.take();
        if !counted.mistakes.is_empty() {
            return Err(format!("calls could not be measured: {:#?}", counted.mistakes));
        }
        counted.calls.retain(|call, _| is_of(call));
        let functions: BTreeSet<_> = counted.calls.keys().map(|call| call.caller).collect();
        let has_sweeps = counted.calls.keys().any(|call| call.operation == "Query due");
        let is_of = |function: &str| functions.contains(function) && (function != SWEEPER || has_sweeps);
        let mut usage = Usage { calls: counted.calls, starts: starts.iter().copied().collect(), ..Usage::default() };
        usage.bytes_out = counted.bytes_out.iter().filter(|(from, _)| is_of(from)).map(|(_, bytes)| bytes).sum();
        let runs = self.env.sandbox().ok_or("the test environment has no sandbox")?.take_billed();
        usage.runs = runs.into_iter().filter(|(function, _)| is_of(function)).collect();
        for (_, written) in self.logs.take().into_iter().filter(|(function, _)| is_of(function)) {
            usage.lines += written.lines;
            usage.log_bytes += written.bytes;
            usage.metrics.extend(written.metrics);
        }
        Ok(usage)
    }

    /// The bytes of all items in the table that do not expire.
    fn kept_bytes(&self) -> Result<u64, String> {
        let items = self.env.sandbox().ok_or("the test environment has no sandbox")?.everything();
        let kept = items.values().filter(|item| item.get("expires_at").is_none());
        Ok(kept.map(|item| stored_bytes(item) as u64).sum())
    }

    /// Closes the test environment.
    ///
    /// # Errors
    /// DynamoDB refused a write, or the fake Telegram received a malformed call. The figures are not usable then.
    fn close(self) -> Result<(), String> {
        let sandbox = self.env.sandbox().ok_or("the test environment has no sandbox")?;
        let refused = sandbox.dynamodb.guard().map(|guard| guard.refused()).unwrap_or_default();
        let mistakes = self.env.telegram.mistakes();
        sandbox.net.close();
        if refused.is_empty() && mistakes.is_empty() {
            Ok(())
        } else {
            Err(format!("refused writes: {refused:?}; malformed calls of Telegram: {mistakes:?}"))
        }
    }
}
