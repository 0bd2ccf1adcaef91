//! The page: a chat with the bot, and what happens behind it. It speaks to the fake of Telegram only, so the bot cannot distinguish it
//! from a phone. With a real Telegram the page has no chat, and shows no name and no text of a person.

mod actions;
mod behind;
mod break_it;
mod calls;
mod chat;
mod events;
mod faults;
mod files;
mod guard;
mod job;
mod lanes;
mod layout;
mod making;
mod queues;
mod shared;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::Markup;

pub(crate) use shared::SharedPart;

use crate::{
    App,
    calls::mask::Shown,
    people::{Chats, Contact},
};

/// Largest upload of the page, in bytes: a photo of 25 MB has to reach the bot, which refuses it.
const UPLOAD_MAX_BYTES: usize = 30_000_000;
/// The id of the page of a real Telegram's bot that has no account yet. Telegram gives it to no person.
const NO_ACCOUNT: i64 = 0;

type Shared = State<Arc<App>>;

/// The pages, and what they post.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(first))
        .route("/style.css", get(async || ([(header::CONTENT_TYPE, "text/css")], include_str!("style.css"))))
        .route("/page.js", get(async || ([(header::CONTENT_TYPE, "text/javascript")], include_str!("page.js"))))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/files/{id}", get(files::file))
        .route("/shared", get(shared::shared))
        .route("/people", post(actions::add_person))
        .route("/{person}", get(page))
        .route("/{person}/chat", get(chat_of))
        .route("/{person}/behind", get(behind_of))
        .route("/{person}/items", get(stored::items))
        .route("/{person}/call/{number}", get(calls::bodies))
        .route("/{person}/events", get(events::events))
        .route("/{person}/say", post(actions::say))
        .route("/{person}/tap", post(actions::tap))
        .route("/{person}/photo", post(actions::photo))
        .route("/{person}/break", post(break_it::break_it))
        .layer(DefaultBodyLimit::max(UPLOAD_MAX_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

/// The person of a page.
#[derive(Clone)]
struct Subject {
    id: i64,
    /// The person in the fake Telegram; `None` if Telegram is real.
    contact: Option<Contact>,
}

/// No person on the page has this id.
pub(crate) struct NoSuchPerson;

impl IntoResponse for NoSuchPerson {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, "There is no such person on this page. Open / for the first one.").into_response()
    }
}

async fn first(State(app): Shared) -> Redirect {
    Redirect::to(&format!("/{}", ids(&app).first().copied().unwrap_or(NO_ACCOUNT)))
}

async fn page(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    let subject = subject(&app, id)?;
    Ok(layout::page(&app, &subject, &behind::behind(&app, id).await))
}

async fn chat_of(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    let (chats, contact) = contact(&app, id)?;
    Ok(chat::chat(&app, chats, &contact))
}

async fn behind_of(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    Ok(behind::behind(&app, subject(&app, id)?.id).await)
}

/// The ids of the people that the page lists.
fn ids(app: &App) -> Vec<i64> {
    match &app.chats {
        Some(chats) => chats.all().iter().map(|contact| contact.person.id()).collect(),
        None => app.history.accounts(),
    }
}

fn subject(app: &App, id: i64) -> Result<Subject, NoSuchPerson> {
    match &app.chats {
        Some(chats) => chats.get(id).map(|contact| Subject { id, contact: Some(contact) }).ok_or(NoSuchPerson),
        None if id == NO_ACCOUNT || app.history.accounts().contains(&id) => Ok(Subject { id, contact: None }),
        None => Err(NoSuchPerson),
    }
}

/// The person in the fake Telegram.
fn contact(app: &App, id: i64) -> Result<(&Chats, Contact), NoSuchPerson> {
    let chats = app.chats.as_ref().ok_or(NoSuchPerson)?;
    chats.get(id).map(|contact| (chats, contact)).ok_or(NoSuchPerson)
}

/// What the page shows of a body: with a real Telegram, and of a real KIE's calls, no values.
fn shown(app: &App, service: &str) -> Shown {
    let is_real = app.chats.is_none() || (app.kie.is_none() && matches!(service, "KIE" | "prompt writer"));
    if is_real { Shown::Fields } else { Shown::Values }
}

/// A time of day in UTC, from milliseconds since 1970.
fn time_of_day(at_ms: i64) -> String {
    let secs = at_ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
}

/// A duration in words of at most two units: "1 h 5 min", "12 s", "0.3 s".
fn duration(ms: i64) -> String {
    let (secs, tenths) = (ms / 1000, ms % 1000 / 100);
    match (secs / 3600, secs / 60 % 60, secs % 60) {
        (0, 0, 0..10) => format!("{secs}.{tenths} s"),
        (0, 0, secs) => format!("{secs} s"),
        (0, mins, 0) => format!("{mins} min"),
        (0, mins, secs) => format!("{mins} min {secs} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, mins, _) => format!("{hours} h {mins} min"),
    }
}

/// A duration that is often shorter than a second.
fn precise(ms: i64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { duration(ms) }
}

/// Part of the page that the script replaces only when it has changed.
fn keyed(key: &str, content: &Markup) -> Markup {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    content.0.hash(&mut hasher);
    maud::html! { section.card data-key=(key) data-version=(format!("{:x}", hasher.finish())) { (content) } }
}
