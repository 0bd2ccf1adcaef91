//! Sends a video to a chat: from an address, by a file id of Telegram, or as a streamed upload.

use aws_smithy_types::body::SdkBody;
use domain::{
    job::{Film, Receipt, SentAs},
    view::Keyboard,
};
use http::header::CONTENT_LENGTH;
use serde_json::Value;

use crate::multipart::{self, File};

use super::{Call, Markup, ParseMode, Repeating, SEND_VIDEO_TIMEOUT, Telegram, TelegramError, message_id};

/// Largest video that Telegram fetches from an address, bytes. Telegram: "Sending files", 20 MB.
pub const URL_MAX_BYTES: u64 = 20_000_000;
/// Largest video that a bot may upload, bytes. Telegram: `sendVideo`, 50 MB.
pub const UPLOAD_MAX_BYTES: u64 = 50 * 1024 * 1024;

/// The source of a video.
#[derive(Debug)]
pub enum Video {
    /// Telegram fetches the video from this address, up to [`URL_MAX_BYTES`].
    Url(String),
    /// Telegram has the video already, under a file id that this bot received. Its size is not limited.
    FileId(String),
    /// The bot uploads the video, up to [`UPLOAD_MAX_BYTES`]. After a failure the body is used up.
    Upload {
        /// The video as a stream.
        body: SdkBody,
        /// The exact length of the stream, bytes.
        length: u64,
        /// The name of the file if a person saves it.
        file_name: String,
    },
}

/// The picture size and duration of a video. Telegram determines the values that are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoShape {
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Duration in seconds.
    pub duration: Option<u32>,
}

impl VideoShape {
    /// The geometry of a film. Telegram needs it: without it, a film of over 10 MB arrives as a square of 0 seconds.
    #[must_use]
    pub fn of(film: Film) -> Self {
        Self { width: Some(film.width), height: Some(film.height), duration: Some(film.secs()) }
    }
}

/// A video that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentVideo {
    /// The id of the message with the video.
    pub message_id: i64,
    /// The file id with which the video can be sent again; `None` if Telegram gave none, which is no error.
    pub file_id: Option<String>,
    /// What Telegram made of the video. The file id can be sent again only as what it is.
    pub sent_as: SentAs,
}

impl From<SentVideo> for Receipt {
    fn from(sent: SentVideo) -> Self {
        let SentVideo { message_id, file_id, sent_as } = sent;
        Self { file_id, message_id, sent_as }
    }
}

impl Telegram {
    /// Sends a video with an HTML caption (up to 1024 characters) and buttons.
    ///
    /// # Errors
    /// [`TelegramError`]. An upload into a thread that is gone is [`TelegramError::ThreadGone`]: it cannot be repeated here. If Telegram
    /// cannot use a file id it is [`TelegramError::FileUnavailable`], for an address
    /// [`TelegramError::BadUrl`].
    pub async fn send_video(
        &self,
        chat: i64,
        video: Video,
        caption: &str,
        keyboard: &Keyboard,
        shape: VideoShape,
    ) -> Result<SentVideo, TelegramError> {
        let sent = match video {
            Video::Url(url) => self.call(&reference(chat, url, caption, keyboard, shape)).await,
            Video::FileId(id) => self.call(&reference(chat, id, caption, keyboard, shape)).await.map_err(of_a_file_id),
            Video::Upload { length, .. } if length > UPLOAD_MAX_BYTES => {
                Err(TelegramError::TooLarge(format!("it has over {UPLOAD_MAX_BYTES} bytes and was not sent")))
            }
            Video::Upload { body, length, file_name } => {
                let file = File { field: "video", name: &file_name, content_type: "video/mp4", length, body };
                let mut fields = fields(chat, caption, keyboard, shape)?;
                fields.extend(self.thread.map(|thread| ("message_thread_id", thread.to_string())));
                self.upload("sendVideo", &fields, file).await
            }
        }?;
        let (sent_as, file_id) = file_of(&sent);
        Ok(SentVideo { message_id: message_id(&sent)?.0, file_id, sent_as })
    }

