//! Telegram's Bot API: our calls ([`Call`]), their errors ([`TelegramError`]) and the updates that Telegram sends ([`Update`]).
//!
//! Source: core.telegram.org/bots/api and the official server's code, github.com/tdlib/telegram-bot-api.

mod calls;
mod errors;
mod files;
mod markup;
mod polling;
mod settings;
pub mod update;
mod video;

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use domain::view::Screen;
use http::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use serde_json::Value;

use crate::config::Secret;
use crate::metrics::Metric;
use crate::wire::{Wire, WireError};

pub use calls::{Call, LinkPreview, ParseMode, Threaded};
pub use errors::TelegramError;
pub use files::RemoteFile;
pub use markup::{Markup, MarkupAction, MarkupButton};
pub use settings::{BotCommand, BotText, CommandScope, MenuButton};
pub use update::Update;
pub use video::{SentVideo, UPLOAD_MAX_BYTES, URL_MAX_BYTES, Video, VideoShape};

/// Longest time for a call that does not send a video.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time for sending a video: Telegram answers only when it has the whole file.
pub const SEND_VIDEO_TIMEOUT: Duration = Duration::from_secs(45);
/// Longest time for Telegram to fetch a video from an address. After it, an upload must still fit into the function's time-out.
pub const SEND_BY_URL_TIMEOUT: Duration = Duration::from_secs(25);
/// Largest reply of Telegram that is read, bytes.
const REPLY_MAX_BYTES: usize = 1 << 20;

/// The id of a message in its chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageId(pub i64);

/// A client of the Bot API for one bot; cheap to clone.
#[derive(Clone, Debug)]
pub struct Telegram {
    wire: Wire,
    base: String,
    token: Secret,
    thread: Option<i64>,
}

/// What happens if a call is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeating {
    /// A repeated call does no harm: it reads, edits, or answers a tap.
    IsHarmless,
    /// A repeated call sends another message, because Telegram has no idempotency key.
    SendsAgain,
}

impl Telegram {
    /// A client of the bot with this token at `base_url` (`https://api.telegram.org`, or a local fake).
    #[must_use]
    pub fn new(wire: Wire, base_url: &str, token: Secret) -> Self {
        Self { wire, base: base_url.trim_end_matches('/').to_owned(), token, thread: None }
    }

    /// The same bot over another wire, such as one that records the calls.
    #[must_use]
    pub fn with_wire(self, wire: Wire) -> Self {
        Self { wire, ..self }
    }

    /// The same bot, whose messages go into this thread of a chat with topics.
    #[must_use]
    pub fn in_thread(&self, thread: Option<i64>) -> Self {
        Self { thread, ..self.clone() }
    }

    /// Makes a call and returns the `result` of Telegram's reply. A message whose thread is gone goes into the chat without it.
    ///
    /// # Errors
    /// [`TelegramError`] says whether the call was done and whether to repeat it.
    pub async fn call(&self, call: &Call) -> Result<Value, TelegramError> {
        match (self.thread, self.call_in(call, self.thread).await) {
            (Some(_), Err(TelegramError::ThreadGone(_))) => self.call_in(call, None).await,
            (_, answer) => answer,
        }
    }

    async fn call_in(&self, call: &Call, thread: Option<i64>) -> Result<Value, TelegramError> {
        let body = match thread {
            Some(_) => serde_json::to_vec(&call.clone().in_thread(thread)),
            None => serde_json::to_vec(call),
        };
        let body = body.map_err(|error| TelegramError::ill_formed(&error))?;
        let repeating = if call.sends() { Repeating::SendsAgain } else { Repeating::IsHarmless };
        let limit = if matches!(call, Call::SendVideo { .. }) { SEND_BY_URL_TIMEOUT } else { CALL_TIMEOUT };
        let request = self.request(call.method(), "application/json").body(SdkBody::from(body));
        self.exchange(request, limit, repeating).await
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`TelegramError`] says whether the call was done and whether to repeat it.
    pub async fn send_message(&self, chat: i64, screen: &Screen) -> Result<MessageId, TelegramError> {
        let sent = self.call(&Call::screen(chat, screen)).await?;
        message_id(&sent)
    }

    fn request(&self, method: &str, content_type: &str) -> http::request::Builder {
        http::Request::post(format!("{}/bot{}/{method}", self.base, self.token.expose())).header(CONTENT_TYPE, content_type)
    }

    async fn exchange(
        &self,
        request: http::Result<http::Request<SdkBody>>,
        limit: Duration,
        repeating: Repeating,
    ) -> Result<Value, TelegramError> {
        // The builder's error could quote the address.
        let request = request.map_err(|_| TelegramError::Transient("the request was not sent: malformed address".to_owned()))?;
        counted(match self.wire.ask(request, limit, REPLY_MAX_BYTES).await {
            Ok((head, body)) => outcome(head.status.as_u16(), &head.headers, &body, repeating),
            Err(WireError::NotSent(why)) => Err(TelegramError::Transient(format!("the request was not sent: {why}"))),
            Err(WireError::Unknown(why)) => Err(errors::unclear(repeating, why)),
        })
    }
}

