//! The time line of a job: its states with their times.

use domain::job::Job;
use maud::{Markup, html};

use super::{keyed, precise, queues::short, time_of_day};
use crate::{App, history::Change};

/// The width of the bar, in units of its drawing.
const BAR_WIDTH: i64 = 1000;
/// The least width of a state in the bar, in the same units.
const STATE_MIN: i64 = 12;

pub(super) fn time_line(app: &App, job: Option<&Job>) -> Markup {
    let Some(job) = job else {
        return keyed(
            "job",
            &html! { h3 { "Latest job" } p.none { "No order yet. Its states will be here, with the time of each." } },
        );
    };
    let now_ms = app.sandbox.now().as_millisecond();
    let changes = changes_of(app, job);
    let has_ended = job.deadline(&app.sandbox.times.rules).is_none();
    // An open job's last state goes on until now. The time is cut to seconds, so that the part changes once a second at most.
    let end_ms = if has_ended { changes.last().map_or(now_ms, |last| last.at_ms) } else { now_ms / 1000 * 1000 };
    let deadline = job.deadline(&app.sandbox.times.rules).map(|deadline| time_of_day(deadline.as_millisecond()));
    keyed(
        "job",
        &html! {
            h3 { "Latest job " small { (job.order.kind.name()) ", " (job.order.style.name()) ", " code { (short(&job.id.to_string())) } } }
            (bar(&changes, end_ms))
            ol.time-line {
                @for (at, change) in changes.iter().enumerate() {
                    @let before = at.checked_sub(1).and_then(|before| changes.get(before));
                    li.(class(&change.state)) {
                        b { (change.state) }
                        span { (time_of_day(change.at_ms)) }
                        span.none { (before.map(|before| format!("+{}", precise(change.at_ms - before.at_ms))).unwrap_or_default()) }
                        span.none { (change.by) }
                    }
                }
            }
            @if let Some(deadline) = deadline { p.none { "This state has to be over by " (deadline) " UTC." } }
        },
    )
}

/// The states that this program saw; of a job of an earlier run at least its order and its present state.
fn changes_of(app: &App, job: &Job) -> Vec<Change> {
    let mut changes = app.history.of_job(&job.id.to_string());
    let confirmed_ms = job.confirmed_at.as_millisecond();
    if changes.first().is_none_or(|first| first.state != "queued") {
        changes.insert(0, Change { at_ms: confirmed_ms, state: "queued".to_owned(), by: "webhook" });
    }
    if changes.last().is_none_or(|last| last.state != job.state.name()) {
        let at_ms = app.sandbox.now().as_millisecond();
        changes.push(Change { at_ms, state: job.state.name().to_owned(), by: "before the restart" });
    }
    changes
}

/// A bar with a part for each state, as long as the state lasted.
fn bar(changes: &[Change], end_ms: i64) -> Markup {
    let begin_ms = changes.first().map_or(end_ms, |first| first.at_ms);
    let whole = (end_ms - begin_ms).max(1);
    let ends = changes.iter().skip(1).map(|next| next.at_ms).chain([end_ms]);
    let mut x = 0;
    let parts: Vec<(i64, i64, &Change, i64)> = changes
        .iter()
        .zip(ends)
        .map(|(change, end)| {
            let took = (end - change.at_ms).max(0);
            let width = (took * BAR_WIDTH / whole).max(STATE_MIN);
            x += width;
            (x - width, width, change, took)
        })
        .collect();
    html! {
        svg.states viewBox=(format!("0 0 {} 10", x.max(1))) preserveAspectRatio="none" role="img" aria-label="the states of the job" {
            @for (x, width, change, took) in parts {
                rect.(class(&change.state)) x=(x) y="0" width=(width) height="10" { title { (change.state) ": " (precise(took)) } }
            }
        }
    }
}

/// The class of a state, for its colour.
fn class(state: &str) -> &'static str {
    match state {
        "queued" => "s-queued",
        "submitting" => "s-submitting",
        "generating" => "s-generating",
        "ready" => "s-ready",
        "sending" => "s-sending",
        "held" => "s-held",
        "delivered" => "s-delivered",
        _ => "s-failed",
    }
}
