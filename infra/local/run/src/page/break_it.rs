//! Makes the faults of Break it.

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
use sandbox::user_of_task;
use serde::Deserialize;

use super::{
    NoSuchPerson, Shared, contact,
    faults::{Needs, needs},
    subject,
};
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

#[derive(Deserialize)]
pub(super) struct ChosenFault {
    what: String,
}

/// Makes something fail for this person, or skips time for all.
pub(super) async fn break_it(
    State(app): Shared,
    Path(id): Path<i64>,
    Form(ChosenFault { what }): Form<ChosenFault>,
) -> Result<Response, NoSuchPerson> {
    let user = subject(&app, id)?.id;
    let Some(needs) = needs(&app, &what) else {
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