    /// Uploads a video as a file. Telegram does not convert it, and shows it with its name and size.
    ///
    /// # Errors
    /// [`TelegramError`]; an upload into a thread that is gone is [`TelegramError::ThreadGone`].
    pub async fn send_file(&self, chat: i64, video: Video, caption: &str, keyboard: &Keyboard) -> Result<(), TelegramError> {
        let Video::Upload { body, length, file_name } = video else {
            return Err(TelegramError::FileUnavailable("only an upload becomes a file".to_owned()));
        };
        let mut fields = common_fields(chat, caption, keyboard)?;
        fields.push(("disable_content_type_detection", "true".to_owned()));
        fields.extend(self.thread.map(|thread| ("message_thread_id", thread.to_string())));
        let file = File { field: "document", name: &file_name, content_type: "video/mp4", length, body };
        self.upload("sendDocument", &fields, file).await.map(drop)
    }

    /// Sends a video again by its file id, as what Telegram made of it.
    ///
    /// # Errors
    /// [`TelegramError`]. If Telegram cannot use the file id it is [`TelegramError::FileUnavailable`].
    pub async fn send_again(
        &self,
        chat_id: i64,
        file_id: &str,
        sent_as: SentAs,
        caption: &str,
        keyboard: &Keyboard,
    ) -> Result<SentVideo, TelegramError> {
        let (parse_mode, reply_markup) = (ParseMode::Html, Markup::of(keyboard));
        let (file_id, caption) = (file_id.to_owned(), caption.to_owned());
        let call = match sent_as {
            SentAs::Video => {
                return self.send_video(chat_id, Video::FileId(file_id), &caption, keyboard, VideoShape::default()).await;
            }
            SentAs::Animation => Call::SendAnimation { chat_id, animation: file_id, caption, parse_mode, reply_markup },
            SentAs::Document => Call::SendDocument { chat_id, document: file_id, caption, parse_mode, reply_markup },
        };
        let sent = self.call(&call).await.map_err(of_a_file_id)?;
        let (sent_as, file_id) = file_of(&sent);
        Ok(SentVideo { message_id: message_id(&sent)?.0, file_id, sent_as })
    }

    /// Shows "sending a video" under the bot's name for five seconds. It also shows, without a message, whether the person can be
    /// reached, and returns the thread in which a message can be sent: `None` if the thread is gone.
    ///
    /// # Errors
    /// [`TelegramError`] says whether the person cannot be reached.
    pub async fn show_uploading(&self, chat_id: i64) -> Result<Option<i64>, TelegramError> {
        match self.call_in(&Call::SendChatAction { chat_id, action: "upload_video" }, self.thread).await {
            Err(TelegramError::ThreadGone(_)) => Ok(None),
            shown => shown.map(|_| self.thread),
        }
    }

    async fn upload(&self, method: &str, fields: &[(&str, String)], file: File<'_>) -> Result<Value, TelegramError> {
        let form = multipart::form(fields, file);
        let request = self.request(method, &form.content_type).header(CONTENT_LENGTH, form.length).body(form.body);
        self.exchange(request, SEND_VIDEO_TIMEOUT, Repeating::SendsAgain).await
    }
}

fn reference(chat_id: i64, video: String, caption: &str, keyboard: &Keyboard, shape: VideoShape) -> Call {
    Call::SendVideo {
        chat_id,
        video,
        caption: caption.to_owned(),
        parse_mode: ParseMode::Html,
        reply_markup: Markup::of(keyboard),
        supports_streaming: true,
        width: shape.width,
        height: shape.height,
        duration: shape.duration,
    }
}

fn fields(
    chat: i64,
    caption: &str,
    keyboard: &Keyboard,
    shape: VideoShape,
) -> Result<Vec<(&'static str, String)>, TelegramError> {
    let mut fields = common_fields(chat, caption, keyboard)?;
    fields.push(("supports_streaming", "true".to_owned()));
    let numbers = [("width", shape.width), ("height", shape.height), ("duration", shape.duration)];
    fields.extend(numbers.into_iter().filter_map(|(name, number)| Some((name, number?.to_string()))));
    Ok(fields)
}

