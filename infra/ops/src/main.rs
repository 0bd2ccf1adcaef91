//! `ops`: what an operator does besides deploying. Secrets come from `SECRETS_PARAMETER` in SSM, or from the environment.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use adapters::{clock::Clock, config::Env, random::Dice, wire::Wire};
use clap::{Parser, Subcommand};
use journey::{Setup, SetupError};
use ops::register::{RegisterError, register, webhook_url};

/// What an operator does besides deploying.
#[derive(Parser)]
#[command(name = "ops")]
struct Ops {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Tell Telegram where the bot lives and what it can do; repeating it changes nothing.
    Register {
        /// Where Telegram brings its updates: the stack's output WebhookUrl.
        #[arg(long, value_name = "URL", value_parser = webhook_url)]
        webhook_url: String,
    },
}

/// Why a task was not done.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Register(#[from] RegisterError),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Err(trouble) = done(Ops::parse().task).await else { return ExitCode::SUCCESS };
    // Nothing is left to be done where even that cannot be written.
    let _unwritten = writeln!(io::stderr(), "ops: {trouble}");
    ExitCode::FAILURE
}

async fn done(task: Task) -> Result<(), Trouble> {
    // Not `Setup::lambda`: its logs are for machines.
    let wire = Wire::internet().map_err(SetupError::from)?;
    let setup = Setup::new(Env::process(), wire, Clock::system(), Dice::system()).await?;
    match task {
        Task::Register { webhook_url } => {
            let secret = setup.secrets().telegram_webhook_secret().map_err(SetupError::from)?;
            Ok(register(&setup.telegram()?, &webhook_url, secret, &mut io::stdout()).await?)
        }
    }
}
