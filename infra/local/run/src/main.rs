//! `make run`: the whole bot on one machine. The six functions run in this process over fakes of AWS, Telegram and KIE, and a page
//! in the browser is the chat.

mod calls;
mod data;
mod history;
mod page;
mod people;
mod skip;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use calls::{Calls, mask::Mask};
use data::Data;
use fakes::{film::Detail, kie::Kie};
use history::History;
use people::Chats;
use sandbox::{Chance, Opening, Sandbox, Times};
use skip::Skips;

/// The page's port unless `PORT` names another.
const PORT: u16 = 8787;

/// What every request of the page uses.
pub(crate) struct App {
    sandbox: Sandbox,
    /// The fake KIE; `None` if KIE is real.
    kie: Option<Kie>,
    /// The fake Telegram with its people; `None` if Telegram is real.
    chats: Option<Chats>,
    calls: Arc<Calls>,
    history: Arc<History>,
    mask: Mask,
    skips: Skips,
    lanes: page::SharedPart,
    /// The authorities that the page answers to: no other web page may read it by a name of this machine.
    hosts: [String; 2],
}

// One thread, because only such a runtime can skip time.
#[tokio::main(flavor = "current_thread")]
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
    if let (Some(chats), Some(kie)) = (&app.chats, &app.kie) {
        data.keep(chats.telegram.clone(), kie.clone())?;
    }
    println!("open http://127.0.0.1:{port}");
    println!("Telegram  fake");
    println!("KIE       fake: films are made here, from your photo");
    println!("data      {} (people, credits, films survive a restart)", data.path().display());
    axum::serve(listener, page::router(Arc::new(app))).await.map_err(|error| error.to_string())
}

/// Opens the bot with its fakes, in this folder; in memory for `None`.
async fn open(port: u16, detail: Detail, folder: Option<&Path>) -> Result<App, String> {
    let skips = Skips::open(folder)?;
    let chance = Chance::starting_at(jiff::Timestamp::now() + skips.ahead().by);
    let opening = Opening { folder, ..Opening::new(chance, Times::run(), detail) };
    Ok(App::of(Sandbox::open(opening).await?, skips, port))
}

impl App {
    /// The page of this sandbox.
    fn of(sandbox: Sandbox, skips: Skips, port: u16) -> Self {
        let calls = Arc::new(Calls::new(sandbox.clock(), sandbox.callbacks().clone()));
        let history = Arc::new(History::new(sandbox.clock()));
        sandbox.net.intercept(calls.clone());
        sandbox.net.intercept(history.clone());
        let (chats, kie) = (sandbox.telegram.clone().map(Chats::of), sandbox.kie.clone());
        if chats.is_none() {
            history.read_accounts(&sandbox);
        }
        let mask = Mask::new(sandbox.secrets());
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Self { sandbox, kie, chats, calls, history, mask, skips, lanes: page::SharedPart::default(), hosts }
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
