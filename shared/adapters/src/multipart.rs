//! Forms as `multipart/form-data` (RFC 7578), with a streamed file and a length that is known beforehand.

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyStream, StreamBody};

/// A form: its content type, exact length in bytes, and body.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) length: u64,
    pub(super) body: SdkBody,
}

/// The file in a form.
pub(super) struct File<'a> {
    pub(super) field: &'a str,
    pub(super) name: &'a str,
    pub(super) content_type: &'a str,
    pub(super) length: u64,
    pub(super) body: SdkBody,
}

/// Makes a form of text fields and then the file.
pub(super) fn form(fields: &[(&str, String)], file: File<'_>) -> Form {
    let boundary = format!("neurocards-{:032x}", fastrand::u128(..));
    let mut start = String::new();
    for (name, value) in fields {
        start += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let (field, name, content_type) = (file.field, plain(file.name), file.content_type);
    start += &format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {content_type}\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let length = start.len() as u64 + file.length + end.len() as u64;
    let frame = |text: String| stream::iter([Ok(Frame::data(Bytes::from(text)))]);
    // Trailers of the file's body are dropped, because a form must not contain them.
    let middle = BodyStream::new(file.body).filter(|frame| std::future::ready(frame.as_ref().map_or(true, Frame::is_data)));
    let body = SdkBody::from_body_1_x(StreamBody::new(frame(start).chain(middle).chain(frame(end))));
    Form { content_type: format!("multipart/form-data; boundary={boundary}"), length, body }
}

/// The file name with every character that needs escaping replaced by `_`.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::streamed;
    use crate::wire::read;
    use std::time::Duration;

    #[tokio::test]
    async fn the_stated_length_is_the_length_sent() {
        let file = File {
            field: "video",
            name: "a \"card\"\r\n.mp4",
            content_type: "video/mp4",
            length: 6,
            body: streamed(&["abc", "def"]),
        };
        let form = form(&[("chat_id", "5".into()), ("caption", "Привет".into())], file);
        let boundary = form.content_type.split_once("boundary=").unwrap().1.to_owned();
        let body = read(form.body, 10_000, Duration::from_secs(1)).await.unwrap();
        assert_eq!(body.len() as u64, form.length);
        let expected = "--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n5\r\n\
            --B\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nПривет\r\n\
            --B\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a__card___.mp4\"\r\n\
            Content-Type: video/mp4\r\n\r\nabcdef\r\n--B--\r\n";
        assert_eq!(std::str::from_utf8(&body).unwrap().replace(&boundary, "B"), expected);
    }
}
