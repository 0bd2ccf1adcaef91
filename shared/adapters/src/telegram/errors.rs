//! Classifies Telegram's refusals. One table matches code and text, because the codes alone say little. Texts are compared in
//! lower case, because Telegram changes their case between versions.

use std::time::Duration;

use super::Repeating;
use crate::wire::without_urls;

/// The wait before another call if Telegram asks for a wait without giving its length.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// A call to Telegram failed. The variant says whether the call was done and whether to repeat it. The texts hold no address and
/// no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    /// Not done: the person blocked the bot or deleted the chat with it. They may come back.
    #[error("the person cannot be reached: {0}")]
    Blocked(String),
    /// Not done, and final: the person deleted their account.
    #[error("the person's account is deleted: {0}")]
    Deactivated(String),
    /// Not done: the chat does not exist, or this bot may not write to it. The person may begin it anew.
    #[error("the chat cannot be written to: {0}")]
    Gone(String),
    /// Not done: repeat the call after this time.
    #[error("too many requests to Telegram; repeat the call after {} s", retry_after.as_secs())]
    TooManyRequests {
        /// How long to wait before the call is repeated, at least a second.
        retry_after: Duration,
    },
    /// Not done, and final for this file sent this way: the file is too large.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// Not done: Telegram could not fetch a file from the address. Upload the file instead.
    #[error("Telegram could not fetch the file from its address: {0}; upload the file")]
    BadUrl(String),
    /// Not done: the file id is wrong or its file is unavailable. Send the file from its source instead.
    #[error("the file is unavailable: {0}; send it from its source")]
    FileUnavailable(String),
    /// Not done: the topic that held the conversation is gone. Send the message without a thread.
    #[error("the thread is gone: {0}")]
    ThreadGone(String),
    /// Already done: the message has this content.
    #[error("the message has this content already")]
    NotModified,
    /// Not done, and final for this call: any other 4xx.
    #[error("refused: {code} {description}")]
    Refused {
        /// Telegram's `error_code`.
        code: u16,
        /// Telegram's `description`.
        description: String,
    },
    /// Not done, or harmless to repeat: repeat the call.
    #[error("the call to Telegram failed: {0}; repeat it")]
    Transient(String),
    /// Perhaps done: the call sends a message, and repeating it may send the message twice.
    #[error("the message may have been sent: {0}; a repeated call may send it twice")]
    Unknown(String),
}

impl TelegramError {
    pub(super) fn ill_formed(error: &serde_json::Error) -> Self {
        Self::Refused { code: 400, description: format!("the call was not sent: {error}") }
    }

    /// Whether Telegram does not know the bot's token (401, or 404 on a method). Every call fails until an operator sets the
    /// token.
    #[must_use]
    pub fn is_bad_token(&self) -> bool {
        matches!(self, Self::Refused { code: 401 | 404, .. })
    }

    /// Whether the person cannot be reached, for now or for good.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Blocked(_) | Self::Gone(_) | Self::Deactivated(_))
    }

    /// Whether Telegram refuses this file sent this way for good. Repeating the call is useless; another way to send the same
    /// video may succeed.
    #[must_use]
    pub fn is_refusal_of_file(&self) -> bool {
        matches!(self, Self::FileUnavailable(_) | Self::BadUrl(_) | Self::TooLarge(_) | Self::Refused { code: 400, .. })
    }
}

