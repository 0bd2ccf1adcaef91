//! The calls of a person's page, each with its request and its answer.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::{NoSuchPerson, Shared, shown, subject, time_of_day};
use crate::{App, calls::Call};

/// Calls that are shown, the newest first.
const CALLS_SHOWN: usize = 80;

/// The latest calls. Their bodies are fetched when a call is opened.
pub(super) fn list(app: &App, user: i64) -> Markup {
    html! {
        section.card data-key="calls" data-merge {
            h3 data-key="head" data-version="0" { "Calls " small { "open one for its request and its answer; secrets are masked" } }
            div.calls data-key="list" data-merge {
                @for call in app.calls.latest(user, CALLS_SHOWN) { (row(&call, user)) }
            }
        }
    }
}

fn row(call: &Call, user: i64) -> Markup {
    let outcome = match call.status {
        0 => "no answer".to_owned(),
        status => status.to_string(),
    };
    let is_bad = call.status == 0 || call.status >= 400;
    let number = call.number;
    html! {
        details.call.bad[is_bad].others[call.user.is_none()] data-key=(number) data-version=(number) {
            summary {
                span.none { (time_of_day(call.at_ms)) }
                span.way { (call.caller) " → " (call.service) }
                span.what { (call.what) @if call.user.is_none() { " " small { "of no single person" } } }
                span.number { (outcome) }
                span.number.none { (call.ms) " ms" }
            }
            div data-load=(format!("/{user}/call/{number}")) {}
        }
    }
}

/// The request and the answer of a call.
pub(super) async fn bodies(State(app): Shared, Path((id, number)): Path<(i64, usize)>) -> Result<Markup, NoSuchPerson> {
    let user = subject(&app, id)?.id;
    let Some(call) = app.calls.get(user, number) else {
        return Ok(html! { p.none { "This call is no longer kept." } });
    };
    let shown = shown(&app, call.service);
    // The answer of SSM is the secrets themselves.
    let is_secret = call.service == "SSM";
    let body = |kept| if is_secret { "not shown: it is about secrets".to_owned() } else { app.mask.body(kept, shown) };
    Ok(html! {
        p.path { (call.method) " " (app.mask.text(&call.path)) }
        h4 { "Request" }
        pre { (body(&call.request)) }
        h4 { "Answer " (call.status) }
        pre { (body(&call.answer)) }
    })
}
