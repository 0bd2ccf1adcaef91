//! Reads a Telegram update as the user's input.

use adapters::telegram::update::{CallbackQuery, ChatMemberUpdated, Document, Message, PhotoSize, Update};
use domain::{
    conversation::{Input, Tap, Upload},
    ids::{JobId, UserId},
    job::SentAs,
    locale::Locale,
    operator::OperatorCommand,
    photo::{Facts, Photo},
};

use crate::file_type::FileType;

/// A user's input, from one update of a private chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingUpdate {
    /// Telegram's `update_id`. A repeated update has the same id.
    pub update_id: i64,
    /// The user who caused the update.
    pub user: UserId,
    /// The language of the user's Telegram client.
    pub locale: Locale,
    /// The user's input to the conversation.
    pub input: Input,
    /// The id of the callback query to answer; `None` unless a button was tapped.
    pub tap_id: Option<String>,
    /// The id of the tapped button's message, if the answer may replace that message.
    pub message: Option<i64>,
    /// The file id of the photo's thumbnail, by which the photo's light is measured; `None` if Telegram made no thumbnail.
    pub thumbnail: Option<String>,
    /// The file id of an image sent as a file, whose head states its format and size; `None` for a photo, whose size is in the
    /// update.
    pub file: Option<String>,
    /// The film under whose button was tapped; `None` if the button's message has no film of a job.
    pub film: Option<TappedFilm>,
    /// The operator's command in the text. The webhook ignores it unless the user is an operator.
    pub command: Option<OperatorCommand>,
}

/// A film in the chat. A tap on one of its buttons proves that it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TappedFilm {
    /// The job that the film's buttons name.
    pub job: JobId,
    /// Telegram's id of the film.
    pub file_id: String,
    /// The id of the message with the film.
    pub message_id: i64,
    /// What Telegram made of the film.
    pub sent_as: SentAs,
}

impl TappedFilm {
    /// The film of a tapped message; `None` if the message has no film, or no button that names a job.
    fn of(message: &Message) -> Option<Self> {
        // Telegram sets `document` beside `animation`, for old clients.
        let (file, sent_as) = match (&message.video, &message.animation, &message.document) {
            (Some(video), _, _) => (&video.file_id, SentAs::Video),
            (None, Some(animation), _) => (&animation.file_id, SentAs::Animation),
            (None, None, Some(document)) => (&document.file_id, SentAs::Document),
            (None, None, None) => return None,
        };
        let mut buttons = message.reply_markup.iter().flat_map(|markup| markup.inline_keyboard.iter().flatten());
        let job = buttons.find_map(|button| match Tap::parse(button.callback_data.as_deref()?) {
            Tap::Again(job) => Some(job),
            _ => None,
        })?;
        if file.is_empty() {
            return None;
        }
        Some(Self { job, file_id: file.clone(), message_id: message.message_id, sent_as })
    }
}

impl IncomingUpdate {
    /// Reads an update; `None` if the update does not come from a private chat, or the bot does not handle its kind.
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
        // Telegram lists a photo's sizes from small to large. A photo with one size has no thumbnail.
        (Some(smallest), _) if message.photo.len() > 1 => Some(smallest.file_id.clone()),
        (None, Some(document)) => document.thumbnail.as_ref().map(|size| size.file_id.clone()),
        _ => None,
    };
    let locale = Locale::from_language_code(from.language_code.as_deref());
    let (input, command) = (message_input(message), message.text.as_deref().and_then(OperatorCommand::parse));
    let file = match &input {
        Input::Image(upload) if message.photo.is_empty() => Some(upload.photo.file_id.clone()),
        _ => None,
    };
    // In a private chat the chat's id is the user's id.
    let user = UserId(from.id);
    Some(IncomingUpdate { update_id: 0, user, locale, input, tap_id: None, message: None, thumbnail, file, film: None, command })
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
        file: None,
        film: TappedFilm::of(message),
        command: None,
    })
}

