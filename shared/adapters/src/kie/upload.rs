//! `POST /api/file-stream-upload` of KIE's file store: the second way for a photo, when KIE cannot fetch it from our address. KIE
//! deletes an uploaded file after 24 hours.

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use serde_json::Value;

use super::{Envelope, Kie, PollError, REPLY_MAX_BYTES, UPLOAD_TIMEOUT, counted, foreign, record::refusal};
use crate::multipart::{self, File};

/// The folder of our photos in KIE's file store.
const UPLOAD_PATH: &str = "neurocards";

impl Kie {
    /// Uploads a JPEG under this file name and gives the address at which KIE's models find it. Use a name that cannot be guessed:
    /// a file of the same name is replaced.
    ///
    /// # Errors
    /// [`PollError`]: KIE has no such file, or has one that nothing uses. Uploading again is safe.
    pub async fn upload_photo(&self, name: &str, jpeg: Bytes) -> Result<String, PollError> {
        self.upload_file(name, "image/jpeg", jpeg).await
    }

    /// Uploads a file of another type, as [`Self::upload_photo`] does a photo.
    ///
    /// # Errors
    /// As [`Self::upload_photo`].
    pub async fn upload_file(&self, name: &str, content_type: &str, bytes: Bytes) -> Result<String, PollError> {
        counted(self.upload(name, content_type, bytes).await)
    }

    async fn upload(&self, name: &str, content_type: &str, bytes: Bytes) -> Result<String, PollError> {
        let fields = [("uploadPath", UPLOAD_PATH.to_owned()), ("fileName", name.to_owned())];
        let length = bytes.len() as u64;
        let file = File { field: "file", name, content_type, length, body: SdkBody::from(bytes) };
        let form = multipart::form(&fields, file);
        let url = format!("{}/api/file-stream-upload", self.upload_base);
        let request = self.request_to(http::Method::POST, &url);
        let request = request.header(http::header::CONTENT_TYPE, &form.content_type).header(CONTENT_LENGTH, form.length);
        let request = request.body(form.body).map_err(|_| PollError::Transient("malformed address".to_owned()))?;
        let reply = self.wire.ask(request, UPLOAD_TIMEOUT, REPLY_MAX_BYTES).await;
        let (head, body) = reply.map_err(|error| PollError::Transient(error.to_string()))?;
        let status = head.status.as_u16();
        match Envelope::parse(&body) {
            Some(envelope) if envelope.is_ok() => address(&envelope.data),
            Some(envelope) => Err(refusal(envelope.failure())),
            None if matches!(status, 401..=403) => Err(PollError::Account(foreign(status, &body))),
            None => Err(PollError::Transient(format!("HTTP {status}, and the reply is not KIE's own"))),
        }
    }
}

fn address(data: &Value) -> Result<String, PollError> {
    let url = data.get("downloadUrl").and_then(Value::as_str).filter(|url| url.starts_with("http"));
    url.map(str::to_owned).ok_or_else(|| PollError::Transient("the reply has no downloadUrl".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};

    async fn upload(answer: Answer) -> (Result<String, PollError>, Script) {
        let script = Script::new([answer]);
        let kie = Kie::new(script.wire(), "https://api.kie.ai", Secret::new("KEY")).with_upload_url("https://upload.kie/");
        (kie.upload_photo("ab12.jpg", Bytes::from_static(b"\xff\xd8\xff")).await, script)
    }

    #[tokio::test]
    async fn a_photo_is_uploaded_and_gets_an_address() {
        let reply = r#"{"success":true,"code":200,"msg":"File uploaded successfully","data":{"success":true,
            "fileName":"ab12.jpg","filePath":"neurocards/ab12.jpg","downloadUrl":"https://tempfile.redpandaai.co/x/ab12.jpg",
            "fileSize":3,"mimeType":"image/jpeg","uploadedAt":"2026-11-30T10:00:00.000Z"}}"#;
        let (result, script) = upload(Answer::json(200, reply)).await;
        assert_eq!(result.unwrap(), "https://tempfile.redpandaai.co/x/ab12.jpg");
        let seen = &script.seen()[0];
        assert_eq!(seen.uri, "https://upload.kie/api/file-stream-upload");
        assert_eq!((seen.header("authorization"), seen.header("content-length")), ("Bearer KEY", &*seen.body.len().to_string()));
        let body = String::from_utf8_lossy(&seen.body);
        for part in ["name=\"uploadPath\"\r\n\r\nneurocards", "name=\"fileName\"\r\n\r\nab12.jpg", "filename=\"ab12.jpg\""] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_upload_says_whether_to_upload_again() {
        let unauthorized = Answer::json(200, r#"{"success":false,"code":401,"msg":"You do not have access permissions"}"#);
        assert!(matches!(upload(unauthorized).await.0, Err(PollError::Account(_))));
        assert!(matches!(upload(Answer::with(403, [], "error code: 1010")).await.0, Err(PollError::Account(_))));
        let no_address = Answer::json(200, r#"{"success":true,"code":200,"msg":"ok","data":{}}"#);
        for answer in [no_address, Answer::Lost, Answer::NeverArrived, Answer::Silence, Answer::with(502, [], "<html>")] {
            assert!(matches!(upload(answer).await.0, Err(PollError::Transient(_))));
        }
    }
}
