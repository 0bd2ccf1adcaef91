//! The LocalStack tier of `make test`: the template deployed, the real binaries run by LocalStack's Lambda, the same scenarios;
//! then a dozen of the simulation's faults, with real processes killed; in the end the stack is updated, destroyed and brought
//! back.
//!
//! It has no switch that skips it: `make test-fast` is the named way without it.

mod faults;
mod lifecycle;
mod operators;
mod report;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use fakes::outbound::{LoopbackHttp, Outbound};
use futures_util::{FutureExt, StreamExt, stream};
use local_aws::contract;
use permissions::allowed;
use scenarios::{
    ScenarioRun, all,
    runner::{Report, play, tally},
};
use testkit::{
    environment::{FUNCTIONS, LocalStack, TestEnvironment, Times},
    template::Template,
};

use crate::faults::CASES;

/// The repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a test run prints for its reader")]
async fn main() -> ExitCode {
    let localstack = match LocalStack::begin(Path::new(ROOT)).await {
        Ok(localstack) => localstack,
        Err(error) => {
            eprintln!("LocalStack: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = run(&localstack).await;
    if let Err(error) = localstack.end().await {
        eprintln!("LocalStack: {error}");
    }
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("LocalStack: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a test run prints for its reader")]
async fn run(localstack: &LocalStack) -> Result<bool, String> {
    let env = localstack.deploy(Times::localstack()).await?;
    // People of earlier runs may still be in a LocalStack that is not ours.
    let run_id = jiff::Timestamp::now().as_second();
    println!("LocalStack: deployed. Its own promises first: SQS and S3 as the sandbox keeps them.\n");
    let kept = contract(&env, run_id).await;
    println!(
        "{} promises of SQS and S3 kept, {} broken\n",
        kept.iter().filter(|kept| **kept).count(),
        kept.iter().filter(|kept| !**kept).count()
    );

    let sweeping = tokio::spawn(sweep(env.clone()));
    let mut playing = stream::iter(all())
        .map(|scenario| play(scenario, ScenarioRun::new(env.clone(), run_id * 100_000 + i64::from(scenario.number) * 1000)))
        .buffered(12);
    let mut reports: Vec<Report> = Vec::new();
    while let Some(report) = playing.next().await {
        println!("{}", report.text());
        reports.push(report);
    }
    let faults_passed = strike(&env, run_id).await;
    // Alone: an operator holds every letter while reading them, and no other process may be about where one is to be killed.
    let operated = operators::play(ScenarioRun::new(env.clone(), run_id * 100_000 + 90_000)).await;
    println!("{}", operated.text);
    sweeping.abort();
    let permitted = permitted(&env)?;

    let counted = localstack.invocations().await?;
    println!("invocations a function, as LocalStack counted them: {counted:?}");
    let idle = never_invoked(&counted);
    for name in &idle {
        println!("FAILED: {name} was never invoked");
    }
    // Last: afterwards there is no stack.
    let lived = lifecycle::play(localstack, ScenarioRun::new(env.clone(), run_id * 100_000 + 95_000)).await;
    println!("{}", lived.text);
    let (line, all_passed) = tally(&reports);
    println!("{line}");
    Ok(all_passed
        && faults_passed
        && operated.passed
        && permitted
        && lived.passed
        && idle.is_empty()
        && kept.iter().all(|kept| *kept))
}

/// Every case of the dozen side by side, each with a seller of its own.
#[expect(clippy::print_stdout, reason = "a test run prints for its reader")]
async fn strike(env: &TestEnvironment, run_id: i64) -> bool {
    let Some(proxy) = env.stack().map(|stack| stack.proxy.clone()) else { return false };
    println!("a fault at a call of a real process, and how the order ended:\n");
    let played = CASES.into_iter().zip(0..).map(|(case, number)| {
        let run = ScenarioRun::new(env.clone(), run_id * 100_000 + 50_000 + number * 1000);
        faults::play(case, run, proxy.clone())
    });
    let mut striking = stream::iter(played).buffered(CASES.len());
    let mut passed = 0;
    while let Some(report) = striking.next().await {
        println!("{}", report.text);
        passed += usize::from(report.passed);
    }
    println!("\n{passed} faults ended as they have to, {} did not\n", CASES.len() - passed);
    passed == CASES.len()
}

/// Whether the roles allow what the deployed functions asked for. LocalStack itself enforces no role.
#[expect(clippy::print_stdout, reason = "a test run prints for its reader")]
fn permitted(env: &TestEnvironment) -> Result<bool, String> {
    let uses = env.stack().map(|stack| stack.proxy.uses()).unwrap_or_default();
    let missing = uses.not_allowed(&allowed(&Template::deployed()?)?);
    for permission in &missing {
        println!("FAILED: used, and not allowed in infra/template.yaml: {permission}");
    }
    let readers: BTreeSet<_> = uses.actions().filter(|(_, action)| *action == "ssm:GetParameter").map(|(name, _)| name).collect();
    let secretless: Vec<_> = FUNCTIONS.into_iter().filter(|name| !readers.contains(name)).collect();
    for name in &secretless {
        println!("FAILED: {name} never asked for its secrets");
    }
    println!(
        "{} permissions used by the deployed functions, {} of them not allowed by their roles",
        uses.actions().count(),
        missing.len()
    );
    Ok(missing.is_empty() && secretless.is_empty())
}

fn never_invoked(counted: &BTreeMap<String, u64>) -> Vec<&'static str> {
    FUNCTIONS.into_iter().filter(|name| counted.get(*name).is_none_or(|count| *count == 0)).collect()
}

/// Sweeps every second: the schedule's shortest step is a minute.
async fn sweep(env: TestEnvironment) {
    while let Some(stack) = env.stack() {
        // A sweep that failed is followed by another, as in the cloud.
        let _next_time = stack.sweep().await;
        tokio::time::sleep(env.times.sweep_every.max(Duration::from_millis(200))).await;
    }
}

#[expect(clippy::print_stdout, reason = "a test run prints for its reader")]
async fn contract(env: &TestEnvironment, run_id: i64) -> Vec<bool> {
    let fetch: contract::Fetch = Arc::new(|request: http::Request<Bytes>| LoopbackHttp.send(request).boxed());
    let (sqs, s3) = env.clients();
    let checks = contract::all(&contract::Target { sqs, s3, fetch, prefix: format!("neurocards-contract-{run_id}") }).await;
    for (promise, kept) in &checks {
        if let Err(seen) = kept {
            println!("FAILED: {promise}: {seen}");
        }
    }
    checks.into_iter().map(|(_, kept)| kept.is_ok()).collect()
}
