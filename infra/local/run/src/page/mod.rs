//! The page: a chat with the bot, and what happens behind it. It speaks to the fake of Telegram only, so the bot cannot distinguish it
//! from a phone.

mod actions;
mod behind;
mod chat;
mod events;
mod files;
mod guard;
mod layout;
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

use crate::{
    open::App,
    people::{Chats, Contact},
};

/// Largest upload of the page, in bytes: a photo of 25 MB has to reach the bot, which refuses it.
const UPLOAD_MAX_BYTES: usize = 30_000_000;

type Shared = State<Arc<App>>;

/// The pages, and what they post.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(first))
        .route("/style.css", get(async || ([(header::CONTENT_TYPE, "text/css")], include_str!("style.css"))))
        .route("/page.js", get(async || ([(header::CONTENT_TYPE, "text/javascript")], include_str!("page.js"))))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/files/{id}", get(files::file))
        .route("/people", post(actions::add_person))
        .route("/{person}", get(page))
        .route("/{person}/chat", get(chat_of))
        .route("/{person}/behind", get(behind_of))
        .route("/{person}/events", get(events::events))
        .route("/{person}/say", post(actions::say))
        .route("/{person}/tap", post(actions::tap))
        .route("/{person}/photo", post(actions::photo))
        .route("/{person}/break", post(actions::break_it))
        .layer(DefaultBodyLimit::max(UPLOAD_MAX_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

/// No person on the page has this id.
pub(crate) struct NoSuchPerson;

impl IntoResponse for NoSuchPerson {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, "There is no such person on this page. Open / for the first one.").into_response()
    }
}

async fn first(State(app): Shared) -> Redirect {
    let people = app.chats.as_ref().map(Chats::all).unwrap_or_default();
    let first = people.first().map(|contact| contact.person.id()).unwrap_or_default();
    Redirect::to(&format!("/{first}"))
}

async fn page(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    let contact = contact(&app, id)?;
    let people = app.chats.as_ref().map(Chats::all).unwrap_or_default();
    Ok(layout::page(&people, &contact, &chat::chat(&app, &contact), &behind::behind(&app, &contact).await))
}

async fn chat_of(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    Ok(chat::chat(&app, &contact(&app, id)?))
}

async fn behind_of(State(app): Shared, Path(id): Path<i64>) -> Result<Markup, NoSuchPerson> {
    Ok(behind::behind(&app, &contact(&app, id)?).await)
}

fn contact(app: &App, id: i64) -> Result<Contact, NoSuchPerson> {
    app.chats.as_ref().and_then(|chats| chats.get(id)).ok_or(NoSuchPerson)
}
