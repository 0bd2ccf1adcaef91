//! The LocalStack tier of `make test`. It deploys the template to LocalStack, whose Lambda runs the real binaries. It plays all
//! scenarios, injects twelve of the simulation's faults into real processes, and at last updates, destroys and restores the
//! stack.
//!
//! The tier cannot be switched off: `make test-fast` runs the tests without it.

mod faults;
mod lifecycle;
mod operators;
mod removed_operator;
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

/// The root of the repository.
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
    // A LocalStack that this run did not start may still hold the users of earlier runs, so user ids differ from run to run.
    let run_id = jiff::Timestamp::now().as_second();
    println!("LocalStack: the stack is deployed. First SQS and S3 of LocalStack must pass the sandbox's contract tests.\n");
    let kept = contract(&env, run_id).await;
    println!(
        "{} contract tests of SQS and S3 passed, {} failed\n",
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
    // The operator's part runs alone: `ops` holds every dead letter while it reads them, and no other part may wait for one.
    let operated = operators::play(ScenarioRun::new(env.clone(), run_id * 100_000 + 90_000)).await;
    println!("{}", operated.text);
    sweeping.abort();
    let permitted = permitted(&env)?;

    let counted = localstack.invocations().await?;
    println!("LocalStack counted these invocations: {counted:?}");
    let idle = never_invoked(&counted);
    for name in &idle {
        println!("FAILED: the function {name} was never invoked");
    }
    // The lifecycle runs last, because it destroys the stack.
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

/// Plays all fault cases at the same time, each with its own seller.
#[expect(clippy::print_stdout, reason = "a test run prints for its reader")]
async fn strike(env: &TestEnvironment, run_id: i64) -> bool {
    let Some(proxy) = env.stack().map(|stack| stack.proxy.clone()) else { return false };
    println!("Faults at calls of real processes, and the ending that each order must have:\n");
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
    println!("\n{passed} orders with a fault passed, {} failed\n", CASES.len() - passed);
    passed == CASES.len()
}

/// Whether the roles allow the calls of the deployed functions. LocalStack itself enforces no role.
#[expect(clippy::print_stdout, reason = "a test run prints for its reader")]
fn permitted(env: &TestEnvironment) -> Result<bool, String> {
    let uses = env.stack().map(|stack| stack.proxy.uses()).unwrap_or_default();
    let missing = uses.not_allowed(&allowed(&Template::deployed()?)?);
    for permission in &missing {
        println!("FAILED: a function used a permission that infra/template.yaml does not allow: {permission}");
    }
    let readers: BTreeSet<_> = uses.actions().filter(|(_, action)| *action == "ssm:GetParameter").map(|(name, _)| name).collect();
    let secretless: Vec<_> = FUNCTIONS.into_iter().filter(|name| !readers.contains(name)).collect();
    for name in &secretless {
        println!("FAILED: the function {name} never read its secrets");
    }
    println!(
        "The deployed functions used {} permissions; their roles do not allow {} of them.",
        uses.actions().count(),
        missing.len()
    );
    Ok(missing.is_empty() && secretless.is_empty())
}

fn never_invoked(counted: &BTreeMap<String, u64>) -> Vec<&'static str> {
    FUNCTIONS.into_iter().filter(|name| counted.get(*name).is_none_or(|count| *count == 0)).collect()
}

/// Invokes the sweeper in a loop, because the shortest interval of a schedule is a minute.
async fn sweep(env: TestEnvironment) {
    while let Some(stack) = env.stack() {
        // A failed sweep is followed by another, as on AWS.
        let _ignored = stack.sweep().await;
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
