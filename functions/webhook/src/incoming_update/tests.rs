//! Tests of the reading of updates.

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
fn a_message_in_which_no_person_wrote_is_no_input() {
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
    let bot =
        r#"{"message_id": 2, "date": 1, "from": {"id": 9, "is_bot": true}, "chat": {"id": 9, "type": "private"}, "text": "hi"}"#;
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
