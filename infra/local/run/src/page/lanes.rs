//! The lanes: a row for each function, with a bar for each of its invocations in the last minute.

use maud::{Markup, html};
use sandbox::{Ended, Invocation};
use tokio::time::Instant;

use super::{precise, time_of_day};
use crate::App;

/// The functions in the order of an order's way.
const LANES: [&str; 6] = ["webhook", "generator", "callback", "sender", "refunder", "sweeper"];
/// The time that the lanes show, in milliseconds. The script reads it from the page.
const SHOWN_MS: i64 = 60_000;
/// Milliseconds of one unit of the drawing.
const UNIT_MS: i64 = 10;
/// Shortest bar, in milliseconds: most invocations take less than a pixel.
const BAR_MIN_MS: i64 = 300;

/// The lanes. A bar lies at the time since the start, so it stays where it is, and the script moves the part of the drawing that is seen.
pub(super) fn lanes(app: &App, began: Instant) -> Markup {
    let now_ms = ms(Instant::now().saturating_duration_since(began));
    let latest = app.sandbox.latest_invocations();
    let view = format!("{} 0 {} 10", (now_ms - SHOWN_MS) / UNIT_MS, SHOWN_MS / UNIT_MS);
    let wall_ms = app.sandbox.now().as_millisecond();
    html! {
        section.card.lanes data-key="lanes" data-merge data-now=(now_ms) data-span=(SHOWN_MS) data-unit=(UNIT_MS) {
            h3 data-key="head" data-version="0" { "Functions " small { "the last minute, and how often each ran" } }
            @for name in LANES {
                @let all = latest.get(name).map(Vec::as_slice).unwrap_or_default();
                div.lane data-key=(name) data-merge {
                    span data-key="name" data-version="0" { (name) }
                    svg data-key="bars" data-merge viewBox=(view) preserveAspectRatio="none" role="img" aria-label=(format!("invocations of {name}")) {
                        @for one in all.iter().filter(|one| is_seen(one, began, now_ms)) { (bar(one, began, now_ms, wall_ms)) }
                    }
                    @let count = all.last().map_or(0, |last| last.number);
                    b data-key="count" data-version=(count) { (count) }
                }
            }
            p.axis data-key="axis" data-version="0" { span { "a minute ago" } span { "now" } }
        }
    }
}

fn is_seen(one: &Invocation, began: Instant, now_ms: i64) -> bool {
    let start = ms(one.started.saturating_duration_since(began));
    one.ended.is_none_or(|(took, _)| start + ms(took).max(BAR_MIN_MS) > now_ms - SHOWN_MS)
}

fn bar(one: &Invocation, began: Instant, now_ms: i64, wall_ms: i64) -> Markup {
    let start = ms(one.started.saturating_duration_since(began));
    let at = time_of_day(wall_ms - (now_ms - start));
    // A running invocation goes on to the right, beyond the present.
    let (class, width, words) = match one.ended {
        None => ("running", SHOWN_MS, "is running".to_owned()),
        Some((took, how)) => {
            let (class, words) = match how {
                Ended::Returned => ("ok", "returned"),
                Ended::Died => ("died", "died"),
                Ended::TimedOut => ("died", "was killed by its timeout"),
            };
            (class, ms(took), format!("{words} after {}", precise(ms(took))))
        }
    };
    html! {
        rect.(class) data-key=(one.number) data-version=(class) x=(start / UNIT_MS) y="0" width=(width.max(BAR_MIN_MS) / UNIT_MS) height="10" {
            title { (one.function) " " (one.number) ", " (at) ": " (words) }
        }
    }
}

fn ms(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
