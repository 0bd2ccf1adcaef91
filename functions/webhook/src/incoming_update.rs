//! A Telegram update, read as what its user did.

use adapters::telegram::update::{CallbackQuery, ChatMemberUpdated, Document, Message, PhotoSize, Update};
use domain::{
    conversation::{Input, Tap, Upload},
    ids::UserId,
    locale::Locale,
    operator::OperatorCommand,
    photo::{Facts, Photo},
};

/// What a user did, from one update of a private chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingUpdate {
    /// Telegram's number of the update.
    pub update_id: i64,
    /// The user.
    pub user: UserId,
    /// The language of the user's Telegram.
    pub locale: Locale,
    /// What the user did.
    pub input: Input,
    /// The callback query to answer, if a button was tapped.
    pub tap_id: Option<String>,
    /// The message the tapped button is under, where it can be edited.
    pub message: Option<i64>,
    /// Telegram's file id of a small copy of the photo, for the check of its light.
    pub thumbnail: Option<String>,
    /// The operator's command in the text. From a user who is no operator only the input counts.
    pub command: Option<OperatorCommand>,
}

impl IncomingUpdate {
    /// Reads an update; `None` if it does not belong to a private chat, or is of a kind the bot does not handle.
    #[must_use]
    pub fn read(update: &Update) -> Option<Self> {
        let incoming = match (&update.message, &update.callback_query, &update.my_chat_member) {
            (Some(message), _, _) => from_message(message)?,
            (None, Some(query), _) => from_tap(query)?,
            (None, None, Some(change)) => from_member_change(change)?,
            (None, None, None) => return None,
        };
        Some(Self { update_id: update.update_id, ..incoming })
    }
}

fn from_message(message: &Message) -> Option<IncomingUpdate> {
    let from = message.from.as_ref().filter(|_| message.chat.is_private())?;
    let thumbnail = match (message.photo.first(), &message.document) {
        // A photo of one size has no small copy.
        (Some(smallest), _) if message.photo.len() > 1 => Some(smallest.file_id.clone()),
        (None, Some(document)) => document.thumbnail.as_ref().map(|size| size.file_id.clone()),
        _ => None,
    };
    let locale = Locale::from_language_code(from.language_code.as_deref());
    let (input, command) = (message_input(message), message.text.as_deref().and_then(OperatorCommand::parse));
    // The id of a private chat is its user's.
    Some(IncomingUpdate { update_id: 0, user: UserId(from.id), locale, input, tap_id: None, message: None, thumbnail, command })
}

fn from_tap(query: &CallbackQuery) -> Option<IncomingUpdate> {
    let message = query.message.as_ref().filter(|message| message.chat.is_private())?;
    let tap = Tap::parse(query.data.as_deref().unwrap_or_default());
    Some(IncomingUpdate {
        update_id: 0,
        user: UserId(query.from.id),
        locale: Locale::from_language_code(query.from.language_code.as_deref()),
        message: Some(message.message_id).filter(|_| message.is_editable_text() && tap.turns_the_page()),
        input: Input::Tap(tap),
        tap_id: Some(query.id.clone()),
        thumbnail: None,
        command: None,
    })
}

/// In a private chat the bot's membership changes in two ways: the user blocks the bot, or lets it in again.
fn from_member_change(change: &ChatMemberUpdated) -> Option<IncomingUpdate> {
    let input = match change.new_chat_member.status.as_str() {
        "kicked" => Input::Blocked,
        "member" => Input::Unblocked,
        _ => return None,
    };
    let locale = Locale::from_language_code(change.from.language_code.as_deref());
    let user = UserId(change.from.id);
    let incoming =
        IncomingUpdate { update_id: 0, user, locale, input, tap_id: None, message: None, thumbnail: None, command: None };
    Some(incoming).filter(|_| change.chat.is_private())
}

fn message_input(message: &Message) -> Input {
    if let Some(photo) = message.photo.last() {
        return Input::Image(photo_upload(photo, message));
    }
    if let Some(document) = &message.document {
        return document_input(document, message);
    }
    let Some(text) = message.text.as_deref() else { return Input::Other };
    let first = text.split_whitespace().next().unwrap_or_default();
    // In a chat a command may carry the bot's name: /start@name.
    match first.split('@').next().unwrap_or_default() {
        "/start" | "/menu" => Input::Start,
        "/create" => Input::Tap(Tap::Create),
        "/videos" => Input::Tap(Tap::Videos),
        "/balance" => Input::Tap(Tap::Balance),
        "/help" | "/support" => Input::Tap(Tap::Help),
        "/language" => Input::Tap(Tap::Language),
        "/cancel" => Input::Tap(Tap::Cancel),
        // A command of another bot, or a slip of the finger, is no text about a product.
        command if command.starts_with('/') => Input::Other,
        _ => Input::Text(text.to_owned()),
    }
}

fn photo_upload(photo: &PhotoSize, message: &Message) -> Upload {
    let facts = Facts { bytes: photo.file_size, pixels: Some((photo.width, photo.height)), light: None };
    upload(photo_of(&photo.file_id, &photo.file_unique_id), facts, message)
}

fn document_input(document: &Document, message: &Message) -> Input {
    if !matches!(document.mime_type.as_deref(), Some("image/jpeg" | "image/png")) {
        return Input::File;
    }
    let facts = Facts { bytes: document.file_size, pixels: None, light: None };
    Input::Image(upload(photo_of(&document.file_id, &document.file_unique_id), facts, message))
}

fn upload(photo: Photo, facts: Facts, message: &Message) -> Upload {
    Upload { photo, facts, caption: message.caption.clone(), album: message.media_group_id.clone() }
}

/// A file by both its ids. Without a unique id the file id stands for it, though it differs the next time.
fn photo_of(file_id: &str, unique_id: &str) -> Photo {
    let unique_id = if unique_id.is_empty() { file_id } else { unique_id };
    Photo { file_id: file_id.to_owned(), unique_id: unique_id.to_owned() }
}
