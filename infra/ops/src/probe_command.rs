//! The command line of the probe: it shows the plan, asks, and runs.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use app::Setup;
use clap::Args;
use ops::{
    context::OpsError,
    probe::{Accounts, CONSENT, Plan, Probed, RECORDED, run},
};

/// The arguments of the probe.
#[derive(Args)]
pub struct ProbeArguments {
    /// A chat with the bot that gets the films without sound, such as your own Telegram id.
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    chat: Option<i64>,
    /// Run this case only. The option can be given again.
    #[arg(long, value_name = "CASE")]
    only: Vec<String>,
    /// Agree to the plan and its price without a question.
    #[arg(long)]
    yes: bool,
    /// Where the recordings go [default: infra/ops/tests/recorded/<day>].
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// Shows the plan, asks for a yes unless it was given, and runs the plan. Everything but the answer goes to stderr.
///
/// # Errors
/// A setting is missing, the plan is refused, or the operator does not agree: then nothing was ordered.
pub async fn probe(setup: &Setup, arguments: ProbeArguments) -> Result<Probed, OpsError> {
    let services = setup.services();
    let catalog = services.catalog()?;
    let plan = Plan::new(&catalog, &arguments.only, arguments.chat)?;
    let telegram = arguments.chat.map(|_| services.telegram()).transpose()?;
    let accounts = Accounts { kie: services.kie()?, telegram, wire: setup.wire().clone(), rng: setup.rng.clone() };
    say(&plan.to_string());
    let answer = if arguments.yes { CONSENT.to_owned() } else { asked()? };
    let agreed = plan.agree(&answer)?;
    let day = setup.clock.now().strftime("%Y-%m-%d").to_string();
    let folder = arguments.record.unwrap_or_else(|| Path::new(RECORDED).join(day));
    let probed = run(&agreed, &accounts, &folder, &|line| say(&format!("{line}\n"))).await?;
    say(&format!("recorded in {}\n", folder.display()));
    Ok(probed)
}

fn asked() -> Result<String, OpsError> {
    say(&format!("Type {CONSENT} to order and to send this: "));
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.map_err(|error| OpsError::new(format!("the answer cannot be read: {error}"), "Give --yes."))?;
    Ok(answer)
}

fn say(text: &str) {
    // Without stderr the run goes on: its answer and its recordings have everything.
    let _unwritten = io::stderr().write_all(text.as_bytes());
}