/// Reads a change of the bot's membership. In a private chat it means that the user blocked or unblocked the bot.
fn from_member_change(change: &ChatMemberUpdated) -> Option<IncomingUpdate> {
    let input = match change.new_chat_member.status.as_str() {
        "kicked" => Input::Blocked,
        "member" => Input::Unblocked,
        _ => return None,
    };
    let locale = Locale::from_language_code(change.from.language_code.as_deref());
    let user = UserId(change.from.id);
    let (tap_id, thumbnail, file) = (None, None, None);
    let (film, command) = (None, None);
    let incoming = IncomingUpdate { update_id: 0, user, locale, input, tap_id, message: None, thumbnail, file, film, command };
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
    // A command may have the bot's name appended: /start@name.
    match first.split('@').next().unwrap_or_default() {
        "/start" | "/menu" => Input::Start,
        "/create" => Input::Tap(Tap::Create),
        "/videos" => Input::Tap(Tap::Videos),
        "/balance" => Input::Tap(Tap::Balance),
        "/help" | "/support" => Input::Tap(Tap::Help),
        "/language" => Input::Tap(Tap::Language),
        "/cancel" => Input::Tap(Tap::Cancel),
        // An unknown command is not a text about a product.
        command if command.starts_with('/') => Input::Other,
        _ => Input::Text(text.to_owned()),
    }
}

fn photo_upload(photo: &PhotoSize, message: &Message) -> Upload {
    let facts = Facts { bytes: photo.file_size, pixels: Some((photo.width, photo.height)), light: None };
    upload(photo_of(&photo.file_id, &photo.file_unique_id), facts, message)
}

fn document_input(document: &Document, message: &Message) -> Input {
    match FileType::of(document) {
        FileType::Image => {}
        FileType::Heic => return Input::Heic,
        FileType::Other => return Input::File,
    }
    let facts = Facts { bytes: document.file_size, pixels: None, light: None };
    Input::Image(upload(photo_of(&document.file_id, &document.file_unique_id), facts, message))
}

fn upload(photo: Photo, facts: Facts, message: &Message) -> Upload {
    Upload { photo, facts, caption: message.caption.clone(), album: message.media_group_id.clone() }
}

/// The ids of a photo. If Telegram gives no unique id, the file id replaces it, although Telegram may give the same file another
/// one.
fn photo_of(file_id: &str, unique_id: &str) -> Photo {
    let unique_id = if unique_id.is_empty() { file_id } else { unique_id };
    Photo::new(file_id, unique_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The input of a message with these fields, and the file whose head is to be read.
    fn read(fields: &str) -> (Input, Option<String>) {
        let sender = r#""from": {"id": 5, "first_name": "Ann"}, "chat": {"id": 5, "type": "private"}"#;
        let update = format!(r#"{{"update_id": 1, "message": {{"message_id": 2, "date": 1, {sender}, {fields}}}}}"#);
        let incoming = IncomingUpdate::read(&Update::parse(update.as_bytes()).unwrap()).unwrap();
        (incoming.input, incoming.file)
    }

    #[test]
    fn an_image_file_is_an_upload_of_unknown_size_with_its_caption_and_album() {
        let document = r#""document": {"file_id": "D", "file_unique_id": "d", "file_size": 1000, "file_name": "IMG_1.JPG",
                          "mime_type": "application/octet-stream"}, "caption": "a mug", "media_group_id": "13""#;
        let facts = Facts { bytes: Some(1000), pixels: None, light: None };
        let (caption, album) = (Some("a mug".to_owned()), Some("13".to_owned()));
        let upload = Upload { photo: Photo::new("D", "d"), facts, caption, album };
        assert_eq!(read(document), (Input::Image(upload), Some("D".to_owned())));
    }

    #[test]
    fn a_photo_has_its_size_in_the_update_and_no_file_to_read() {
        let (input, file) =
            read(r#""photo": [{"file_id": "S", "width": 90, "height": 67}, {"file_id": "L", "width": 1280, "height": 960}]"#);
        let Input::Image(upload) = input else { panic!("{input:?}") };
        assert_eq!((upload.facts.pixels, file), (Some((1280, 960)), None));
    }

    #[test]
    fn a_heic_file_and_any_other_file_are_named_as_such_and_not_read() {
        assert_eq!(read(r#""document": {"file_id": "D", "mime_type": "image/heic"}"#), (Input::Heic, None));
        assert_eq!(read(r#""document": {"file_id": "D", "file_name": "IMG_1.HEIC"}"#), (Input::Heic, None));
        assert_eq!(read(r#""document": {"file_id": "D", "mime_type": "application/pdf"}"#), (Input::File, None));
        assert_eq!(read(r#""document": {"file_id": "D"}"#), (Input::File, None));
    }
}
