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
use fakes::film::Detail;
use people::People;
use testkit::environment::{Carrier, Sandbox, TestEnvironment, Times};

/// The page's port unless `PORT` names another.
const PORT: u16 = 8787;

/// What every request of the page uses.
pub(crate) struct App {
    env: TestEnvironment,
    people: People,
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
    data.keep(app.env.telegram.clone(), app.env.kie.clone())?;
    println!("open http://127.0.0.1:{port}");
    println!("Telegram  fake");
    println!("KIE       fake: films are made here, from your photo");
    println!("data      {} (people, credits, films survive a restart)", data.path().display());
    axum::serve(listener, page::router(Arc::new(app))).await.map_err(|error| error.to_string())
}

/// Opens the bot with its fakes, in this folder; in memory for `None`.
async fn open(port: u16, detail: Detail, folder: Option<&Path>) -> Result<App, String> {
    let env = match folder {
        Some(folder) => Sandbox::open_in(folder, Times::run(), detail).await?,
        None => Sandbox::open(Carrier::InProcess, Times::run(), detail, None).await?,
    };
    let calls = Arc::new(Calls::default());
    let sandbox = env.sandbox().ok_or("the bot did not start in this process")?;
    sandbox.net.intercept(calls.clone());
    let people = People::first(&env.telegram);
    Ok(App { env, people, calls, hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")] })
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
