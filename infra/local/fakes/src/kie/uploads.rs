//! KIE's upload API (docs.kie.ai/file-upload-api; a recorded call of 2026-06-24): a file is kept for a day behind an address that a
//! task may have as its photo. At KIE it is on a host of its own; here the same router serves it.
//!
//! The HTTP status is 200 also for refusals: the body's `success` and `code` have the real one, as clients of the API report.

use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::Kie;
use super::entry::{Barred, let_in};
use crate::clock::iso;
use crate::{digest, lock};

/// Largest upload, in bytes. KIE names no limit for this way of uploading; its page recommends it for files over 10 MB.
pub const UPLOAD_BYTES_MAX: usize = 100 * 1024 * 1024;

/// Largest form around an upload, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// How long an upload is kept: KIE's agent skill; older pages say three days.
const KEPT_MS: i64 = 24 * 3_600_000;

/// A kept file.
pub struct Upload {
    bytes: Bytes,
    mime: String,
    uploaded_ms: i64,
}

/// The parts of an upload's form.
#[derive(Default)]
struct Form {
    file: Option<(Bytes, String, String)>,
    path: String,
    name: String,
}

pub async fn stream_upload(State(kie): State<Kie>, request: Request) -> Response {
    kie.counted("upload");
    match let_in(&kie, request.headers()) {
        Err(Barred::NoUserAgent(response)) => return *response,
        Err(Barred::WrongKey) => return refuse(401, "Authentication failed: Invalid API Key"),
        Ok(()) => {}
    }
    match read(request).await {
        Ok(form) => keep(&kie, form).unwrap_or_else(|message| refuse(400, &message)),
        Err(message) => refuse(400, &message),
    }
}

fn refuse(code: u16, message: &str) -> Response {
    axum::Json(json!({ "success": false, "code": code, "msg": message })).into_response()
}

/// Reads the form. An error is the text of the refusal.
async fn read(mut request: Request) -> Result<Form, String> {
    axum::extract::DefaultBodyLimit::max(UPLOAD_BYTES_MAX + FORM_BYTES_MAX).apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut parts = form.map_err(|_| "Content-Type must be multipart/form-data".to_owned())?;
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
        let field = part.name().unwrap_or_default().to_owned();
        let sent_name = part.file_name().unwrap_or_default().to_owned();
        let mime = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = part.bytes().await.map_err(|error| broken(&error))?;
        let text = || String::from_utf8_lossy(&bytes).trim().to_owned();
        match field.as_str() {
            "file" => form.file = Some((bytes, sent_name, mime)),
            "uploadPath" => form.path = text(),
            "fileName" => form.name = text(),
            // Stricter than KIE, which ignores unknown parts: a misspelt part is an error here.
            unknown => return Err(format!("fake: file-stream-upload has no part {unknown}")),
        }
    }
    Ok(form)
}

fn broken(error: &MultipartError) -> String {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => format!("Invalid form data: {error}"),
    }
}

fn too_large() -> String {
    format!("File size exceeds the maximum limit of {} MB", UPLOAD_BYTES_MAX / (1024 * 1024))
}

/// Keeps the file; an upload of the same path and name replaces it. An error is the text of the refusal.
fn keep(kie: &Kie, form: Form) -> Result<Response, String> {
    let missing = |part: &str| format!("Missing required parameter: {part}");
    let (bytes, sent_name, mime) = form.file.filter(|(bytes, ..)| !bytes.is_empty()).ok_or_else(|| missing("file"))?;
    if form.path.is_empty() {
        return Err(missing("uploadPath"));
    }
    if form.path.starts_with('/') || form.path.ends_with('/') {
        return Err("uploadPath must not begin or end with a slash".into());
    }
    if bytes.len() > UPLOAD_BYTES_MAX {
        return Err(too_large());
    }
    let uploaded_ms = kie.inner.clock.now_ms();
    let mut books = lock(&kie.inner.books);
    let name = if form.name.is_empty() { new_name(uploaded_ms, books.uploads.len(), &sent_name) } else { form.name };
    let path = format!("{}/{name}", form.path);
    let data = described(&kie.inner.settings.public_url, &path, &name, &mime, bytes.len(), uploaded_ms);
    books.uploads.insert(path, Upload { bytes, mime, uploaded_ms });
    Ok(axum::Json(json!({ "success": true, "code": 200, "msg": "File uploaded successfully", "data": data })).into_response())
}

fn described(public_url: &str, path: &str, name: &str, mime: &str, size: usize, uploaded_ms: i64) -> Value {
    json!({
        "success": true,
        "fileName": name,
        "filePath": path,
        "downloadUrl": format!("{public_url}/uploads/{path}"),
        "fileSize": size,
        "mimeType": mime,
        "uploadedAt": iso(uploaded_ms),
    })
}

/// A name as KIE makes it: the time, some letters, and the ending of the sent name.
fn new_name(uploaded_ms: i64, number: usize, sent_name: &str) -> String {
    let random = digest(format!("{uploaded_ms}:{number}:{sent_name}").as_bytes());
    let ending = sent_name.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
    format!("{uploaded_ms}-{}{ending}", random.get(..11).unwrap_or_default())
}

pub async fn download(State(kie): State<Kie>, Path(path): Path<String>) -> Response {
    match kie.upload(&path) {
        Some((bytes, mime)) => ([(CONTENT_TYPE, mime)], bytes).into_response(),
        None => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}

impl Kie {
    /// The file behind an address of this fake's uploads, if it is still kept; the outer `None` is for any other address.
    pub(super) fn own_upload(&self, url: &str) -> Option<Option<Bytes>> {
        let path = url.strip_prefix(self.inner.settings.public_url.as_str())?.strip_prefix("/uploads/")?;
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        Some(self.upload(path).map(|(bytes, _)| bytes))
    }

    fn upload(&self, path: &str) -> Option<(Bytes, String)> {
        let now_ms = self.inner.clock.now_ms();
        let books = lock(&self.inner.books);
        let upload = books.uploads.get(path).filter(|upload| now_ms - upload.uploaded_ms < KEPT_MS)?;
        Some((upload.bytes.clone(), upload.mime.clone()))
    }
}
