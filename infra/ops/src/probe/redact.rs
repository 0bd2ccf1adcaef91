//! Replaces what a recording must not show: ids of tasks, files and chats, people, addresses.
//!
//! Equal values get equal names within a case, so that a recording still says which file or task is meant.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The host of every address in a recording.
pub const HOST: &str = "https://files.example";
/// Fields that hold an id, and what is identified.
const IDS: [(&str, &str); 7] = [
    ("taskId", "task"),
    ("recordId", "task"),
    ("task_id", "task"),
    ("file_id", "file"),
    ("file_unique_id", "unique"),
    ("filePath", "path"),
    ("fileName", "name"),
];
/// Fields that hold a chat, a person or the bot.
const PEOPLE: [&str; 6] = ["chat", "from", "via_bot", "sender_chat", "sender_business_bot", "forward_origin"];
/// Fields that hold the number of a chat.
const CHATS: [&str; 2] = ["chat_id", "migrate_to_chat_id"];
/// Fewest characters of an id that is replaced inside other texts.
const ID_MIN_CHARS: usize = 8;
/// A run of at least this many hexadecimal digits is an id.
const HEX_MIN_CHARS: usize = 24;

/// The names that were given so far.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    names: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Redactor {
    /// A JSON value without what must not be shown.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => json!(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                let mut redacted = Map::new();
                for (name, field) in fields {
                    redacted.insert(name.clone(), self.field(name, field));
                }
                Value::Object(redacted)
            }
            other => other.clone(),
        }
    }

    fn field(&mut self, name: &str, value: &Value) -> Value {
        if CHATS.contains(&name) && !value.is_null() {
            return json!(1);
        }
        if PEOPLE.contains(&name) && value.is_object() {
            return json!({ "id": 1 });
        }
        match (IDS.iter().find(|(id, _)| *id == name), value) {
            (Some((_, what)), Value::String(id)) if !id.is_empty() => json!(self.name(what, id)),
            _ => self.value(value),
        }
    }

    /// A text without what must not be shown. A text that is JSON, as in KIE's `param` and `resultJson`, stays JSON.
    pub fn text(&mut self, text: &str) -> String {
        if text.starts_with(['{', '['])
            && let Ok(inner) = serde_json::from_str::<Value>(text)
        {
            return self.value(&inner).to_string();
        }
        let words: Vec<String> = text.split(' ').map(|word| self.word(word)).collect();
        let mut redacted = words.join(" ");
        for (id, name) in &self.names {
            if id.chars().count() >= ID_MIN_CHARS {
                redacted = redacted.replace(id, name);
            }
        }
        redacted
    }

    fn word(&mut self, word: &str) -> String {
        match word.find("http://").or_else(|| word.find("https://")) {
            Some(start) => match word.split_at_checked(start) {
                Some((before, url)) => format!("{before}{}", self.address(url)),
                None => word.to_owned(),
            },
            None if is_id(word) => self.name("id", word),
            None => word.to_owned(),
        }
    }

    /// Another address for this one. It keeps the extension of the path, and says whether there was a query.
    pub fn address(&mut self, url: &str) -> String {
        if url.starts_with(HOST) {
            return url.to_owned();
        }
        let (path, query) = url.split_once('?').map_or((url, ""), |(path, _)| (path, "?signed"));
        let file = path.rsplit('/').next().unwrap_or_default();
        let ending = file.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
        let name = self.name("address", url).replace("address-", "");
        format!("{HOST}/{name}{ending}{query}")
    }

    fn name(&mut self, what: &'static str, id: &str) -> String {
        if let Some(name) = self.names.get(id) {
            return name.clone();
        }
        let count = self.counts.entry(what).or_default();
        *count += 1;
        let name = format!("{what}-{count}");
        self.names.insert(id.to_owned(), name.clone());
        name
    }
}

/// Whether a word is a long hexadecimal number, perhaps with punctuation around it.
fn is_id(word: &str) -> bool {
    let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    bare.len() >= HEX_MIN_CHARS && bare.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "ee9c2715375b7837f8bb51d641ff5863";

    #[test]
    fn ids_people_and_addresses_are_replaced_and_equal_ones_stay_equal() {
        let mut redactor = Redactor::default();
        let result = json!({"resultUrls": [format!("https://tempfile.example.net/r/{TASK}.mp4?X-Amz-Signature=9")]}).to_string();
        let param =
            json!({"model": "m", "input": json!({"image_urls": ["https://kie.example.net/u/a.b/photo.jpg"]}).to_string()});
        let reply = json!({"code": 200, "msg": format!("task {TASK} is done"), "data": {"taskId": TASK, "recordId": TASK,
            "creditsConsumed": 45.0, "resultJson": result, "param": param.to_string()}});
        let redacted = redactor.value(&reply);
        assert_eq!((&redacted["data"]["taskId"], &redacted["data"]["recordId"]), (&json!("task-1"), &json!("task-1")));
        assert_eq!(redacted["data"]["creditsConsumed"], json!(45.0));
        let text = redacted.to_string();
        assert!(
            text.contains("https://files.example/2.mp4?signed") || text.contains("https://files.example/1.mp4?signed"),
            "{text}"
        );
        for hidden in [TASK, "example.net", "Signature", "photo.jpg"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert_eq!(redactor.text(&format!("again {TASK}")), "again task-1");
        assert_eq!(redactor.address("https://files.example/7.jpg"), "https://files.example/7.jpg");
    }

    #[test]
    fn a_message_of_telegram_keeps_its_kind_and_loses_its_people() {
        let message = json!({"ok": true, "result": {"message_id": 8, "chat": {"id": 777_000_111, "first_name": "Olga", "username": "olga"},
            "from": {"id": 123_456, "username": "shop_bot"}, "animation": {"file_id": "CgACAgIAAx", "file_unique_id": "AgADzz", "duration": 3},
            "document": {"file_id": "CgACAgIAAx"}, "reply_to_message": {"chat": {"id": 777_000_111}}}});
        let redacted = Redactor::default().value(&message);
        assert_eq!(redacted["result"]["animation"], json!({"file_id": "file-1", "file_unique_id": "unique-1", "duration": 3}));
        assert_eq!(redacted["result"]["document"]["file_id"], json!("file-1"));
        for hidden in ["777000111", "Olga", "olga", "123456", "shop_bot", "CgAC", "AgAD"] {
            assert!(!redacted.to_string().contains(hidden), "{hidden} in {redacted}");
        }
        assert_eq!(Redactor::default().value(&json!({"chat_id": 777, "text": "hi"})), json!({"chat_id": 1, "text": "hi"}));
    }

    #[test]
    fn a_long_number_in_a_text_is_an_id() {
        let mut redactor = Redactor::default();
        assert_eq!(redactor.text("no recordInfo for (0123456789abcdef0123456789abcdef)"), "no recordInfo for id-1");
        assert_eq!(redactor.text("Image pixel is invalid: 338x191"), "Image pixel is invalid: 338x191");
        assert_eq!(redactor.text("see <https://a.example.net/x?y>."), "see <https://files.example/1?signed");
    }
}
