//! Downloads the files that a person sent to the bot.

use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::{CALL_TIMEOUT, Call, Telegram, TelegramError, counted};
use crate::wire::{Download, WireError};

/// A file at Telegram that can be downloaded for at least an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Telegram's `file_path`, a relative path. The whole address contains the bot's token, so never show that address.
    pub path: String,
    /// Size in bytes, if Telegram states it.
    pub size: Option<u64>,
}

impl Telegram {
    /// Asks Telegram to prepare a file for download.
    ///
    /// # Errors
    /// [`TelegramError::TooLarge`] for a file over 20 MB, [`TelegramError::FileUnavailable`] for a wrong id, else the errors of
    /// [`Self::call`].
    pub async fn get_file(&self, file_id: &str) -> Result<RemoteFile, TelegramError> {
        let file = self.call(&Call::GetFile { file_id: file_id.to_owned() }).await?;
        let Some(path) = file.get("file_path").and_then(Value::as_str) else {
            return Err(TelegramError::FileUnavailable("the reply has no file_path".to_owned()));
        };
        Ok(RemoteFile { path: path.to_owned(), size: file.get("file_size").and_then(Value::as_u64) })
    }

    /// Downloads a file as a stream that fails beyond `max_bytes`. The time limit covers only the head of the reply.
    ///
    /// # Errors
    /// [`TelegramError::TooLarge`] if the file is known to have more than `max_bytes`, [`TelegramError::FileUnavailable`] if it
    /// does not exist, else [`TelegramError::Transient`].
    pub async fn download(&self, file: &RemoteFile, max_bytes: u64) -> Result<Download, TelegramError> {
        let too_large = || TelegramError::TooLarge(format!("it has over {max_bytes} bytes"));
        if file.size.is_some_and(|size| size > max_bytes) {
            return Err(too_large());
        }
        let address = format!("{}/file/bot{}/{}", self.base, self.token.expose(), file.path.trim_start_matches('/'));
        let request = http::Request::get(address).body(SdkBody::empty());
        let request = request.map_err(|_| TelegramError::FileUnavailable("malformed file_path".to_owned()))?;
        let reply = self.wire.send(request, CALL_TIMEOUT).await;
        counted(reply.map_err(|error: WireError| TelegramError::Transient(error.to_string())).and_then(|reply| {
            let (head, body) = reply.into_parts();
            match head.status.as_u16() {
                200 => Download::new(&head.headers, body, max_bytes).ok_or_else(too_large),
                429 | 500.. => Err(TelegramError::Transient(format!("the download got HTTP {}", head.status.as_u16()))),
                status => Err(TelegramError::FileUnavailable(format!("the download got HTTP {status}"))),
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};
    use crate::wire::read;
    use std::time::Duration;

    fn telegram(script: &Script) -> Telegram {
        Telegram::new(script.wire(), "http://tg", Secret::new("1:TOKEN"))
    }

    fn file(size: Option<u64>) -> RemoteFile {
        RemoteFile { path: "photos/file_1.jpg".into(), size }
    }

    #[tokio::test]
    async fn a_file_is_made_ready_and_downloaded() {
        let ready = r#"{"ok":true,"result":{"file_id":"F","file_unique_id":"U","file_size":3,"file_path":"photos/file_1.jpg"}}"#;
        let headers = [("content-length", "3".to_owned()), ("content-type", "image/jpeg".to_owned())];
        let script = Script::new([Answer::json(200, ready), Answer::with(200, headers, "abc")]);
        let remote = telegram(&script).get_file("F").await.unwrap();
        assert_eq!(remote, file(Some(3)));
        let download = telegram(&script).download(&remote, 10).await.unwrap();
        assert_eq!((download.length, download.content_type.as_deref()), (Some(3), Some("image/jpeg")));
        assert_eq!(read(download.body, 10, Duration::from_secs(1)).await.unwrap(), "abc");
        assert_eq!(script.seen()[1].uri, "http://tg/file/bot1:TOKEN/photos/file_1.jpg");
    }

    #[tokio::test]
    async fn a_file_over_the_limit_is_not_begun() {
        let error = telegram(&Script::new([])).download(&file(Some(11)), 10).await.unwrap_err();
        assert!(matches!(error, TelegramError::TooLarge(_)), "{error}");
        let script = Script::new([Answer::with(200, [("content-length", "11".to_owned())], "01234567890")]);
        let error = telegram(&script).download(&file(None), 10).await.unwrap_err();
        assert!(matches!(error, TelegramError::TooLarge(_)), "{error}");
    }

    #[tokio::test]
    async fn a_missing_file_is_final_a_failed_download_is_not_and_both_hide_the_token() {
        for (answer, again) in [(Answer::with(404, [], "{}"), false), (Answer::with(502, [], ""), true), (Answer::Lost, true)] {
            let error = telegram(&Script::new([answer])).download(&file(None), 10).await.unwrap_err();
            assert_eq!(matches!(error, TelegramError::Transient(_)), again, "{error}");
            assert!(!error.to_string().contains("TOKEN"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_file_too_big_for_bots_is_too_large() {
        let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}"#;
        let error = telegram(&Script::new([Answer::json(400, body)])).get_file("F").await.unwrap_err();
        assert!(matches!(error, TelegramError::TooLarge(_)), "{error}");
    }
}
