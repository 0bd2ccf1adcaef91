//! `ops`: what an operator does besides deploying. All settings come from the environment; `scripts/ops <stage>` sets them.

use std::{
    io::{self, Write},
    path::PathBuf,
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
    audit,
    context::{Answer, OpsContext, OpsError, caller},
    grant::{self, grant_key, reason},
    import::{self, How},
    parked,
    register::{RegisterError, register, webhook_url},
    replay, show,
};

/// Exit status: the command was carried out and found a problem that an operator has to handle.
const FOUND: u8 = 1;
/// Exit status: the command failed. clap uses it too, for a command line that it cannot parse.
const TROUBLE: u8 = 2;

/// What an operator does besides deploying. Ends with 0; with 1 if something is wrong with what it looked at; with 2 if it was
/// not done.
#[derive(Parser)]
#[command(name = "ops", max_term_width = 120)]
struct Ops {
    /// Answer in JSON, for scripts.
    #[arg(long, global = true)]
    json: bool,
    /// Who does this, for the ledger.
    ///
    /// Else it is the variable OPS_AS, else the user of this machine. The id of the access key goes along.
    #[arg(long = "as", global = true, value_name = "NAME")]
    who: Option<String>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Show a job and how its charge was settled.
    Job {
        /// Its id, as logs have it.
        #[arg(value_name = "JOB")]
        id: JobId,
        /// Whose it is; without it the whole table is looked through.
        #[arg(long, value_name = "ID", value_parser = user)]
        person: Option<UserId>,
    },
    /// Show a person: credits, newest jobs, whether the laws of money hold.
    Person(Whom),
    /// Show a person's ledger.
    Ledger(Whom),
    /// Give credits. The same key gives once.
    Grant {
        /// To whom.
        #[arg(value_name = "PERSON", value_parser = user)]
        person: UserId,
        /// How many.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(GRANT_MAX)))]
        credits: u32,
        /// What it is for in one word, such as a ticket's number: the same key gives this person once.
        #[arg(long, value_parser = grant_key)]
        key: String,
        /// Why; it is written into the ledger.
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// Dead letters: what could not be handled, kept for two weeks.
    #[command(subcommand)]
    Parked(Parked),
    /// List jobs that are past due: the sweeper should have taken them up.
    Stuck {
        /// Past due by so many seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 180)]
        past_due: u32,
    },
    /// Check the laws of money for every account.
    Audit,
    /// Count accounts, credits, jobs and messages. Every account is read.
    Stats,
    /// Import people and their balances from a CSV file.
    ///
    /// Its columns are id, balance and, if there is one, language; others are not looked at. Without --apply it only says what
    /// would be done. Running it again changes nothing.
    Import {
        /// The file.
        file: PathBuf,
        /// Why; it is written into everybody's ledger.
        #[arg(long, value_parser = reason)]
        reason: String,
        /// Write.
        #[arg(long)]
        apply: bool,
        /// Import the good rows of a file that has bad ones.
        #[arg(long)]
        skip_bad: bool,
    },
    /// Tell Telegram where the bot lives and what it can do; repeating it changes nothing.
    Register {
        /// Where Telegram brings its updates: the stack's output WebhookUrl.
        #[arg(long, value_name = "URL", value_parser = webhook_url)]
        webhook_url: String,
    },
}

#[derive(Subcommand)]
enum Parked {
    /// List the letters.
    List,
    /// Show what a letter says: its job's history.
    Show {
        /// A letter, or its job: the whole id, or at least six characters of its beginning.
        #[arg(value_name = "LETTER")]
        name: String,
    },
    /// Do a letter's job once more, for no credits.
    ///
    /// The video is sent if it is kept and could not be delivered; else a new one is made. Doing it again makes no second job.
    Replay {
        /// A letter, or its job: the whole id, or at least six characters of its beginning.
        #[arg(value_name = "LETTER")]
        name: String,
        /// Why; it is written into the ledger.
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// Delete a letter.
    Drop {
        /// A letter, or its job: the whole id, or at least six characters of its beginning.
        #[arg(value_name = "LETTER")]
        name: String,
        /// Why; it is noted in the table.
        #[arg(long, value_parser = reason)]
        reason: String,
    },
}

/// A person, by their id or by what a log calls them.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// Their id in Telegram.
    #[arg(value_name = "PERSON", value_parser = user)]
    person: Option<UserId>,
    /// The hash of a log line or an alarm, its field `user_hash`; every account is looked through.
    #[arg(long)]
    hash: Option<String>,
}

fn user(given: &str) -> Result<UserId, String> {
    let id = given.parse().ok().filter(|id| *id > 0);
    id.map(UserId).ok_or_else(|| "a person's id is a whole number above 0".to_owned())
}

/// Why a task was not done.
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
    match done(Ops::parse()).await {
        Ok(status) => status,
        Err(failed) => {
            // Nothing is left to be done where even that cannot be written.
            let _unwritten = writeln!(io::stderr(), "ops: {failed}");
            ExitCode::from(TROUBLE)
        }
    }
}

async fn done(Ops { json, who, task }: Ops) -> Result<ExitCode, Failed> {
    // Not `Setup::lambda`: its logs are for machines.
    let wire = Wire::internet().map_err(SetupError::from)?;
    // Only registering needs the secrets: who looks after credits need not be able to read them.
    let env = if matches!(task, Task::Register { .. }) { Env::process() } else { without_secrets() };
    let setup = Setup::new(env.clone(), wire, Clock::system(), Rng::system()).await?;
    let who = caller(who.as_deref(), &env);
    let context = OpsContext::new(&setup, who);
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
        Task::Import { file, reason, apply, skip_bad } => {
            let advice = "Give the path of a CSV file.";
            let text = std::fs::read(&file).map_err(|error| OpsError::new(format!("{}: {error}", file.display()), advice))?;
            let people = import::read(&text)?;
            let imported = import::import(&context, people, &reason, How { apply, skip_bad }).await?;
            let refused = apply && !imported.applied;
            let status = print(&imported, json)?;
            if refused {
                let advice = "Mend the rows, or leave them out with --skip-bad.";
                return Err(OpsError::new("nothing was imported: the file has bad rows", advice).into());
            }
            Ok(status)
        }
        Task::Register { webhook_url } => {
            let secret = setup.secrets().telegram_webhook_secret().map_err(SetupError::from)?;
            register(&setup.services().telegram()?, &webhook_url, secret, &mut io::stdout()).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The process's environment, without the name of the secrets' parameter.
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