/// The fields of every upload of a film.
fn common_fields(chat: i64, caption: &str, keyboard: &Keyboard) -> Result<Vec<(&'static str, String)>, TelegramError> {
    let mut fields = vec![("chat_id", chat.to_string()), ("caption", caption.to_owned()), ("parse_mode", "HTML".to_owned())];
    if let Some(markup) = Markup::of(keyboard) {
        let markup = serde_json::to_string(&markup).map_err(|error| TelegramError::ill_formed(&error))?;
        fields.push(("reply_markup", markup));
    }
    Ok(fields)
}

/// What Telegram made of a sent video, and its file id. Telegram makes an animation of a silent video, and a document of an unusual
/// one. An animation's message holds a document too, with the same file id.
fn file_of(message: &Value) -> (SentAs, Option<String>) {
    let kinds = [("video", SentAs::Video), ("animation", SentAs::Animation), ("document", SentAs::Document)];
    let found = kinds.into_iter().find_map(|(name, sent_as)| Some((sent_as, message.get(name)?.get("file_id")?.as_str()?)));
    found.map_or((SentAs::Video, None), |(sent_as, file_id)| (sent_as, Some(file_id.to_owned())))
}

/// The error of a call that sends a file id. Telegram uses the same text for a wrong address and a wrong file id.
fn of_a_file_id(error: TelegramError) -> TelegramError {
    match error {
        TelegramError::BadUrl(why) => TelegramError::FileUnavailable(why),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script, streamed};
    use domain::view::Button;
    use serde_json::json;

    const SHAPE: VideoShape = VideoShape { width: Some(720), height: None, duration: Some(6) };

    fn keyboard() -> Keyboard {
        Keyboard(vec![vec![Button::tap("More".into(), "more".into())]])
    }

    async fn send(video: Video, answer: Answer) -> (Result<SentVideo, TelegramError>, Script) {
        let script = Script::new([answer]);
        let telegram = Telegram::new(script.wire(), "http://tg", Secret::new("1:TOKEN"));
        (telegram.send_video(5, video, "Ready", &keyboard(), SHAPE).await, script)
    }

    fn sent(kind: &str) -> Answer {
        Answer::json(200, json!({"ok": true, "result": {"message_id": 8, kind: {"file_id": "BAAC"}}}).to_string())
    }

    #[tokio::test]
    async fn telegram_fetches_a_video_from_an_address() {
        let (result, script) = send(Video::Url("https://s3/x.mp4".into()), sent("video")).await;
        assert_eq!(result, Ok(SentVideo { message_id: 8, file_id: Some("BAAC".into()), sent_as: SentAs::Video }));
        let expected = json!({
            "chat_id": 5, "video": "https://s3/x.mp4", "caption": "Ready", "parse_mode": "HTML",
            "supports_streaming": true, "width": 720, "duration": 6,
            "reply_markup": {"inline_keyboard": [[{"text": "More", "callback_data": "more"}]]},
        });
        assert_eq!(script.seen()[0].json(), expected);
    }

    #[tokio::test]
    async fn an_upload_streams_with_its_length() {
        let upload = Video::Upload { body: streamed(&["abc", "def"]), length: 6, file_name: "card.mp4".into() };
        let (result, script) = send(upload, sent("animation")).await;
        let sent = result.unwrap();
        assert_eq!((sent.file_id.as_deref(), sent.sent_as), (Some("BAAC"), SentAs::Animation));
        let seen = &script.seen()[0];
        assert_eq!(seen.header("content-length"), seen.body.len().to_string());
        assert!(seen.header("content-type").starts_with("multipart/form-data; boundary="));
        let body = std::str::from_utf8(&seen.body).unwrap();
        for part in [
            "name=\"supports_streaming\"\r\n\r\ntrue",
            "name=\"width\"\r\n\r\n720",
            "filename=\"card.mp4\"",
            "\r\n\r\nabcdef\r\n--",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }

    #[tokio::test]
    async fn a_video_over_the_limit_is_not_uploaded() {
        let script = Script::new([]);
        let telegram = Telegram::new(script.wire(), "http://tg", Secret::new("1:TOKEN"));
        let upload = Video::Upload { body: SdkBody::empty(), length: UPLOAD_MAX_BYTES + 1, file_name: "x".into() };
        let error = telegram.send_video(5, upload, "", &Keyboard::default(), SHAPE).await.unwrap_err();
        assert!(matches!(error, TelegramError::TooLarge(_)), "{error}");
    }

    #[tokio::test]
    async fn the_same_text_is_an_error_of_the_address_or_of_the_file_id() {
        let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: wrong file identifier/HTTP URL specified"}"#;
        let by_url = send(Video::Url("http://x".into()), Answer::json(400, body)).await.0.unwrap_err();
        assert!(matches!(by_url, TelegramError::BadUrl(_)), "{by_url}");
        let by_id = send(Video::FileId("BAAC".into()), Answer::json(400, body)).await.0.unwrap_err();
        assert!(matches!(by_id, TelegramError::FileUnavailable(_)), "{by_id}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_video_whose_reply_was_lost_may_be_in_the_chat() {
        let upload = || Video::Upload { body: streamed(&["abc"]), length: 3, file_name: "x.mp4".into() };
        for (video, answer) in
            [(upload(), Answer::Lost), (upload(), Answer::Silence), (Video::FileId("F".into()), Answer::with(502, [], ""))]
        {
            let error = send(video, answer).await.0.unwrap_err();
            assert!(matches!(error, TelegramError::Unknown(_)), "{error}");
        }
    }

    #[tokio::test]
    async fn a_video_without_a_file_id_is_delivered_all_the_same() {
        let (result, _) = send(Video::FileId("F".into()), sent("voice")).await;
        assert_eq!(result, Ok(SentVideo { message_id: 8, file_id: None, sent_as: SentAs::Video }));
    }

    #[tokio::test]
    async fn a_file_id_is_sent_again_as_what_telegram_made_of_it() {
        for (sent_as, method, kind) in [
            (SentAs::Video, "sendVideo", "video"),
            (SentAs::Animation, "sendAnimation", "animation"),
            (SentAs::Document, "sendDocument", "document"),
        ] {
            let script = Script::new([sent(kind)]);
            let telegram = Telegram::new(script.wire(), "http://tg", Secret::new("1:TOKEN"));
            let again = telegram.send_again(5, "BAAC", sent_as, "Yours", &keyboard()).await.unwrap();
            assert_eq!((again.message_id, again.sent_as), (8, sent_as));
            let seen = &script.seen()[0];
            assert!(seen.uri.ends_with(method), "{}", seen.uri);
            assert_eq!((&seen.json()[kind], &seen.json()["caption"]), (&json!("BAAC"), &json!("Yours")));
        }
    }

    #[tokio::test]
    async fn the_message_of_an_animation_holds_a_document_too() {
        let file = json!({"file_id": "CgAC"});
        let reply = json!({"ok": true, "result": {"message_id": 8, "animation": file, "document": file}});
        let (result, _) = send(Video::Url("https://s3/x.mp4".into()), Answer::json(200, reply.to_string())).await;
        assert_eq!(result.unwrap().sent_as, SentAs::Animation);
    }

    #[tokio::test]
    async fn a_file_id_of_another_kind_is_unavailable() {
        for description in ["Bad Request: type of file mismatch", "Bad Request: there is no video in the request"] {
            let body = json!({"ok": false, "error_code": 400, "description": description}).to_string();
            let error = send(Video::FileId("CgAC".into()), Answer::json(400, body)).await.0.unwrap_err();
            assert!(matches!(error, TelegramError::FileUnavailable(_)), "{error}");
        }
    }
}
