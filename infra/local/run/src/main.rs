//! `make run`: the whole bot on one machine. The six functions run in this process over fakes of AWS, Telegram and KIE, and a page
//! in the browser is the chat.

mod calls;
mod data;
mod page;
mod people;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use calls::Calls;
use data::Data;
use domain::{credits::Entry, ids::UserId};
use fakes::{
    film::Detail,
    kie::{Kie, Outcome},
};
use people::Chats;
use sandbox::{Chance, Opening, Sandbox, Times, user_of_task};

/// The page's port unless `PORT` names another.
const PORT: u16 = 8787;

/// What every request of the page uses.
pub(crate) struct App {
    sandbox: Sandbox,
    kie: Kie,
    chats: Chats,
    calls: Arc<Calls>,
    /// The authorities that the page answers to: no other web page may read it by a name of this machine.
    hosts: [String; 2],
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the command prints why it cannot start")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make run: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command prints where the page is")]
async fn run() -> Result<(), String> {
    let port = port(std::env::var("PORT").ok().as_deref())?;
    // The port first: if it is taken, nothing else starts.
    let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        format!("port {port} of this machine cannot be used: {error}. Stop the program that has it, or choose another: make run PORT=8788")
    })?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let data = Data::open(std::env::var_os("DATA").map(PathBuf::from))?;
    let app = open(port, Detail::Smooth, Some(data.path())).await?;
    data.keep(app.chats.telegram.clone(), app.kie.clone())?;
    println!("open http://127.0.0.1:{port}");
    println!("Telegram  fake");
    println!("KIE       fake: films are made here, from your photo");
    println!("data      {} (people, credits, films survive a restart)", data.path().display());
    axum::serve(listener, page::router(Arc::new(app))).await.map_err(|error| error.to_string())
}

/// Opens the bot with its fakes, in this folder; in memory for `None`.
async fn open(port: u16, detail: Detail, folder: Option<&Path>) -> Result<App, String> {
    let opening = Opening { folder, ..Opening::new(Chance::real(), Times::run(), detail) };
    let sandbox = Sandbox::open(opening).await?;
    let (Some(telegram), Some(kie)) = (sandbox.telegram.clone(), sandbox.kie.clone()) else {
        return Err("the fakes did not start".to_owned());
    };
    let calls = Arc::new(Calls::default());
    sandbox.net.intercept(calls.clone());
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    Ok(App { sandbox, kie, chats: Chats::of(telegram), calls, hosts })
}

impl App {
    /// A person's ledger, oldest first.
    async fn ledger(&self, user: UserId) -> Vec<Entry> {
        let mut entries = self.sandbox.table.ledger(user).await.unwrap_or_default();
        // Entries of the same instant: credits before debits, so that the running balance stays above zero.
        entries.sort_by_key(|entry| (entry.at, std::cmp::Reverse(entry.amount)));
        entries
    }

    /// Sets the outcomes of KIE's next tasks for a person's jobs: one each, then successes.
    fn script_kie(&self, user: UserId, outcomes: Vec<Outcome>) {
        let callbacks = self.sandbox.callbacks().clone();
        self.kie.script_if(move |body| user_of_task(&callbacks, body) == Some(user), outcomes);
    }
}

fn port(named: Option<&str>) -> Result<u16, String> {
    match named.map(str::trim).filter(|named| !named.is_empty()) {
        None => Ok(PORT),
        Some(named) => named.parse().map_err(|_| format!("PORT is {named:?}, and must be a number up to 65535")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_and_8787_by_default() {
        assert_eq!((port(None), port(Some(" ")), port(Some("9000"))), (Ok(8787), Ok(8787), Ok(9000)));
        assert_eq!(port(Some("web")), Err("PORT is \"web\", and must be a number up to 65535".to_owned()));
    }
}
