//! Break it: the faults, what should happen after each, and their buttons.

use std::time::Duration;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::ids::UserId;
use fakes::{
    kie::{Callback, Kie, Outcome},
    telegram::CallFailure,
};
use maud::{Markup, html};
use sandbox::user_of_task;
use serde::Deserialize;

use super::{NoSuchPerson, Shared, contact, subject};
use crate::{App, skip::NoSkip};

/// How much longer a slow film takes.
const SLOW: Duration = Duration::from_secs(30);
/// The films whose callbacks are lost.
const LOST_CALLBACKS: usize = 3;
/// The calls that Telegram refuses with 429, and the seconds that it asks the bot to wait.
const TOO_MANY: (usize, u32) = (3, 3);
/// The writes that DynamoDB throttles.
const THROTTLED_WRITES: u32 = 4;

/// The time between two sweeps while time is skipped. In the cloud it is a minute; a sweep every two seconds would make the skip of an hour
/// long.
const SWEEP_IN_SKIP: Duration = Duration::from_secs(20);

/// What has to be a fake, so that a fault can be made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Telegram,
    Kie,
    Both,
}

/// A fault: its name, what it needs, the label of its button, and what should happen.
struct Fault(&'static str, Needs, &'static str, &'static str);

/// The faults, by what they break.
const FAULTS: [(&str, &[Fault]); 4] = [
    (
        "KIE",
        &[
            Fault(
                "kie-slow",
                Needs::Kie,
                "KIE is slow",
                "The next film takes 30 s longer. The status message goes on, and the film arrives.",
            ),
            Fault(
                "kie-rejects",
                Needs::Kie,
                "KIE rejects the photo",
                "The next order's credit comes back, and the seller reads why.",
            ),
            Fault(
                "kie-breaks",
                Needs::Kie,
                "KIE breaks three times",
                "The next order takes three attempts, the last with the spare model. Then the credit comes back.",
            ),
            Fault(
                "kie-silent",
                Needs::Kie,
                "KIE never ends the film",
                "Two minutes after the next order the bot gives up, and the credit comes back. Skip time to see it now.",
            ),
            Fault(
                "kie-loses-callbacks",
                Needs::Kie,
                "KIE loses callbacks",
                "The next three films end in silence. The bot asks KIE itself some seconds later, and each film arrives.",
            ),
        ],
    ),
    (
        "Telegram",
        &[
            Fault(
                "telegram-429",
                Needs::Telegram,
                "Telegram answers 429",
                "The next three calls are refused for 3 s each. What was refused arrives later.",
            ),
            Fault(
                "telegram-down",
                Needs::Telegram,
                "Telegram is down",
                "A film that is ready is sent three times within seconds. Then its credit comes back. An order whose photo cannot be \
                 read makes no film, and its credit comes back after two minutes.",
            ),
            Fault("telegram-up", Needs::Telegram, "Telegram is up again", "The seller reads what happened meanwhile."),
            Fault(
                "block",
                Needs::Telegram,
                "The seller blocks the bot",
                "A finished film waits for the seller. No credit moves.",
            ),
            Fault("unblock", Needs::Telegram, "The seller unblocks it", "The film that waited arrives."),
            Fault(
                "redeliver",
                Needs::Telegram,
                "Telegram repeats an update",
                "The last update comes again. Nothing happens twice: the same answer, no second charge.",
            ),
        ],
    ),
    (
        "AWS",
        &[
            Fault(
                "dynamodb-throttles",
                Needs::Nothing,
                "DynamoDB throttles",
                "The next four writes of this person are refused. The SDK or the queue repeats them, and nothing is lost.",
            ),
            Fault(
                "kill-function",
                Needs::Nothing,
                "Kill a function",
                "The generator or the sender dies in the middle of its work: the running process, else the next one. Another goes on after \
                 some 15 s, and the film arrives once.",
            ),
        ],
    ),
    (
        "Time",
        &[
            Fault("skip-minute", Needs::Both, "Skip a minute", "All that is due in it happens now."),
            Fault(
                "skip-hour",
                Needs::Both,
                "Skip an hour",
                "Every open order ends: delivered, held or refunded. It takes some seconds.",
            ),
        ],
    ),
];

/// The buttons, each with its line.
pub(super) fn buttons(app: &App) -> Markup {
    html! {
        details.card.break {
            summary { h3 { "Break it " small { "each fault with what should happen; the refund arrives in the chat" } } }
            @for (area, faults) in FAULTS {
                @if faults.iter().any(|fault| is_possible(app, fault.1)) {
                    fieldset {
                        legend { (area) }
                        @for Fault(name, _, label, expected) in faults.iter().filter(|fault| is_possible(app, fault.1)) {
                            div.fault { button type="button" data-break=(name) { (label) } span { (expected) } }
                        }
                    }
                }
            }
        }
    }
}

fn is_possible(app: &App, needs: Needs) -> bool {
    match needs {
        Needs::Nothing => true,
        Needs::Telegram => app.chats.is_some(),
        Needs::Kie => app.kie.is_some(),
        Needs::Both => app.chats.is_some() && app.kie.is_some(),
    }
}

#[derive(Deserialize)]
pub(super) struct Broken {
    what: String,
}

/// Makes something fail for this person, or skips time for all.
pub(super) async fn break_it(
    State(app): Shared,
    Path(id): Path<i64>,
    Form(Broken { what }): Form<Broken>,
) -> Result<Response, NoSuchPerson> {
    let user = subject(&app, id)?.id;
    let known = FAULTS.iter().flat_map(|(_, faults)| faults.iter()).find(|fault| fault.0 == what && is_possible(&app, fault.1));
    let Some(Fault(_, needs, ..)) = known else {
        return Ok((StatusCode::BAD_REQUEST, "There is no such fault.").into_response());
    };
    match needs {
        Needs::Telegram => break_telegram(&app, user, &what).await?,
        Needs::Kie => break_kie(&app, user, &what),
        Needs::Nothing if what == "kill-function" => kill(&app, user),
        Needs::Nothing => app.sandbox.faults.throttle_writes_of(user, THROTTLED_WRITES),
        Needs::Both => {
            let by = Duration::from_secs(if what == "skip-hour" { 3600 } else { 60 });
            // A browser that leaves does not stop a skip halfway.
            let skipped = tokio::spawn(async move {
                app.sandbox.sweep_every(Some(SWEEP_IN_SKIP));
                let skipped = app.skips.skip(by).await;
                app.sandbox.sweep_every(None);
                skipped
            })
            .await;
            if let Ok(Err(why)) = skipped {
                return Ok(refusal(why));
            }
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn break_telegram(app: &App, user: i64, what: &str) -> Result<(), NoSuchPerson> {
    let (chats, contact) = contact(app, user)?;
    let (telegram, person) = (&chats.telegram, contact.person);
    match what {
        "telegram-429" => telegram.fail(user, "*", TOO_MANY.0, CallFailure::TooManyRequests(TOO_MANY.1)),
        "telegram-down" => telegram.down(user),
        "telegram-up" => telegram.up(user),
        "block" => drop(person.block().await),
        "unblock" => drop(person.unblock().await),
        _ => drop(person.redeliver(person.last_update()).await),
    }
    Ok(())
}

fn break_kie(app: &App, user: i64, what: &str) {
    let Some(kie) = &app.kie else { return };
    let refused = || Outcome::fail("422", "The input or output was flagged as sensitive");
    let failed = || Outcome::fail("500", "Internal Error, Please try again later.");
    let outcomes = match what {
        "kie-slow" => vec![Outcome::success().after(app.sandbox.times.making + SLOW)],
        "kie-rejects" => vec![refused(), refused()],
        "kie-breaks" => vec![failed(), failed(), failed()],
        "kie-silent" => vec![Outcome::never_answers()],
        _ => vec![Outcome::success().with_callback(Callback::Lost); LOST_CALLBACKS],
    };
    script(app, kie, UserId(user), outcomes);
}

/// Sets the outcomes of KIE's next tasks for a person's jobs: one each, then successes. A task without a callback address is of the page's
/// person: KIE's fake cannot know better.
fn script(app: &App, kie: &Kie, user: UserId, outcomes: Vec<Outcome>) {
    let callbacks = app.sandbox.callbacks().clone();
    kie.script_if(move |body| user_of_task(&callbacks, body).is_none_or(|of| of == user), outcomes);
}

/// Kills the running process that makes or sends this person's film; if none runs, the next one.
fn kill(app: &App, user: i64) {
    let is_meant = |one: &sandbox::Invocation| {
        matches!(one.function, "generator" | "sender") && app.calls.is_for((one.function, one.number), user)
    };
    if app.sandbox.kill_running(&is_meant) == 0 {
        app.sandbox.faults.kill_next_of(user);
    }
}

fn refusal(why: NoSkip) -> Response {
    let text = match why {
        NoSkip::UnderWay => "Time is being skipped already. Try again in some seconds.".to_owned(),
        NoSkip::TooFar => "The clock is a month ahead already. Begin with an empty folder: make run DATA=...".to_owned(),
        NoSkip::NotKept(error) => format!("No time was skipped, because the data folder cannot be written: {error}"),
    };
    (StatusCode::CONFLICT, text).into_response()
}
