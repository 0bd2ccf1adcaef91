//! `ops`: the operator's command line for everything but deploying. Its settings come from the environment; `scripts/ops <stage>`
//! sets them.

mod probe_command;
mod transfer_commands;

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use adapters::{clock::Clock, config::Env, rng::Rng, wire::Wire};
use app::{Setup, SetupError};
use clap::{Args, Parser, Subcommand};
use domain::{
    credits::Credits,
    ids::{JobId, UserId},
    operator::GRANT_MAX,
};
use ops::{
    audit, catalog_check,
    context::{Answer, OpsContext, OpsError, caller},
    grant::{self, grant_key, reason},
    parked,
    register::{RegisterError, bot_name, register, webhook_url},
    replay, show,
};

use probe_command::{ProbeArguments, probe};
use transfer_commands::{ExportArguments, ImportArguments, Imported};

/// Exit status: the command was carried out and found a problem that an operator has to handle.
const FOUND: u8 = 1;
/// Exit status: the command failed. clap uses it too, for a command line that it cannot parse.
const FAILED: u8 = 2;

/// The operator's command line for everything but deploying. Exit status: 0 for success, 1 if the command found a problem, 2 if
/// it failed.
#[derive(Parser)]
#[command(name = "ops", max_term_width = 120)]
struct Ops {
    /// Print JSON, for scripts.
    #[arg(long, global = true)]
    json: bool,
    /// The operator's name, for the ledger.
    ///
    /// Without it the name is the variable OPS_AS, else the user of this machine. The access key's id is recorded as well.
    #[arg(long = "as", global = true, value_name = "NAME")]
    operator: Option<String>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Show a job and how its charge was settled.
    Job {
        /// The job's id, as in the logs.
        #[arg(value_name = "JOB")]
        id: JobId,
        /// The job's owner. Without it the whole table is read.
        #[arg(long, value_name = "ID", value_parser = user)]
        person: Option<UserId>,
    },
    /// Show a person: credits, newest jobs, violations of the money invariants.
    Person(Whom),
    /// Show a person's ledger.
    Ledger(Whom),
    /// Give credits, at most once for each key.
    Grant {
        /// The person's id in Telegram.
        #[arg(value_name = "PERSON", value_parser = user)]
        person: UserId,
        /// The number of credits.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(GRANT_MAX)))]
        credits: u32,
        /// The idempotency key: one word for the occasion, such as a ticket's number. A key gives a person credits once.
        #[arg(long, value_parser = grant_key)]
        key: String,
        /// The reason, for the ledger.
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// Handle dead letters: messages that no function could handle, kept for two weeks.
    #[command(subcommand)]
    Parked(Parked),
    /// List jobs that are past due and that the sweeper has not taken up.
    Stuck {
        /// The jobs are past due by at least this many seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 180)]
        past_due: u32,
    },
    /// Check the money invariants of every account.
    Audit,
    /// Count accounts, credits, jobs and messages, and show the last days. Every account is read.
    Stats,
    /// Export every account with its ledger and its jobs into a folder, as JSON lines or CSV.
    ///
    /// A JSON export without days is complete and can be imported elsewhere. It needs every job to have ended. Days limit the ledger
    /// (by the time of the entry) and the jobs (by the time of the order); an account has its balance of now. The conversations, the
    /// counts of the days, photos and films are not exported. The files name people and hold their words: keep them safe.
    Export(ExportArguments),
    /// Import an export of another bot's table, or people and their balances from a CSV file.
    ///
    /// Of an export, every account comes with its ledger and its jobs, exactly as it was. Photos and films do not come: a video that
    /// was delivered is sent again by its id at Telegram, which only the same bot may use, and any other one is ordered anew.
    ///
    /// Of a CSV file, the command reads the columns id, balance and, if it exists, language.
    ///
    /// Without --apply the command only reports what it would do. Running it again changes nothing.
    Import(ImportArguments),
    /// Compare the catalog of this checkout with KIE's live models.
    #[command(subcommand)]
    Catalog(CatalogTask),
    /// Order films at KIE and send films to a chat, and compare what happens with the documents. Costs up to 2 USD.
    ///
    /// The command shows the plan with its price and asks. Each case is recorded without secrets and ids, for the tests.
    Probe(ProbeArguments),
    /// Set the webhook, the commands, the menu button and the texts of the bot at Telegram. Repeating it changes nothing.
    Register {
        /// The address to which Telegram sends updates: the stack's output WebhookUrl.
        #[arg(long, value_name = "URL", value_parser = webhook_url)]
        webhook_url: String,
        /// The name that people see above the chat, up to 64 characters. Without it the bot keeps its name.
        #[arg(long, value_name = "NAME", value_parser = bot_name)]
        bot_name: Option<String>,
    },
}

#[derive(Subcommand)]
enum CatalogTask {
    /// List where KIE's schema, price or success rate of a model differs from the catalog. Drift is no failure.
    ///
    /// The check reads three parts of each model, one a second, and orders nothing.
    Check,
}

#[derive(Subcommand)]
enum Parked {
    /// List the parked letters.
    List,
    /// Show a letter with its job's history.
    Show {
        /// The letter's id or its job's id, or at least the first six characters of it.
        #[arg(value_name = "LETTER")]
        name: String,
    },
    /// Replay a letter's job for free.
    ///
    /// A stored video that could not be delivered is sent again; otherwise a new video is made. Repeating it makes no second job.
    Replay {
        /// The letter's id or its job's id, or at least the first six characters of it.
        #[arg(value_name = "LETTER")]
        name: String,
        /// The reason, for the ledger.
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// Delete a letter.
    Drop {
        /// The letter's id or its job's id, or at least the first six characters of it.
        #[arg(value_name = "LETTER")]
        name: String,
        /// The reason, for a note in the table.
        #[arg(long, value_parser = reason)]
        reason: String,
    },
}

/// A person, by id or by hash.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// The person's id in Telegram.
    #[arg(value_name = "PERSON", value_parser = user)]
    person: Option<UserId>,
    /// The person's hash, the field `user_hash` of a log line or an alarm. Every account is read.
    #[arg(long)]
    hash: Option<String>,
}

fn user(given: &str) -> Result<UserId, String> {
    let id = given.parse().ok().filter(|id| *id > 0);
    id.map(UserId).ok_or_else(|| "a person's id is a whole number above 0".to_owned())
}

/// Why a command failed. Steps that it did before stay done.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Ops(#[from] OpsError),
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Ops::parse()).await {
        Ok(status) => status,
        Err(failed) => {
            // If stderr cannot be written either, the exit status alone reports the failure.
            let _unwritten = writeln!(io::stderr(), "ops: {failed}");
            ExitCode::from(FAILED)
        }
    }
}

