//! What happens behind a person's chat: the latest job, the ledger, the jobs, and the calls.

use domain::{ids::UserId, job::Job};
use maud::{Markup, html};

use super::{
    calls, job, keyed,
    stored::{self, StoredEntry},
    time_of_day,
};
use crate::App;

/// Jobs and entries that are shown, the newest first.
const SHOWN_MAX: i32 = 8;

pub(super) async fn behind(app: &App, id: i64) -> Markup {
    let user = UserId(id);
    let jobs = app.sandbox.table.recent_jobs(user, SHOWN_MAX).await.unwrap_or_default();
    let balance = app.sandbox.table.balance(user).await.unwrap_or_default().0;
    let entries = stored::newest_entries(&app.sandbox.dynamodb, id, SHOWN_MAX);
    html! {
        (job::time_line(app, jobs.first()))
        (keyed("ledger", &ledger(&entries, balance)))
        (keyed("jobs", &job_list(&jobs)))
        (calls::list(app, id))
    }
}

fn ledger(entries: &[StoredEntry], balance: i64) -> Markup {
    html! {
        h3 data-balance=(balance) { "Ledger, balance " b { (balance) } }
        @if entries.is_empty() { p.none { "No entry yet. The first order of a new account begins with a gift." } }
        table.ledger {
            @for entry in entries {
                tr {
                    td.number { (format!("{:+}", entry.amount)) }
                    td { span.(format!("entry {}", entry.kind)) { (entry.kind) } }
                    td { (entry.note) }
                    td.none { (entry.at_ms.map(time_of_day).unwrap_or_default()) }
                }
            }
        }
    }
}

fn job_list(jobs: &[Job]) -> Markup {
    let film = |job: &Job| job.making.film.map(|film| format!("{}×{}, {} s", film.width, film.height, film.secs()));
    html! {
        h3 { "Jobs" }
        @if jobs.is_empty() { p.none { "No order yet." } }
        table.jobs {
            @for job in jobs {
                tr {
                    td { (job.order.kind.name()) ", " (job.order.style.name()) }
                    td { b class=(format!("state {}", job.state.name())) { (job.state.name()) } }
                    td { (film(job).unwrap_or_default()) }
                    td.none { (time_of_day(job.confirmed_at.as_millisecond())) }
                }
            }
        }
    }
}
