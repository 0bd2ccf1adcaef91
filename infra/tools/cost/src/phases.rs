//! What is measured: a person's way from the first tap to the video, an order that is refunded, and nothing at all for a while.
//! Each in the sandbox, in virtual time, from one seed: the figures are the same each time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domain::catalog::Kind;
use fakes::{film, kie::Outcome};
use testkit::environment::{Billed, Sandbox, Seller, TestEnvironment, Times};
use tokio::time::sleep;
use tracing::subscriber::DefaultGuard;

use super::{
    call::Call,
    log::Logs,
    meter::{Count, Meter},
    units::{SaysUnits, stored_bytes},
};

/// Any seed would do.
const SEED: u64 = 1;
/// The seller who orders.
const SELLER: i64 = 780_000_001;
/// Until the first sweep is over, which begins the day's pass.
const FIRST_SWEEP: Duration = Duration::from_secs(65);
/// As long as a process of the sweeper goes without asking for KIE's balance.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// What still comes when a job has ended: an edit, a deletion, the last poll that was put off before.
const AFTERWARDS: Duration = Duration::from_secs(300);
/// The function that works while there are no orders.
const SWEEPER: &str = "sweeper";

/// What a phase used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Calls.
    pub calls: BTreeMap<Call, Count>,
    /// How the functions ran, in virtual time: they waited, for their computing takes none.
    pub runs: BTreeMap<&'static str, Billed>,
    /// Functions of which a process is new.
    pub starts: BTreeSet<&'static str>,
    /// Bytes that left AWS, besides photos and videos.
    pub bytes_out: u64,
    /// Log lines.
    pub lines: u64,
    /// Their bytes.
    pub log_bytes: u64,
    /// Metrics written.
    pub metrics: BTreeSet<String>,
}

/// All that is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Phases {
    /// A person's first two updates: /start, and accepting the terms.
    pub newcomer: Usage,
    /// From the first tap to the summary: kind, photo, no words, no style.
    pub conversation: Usage,
    /// From the tap on confirm to the video in the chat, captured.
    pub order: Usage,
    /// From confirm to the refund, when KIE fails all three attempts.
    pub refund: Usage,
    /// Sweeps with nothing to do.
    pub idle: Usage,
    /// How many of them.
    pub sweeps: u64,
    /// The daily pass over the money invariants, with one account.
    pub pass: Usage,
    /// Bytes an order leaves in the table for good.
    pub kept_bytes: u64,
}

impl Phases {
    /// Plays them all; calls take so many times as long as assumed.
    ///
    /// # Errors
    /// A phase did not go as it should, or a call could not be measured.
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
        return Err("the video did not arrive".to_owned());
    }

    let failed = || Outcome::fail("500", "Internal Error, Please try again later.");
    measured.env.kie.script("/photos/", vec![failed(), failed(), failed()]);
    seller.prepare(Kind::Neurocard, film::photo_of(700, 900)).await?;
    let _another_conversation = measured.take(is_no_sweep, &[])?;
    ordered(&seller, 2).await?;
    let refund = measured.take(is_no_sweep, &["callback", "generator"])?;
    if seller.videos().len() != 1 {
        return Err("the order that had to fail was delivered".to_owned());
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

/// Calls of an order. A sweep reads an open job, to know its age; that it is asked what is due, and KIE for its balance, belongs
/// to the idle month.
fn is_no_sweep(call: &Call) -> bool {
    call.caller != SWEEPER || !["Query due", "credit"].contains(&call.operation.as_str())
}

/// What the daily pass does, and other sweeps do not.
fn is_pass(call: &Call) -> bool {
    call.caller == SWEEPER && call.service.name() == "DynamoDB" && call.operation != "Query due"
}

/// A test environment, and what measures it.
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
        let env = Sandbox::open_seeded(SEED, Times::production(), &metrics).await?;
        let sandbox = env.sandbox().ok_or("no sandbox")?;
        let meter = Arc::new(Meter::new(slowness));
        sandbox.net.mount("dynamodb.local", SaysUnits(sandbox.dynamodb.clone()));
        sandbox.net.intercept(meter.clone());
        Ok(Self { env, meter, logs, _capturing: capturing })
    }

    /// What these calls were, and how their functions ran, since it was last taken.
    fn take(&self, is_of: impl Fn(&Call) -> bool, starts: &[&'static str]) -> Result<Usage, String> {
        let mut counted = self.meter.take();
        if !counted.mistakes.is_empty() {
            return Err(format!("not measured: {:#?}", counted.mistakes));
        }
        counted.calls.retain(|call, _| is_of(call));
        let functions: BTreeSet<_> = counted.calls.keys().map(|call| call.caller).collect();
        let has_sweeps = counted.calls.keys().any(|call| call.operation == "Query due");
        let is_of = |function: &str| functions.contains(function) && (function != SWEEPER || has_sweeps);
        let mut usage = Usage { calls: counted.calls, starts: starts.iter().copied().collect(), ..Usage::default() };
        usage.bytes_out = counted.bytes_out.iter().filter(|(from, _)| is_of(from)).map(|(_, bytes)| bytes).sum();
        let runs = self.env.sandbox().ok_or("no sandbox")?.take_billed();
        usage.runs = runs.into_iter().filter(|(function, _)| is_of(function)).collect();
        for (_, written) in self.logs.take().into_iter().filter(|(function, _)| is_of(function)) {
            usage.lines += written.lines;
            usage.log_bytes += written.bytes;
            usage.metrics.extend(written.metrics);
        }
        Ok(usage)
    }

    /// Bytes in the table of what does not expire.
    fn kept_bytes(&self) -> Result<u64, String> {
        let items = self.env.sandbox().ok_or("no sandbox")?.everything();
        let kept = items.values().filter(|item| item.get("expires_at").is_none());
        Ok(kept.map(|item| stored_bytes(item) as u64).sum())
    }

    /// Nothing was refused, and nothing malformed was sent.
    fn close(self) -> Result<(), String> {
        let sandbox = self.env.sandbox().ok_or("no sandbox")?;
        let refused = sandbox.dynamodb.guard().map(|guard| guard.refused()).unwrap_or_default();
        let mistakes = self.env.telegram.mistakes();
        sandbox.net.close();
        if refused.is_empty() && mistakes.is_empty() { Ok(()) } else { Err(format!("{refused:?} {mistakes:?}")) }
    }
}
