//! Matches a message by its words, not by its spelling: case, punctuation, underscores, camel case and endings do not count.
//!
//! A rule is a list of terms, separated by spaces. All of them must hold, in any order:
//!
//! | term | holds if the message has |
//! |---|---|
//! | `pixel` | a word that begins with "pixel" |
//! | `px$` | exactly the word "px" |
//! | `real_person` | these words, one directly after the other |
//! | `credit\|quota` | one of these |
//! | `@image` | one of the words of this group ([`super::table::GROUPS`]) |
//! | `!size` | no such word |

use super::table::GROUPS;

/// The words of a message, in one or two readings: as they are written, and with the parts of camel case as words.
pub(super) struct Words(Vec<Vec<String>>);

impl Words {
    /// The words of a message. Addresses have no words, because their paths are not KIE's. A page of HTML has none either.
    pub(super) fn of(message: &str) -> Self {
        let lower = message.to_lowercase();
        if lower.contains("<html") || lower.contains("<!doctype") {
            return Self(Vec::new());
        }
        let text: Vec<_> = message.split_whitespace().map(without_url).collect();
        let text = text.join(" ").replace(['\'', '’'], "").replace('×', "x");
        let (plain, parts) = (words(&text), words(&camel_case_parts(&text)));
        Self(if plain == parts { vec![plain] } else { vec![plain, parts] })
    }

    /// Whether the message says nothing: it has no words, or only words without information.
    pub(super) fn is_silent(&self) -> bool {
        const EMPTY: [&str; 8] = ["success", "fail", "failed", "failure", "error", "null", "none", "unknown"];
        self.0.iter().flatten().all(|word| EMPTY.contains(&word.as_str()))
    }

    /// Whether the message satisfies the rule.
    pub(super) fn satisfy(&self, rule: &str) -> bool {
        rule.split_whitespace().all(|term| match term.strip_prefix('!') {
            Some(unwanted) => !self.has(unwanted),
            None => self.has(term),
        })
    }

    fn has(&self, term: &str) -> bool {
        term.split('|').any(|phrase| match phrase.strip_prefix('@') {
            Some(name) => GROUPS.iter().any(|(group, words)| *group == name && self.has(words)),
            None => self.0.iter().any(|words| has_phrase(words, phrase)),
        })
    }
}

fn has_phrase(words: &[String], phrase: &str) -> bool {
    let stems: Vec<_> = phrase.split('_').collect();
    words.windows(stems.len()).any(|run| run.iter().zip(&stems).all(|(word, stem)| is_form_of(word, stem)))
}

fn is_form_of(word: &str, stem: &str) -> bool {
    match stem.strip_suffix('$') {
        Some(whole) => word == whole,
        // Chinese is written without spaces, so that a "word" is a whole sentence.
        None => word.starts_with(stem) || (!stem.is_ascii() && word.contains(stem)),
    }
}

/// The words of a text in lower case. Digits are words of their own: `300px` is `300` and `px`.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            words.push(word.to_owned());
            rest = after;
        }
    }
    words
}

/// The text with a space before each capital that begins a part of camel case: `InvalidParameter` becomes `Invalid Parameter`.
fn camel_case_parts(text: &str) -> String {
    let mut parts = String::with_capacity(text.len() * 2);
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(char) = chars.next() {
        let after_lower = last.is_lowercase();
        let ends_acronym = last.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase());
        if char.is_uppercase() && (after_lower || ends_acronym) {
            parts.push(' ');
        }
        parts.push(char);
        last = char;
    }
    parts
}

/// The part of a word before an address: `image:https://x/y` becomes `image:`.
fn without_url(word: &str) -> &str {
    match word.split_once("://") {
        Some((before, _)) => before.trim_end_matches(char::is_alphanumeric),
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_compared_by_their_beginning_in_any_order() {
        let satisfied = |message: &str, rule: &str| Words::of(message).satisfy(rule);
        assert!(satisfied("Image pixels: INVALID", "invalid pixel"));
        assert!(satisfied("ImagePixelInvalid", "invalid pixel"));
        assert!(satisfied("image_url_fetch", "image_url fetch$"));
        assert!(satisfied("InputURLInvalid", "url$ invalid"));
        assert!(satisfied("at least 300px", "px$"));
        assert!(satisfied("300×300", "300_x_300"));
        assert!(satisfied("your balance isn't enough", "isnt_enough"));
        assert!(satisfied("抱歉,账户余额不足", "余额"));
        assert!(satisfied("a photo", "@image"));
        assert!(!satisfied("person real", "real_person"));
        assert!(!satisfied("the personal page", "person$"));
        assert!(!satisfied("the surface", "face"));
        assert!(!satisfied("image size", "image !size"));
        assert!(!satisfied("", "image"));
    }

    #[test]
    fn addresses_and_pages_have_no_words() {
        assert!(Words::of("https://bucket/nsfw/sensitive.jpg?X-Amz-Credential=1").is_silent());
        assert!(Words::of("<!DOCTYPE html><html><meta name=viewport content='width=device-width'>").is_silent());
        assert!(Words::of("image:https://bucket/nsfw.jpg").satisfy("image !nsfw"));
    }

    proptest! {
        #[test]
        fn any_text_has_words(text in ".*", rule in "[a-z|_$!@ ]*") {
            let _ = Words::of(&text).satisfy(&rule);
        }
    }
}
