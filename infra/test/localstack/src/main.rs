//! The LocalStack tier of `make test`: the template deployed, the real binaries run by LocalStack's Lambda, the same stories;
//! then a dozen of the simulator's faults, with real processes killed; in the end the stack is updated, destroyed and brought back.
//!
//! It has no switch that skips it: `make test-fast` is the named way without it.

mod faults;
mod lifecycle;
mod operators;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use crate::faults::CASES;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use local_aws::contract;
use permissions::allowed;
use scenarios::{
    list::{Scene, all},
    runner::{Report, play, tally},
};
use standins::outbound::{LoopbackHttp, Outbound};
use testkit::{
    environment::{FUNCTIONS, LocalStack, Times, World},
    template::Template,
};

/// The repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a test run is there to be read")]
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

#[expect(clippy::print_stdout, reason = "a test run is there to be read")]
async fn run(localstack: &LocalStack) -> Result<bool, String> {
    let world = localstack.deploy(Times::localstack()).await?;
    // People of earlier runs may still be in a LocalStack that is not ours.
    let run_id = jiff::Timestamp::now().as_second();
    println!("LocalStack: deployed. Its own promises first: SQS and S3 as the sandbox's stand-ins keep them.\n");
    let kept = contract(&world, run_id).await;
    println!(
        "{} promises of SQS and S3 kept, {} broken\n",
        kept.iter().filter(|kept| **kept).count(),
        kept.iter().filter(|kept| !**kept).count()
    );

    let sweeping = tokio::spawn(sweep(world.clone()));
    let mut telling = stream::iter(all())
        .map(|story| play(story, Scene::new(world.clone(), run_id * 100_000 + i64::from(story.number) * 1000)))
        .buffered(12);
    let mut reports: Vec<Report> = Vec::new();
    while let Some(report) = telling.next().await {
        println!("{}", report.text());
        reports.push(report);
    }
    let faults_passed = strike(&world, run_id).await;
    // Alone: an operator holds every letter while reading them, and no other process may be about where one is to be killed.
    let operated = operators::play(Scene::new(world.clone(), run_id * 100_000 + 90_000)).await;
    println!("{}", operated.text);
    sweeping.abort();
    let permitted = permitted(&world)?;

    let counted = localstack.invocations().await?;
    println!("invocations a function, as LocalStack counted them: {counted:?}");
    let idle = never_invoked(&counted);
    for name in &idle {
        println!("FAILED: {name} was never invoked");
    }
    // Last: afterwards there is no stack.
    let lived = lifecycle::play(localstack, Scene::new(world.clone(), run_id * 100_000 + 95_000)).await;
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
#[expect(clippy::print_stdout, reason = "a test run is there to be read")]
async fn strike(world: &World, run_id: i64) -> bool {
    let Some(proxy) = world.stack().map(|stack| stack.proxy.clone()) else { return false };
    println!("a fault at a call of a real process, and how the order ended:\n");
    let played = CASES.into_iter().zip(0..).map(|(case, number)| {
        let scene = Scene::new(world.clone(), run_id * 100_000 + 50_000 + number * 1000);
        faults::play(case, scene, proxy.clone())
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

/// Whether the roles allow what the deployed functions asked for. LocalStack itself lets everybody do everything.
#[expect(clippy::print_stdout, reason = "a test run is there to be read")]
fn permitted(world: &World) -> Result<bool, String> {
    let uses = world.stack().map(|stack| stack.proxy.uses()).unwrap_or_default();
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
async fn sweep(world: World) {
    while let Some(stack) = world.stack() {
        // A sweep that failed is followed by another, as in the cloud.
        let _next_time = stack.sweep().await;
        tokio::time::sleep(world.times.sweep_every.max(Duration::from_millis(200))).await;
    }
}

#[expect(clippy::print_stdout, reason = "a test run is there to be read")]
async fn contract(world: &World, run_id: i64) -> Vec<bool> {
    let fetch: contract::Fetch = Arc::new(|request: http::Request<Bytes>| LoopbackHttp.send(request).boxed());
    let (sqs, s3) = world.clients();
    let checks = contract::all(&contract::World { sqs, s3, fetch, prefix: format!("neurocards-contract-{run_id}") }).await;
    for (promise, kept) in &checks {
        if let Err(seen) = kept {
            println!("FAILED: {promise}: {seen}");
        }
    }
    checks.into_iter().map(|(_, kept)| kept.is_ok()).collect()
}
