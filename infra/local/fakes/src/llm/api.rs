//! The route `/v1/chat/completions`: each request is authorised, checked, recorded and answered.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::checks;
use super::refusal::Refusal;
use super::reply::{self, Reply};
use super::{Books, Llm, Request};
use crate::lock;

/// Largest request, in bytes. A request may contain a picture.
const BODY_BYTES_MAX: usize = 50 * 1024 * 1024;

pub fn router(llm: Llm) -> Router {
    let limit = DefaultBodyLimit::max(BODY_BYTES_MAX);
    Router::new().route("/v1/chat/completions", post(completions)).layer(limit).with_state(llm)
}

async fn completions(State(llm): State<Llm>, headers: HeaderMap, body: Bytes) -> Response {
    let request = match accepted(&llm, &headers, &body) {
        Ok(request) => request,
        Err(refused) => {
            lock(&llm.inner.books).refusals.push(refused.message.clone());
            return refused.into_response();
        }
    };
    let (number, scripted) = {
        let mut books = lock(&llm.inner.books);
        books.requests.push(request.clone());
        let scripted = next_reply(&mut books, &request, &String::from_utf8_lossy(&body));
        (books.requests.len(), scripted)
    };
    let content = match scripted {
        None => reply::own_words(&request),
        Some(Reply::Says(text)) => text,
        Some(Reply::Fenced(text)) => reply::fenced(&text),
        Some(Reply::Status(status, body)) => {
            return (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), body).into_response();
        }
        Some(Reply::Hangs) => return std::future::pending().await,
    };
    axum::Json(reply::completion(&request, number, &content)).into_response()
}

fn accepted(llm: &Llm, headers: &HeaderMap, body: &Bytes) -> Result<Request, Refusal> {
    let settings = &llm.inner.settings;
    checks::let_in(settings.key.as_deref(), headers)?;
    let messages = checks::read(body, settings)?;
    let by = |roles: &[&str]| -> String {
        let of_roles = messages.iter().filter(|message| roles.contains(&message.role.as_str()));
        of_roles.map(|message| message.content.texts.join("\n")).collect::<Vec<_>>().join("\n")
    };
    Ok(Request {
        at_ms: llm.inner.clock.now_ms(),
        model: settings.model.clone(),
        system: by(&["system", "developer"]),
        user: by(&["user"]),
        photos: messages.iter().flat_map(|message| message.content.images.clone()).collect(),
    })
}

/// Takes the next reply of the first script that has replies left and whose needle is in the body or in a decoded message.
fn next_reply(books: &mut Books, request: &Request, body: &str) -> Option<Reply> {
    let within = |needle: &String| [body, &request.system, &request.user].iter().any(|text| text.contains(needle));
    let matching = books.scripts.iter_mut().find(|(needle, left)| !left.is_empty() && within(needle));
    matching.and_then(|(_, left)| left.pop_front())
}
