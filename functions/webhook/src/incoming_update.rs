//! Reads a Telegram update as the user's input.

use adapters::telegram::update::{CallbackQuery, ChatMemberUpdated, Document, Message, PhotoSize, Update, User};
use domain::{
    conversation::{Edit, Input, Notice, SellerMessage, Tap, Upload},
    ids::{JobId, UserId},
    job::SentAs,
    locale::Locale,
    operator::OperatorCommand,
    photo::{Facts, Photo},
};

use jiff::Timestamp;

use crate::file_type::FileType;

/// Longest payload of a `/start`, in characters.
const START_PAYLOAD_MAX: usize = 64;

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
    /// The user's own message; `None` for a tap and a change of the membership.
    pub seller_message: Option<SellerMessage>,
    /// The thread of the chat in which the answer belongs, if the bot's private chats have topics.
    pub thread: Option<i64>,
    /// The file id of the photo's thumbnail, by which the photo's light is measured; `None` if Telegram made no thumbnail.
    pub thumbnail: Option<String>,
    /// The file id of an image sent as a file, whose head states its format and size; `None` for a photo, whose size is in the
    /// update.
    pub file: Option<String>,
    /// The film under whose button was tapped; `None` if the button's message has no film of a job.
    pub film: Option<TappedFilm>,
    /// The payload of `/start <payload>`, which a link to the bot may carry; `None` without a valid one.
    pub came_from: Option<String>,
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
    /// Reads an update; `None` if it is not a person's in a private chat, if it has a service message only, or if the bot does not
    /// handle its kind.
    #[must_use]
    pub fn read(update: &Update) -> Option<Self> {
        let incoming = if let Some(message) = &update.message {
            from_message(message)?
        } else if let Some(message) = &update.edited_message {
            from_edit(message)?
        } else if let Some(query) = &update.callback_query {
            from_tap(query)?
        } else {
            from_member_change(update.my_chat_member.as_ref()?)?
        };
        Some(Self { update_id: update.update_id, ..incoming })
    }

    /// What all kinds of update have: the user, and an input without a message.
    fn of(from: &User, input: Input) -> Self {
        Self {
            update_id: 0,
            user: UserId(from.id),
            locale: Locale::from_language_code(from.language_code.as_deref()),
            input,
            tap_id: None,
            message: None,
            seller_message: None,
            thread: None,
            thumbnail: None,
            file: None,
            film: None,
            came_from: None,
            command: None,
        }
    }

    /// An input that came with a message of the person.
    fn with_message(self, message: &Message) -> Self {
        let sent_at = Timestamp::from_second(message.date).unwrap_or_default();
        let seller_message = Some(SellerMessage { id: message.message_id, sent_at });
        Self { seller_message, thread: message.topic(), ..self }
    }
}

fn from_message(message: &Message) -> Option<IncomingUpdate> {
    let from = author(message)?;
    if message.is_service() {
        return None;
    }
    let (input, command) = (message_input(message), message.text.as_deref().and_then(OperatorCommand::parse));
    let (thumbnail, file) = (thumbnail(message), file_to_read(&input, message));
    let came_from = message.text.as_deref().and_then(start_payload);
    Some(IncomingUpdate { thumbnail, file, came_from, command, ..IncomingUpdate::of(from, input) }.with_message(message))
}

/// The payload of a `/start`, up to 64 characters of `A-Z a-z 0-9 _ -` (core.telegram.org/bots/features#deep-linking).
fn start_payload(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let payload = words.next().filter(|command| command.split('@').next() == Some("/start")).and(words.next())?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (payload.len() <= START_PAYLOAD_MAX && payload.chars().all(is_allowed) && words.next().is_none()).then(|| payload.to_owned())
}

/// The file id of a small picture of the message's photo or file.
fn thumbnail(message: &Message) -> Option<String> {
    match (message.photo.first(), &message.document) {
        // Telegram lists a photo's sizes from small to large. A photo with one size has no thumbnail.
        (Some(smallest), _) if message.photo.len() > 1 => Some(smallest.file_id.clone()),
        (None, Some(document)) => document.thumbnail.as_ref().map(|size| size.file_id.clone()),
        _ => None,
    }
}

/// The file id of an image that was sent as a file, whose head is to be read.
fn file_to_read(input: &Input, message: &Message) -> Option<String> {
    match input {
        Input::Image(upload) if message.photo.is_empty() => Some(upload.photo.file_id.clone()),
        _ => None,
    }
}

/// Reads a changed message. Only a text and an image can have given an answer.
fn from_edit(message: &Message) -> Option<IncomingUpdate> {
    let from = author(message)?;
    let (words, input) = (message.caption.clone(), message_input(message));
    let (thumbnail, file) = (thumbnail(message), file_to_read(&input, message));
    let edit = match input {
        Input::Image(upload) => Edit { words, photo: Some(upload), unusable: None },
        Input::Heic => Edit { words, photo: None, unusable: Some(Notice::Heic) },
        Input::File => Edit { words, photo: None, unusable: Some(Notice::NotAnImage) },
        _ => Edit { words: Some(message.text.clone()?), photo: None, unusable: None },
    };
    Some(IncomingUpdate { thumbnail, file, ..IncomingUpdate::of(from, Input::Edited(edit)) }.with_message(message))
}

/// The person who wrote a message in their private chat with the bot. There the chat's id is the person's id.
fn author(message: &Message) -> Option<&User> {
    message.from.as_ref().filter(|from| message.chat.is_private() && !from.is_bot)
}

fn from_tap(query: &CallbackQuery) -> Option<IncomingUpdate> {
    let message = query.message.as_ref().filter(|message| message.chat.is_private() && !query.from.is_bot)?;
    let tap = Tap::parse(query.data.as_deref().unwrap_or_default());
    Some(IncomingUpdate {
        message: Some(message.message_id).filter(|_| message.is_editable_text() && tap.turns_the_page()),
        tap_id: Some(query.id.clone()),
        thread: message.topic(),
        film: TappedFilm::of(message),
        ..IncomingUpdate::of(&query.from, Input::Tap(tap))
    })
}

/// Reads a change of the bot's membership. In a private chat it means that the user blocked or unblocked the bot.
fn from_member_change(change: &ChatMemberUpdated) -> Option<IncomingUpdate> {
    let input = match change.new_chat_member.status.as_str() {
        "kicked" => Input::Blocked,
        "member" => Input::Unblocked,
        _ => return None,
    };
    Some(IncomingUpdate::of(&change.from, input)).filter(|_| change.chat.is_private())
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
        // An unknown command is not a text about a product; "/2 litres" is no command, because those begin with a letter.
        command if command.strip_prefix('/').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())) => {
            Input::Other
        }
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
mod tests;
