//! Hides what no page may show: the secrets of the settings, tokens in paths, signatures, sealed addresses. Of a real service's calls it
//! shows the names and sizes of the fields only, because their values are what people wrote.

use serde_json::Value;

use super::Kept;

/// Longest body that the page shows, in characters.
pub(crate) const BODY_SHOWN_MAX_CHARS: usize = 4000;
/// What is in the place of a secret.
const HIDDEN: &str = "•••";
/// What comes before a secret in an address or a body. The secret goes on for as long as its characters are of an address' part.
const MARKS: [&str; 8] = [
    "/bot",
    "/kie/",
    "X-Amz-Signature=",
    "X-Amz-Credential=",
    "X-Amz-Security-Token=",
    "\"secret_token\":\"",
    "\"file_path\":\"bot",
    "Bearer ",
];

/// Which part of a body the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All of it: the service is a fake, and the people are of this machine.
    Values,
    /// The names of its fields and their sizes: the people are real.
    Fields,
}

/// The secrets that are hidden.
pub(crate) struct Mask {
    secrets: Vec<String>,
}

impl Mask {
    /// Hides these secrets, also in the form that an address has them.
    pub fn new(secrets: Vec<String>) -> Self {
        let mut secrets: Vec<String> = secrets.into_iter().flat_map(|secret| [secret.replace(':', "%3A"), secret]).collect();
        // The longest first: a part of a longer secret must not survive the masking of a shorter one.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets }
    }

    /// The text without secrets.
    pub fn text(&self, text: &str) -> String {
        let without = self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
        MARKS.iter().fold(without, |text, mark| hidden_after(&text, mark))
    }

    /// The body as the page shows it: pretty JSON, or its size.
    pub fn body(&self, body: &Kept, shown: Shown) -> String {
        match (serde_json::from_slice::<Value>(&body.bytes), std::str::from_utf8(&body.bytes)) {
            _ if body.size == 0 => "empty".to_owned(),
            (Ok(json), _) if shown == Shown::Values => {
                self.bounded(&serde_json::to_string_pretty(&json).unwrap_or_default(), BODY_SHOWN_MAX_CHARS)
            }
            (Ok(json), _) => self.bounded(&fields(&json), BODY_SHOWN_MAX_CHARS),
            (Err(_), Ok(text)) if shown == Shown::Values && !body.bytes.is_empty() => self.bounded(text, BODY_SHOWN_MAX_CHARS),
            _ => format!("{} bytes", body.size),
        }
    }

    /// The text without secrets, and not longer than this.
    pub fn bounded(&self, text: &str, most: usize) -> String {
        let text = self.text(text);
        let left = text.chars().count().saturating_sub(most);
        match left {
            0 => text,
            left => format!("{}\n… and {left} characters more", text.chars().take(most).collect::<String>()),
        }
    }
}

/// The names of the fields of an object, each with the size of its value.
pub(crate) fn fields(json: &Value) -> String {
    let size = |value: &Value| value.to_string().len();
    match json {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}: {} bytes", size(value))).collect::<Vec<_>>().join("\n")
        }
        other => format!("{} bytes", size(other)),
    }
}

fn hidden_after(text: &str, mark: &str) -> String {
    let mut parts = text.split(mark);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A path of KIE's callbacks is sealed to its end; other secrets end with their part of the path.
        let is_of_secret = |c: char| c.is_ascii_alphanumeric() || "-_.~%:+=•".contains(c) || (mark == "/kie/" && c == '/');
        let rest = part.trim_start_matches(is_of_secret);
        shown.push_str(mark);
        if rest.len() < part.len() {
            shown.push_str(HIDDEN);
        }
        shown.push_str(rest);
    }
    shown
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn mask() -> Mask {
        Mask::new(vec!["123456:token".to_owned(), "key".to_owned()])
    }

    #[test]
    fn tokens_signatures_and_sealed_addresses_are_hidden_and_the_rest_stays() {
        let hidden = [
            ("/bot123456:token/sendMessage", "/bot•••/sendMessage"),
            ("/bot99:other-token/getMe", "/bot•••/getMe"),
            ("http://telegram.local/file/bot123456%3Atoken/photos/1.jpg", "http://telegram.local/file/bot•••/photos/1.jpg"),
            (r#"{"callBackUrl":"http://callback.local/kie/v2/aB-_9"}"#, r#"{"callBackUrl":"http://callback.local/kie/•••"}"#),
            ("/bucket/a?X-Amz-Date=1&X-Amz-Signature=0af&x-id=1", "/bucket/a?X-Amz-Date=1&X-Amz-Signature=•••&x-id=1"),
            (r#"{"secret_token":"abc","url":"u"}"#, r#"{"secret_token":"•••","url":"u"}"#),
            ("a key here", "a ••• here"),
        ];
        for (text, masked) in hidden {
            assert_eq!(mask().text(text), masked);
        }
    }

    #[test]
    fn a_body_is_bounded_and_a_real_one_is_only_described() {
        let kept = |text: &str| Kept { size: text.len(), bytes: text.to_owned().into() };
        let long = mask().body(&kept(&"x".repeat(BODY_SHOWN_MAX_CHARS + 5)), Shown::Values);
        assert!(long.ends_with("… and 5 characters more"), "{long}");
        let fields = mask().body(&kept(r#"{"chat_id":7,"text":"from a person"}"#), Shown::Fields);
        assert_eq!(fields, "chat_id: 1 bytes\ntext: 15 bytes");
        assert_eq!(mask().body(&kept("a text of a person"), Shown::Fields), "18 bytes");
        assert_eq!(mask().body(&Kept { size: 9, bytes: Bytes::new() }, Shown::Values), "9 bytes");
    }
}
