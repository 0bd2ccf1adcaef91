//! How far the fake KIE is with a person's films.

use fakes::kie::FilmBeingMade;
use maud::{Markup, html};
use sandbox::attempt_at;

use crate::App;

/// A line for each film that is being made; empty if there is none.
pub(super) fn making(app: &App, user: i64) -> Markup {
    let films = app.kie.as_ref().map(fakes::kie::Kie::being_made).unwrap_or_default();
    html! {
        @for film in films.iter().filter(|film| owner(app, film) == Some(user)) {
            p {
                @match film.percent {
                    Some(percent) => {
                        span { "KIE is making the film: " (percent) " %" }
                        progress max="100" value=(percent) {}
                    }
                    None => { span { "KIE has the order." } progress max="100" {} }
                }
            }
        }
    }
}

/// The person of a film; `None` if the bot no longer waits for it.
fn owner(app: &App, film: &FilmBeingMade) -> Option<i64> {
    let sealed = film.callback_url.as_deref().and_then(|url| attempt_at(app.sandbox.callbacks(), url));
    let has_ended = |state: &str| matches!(state, "delivered" | "failed");
    if let Some((_, job, _)) = sealed
        && app.history.of_job(&job.to_string()).last().is_some_and(|last| has_ended(&last.state))
    {
        return None;
    }
    sealed.map(|(user, ..)| user.0).or_else(|| app.calls.user_of_task(&film.task_id))
}
