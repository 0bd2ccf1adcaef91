//! What a person does on the page.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Multipart, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use domain::locale::Locale;
use fakes::{
    film::Photo,
    telegram::{Delivery, Person},
};
use serde::Deserialize;

use super::{NoSuchPerson, Shared, contact};
use crate::App;

/// Longest text that Telegram sends as one message, in characters.
const TEXT_MAX_CHARS: usize = 4096;
/// Largest file that Telegram's apps send as a photo, in bytes.
const PHOTO_MAX_BYTES: usize = 10_000_000;

#[derive(Deserialize)]
pub(super) struct NewText {
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Tapped {
    message: i64,
    data: String,
}

#[derive(Deserialize)]
pub(super) struct NewPerson {
    name: String,
    language: String,
}

/// Sends a text. An app cuts a long one into messages.
pub(super) async fn say(State(app): Shared, Path(id): Path<i64>, Form(said): Form<NewText>) -> Result<Response, NoSuchPerson> {
    let person = contact(&app, id)?.1.person;
    let characters: Vec<char> = said.text.trim().chars().collect();
    let mut answer = StatusCode::NO_CONTENT.into_response();
    for part in characters.chunks(TEXT_MAX_CHARS) {
        let (person, part) = (person.clone(), part.iter().collect::<String>());
        answer = answered(async move { person.say(&part).await }).await;
    }
    Ok(answer)
}

/// Taps a button of a message.
pub(super) async fn tap(State(app): Shared, Path(id): Path<i64>, Form(tapped): Form<Tapped>) -> Result<Response, NoSuchPerson> {
    let person = contact(&app, id)?.1.person;
    Ok(answered(async move { person.tap_on(tapped.message, &tapped.data).await }).await)
}

/// Sends a picture as a photo; as a file if the person asks for that, or if no app would send it as a photo.
pub(super) async fn photo(State(app): Shared, Path(id): Path<i64>, mut form: Multipart) -> Result<Response, NoSuchPerson> {
    let person = contact(&app, id)?.1.person;
    let (mut file, mut caption, mut as_file) = (None, String::new(), false);
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return Ok((error.status(), error.body_text()).into_response()),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or("file").to_owned();
        let kind = field.content_type().unwrap_or("application/octet-stream").to_owned();
        match (name.as_str(), field.bytes().await) {
            ("photo", Ok(bytes)) => file = Some((bytes, kind, file_name)),
            ("caption", Ok(bytes)) => caption = String::from_utf8_lossy(&bytes).into_owned(),
            ("as_file", Ok(_)) => as_file = true,
            (_, Ok(_)) => {}
            (_, Err(error)) => return Ok((error.status(), error.body_text()).into_response()),
        }
    }
    let Some((bytes, kind, file_name)) = file.filter(|(bytes, ..)| !bytes.is_empty()) else {
        return Ok((StatusCode::BAD_REQUEST, "There is no file in it.").into_response());
    };
    Ok(answered(async move { sent(&person, bytes, &kind, &file_name, &caption, as_file).await }).await)
}

async fn sent(person: &Person, bytes: Bytes, kind: &str, name: &str, caption: &str, as_file: bool) -> Delivery {
    let is_photo = !as_file && bytes.len() <= PHOTO_MAX_BYTES && Photo::decode(&bytes).is_ok();
    if is_photo { person.send_photo_with_caption(bytes, caption).await } else { person.send_document(bytes, kind, name).await }
}

/// Adds a person, and opens the page of their chat.
pub(super) async fn add_person(State(app): State<Arc<App>>, Form(new): Form<NewPerson>) -> Response {
    let locale = Locale::ALL.into_iter().find(|locale| locale.code() == new.language).unwrap_or(Locale::En);
    match app.chats.as_ref().map(|chats| chats.add(&new.name, locale)) {
        None => (StatusCode::NOT_FOUND, "Telegram is real: its people write to the bot themselves.").into_response(),
        Some(Ok(contact)) => Redirect::to(&format!("/{}", contact.person.id())).into_response(),
        Some(Err(why)) => (StatusCode::BAD_REQUEST, format!("The person was not added: {why}.")).into_response(),
    }
}

/// Delivers an update, and answers the page: 502 if the bot took it at no try. A browser that leaves does not stop the delivery.
async fn answered(delivery: impl Future<Output = Delivery> + Send + 'static) -> Response {
    match tokio::spawn(delivery).await {
        Ok(delivery) if delivery.taken() => StatusCode::NO_CONTENT.into_response(),
        _ => (StatusCode::BAD_GATEWAY, "The bot did not take this.").into_response(),
    }
}
