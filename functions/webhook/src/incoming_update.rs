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

    /// The update with this field, of a person.
    fn incoming(field: &str, value: &str) -> Option<IncomingUpdate> {
        IncomingUpdate::read(&Update::parse(format!(r#"{{"update_id": 1, "{field}": {value}}}"#).as_bytes()).unwrap())
    }

    fn message(fields: &str) -> String {
        let sender = r#""from": {"id": 5, "first_name": "Ann"}, "chat": {"id": 5, "type": "private"}"#;
        format!(r#"{{"message_id": 2, "date": 1795000000, {sender}, {fields}}}"#)
    }

    #[test]
    fn a_message_in_which_nobody_says_anything_is_no_input() {
        for service in [
            r#""pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}}"#,
            r#""message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}"#,
            r#""forum_topic_created": {"name": "T", "icon_color": 1}"#,
            r#""forum_topic_edited": {}"#,
            r#""chat_background_set": {"type": {"type": "fill"}}"#,
            r#""write_access_allowed": {"from_request": true}"#,
            r#""gift": {"gift": {"id": "1"}}"#,
            r#""users_shared": {"request_id": 1, "users": []}"#,
            r#""boost_added": {"boost_count": 1}"#,
            r#""a_kind_of_next_year": {}"#,
        ] {
            assert_eq!(incoming("message", &message(service)), None, "{service}");
        }
    }

    #[test]
    fn whatever_else_a_person_sends_is_an_input() {
        for content in [
            "sticker",
            "voice",
            "video_note",
            "audio",
            "contact",
            "location",
            "venue",
            "poll",
            "dice",
            "story",
            "paid_media",
            "checklist",
            "game",
            "live_photo",
        ] {
            let read = incoming("message", &message(&format!(r#""{content}": {{"any": 1}}"#))).unwrap();
            assert_eq!(read.input, Input::Other, "{content}");
        }
    }

    #[test]
    fn a_bot_opens_no_account() {
        let bot = r#"{"message_id": 2, "date": 1, "from": {"id": 9, "is_bot": true}, "chat": {"id": 9, "type": "private"}, "text": "hi"}"#;
        assert_eq!(incoming("message", bot), None);
        assert_eq!(incoming("edited_message", bot), None);
    }

    #[test]
    fn a_message_is_read_with_its_id_its_time_and_its_thread() {
        let read = incoming("message", &message(r#""text": "hi", "message_thread_id": 7, "is_topic_message": true"#)).unwrap();
        let sent_at = Timestamp::from_second(1_795_000_000).unwrap();
        assert_eq!((read.seller_message, read.thread), (Some(SellerMessage { id: 2, sent_at }), Some(7)));
        for no_topic in [r#""message_thread_id": 7"#, r#""message_thread_id": 1, "is_topic_message": true"#] {
            let read = incoming("message", &message(&format!(r#""text": "hi", {no_topic}"#))).unwrap();
            assert_eq!(read.thread, None, "{no_topic}");
        }
    }

    #[test]
    fn a_changed_message_is_an_edit_of_its_words_or_its_photo() {
        let edit = |fields: &str| incoming("edited_message", &message(fields)).map(|read| read.input);
        assert_eq!(
            edit(r#""text": "/start""#),
            Some(Input::Edited(Edit { words: Some("/start".into()), photo: None, unusable: None }))
        );
        let photo = edit(r#""photo": [{"file_id": "L", "width": 1280, "height": 960}], "caption": "a cup""#);
        let Some(Input::Edited(Edit { words, photo: Some(upload), unusable: None })) = photo else { panic!("{photo:?}") };
        assert_eq!((words.as_deref(), upload.photo.file_id.as_str()), (Some("a cup"), "L"));
        let heic = edit(r#""document": {"file_id": "D", "mime_type": "image/heic"}, "caption": "a cup""#);
        assert_eq!(heic, Some(Input::Edited(Edit { words: Some("a cup".into()), photo: None, unusable: Some(Notice::Heic) })));
        assert_eq!(edit(r#""location": {"latitude": 1, "longitude": 1, "live_period": 60}"#), None);
    }

    #[test]
    fn a_link_to_the_bot_says_where_a_person_came_from() {
        let came_from = |text: &str| incoming("message", &message(&format!(r#""text": "{text}""#))).unwrap().came_from;
        assert_eq!(came_from("/start vk_ad-7"), Some("vk_ad-7".into()));
        assert_eq!(came_from("/start@neurocards_bot blog"), Some("blog".into()));
        let long = format!("/start {}", "a".repeat(65));
        for other in ["/start", "/start two words", "/start <b>", "/start реклама", "/help vk", "start vk", &long] {
            assert_eq!(came_from(other), None, "{other}");
        }
    }

    #[test]
    fn a_text_with_a_slash_is_a_command_only_with_a_letter_after_it() {
        let input = |text: &str| incoming("message", &message(&format!(r#""text": "{text}""#))).unwrap().input;
        for words in ["/2 litres", "/", "/ 2 litres", "/100", "/литр", "//", "/_x"] {
            assert_eq!(input(words), Input::Text(words.into()));
        }
        for command in ["/settings", "/Promo x", "/old_bot@other_bot"] {
            assert_eq!(input(command), Input::Other, "{command}");
        }
    }

    #[test]
    fn a_heic_file_and_any_other_file_are_named_as_such_and_not_read() {
        assert_eq!(read(r#""document": {"file_id": "D", "mime_type": "image/heic"}"#), (Input::Heic, None));
        assert_eq!(read(r#""document": {"file_id": "D", "file_name": "IMG_1.HEIC"}"#), (Input::Heic, None));
        assert_eq!(read(r#""document": {"file_id": "D", "mime_type": "application/pdf"}"#), (Input::File, None));
        assert_eq!(read(r#""document": {"file_id": "D"}"#), (Input::File, None));
    }
}
