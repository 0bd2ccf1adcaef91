//! What happens behind all chats: the lanes of the functions and the queues. It is the same on every page, so it is made once for all.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::extract::State;
use maud::{Markup, PreEscaped, html};
use tokio::time::Instant;

use super::{Shared, duration, keyed, lanes, queues};
use crate::App;

/// How long the part is shown again as it is: forty open pages make it four times a second, not a hundred and sixty times.
const KEPT_FOR: Duration = Duration::from_millis(250);

/// The part as it was made last, and the start of the lanes' time.
pub(crate) struct SharedPart {
    began: Instant,
    made: Mutex<Option<(Instant, String)>>,
}

impl Default for SharedPart {
    fn default() -> Self {
        Self { began: Instant::now(), made: Mutex::default() }
    }
}

pub(super) async fn shared(State(app): Shared) -> Markup {
    part(&app)
}

/// The part, at most [`KEPT_FOR`] old.
pub(super) fn part(app: &App) -> Markup {
    let mut made = app.lanes.made.lock().unwrap_or_else(PoisonError::into_inner);
    match &*made {
        Some((at, html)) if at.elapsed() < KEPT_FOR => PreEscaped(html.clone()),
        _ => {
            let html = html! { (clock(app)) (lanes::lanes(app, app.lanes.began)) (queues::queues(app)) };
            *made = Some((Instant::now(), html.0.clone()));
            html
        }
    }
}

/// What changes when the part has to be shown again.
pub(super) fn version(app: &App) -> (u64, u64, usize, Duration) {
    let latest = app.sandbox.latest_invocations();
    let count = latest.values().filter_map(|all| all.last()).map(|last| last.number).sum();
    let running = latest.values().flatten().filter(|invocation| invocation.ended.is_none()).count() as u64;
    (count, running, queues::version(app), app.skips.ahead().by)
}

/// The page's clock, if it is ahead of the machine's.
fn clock(app: &App) -> Markup {
    let ahead = i64::try_from(app.skips.ahead().by.as_millis()).unwrap_or(i64::MAX);
    if ahead == 0 {
        return html! {};
    }
    let now = super::time_of_day(app.sandbox.now().as_millisecond());
    keyed(
        "clock",
        &html! { p.clock { "⏩ The clock of this page is " b { (duration(ahead)) } " ahead: it shows " (now) " UTC." } },
    )
}
