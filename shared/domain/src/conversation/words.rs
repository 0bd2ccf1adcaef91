//! The seller's words, as they are kept.

/// The words without control characters other than line ends, and without white space at both ends. Words of which a reader would see
/// nothing are empty.
pub(super) fn tidy(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    if plain.chars().all(is_invisible) { String::new() } else { plain.trim().to_owned() }
}

/// Texts that skip a question, in either language.
const NOTHING_TO_SAY: [&str; 10] =
    ["skip", "no", "none", "nothing", "-", "пропустить", "нет", "без пожеланий", "ничего", "не надо"];

/// Whether these words skip a question.
pub(super) fn says_nothing(words: &str) -> bool {
    NOTHING_TO_SAY.contains(&words.to_lowercase().as_str())
}

/// The number of characters, as the limits of the answers count them.
pub(super) fn count(words: &str) -> usize {
    words.chars().count()
}

/// Whether a reader sees nothing of this character: white space, the blank of braille, and Unicode's `Default_Ignorable_Code_Point`
/// (DerivedCoreProperties.txt).
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_which_nothing_is_seen_are_empty() {
        for invisible in [
            "",
            "  \n",
            "\u{200b}",
            "\u{feff}\u{2060}",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{ad}",
            "\u{e0020}",
            "\u{fe0f}",
            "\u{0}",
        ] {
            assert_eq!(tidy(invisible), "", "{invisible:?}");
        }
    }

    #[test]
    fn seen_words_keep_their_joiners() {
        assert_eq!(tidy("  a\u{200d}b\tc \n"), "a\u{200d}b c");
        assert_eq!(tidy("\u{2764}\u{fe0f}"), "\u{2764}\u{fe0f}");
    }
}
