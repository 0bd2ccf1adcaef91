//! A Telegram update, as what a person did.

use adapters::telegram::update::{Document, Message, PhotoSize, Update};
use domain::{
    conversation::{Input, Tap, Upload},
    ids::UserId,
    job::Photo,
    texts::Locale,
};

/// What a person did, from one update of a private chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The update.
    pub update: i64,
    /// Who.
    pub user: UserId,
    /// The language of their Telegram.
    pub locale: Locale,
    /// What they did.
    pub input: Input,
    /// The callback query to answer, if a button was tapped.
    pub tap_id: Option<String>,
}

/// What an update says; `None` if it is none of a private conversation's.
#[must_use]
pub fn said(update: &Update) -> Option<Said> {
    let (from, chat, input, tap_id) = match (&update.message, &update.callback_query) {
        (Some(message), _) => (message.from.as_ref()?, &message.chat, message_input(message), None),
        (None, Some(query)) => {
            let tap = Tap::parse(query.data.as_deref().unwrap_or_default());
            (&query.from, &query.message.as_ref()?.chat, Input::Tap(tap), Some(query.id.clone()))
        }
        (None, None) => return None,
    };
    if !chat.is_private() {
        return None;
    }
    let locale = Locale::from_language_code(from.language_code.as_deref());
    // A private chat's id is the person's.
    Some(Said { update: update.update_id, user: UserId(from.id), locale, input, tap_id })
}

fn message_input(message: &Message) -> Input {
    if let Some(photo) = message.photo.last() {
        return Input::Image(photo_upload(photo));
    }
    if let Some(document) = &message.document {
        return document_input(document);
    }
    let first = message.text.as_deref().unwrap_or_default().split_whitespace().next().unwrap_or_default();
    // In a chat a command may carry the bot's name: /start@name.
    match first.split('@').next().unwrap_or_default() {
        "/start" | "/menu" => Input::Start,
        "/balance" => Input::Balance,
        "/cancel" => Input::Cancel,
        _ => Input::Other,
    }
}

fn photo_upload(photo: &PhotoSize) -> Upload {
    Upload {
        photo: named(&photo.file_id, &photo.file_unique_id),
        bytes: photo.file_size,
        pixels: Some((photo.width, photo.height)),
    }
}

/// A file by both its names; without the unique one its other name is as good, only not the same next time.
fn named(file_id: &str, unique_id: &str) -> Photo {
    let unique_id = if unique_id.is_empty() { file_id } else { unique_id };
    Photo { file_id: file_id.to_owned(), unique_id: unique_id.to_owned() }
}

fn document_input(document: &Document) -> Input {
    if !matches!(document.mime_type.as_deref(), Some("image/jpeg" | "image/png")) {
        return Input::File;
    }
    let photo = named(&document.file_id, &document.file_unique_id);
    Input::Image(Upload { photo, bytes: document.file_size, pixels: None })
}
