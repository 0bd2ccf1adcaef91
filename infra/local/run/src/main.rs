//! `make run`: the whole bot on one machine. The six functions run in this process over a local AWS. Telegram and KIE are fakes, with a
//! chat in the browser, or the services themselves.

mod backup;
mod bot;
mod calls;
mod checks;
mod data;
mod disk;
mod history;
mod keys;
mod open;
mod operator;
mod page;
mod people;
mod public;
mod settings;
mod skip;

use std::{process::ExitCode, sync::Arc};

use data::Data;
use open::App;
use sandbox::Outside;
use settings::Settings;

#[expect(clippy::print_stderr, reason = "the command prints why it cannot start")]
fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), String> {
    let settings = Settings::read()?;
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        None => {}
        Some(task) if task == "backup" => return backup::backup(settings.data, arguments.next().unwrap_or_default().as_ref()),
        Some(other) => return Err(format!("{} is no task: backup FOLDER is the only one", other.display())),
    }
    log(&settings);
    // Only a runtime of one thread can skip time, which is possible only where both services are fakes.
    let mut runtime = match settings.is_all_fake() {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build().map_err(|error| format!("this machine starts no threads: {error}"))?;
    runtime.block_on(run(settings))
}

async fn run(settings: Settings) -> Result<(), String> {
    // The port first: if it is taken, nothing else starts.
    let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, settings.port)).await.map_err(|error| {
        let port = settings.port;
        format!("port {port} of this machine cannot be used: {error}. Stop the program that has it, or choose another: make run PORT=8788")
    })?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let data = Data::open(settings.data.clone())?;
    let app = Arc::new(open::in_folder(&settings, port, data.path()).await?);
    data.keep(&app)?;
    if let Some((url, port)) = &settings.public {
        public::listen(&app.sandbox, url, *port).await?;
    }
    let telegram = match settings.telegram {
        Outside::Fake => "fake (set TELEGRAM_BOT_TOKEN for the real one)".to_owned(),
        Outside::Real => bot::connect(&app.sandbox, &settings).await?,
    };
    let kie = match settings.kie {
        Outside::Fake => "fake: films are made here, from your photo (set KIE_API_KEY for real films)".to_owned(),
        Outside::Real => open::kie_line(&app.sandbox).await?,
    };
    print(port, &telegram, &kie, &data);
    tokio::spawn(checks::accounts(checks::context(&app.sandbox)));
    if settings.is_draining {
        let app = app.clone();
        tokio::spawn(async move { checks::drained(&app.sandbox).await });
    }
    axum::serve(listener, page::router(app)).await.map_err(|error| error.to_string())
}

#[expect(clippy::print_stdout, reason = "the command prints what is real and where the page is")]
fn print(port: u16, telegram: &str, kie: &str, data: &Data) {
    println!("open http://127.0.0.1:{port}");
    println!("Telegram  {telegram}");
    println!("KIE       {kie}");
    println!("data      {} (people, credits, films survive a restart)", data.path().display());
}

/// Writes the functions' log to stderr: at `RUST_LOG`'s levels, else what needs an operator where a service is real.
fn log(settings: &Settings) {
    let default = if settings.is_all_fake() { "off" } else { "warn" };
    let levels = std::env::var("RUST_LOG").unwrap_or_else(|_| default.to_owned());
    let lines = adapters::logging::json_lines(&levels, None, std::io::stderr);
    tracing_subscriber::util::SubscriberInitExt::init(lines);
}