/// Counts a failed call to Telegram in the metrics, unless the person caused the failure or the text was unchanged.
fn counted<T>(result: Result<T, TelegramError>) -> Result<T, TelegramError> {
    result.inspect_err(|error| {
        if !error.is_unreachable() && *error != TelegramError::NotModified {
            Metric::TelegramErrors.emit();
        }
    })
}

/// The form of every reply of Telegram: `ok` with `result`, or `error_code`, `description` and `parameters`.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    #[serde(default)]
    retry_after: Option<u64>,
}

fn outcome(status: u16, headers: &HeaderMap, body: &[u8], repeating: Repeating) -> Result<Value, TelegramError> {
    let envelope = serde_json::from_slice::<Envelope>(body).ok();
    let (code, description, retry_after_secs) = match envelope {
        Some(envelope) if envelope.ok => return Ok(envelope.result),
        Some(envelope) => (envelope.error_code.unwrap_or(status), envelope.description, envelope.parameters.retry_after),
        None if status < 300 => return Err(errors::unclear(repeating, format!("HTTP {status}, and the reply is not JSON"))),
        None => (status, format!("HTTP {status}, and the reply is not JSON"), None),
    };
    let header = || headers.get("retry-after")?.to_str().ok()?.trim().parse().ok();
    Err(errors::refusal(code, &description, retry_after_secs.or_else(header), repeating))
}

fn message_id(sent: &Value) -> Result<MessageId, TelegramError> {
    let id = sent.get("message_id").and_then(Value::as_i64);
    id.map(MessageId).ok_or_else(|| TelegramError::Unknown("the reply has no message_id".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Script};
    use domain::view::{Button, Keyboard};
    use serde_json::json;

    fn telegram(script: &Script) -> Telegram {
        Telegram::new(script.wire(), "https://api.telegram.org/", Secret::new("1:TOKEN"))
    }

    fn screen() -> Screen {
        let button = Button::tap("Go".into(), "go".into());
        Screen { text: "<b>Hi</b>".into(), keyboard: Keyboard(vec![vec![button]]) }
    }

    #[tokio::test]
    async fn a_message_is_sent_with_its_keyboard() {
        let script = Script::new([Answer::json(200, r#"{"ok":true,"result":{"message_id":77,"chat":{"id":5}}}"#)]);
        assert_eq!(telegram(&script).send_message(5, &screen()).await.unwrap(), MessageId(77));
        let seen = &script.seen()[0];
        assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("POST", "https://api.telegram.org/bot1:TOKEN/sendMessage"));
        let expected = json!({
            "chat_id": 5, "text": "<b>Hi</b>", "parse_mode": "HTML", "link_preview_options": {"is_disabled": true},
            "reply_markup": {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]},
        });
        assert_eq!(seen.json(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_send_without_a_clear_reply_may_have_arrived() {
        let unclear = [
            Answer::Lost,
            Answer::Silence,
            Answer::with(502, [], "<html>Bad Gateway</html>"),
            Answer::json(500, r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#),
            Answer::with(200, [], "<html>"),
            Answer::json(200, r#"{"ok":true,"result":true}"#),
        ];
        for answer in unclear {
            let error = telegram(&Script::new([answer.clone()])).send_message(5, &screen()).await.unwrap_err();
            assert!(matches!(error, TelegramError::Unknown(_)), "{answer:?}: {error}");
            assert!(!error.to_string().contains("TOKEN"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_not_sent_or_harmless_to_repeat_is_transient() {
        let error = telegram(&Script::new([Answer::NeverArrived])).send_message(5, &screen()).await.unwrap_err();
        assert!(matches!(error, TelegramError::Transient(_)), "{error}");
        for answer in [Answer::Lost, Answer::Silence, Answer::with(504, [], "")] {
            let tap = Call::answer("tap", None);
            let error = telegram(&Script::new([answer])).call(&tap).await.unwrap_err();
            assert!(matches!(error, TelegramError::Transient(_)), "{error}");
        }
    }

    #[tokio::test]
    async fn a_wait_is_read_from_the_body_or_the_header() {
        let body =
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#;
        let header = [("retry-after", "7".to_owned())];
        for (answer, secs) in [(Answer::json(429, body), 35), (Answer::with(429, header, "slow down"), 7)] {
            let error = telegram(&Script::new([answer])).send_message(5, &screen()).await.unwrap_err();
            assert_eq!(error, TelegramError::TooManyRequests { retry_after: Duration::from_secs(secs) });
        }
    }

    #[test]
    fn the_token_is_not_printed() {
        let telegram = telegram(&Script::new([]));
        assert!(!format!("{telegram:?}").contains("TOKEN"));
    }
}
