//! The timeline of a scenario for its reader: chat messages, KIE tasks, ledger entries.

use std::fmt::Write as _;

use domain::{
    credits::Entry,
    job::{Film, Job},
};
use fakes::kie::TaskState;
use testkit::environment::Seller;

use crate::ScenarioRun;

/// Maximum length of a timeline's line, in characters.
const LINE_MAX_CHARS: usize = 260;

/// Returns the timeline of a scenario: for each person the events, then the jobs and the ledger; remarks at the end.
pub async fn timeline(run: &ScenarioRun) -> String {
    let mut out = String::new();
    for seller in run.people() {
        let _infallible = writeln!(out, "  {}, person {}", seller.name, seller.user);
        let mut events = events(run, &seller);
        events.sort_by_key(|(at, _)| *at);
        let began = events.first().map_or(0, |(at, _)| *at);
        for (at, event) in events {
            let secs = (at - began) / 1000;
            let millis = (at - began) % 1000;
            let _infallible = writeln!(out, "  {secs:>5}.{millis:03}  {}", shortened(&event));
        }
        let jobs = run.env.jobs(seller.user).await.unwrap_or_default();
        let ledger = run.env.ledger(seller.user).await.unwrap_or_default();
        let _infallible = writeln!(out, "{}", account(&jobs, &ledger));
    }
    for remark in run.remarks() {
        let _infallible = writeln!(out, "  · {remark}");
    }
    out
}

/// Returns the events of one person: time in milliseconds, and text.
fn events(run: &ScenarioRun, seller: &Seller) -> Vec<(i64, String)> {
    let (telegram, user) = (&run.env.telegram, seller.user.0);
    // The history contains every edit at its own time, so it shows a message before and after a tap.
    let chat = telegram.history(user).into_iter().map(|(at, text)| (at, in_one_line(&text)));
    let refused = telegram.calls().into_iter().filter(|call| call.chat == Some(user) && call.status != 200);
    let refused = refused.map(|call| {
        let answer = if call.status == 0 { "no answer".to_owned() } else { format!("{} {}", call.status, call.description) };
        (call.at_ms, format!("    Telegram, {}: {answer}", call.method))
    });
    let tasks = run.env.tasks_of(seller.user).into_iter().map(|task| {
        (task.created_ms, format!("    KIE, {}: task {}, final state: {}", task.model, short(&task.id), final_state(&task.state)))
    });
    chat.chain(refused).chain(tasks).collect()
}

fn in_one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ⏎ ")
}

/// What the film's index says of the film.
fn film(film: Film) -> String {
    let Film { width, height, millis, sound } = film;
    let sound = if sound { "sound" } else { "no sound" };
    format!("  film {width}x{height}, {}.{} s, {sound}", millis / 1000, millis % 1000 / 100)
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn final_state(state: &TaskState) -> String {
    match state {
        TaskState::Fail { code, message } => format!("fail {code} {message:?}"),
        other => other.name().to_owned(),
    }
}

/// Returns the lines with a person's jobs, ledger and balance after the scenario.
fn account(jobs: &[Job], ledger: &[Entry]) -> String {
    let mut out = String::new();
    for job in jobs {
        let film = job.making.film.map(film).unwrap_or_default();
        let _infallible = writeln!(out, "  job     {}  {}{film}", job.id, job.state.name());
    }
    let mut balance = 0;
    for entry in ledger {
        balance += entry.amount;
        let kind = format!("{:?}", entry.kind).to_lowercase();
        let (amount, key, note) = (entry.amount, entry.key.to_string(), &entry.note);
        let line = format!("  ledger  {amount:>+3}  {kind:<8} {key:<48} balance {balance}  {note}");
        let _infallible = writeln!(out, "{}", line.trim_end());
    }
    let _infallible = writeln!(out, "  balance {balance}");
    out
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= LINE_MAX_CHARS {
        return line.to_owned();
    }
    line.chars().take(LINE_MAX_CHARS - 1).chain(['…']).collect()
}