async fn run(Ops { json, operator, task }: Ops) -> Result<ExitCode, Failed> {
    // `Setup::lambda` is not used here: it sets up JSON logs for CloudWatch.
    let wire = Wire::internet().map_err(SetupError::from)?;
    let env = if task.needs_secrets() { Env::process() } else { without_secrets() };
    let setup = Setup::new(env.clone(), wire, Clock::system(), Rng::system()).await?;
    let context = OpsContext::new(&setup, caller(operator.as_deref(), &env));
    match task {
        Task::Job { id, person } => print(&show::job(&context, id, person).await?, json),
        Task::Person(whom) => print(&show::person(&context, whom.find(&context).await?).await?, json),
        Task::Ledger(whom) => print(&show::ledger(&context, whom.find(&context).await?).await?, json),
        Task::Grant { person, credits, key, reason } => {
            print(&grant::grant(&context, person, Credits(credits), &key, &reason).await?, json)
        }
        Task::Parked(Parked::List) => print(&parked::list(&context).await?, json),
        Task::Parked(Parked::Show { name }) => print(&parked::show(&context, &name).await?, json),
        Task::Parked(Parked::Replay { name, reason }) => print(&replay::replay(&context, &name, &reason).await?, json),
        Task::Parked(Parked::Drop { name, reason }) => print(&parked::drop_letters(&context, &name, &reason).await?, json),
        Task::Stuck { past_due } => print(&audit::stuck(&context, Duration::from_secs(past_due.into())).await?, json),
        Task::Audit => print(&audit::audit(&context).await?, json),
        Task::Stats => print(&audit::stats(&context).await?, json),
        Task::Export(arguments) => print(&arguments.run(&context).await?, json),
        Task::Import(arguments) => match arguments.run(&context).await? {
            Imported::Folder(imported) => print(&imported, json),
            Imported::Balances(imported, refused) => {
                let status = print(&imported, json)?;
                refused.map_or(Ok(status), |refused| Err(refused.into()))
            }
        },
        Task::Catalog(CatalogTask::Check) => {
            let services = setup.services();
            let (kie, catalog) = (services.kie()?, services.catalog()?);
            print(&catalog_check::check(&kie, &catalog).await?, json)
        }
        Task::Probe(arguments) => print(&probe(&setup, arguments).await?, json),
        Task::Register { webhook_url, bot_name } => {
            let secret = setup.secrets().telegram_webhook_secret().map_err(SetupError::from)?;
            register(&setup.services().telegram()?, &webhook_url, secret, bot_name.as_deref(), &mut io::stdout()).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

impl Task {
    /// Only the commands that call Telegram or KIE need the secrets. The others work without the permission to read them.
    fn needs_secrets(&self) -> bool {
        matches!(self, Self::Catalog(_) | Self::Probe(_) | Self::Register { .. })
    }
}

/// The process's environment without `SECRETS_PARAMETER`, so that `Setup` does not read the secrets.
fn without_secrets() -> Env {
    let texts = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Env::from_map(texts.filter(|(name, _)| name != "SECRETS_PARAMETER"))
}

impl Whom {
    async fn find(self, context: &OpsContext) -> Result<UserId, OpsError> {
        match (self.person, self.hash) {
            (Some(person), _) => Ok(person),
            (None, hash) => show::person_of_hash(context, &hash.unwrap_or_default()).await,
        }
    }
}

/// Writes an answer. The exit status says whether the command found a problem.
fn print(answer: &impl Answer, json: bool) -> Result<ExitCode, Failed> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, answer).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{answer}")?;
    }
    Ok(if answer.found_problems() { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}