type Row = (u16, &'static str, fn(String) -> TelegramError);

/// Rows of an error code, a part of the description in lower case, and the error they mean. The first matching row counts.
const TABLE: &[Row] = &[
    (403, "bot was blocked by the user", TelegramError::Blocked),
    (403, "user is deactivated", TelegramError::Deactivated),
    (403, "bot was kicked", TelegramError::Blocked),
    (403, "can't initiate conversation", TelegramError::Gone),
    (400, "chat not found", TelegramError::Gone),
    (400, "user not found", TelegramError::Gone),
    (400, "peer_id_invalid", TelegramError::Gone),
    (400, "group chat was upgraded", TelegramError::Gone),
    (400, "message thread not found", TelegramError::ThreadGone),
    (400, "topic_deleted", TelegramError::ThreadGone),
    (400, "topic_closed", TelegramError::ThreadGone),
    (400, "message is not modified", |_| TelegramError::NotModified),
    (400, "file is too big", TelegramError::TooLarge),
    (413, "", TelegramError::TooLarge),
    (400, "failed to get http url content", TelegramError::BadUrl),
    (400, "wrong type of the web page content", TelegramError::BadUrl),
    (400, "wrong file identifier/http url specified", TelegramError::BadUrl),
    (400, "webpage_curl_failed", TelegramError::BadUrl),
    (400, "webpage_media_empty", TelegramError::BadUrl),
    (400, "wrong remote file identifier specified", TelegramError::FileUnavailable),
    (400, "wrong file_id or the file is temporarily unavailable", TelegramError::FileUnavailable),
    (400, "invalid file_id", TelegramError::FileUnavailable),
    (400, "file_reference_expired", TelegramError::FileUnavailable),
    // The file id is that of another kind of file: an animation sent as a video, for example.
    (400, "type of file mismatch", TelegramError::FileUnavailable),
    (400, "can't use file of type", TelegramError::FileUnavailable),
    (400, "there is no video in the request", TelegramError::FileUnavailable),
    (400, "there is no animation in the request", TelegramError::FileUnavailable),
    (400, "there is no document in the request", TelegramError::FileUnavailable),
];

pub(super) fn refusal(code: u16, description: &str, retry_after_secs: Option<u64>, repeating: Repeating) -> TelegramError {
    let description = without_urls(description);
    if code == 429 {
        let retry_after = retry_after_secs.map_or(DEFAULT_WAIT, |secs| Duration::from_secs(secs.max(1)));
        return TelegramError::TooManyRequests { retry_after };
    }
    if code >= 500 {
        return unclear(repeating, format!("{code} {description}"));
    }
    let text = description.to_lowercase();
    match TABLE.iter().find(|(row, part, _)| *row == code && text.contains(part)) {
        Some((_, _, meaning)) => meaning(description),
        None => TelegramError::Refused { code, description },
    }
}

/// The error for an unclear reply. A call that sends may have been done, because Telegram may answer 500 after it sent the
/// message.
pub(super) fn unclear(repeating: Repeating, why: String) -> TelegramError {
    match repeating {
        Repeating::IsHarmless => TelegramError::Transient(why),
        Repeating::SendsAgain => TelegramError::Unknown(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(code: u16, description: &str) -> String {
        let error = refusal(code, description, None, Repeating::SendsAgain);
        format!("{error:?}").split(['(', ' ']).next().unwrap().to_owned()
    }

    #[test]
    fn each_recorded_text_has_its_error() {
        let recorded = [
            (403, "Forbidden: bot was blocked by the user", "Blocked"),
            (403, "Forbidden: user is deactivated", "Deactivated"),
            (403, "Forbidden: bot was kicked from the group chat", "Blocked"),
            (403, "Forbidden: bot can't initiate conversation with a user", "Gone"),
            (400, "Bad Request: chat not found", "Gone"),
            (400, "Bad Request: CHAT NOT FOUND", "Gone"),
            (400, "Bad Request: group chat was upgraded to a supergroup chat", "Gone"),
            (400, "Bad Request: message is not modified: specified new message content ...", "NotModified"),
            (400, "Bad Request: file is too big", "TooLarge"),
            (413, "Request Entity Too Large", "TooLarge"),
            (400, "Bad Request: failed to get HTTP URL content", "BadUrl"),
            (400, "Bad Request: wrong type of the web page content", "BadUrl"),
            (400, "Bad Request: wrong file identifier/HTTP URL specified", "BadUrl"),
            (400, "Bad Request: WEBPAGE_CURL_FAILED", "BadUrl"),
            (400, "Bad Request: wrong file_id or the file is temporarily unavailable", "FileUnavailable"),
            (400, "Bad Request: wrong remote file identifier specified: Wrong padding in the string", "FileUnavailable"),
            (400, "FILE_REFERENCE_EXPIRED", "FileUnavailable"),
            (400, "Bad Request: message to edit not found", "Refused"),
            (400, "Bad Request: message can't be edited", "Refused"),
            (400, "Bad Request: message is too long", "Refused"),
            (400, "Bad Request: can't parse entities: Unsupported start tag", "Refused"),
            (400, "Bad Request: BUTTON_DATA_INVALID", "Refused"),
            (400, "Bad Request: query is too old and response timeout expired or query ID is invalid", "Refused"),
            (401, "Unauthorized", "Refused"),
            (404, "Not Found", "Refused"),
            (409, "Conflict: can't use getUpdates method while webhook is active", "Refused"),
            (429, "Too Many Requests: retry after 5", "TooManyRequests"),
            (500, "Internal Server Error", "Unknown"),
            (502, "Bad Gateway", "Unknown"),
            (504, "Gateway Timeout", "Unknown"),
        ];
        for (code, description, expected) in recorded {
            assert_eq!(meaning(code, description), expected, "{code} {description}");
        }
    }

    #[test]
    fn a_text_counts_only_with_its_code() {
        assert_eq!(meaning(400, "Bad Request: bot was blocked by the user"), "Refused");
        assert_eq!(meaning(403, "Forbidden: file is too big"), "Refused");
    }

    #[test]
    fn a_bad_token_is_recognised() {
        assert!(refusal(401, "Unauthorized", None, Repeating::IsHarmless).is_bad_token());
        assert!(refusal(404, "Not Found", None, Repeating::IsHarmless).is_bad_token());
        assert!(!refusal(400, "Bad Request: chat not found", None, Repeating::IsHarmless).is_bad_token());
    }

    #[test]
    fn an_address_in_a_description_is_cut_out() {
        let error = refusal(400, "Bad Request: cannot fetch https://s3/x?X-Amz-Signature=1", None, Repeating::IsHarmless);
        assert!(!error.to_string().contains("X-Amz"), "{error}");
    }
}
