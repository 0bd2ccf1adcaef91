//! What happens behind the chat: the person's jobs and ledger, the queues, and the latest calls.

use domain::{credits::Entry, ids::UserId, job::Job};
use maud::{Markup, html};

use crate::{calls::Call, open::App, people::Contact};

/// Jobs and entries that are shown, the newest first.
const SHOWN_MAX: usize = 8;

pub(super) async fn behind(app: &App, contact: &Contact) -> Markup {
    let user = UserId(contact.person.id());
    let jobs = app.sandbox.table.jobs(user).await.unwrap_or_default();
    let ledger = app.ledger(user).await;
    let balance: i64 = ledger.iter().map(|entry| entry.amount).sum();
    let (waiting, invocations) = (app.sandbox.messages_on_their_way(), app.sandbox.invocations());
    html! {
        section {
            h3 { "Functions" }
            div.lanes { @for (name, count) in &invocations { span.lane { (name) " " b { (count) } } } }
            p { "Messages in the queues: " b { (waiting) } }
        }
        section {
            h3 { "Jobs" }
            @if jobs.is_empty() { p.none { "No order yet." } }
            table { @for job in jobs.iter().rev().take(SHOWN_MAX) { (row_of_job(job)) } }
        }
        section {
            h3 { "Ledger, balance " b { (balance) } }
            table { @for entry in ledger.iter().rev().take(SHOWN_MAX) { (row_of_entry(entry)) } }
        }
        section {
            h3 { "Calls" }
            table.calls { @for call in app.calls.latest() { (row_of_call(&call)) } }
        }
    }
}

fn row_of_job(job: &Job) -> Markup {
    let film = job.making.film.map(|film| format!("{}×{}, {} s", film.width, film.height, film.secs()));
    html! {
        tr {
            td { (job.order.kind.name()) " " (job.order.style.name()) }
            td { b class=(format!("state {}", job.state.name())) { (job.state.name()) } }
            td { (film.unwrap_or_default()) }
        }
    }
}

fn row_of_entry(entry: &Entry) -> Markup {
    html! { tr { td { (format!("{:+}", entry.amount)) } td { (format!("{:?}", entry.kind).to_lowercase()) } td { (entry.note) } } }
}

fn row_of_call(call: &Call) -> Markup {
    let outcome = match call.status {
        0 => "no answer".to_owned(),
        status => status.to_string(),
    };
    let is_bad = call.status == 0 || call.status >= 400;
    html! {
        tr.bad[is_bad] { td { (call.number) } td { (call.caller) " → " (call.service) } td { (call.what) } td { (outcome) } td { (call.ms) " ms" } }
    }
}
