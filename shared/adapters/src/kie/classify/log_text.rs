//! The text of a failure for a log. KIE's text may repeat the photo's signed address or the prompt, and neither may be logged.

use super::Failure;
use crate::wire::without_urls;

/// Most characters of a failure in a log.
const MAX_CHARS: usize = 200;
/// This many words of the prompt in a row are an echo of the prompt. Two words may stand in both by chance ("the image").
const ECHO_WORDS: usize = 3;
/// What stands in a log for removed words.
const REMOVED: &str = "<removed>";

impl Failure {
    /// The failure's code and text for a log: at most 200 characters, without addresses and without the prompt that was sent to KIE.
    ///
    /// The prompt's own words are removed, because an echo need not be marked. A passage in quotation marks and the rest after
    /// "prompt:" are removed too, because KIE may echo a translated prompt.
    #[must_use]
    pub fn log_text(&self, prompt: Option<&str>) -> String {
        let text = format!("{} {}", self.code, self.message).replace("\\/", "/");
        let text = without_signed_addresses(&without_urls(&text));
        let text = without_echo(&before_prompt(&text), prompt.unwrap_or_default());
        let text = if text.contains('{') { text } else { without_quotes(&text) };
        text.trim().chars().take(MAX_CHARS).collect()
    }
}

/// The text without the words of a signed address whose scheme is missing.
fn without_signed_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.to_ascii_lowercase().contains("x-amz-") { REMOVED } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// The text up to the value of a prompt: `"prompt": "..."`, `prompt = ...`, `prompt '...'`.
fn before_prompt(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_mark = |c: char| ":=\"'“«`".contains(c);
    let value = lower.match_indices("prompt").map(|(at, word)| at + word.len()).find(|&after| {
        let rest = lower.get(after..).unwrap_or_default();
        rest.trim_start().starts_with(is_mark)
    });
    match value.and_then(|after| text.get(..after)) {
        Some(before) => format!("{before} {REMOVED}"),
        None => text.to_owned(),
    }
}

/// The text without the words that stand in the prompt in the same order, [`ECHO_WORDS`] or more in a row.
fn without_echo(text: &str, prompt: &str) -> String {
    let sent: Vec<_> = pieces(prompt).filter(|it| is_word(it)).map(str::to_lowercase).collect();
    let pieces: Vec<_> = pieces(text).collect();
    let words: Vec<_> = pieces.iter().enumerate().filter(|(_, it)| is_word(it)).map(|(at, it)| (at, it.to_lowercase())).collect();
    let run_length = ECHO_WORDS.min(sent.len());
    let mut echoed = vec![false; pieces.len()];
    if run_length > 0 {
        for run in words.windows(run_length) {
            if sent.windows(run_length).any(|sent| sent.iter().eq(run.iter().map(|(_, word)| word))) {
                let ends = run.first().zip(run.last());
                let marks = ends.and_then(|((first, _), (last, _))| echoed.get_mut(*first..=*last));
                marks.into_iter().flatten().for_each(|mark| *mark = true);
            }
        }
    }
    let mut kept = String::new();
    for (piece, is_echo) in pieces.iter().zip(echoed) {
        match is_echo {
            false => kept.push_str(piece),
            true if kept.ends_with(REMOVED) => {}
            true => kept.push_str(REMOVED),
        }
    }
    kept
}

/// The text in pieces: words, and what stands between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c: char| c.is_alphanumeric() != first.is_alphanumeric()).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn is_word(piece: &str) -> bool {
    piece.starts_with(char::is_alphanumeric)
}

/// The text without passages of more than three words in quotation marks. Shorter ones are names of fields.
fn without_quotes(text: &str) -> String {
    let parts = text.split(['"', '“', '”', '«', '»', '`']).enumerate();
    let shown = parts.map(|(number, part)| match number % 2 == 1 && part.split_whitespace().count() > ECHO_WORDS {
        true => REMOVED,
        false => part,
    });
    shown.collect::<Vec<_>>().join("\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failure(code: &str, message: &str) -> Failure {
        Failure { code: code.into(), message: message.into() }
    }

    #[test]
    fn a_log_has_neither_addresses_nor_the_prompt() {
        let prompt = Some("A red mug turns slowly on a table. Soft light.");
        let shown = |message: &str| failure("500", message).log_text(prompt);
        assert_eq!(shown("The flux capacitor is misaligned"), "500 The flux capacitor is misaligned");
        assert_eq!(shown("cannot take https://b/photo.jpg?X-Amz-Signature=1 now"), "500 cannot take <url> now");
        assert_eq!(shown(r#"{"a":"https:\/\/b\/1?X-Amz-Signature=1"}"#), "500 <url>");
        assert_eq!(shown("b.s3.aws/1?X-Amz-Signature=1 is odd"), "500 <removed> is odd");
        assert_eq!(shown("no film of a RED mug turns, slowly: odd"), "500 no film of <removed>: odd");
        assert_eq!(shown("prompt: eine rote Tasse dreht sich"), "500 prompt <removed>");
        assert_eq!(shown(r#"{"prompt":"eine rote Tasse"}"#), r#"500 {"prompt <removed>"#);
        assert_eq!(shown(r#"no film of "eine rote Tasse dreht sich", odd"#), r#"500 no film of "<removed>", odd"#);
        assert_eq!(shown(r#"the field "mode" is odd"#), r#"500 the field "mode" is odd"#);
        assert_eq!(shown(&"ü".repeat(500)).chars().count(), 200);
        assert_eq!(failure("500", "odd").log_text(None), "500 odd");
        assert_eq!(failure("500", "a red mug").log_text(Some("red mug")), "500 a <removed>");
    }

    proptest! {
        #[test]
        fn any_failure_has_a_short_log_without_addresses(code in ".*", message in ".*", prompt in ".*") {
            let shown = Failure { code, message }.log_text(Some(&prompt));
            prop_assert!(shown.chars().count() <= MAX_CHARS && !shown.contains("://"), "{}", shown);
        }

        #[test]
        fn a_prompt_that_kie_repeats_is_not_logged(prompt in "[a-z]{4,8}( [a-z]{4,8}){3,20}", before in "[a-z ]{0,30}") {
            let shown = failure("500", &format!("{before} {prompt}")).log_text(Some(&prompt));
            let first_words: Vec<_> = prompt.split(' ').take(3).collect();
            prop_assert!(!shown.contains(&first_words.join(" ")), "{}", shown);
        }
    }
}
