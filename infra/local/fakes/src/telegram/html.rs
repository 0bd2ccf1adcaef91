//! Telegram's HTML (core.telegram.org/bots/api#html-style), with the parser's own error texts
//! (tdlib/td, `parse_html` in MessageEntity.cpp).

use serde_json::{Value, json};

/// The visible text and its entities.
#[derive(Debug, PartialEq)]
pub struct Parsed {
    pub text: String,
    pub entities: Vec<Value>,
}

struct Open {
    tag: String,
    offset: usize,
    link: Option<String>,
}

const TAGS: [(&str, &str); 15] = [
    ("b", "bold"),
    ("strong", "bold"),
    ("i", "italic"),
    ("em", "italic"),
    ("u", "underline"),
    ("ins", "underline"),
    ("s", "strikethrough"),
    ("strike", "strikethrough"),
    ("del", "strikethrough"),
    ("code", "code"),
    ("pre", "pre"),
    ("a", "text_link"),
    ("blockquote", "blockquote"),
    ("tg-spoiler", "spoiler"),
    ("span", "spoiler"),
];

pub fn parse(html: &str) -> Result<Parsed, String> {
    let mut text = String::new();
    let mut entities = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(after) = rest.strip_prefix("</") {
            let end = after.find('>').ok_or(format!("Unclosed end tag at byte offset {at}"))?;
            let found = after.get(..end).unwrap_or_default().trim().to_lowercase();
            entities.extend(close(&mut open, &found, &text, at)?);
            at += 2 + end + 1;
        } else if let Some(after) = rest.strip_prefix('<') {
            let end = after.find('>').ok_or(format!("Unclosed start tag at byte offset {at}"))?;
            open.push(start(after.get(..end).unwrap_or_default(), utf16(&text), at)?);
            at += 1 + end + 1;
        } else {
            let (character, length) = character(rest);
            text.push(character);
            at += length;
        }
    }
    match open.last() {
        Some(left) => Err(format!("Can't find end tag corresponding to start tag \"{}\"", left.tag)),
        None => Ok(Parsed { text: text.trim_end().to_owned(), entities }),
    }
}

/// The length of a text as Telegram counts it, in UTF-16 units.
pub fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

fn start(inside: &str, offset: usize, at: usize) -> Result<Open, String> {
    let (tag, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let tag = tag.to_lowercase();
    if !TAGS.iter().any(|(known, _)| *known == tag) {
        return Err(format!("Unsupported start tag \"{tag}\" at byte offset {at}"));
    }
    if tag == "span" && !attributes.contains("tg-spoiler") {
        return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"));
    }
    let quoted = |value: &str| value.trim_matches(['"', '\'']).to_owned();
    let link = attributes.trim().strip_prefix("href=").map(quoted);
    Ok(Open { tag, offset, link })
}

fn close(open: &mut Vec<Open>, found: &str, text: &str, at: usize) -> Result<Option<Value>, String> {
    let Some(last) = open.pop() else {
        return Err(format!("Unexpected end tag at byte offset {at}"));
    };
    if !found.is_empty() && found != last.tag {
        return Err(format!("Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{found}>\"", last.tag));
    }
    let length = utf16(text).saturating_sub(last.offset);
    let kind = TAGS.iter().find(|(tag, _)| *tag == last.tag).map_or("", |(_, kind)| kind);
    let entity = match last.link {
        Some(link) => json!({ "type": kind, "offset": last.offset, "length": length, "url": link }),
        None => json!({ "type": kind, "offset": last.offset, "length": length }),
    };
    Ok(Some(entity).filter(|_| length > 0))
}

/// The next character and its length in the source. An unknown character reference stays as it is.
fn character(rest: &str) -> (char, usize) {
    let first = rest.chars().next().unwrap_or_default();
    let plain = (first, first.len_utf8());
    let Some(end) = rest.strip_prefix('&').and_then(|name| name.find(';')) else {
        return plain;
    };
    let name = rest.get(1..=end).unwrap_or_default();
    let known = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        _ => name.strip_prefix('#').and_then(numeric).and_then(char::from_u32),
    };
    known.map_or(plain, |character| (character, end + 2))
}

fn numeric(digits: &str) -> Option<u32> {
    digits.strip_prefix('x').map_or_else(|| digits.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_entities_in_utf16_units() {
        let parsed = parse("🎬 <b>Готово</b> &amp; <a href=\"https://x.y\">да</a>").unwrap();
        assert_eq!(parsed.text, "🎬 Готово & да");
        assert_eq!(parsed.entities[0], json!({"type": "bold", "offset": 3, "length": 6}));
        assert_eq!(parsed.entities[1]["url"], "https://x.y");
    }

    #[test]
    fn an_unbalanced_or_unknown_tag_is_an_error_that_names_it() {
        let error_of = |html| parse(html).unwrap_err();
        assert_eq!(error_of("<b>x"), "Can't find end tag corresponding to start tag \"b\"");
        assert_eq!(error_of("a <div>x</div>"), "Unsupported start tag \"div\" at byte offset 2");
        assert_eq!(error_of("x</b>"), "Unexpected end tag at byte offset 1");
        assert_eq!(error_of("<b>x</i>"), "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"");
        assert_eq!(error_of("1 < 2"), "Unclosed start tag at byte offset 2");
    }

    #[test]
    fn an_unknown_character_reference_stays_as_it_is() {
        assert_eq!(parse("&nbsp; &#9731; R&D").unwrap().text, "&nbsp; ☃ R&D");
    }
}
