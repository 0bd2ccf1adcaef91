//! What `make run` finds out about its accounts: the invariants of money at the start, and when the last open job has ended.

use std::time::Duration;

use adapters::{
    config::Env,
    table::{DUE_SHARDS, TableError},
};
use jiff::SignedDuration;
use ops::{
    audit::audit,
    context::{Answer, OpsContext, caller},
};
use sandbox::Sandbox;

/// How often the open jobs are counted while the machine drains.
const COUNT_EVERY: Duration = Duration::from_secs(2);
/// Longer than any job is due ahead.
const FAR: SignedDuration = SignedDuration::from_hours(24 * 400);
/// Jobs that are counted of one shard.
const PAGE_ITEMS: i32 = 100;

/// Checks the invariants of every account, and says what was found.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the operator of this machine has to know")]
pub(crate) async fn accounts(context: OpsContext) {
    match audit(&context).await {
        Ok(found) if found.found_problems() => {
            eprintln!("make run: the invariants of money are violated. Stop the bot and read docs/runbook.md\n{found}");
        }
        Ok(found) => println!("accounts  {} checked: every credit is accounted for", found.accounts),
        Err(error) => eprintln!("make run: the accounts could not be checked: {error}"),
    }
}

/// Waits until no job is open, and says so.
#[expect(clippy::print_stdout, reason = "the operator waits for it")]
pub(crate) async fn drained(sandbox: &Sandbox) {
    loop {
        match open_jobs(sandbox).await {
            Ok(0) => break,
            Ok(open) => println!("draining  {open} open jobs or more"),
            Err(error) => println!("draining  the open jobs cannot be counted: {error}"),
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
    println!("drained   no job is open: scripts/ops local export <folder> carries the people over");
}

/// The jobs that something is left to do for, counted up to a page of each shard.
async fn open_jobs(sandbox: &Sandbox) -> Result<usize, TableError> {
    let mut open = 0;
    for shard in 0..DUE_SHARDS {
        open += sandbox.table.due_jobs(shard, sandbox.now() + FAR, PAGE_ITEMS).await?.len();
    }
    Ok(open)
}

/// The operator's view of this machine's stores.
pub(crate) fn context(sandbox: &Sandbox) -> OpsContext {
    OpsContext::new(sandbox.setup(), caller(Some("make run"), &Env::from_map::<&str, &str>([])))
}
