//! Extracts the prompt from a chat model's answer. Models often wrap the prompt in fences, quotes and labels.

use domain::utf16;

/// Characters that end a sentence if a space follows.
const SENTENCE_ENDS: [char; 4] = ['.', '!', '?', '…'];
/// Longest label before a prompt, such as "Sure! Here is your video prompt:", characters.
const LABEL_MAX_CHARS: usize = 40;
/// The last words of a label, in lower case.
const LABELS: [&str; 3] = ["prompt", "промпт", "промт"];
/// Pairs of marks that may enclose a whole prompt.
const QUOTES: [(&str, &str); 9] =
    [("\"", "\""), ("“", "”"), ("„", "“"), ("„", "”"), ("«", "»"), ("'", "'"), ("‘", "’"), ("`", "`"), ("**", "**")];

/// The prompt in an answer: one line of at most `max_chars` UTF-16 units, without fences, label, quotes and control characters.
/// The text is empty if nothing is left.
pub(super) fn prompt(answer: &str, max_chars: usize) -> String {
    let unfenced: String = answer.lines().map(without_fence).flat_map(|line| [line, "\n"]).collect();
    let visible: String = unfenced.chars().filter(|char| char.is_whitespace() || !char.is_control()).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(bare(&line), max_chars).to_owned()
}

/// Removes the marks that open or close a code block from a line.
fn without_fence(line: &str) -> &str {
    let line = line.trim();
    let Some(opened) = line.strip_prefix("```") else { return line.trim_end_matches("```") };
    match opened.strip_suffix("```") {
        Some(inside) => inside,
        // The rest of an opening line is the language of the code block.
        None if opened.chars().all(|char| char.is_ascii_alphanumeric()) => "",
        None => opened,
    }
}

/// Removes the label and the quotes around a prompt, in either order.
fn bare(mut text: &str) -> &str {
    loop {
        let barer = without_label(without_quotes(text)).trim();
        if barer.len() == text.len() {
            return text;
        }
        text = barer;
    }
}

/// Removes quotes that enclose a whole text. Quotes that also occur inside do not: `"Spin" in neon, then "Sale"`.
fn without_quotes(text: &str) -> &str {
    let inside = |&(open, close): &(&str, &str)| {
        let inside = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inside.contains(open) && !inside.contains(close)).then_some(inside)
    };
    QUOTES.iter().find_map(inside).unwrap_or(text)
}

fn without_label(text: &str) -> &str {
    let markup = ['*', '_', '#', ' '];
    let Some((marked, rest)) = text.split_once(':') else { return text };
    let label = marked.trim_matches(markup).to_lowercase();
    if label.chars().count() > LABEL_MAX_CHARS || !LABELS.iter().any(|end| label.ends_with(end)) {
        return text;
    }
    // Markup after the colon belongs to the label if the label begins with markup, else to the prompt.
    if marked.trim_start().starts_with(markup) { rest.trim_start_matches(markup) } else { rest.trim_start() }
}

/// Shortens a text to the last sentence that fits, else to the last word, else to the limit in UTF-16 units.
fn cut(text: &str, max_chars: usize) -> &str {
    let end = utf16::cut(text, max_chars).len();
    if end == text.len() {
        return text;
    }
    let up_to = |end: usize| text.get(..end).unwrap_or_default();
    let word_ends_at = |at: usize| text.get(at..).is_some_and(|rest| rest.starts_with(' '));
    let ends =
        || up_to(end).char_indices().rev().map(|(at, char)| (at + char.len_utf8(), char)).filter(|(at, _)| word_ends_at(*at));
    let sentence = ends().find(|(_, char)| SENTENCE_ENDS.contains(char));
    sentence.or_else(|| ends().next()).map_or_else(|| up_to(end), |(at, _)| up_to(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(answer: &str) -> String {
        prompt(answer, 1000)
    }

    #[test]
    fn a_label_takes_only_its_own_markup_with_it() {
        assert_eq!(clean("Here is your video prompt:\n\n**\"A mug\"**"), "A mug");
        assert_eq!(clean("**Prompt:** \"A mug\""), "A mug");
        assert_eq!(clean("Prompt: **bold** start"), "**bold** start");
    }

    #[test]
    fn fences_are_dropped() {
        for answer in
            ["```\nThe ring spins.\n```", "```text\nThe ring spins.\n```\n", "```The ring spins.```", "```\nThe ring spins.```"]
        {
            assert_eq!(clean(answer), "The ring spins.", "{answer}");
        }
        assert_eq!(clean("Here is the prompt:\n\n```prompt\nThe ring\nspins.\n```"), "The ring spins.");
    }

    #[test]
    fn labels_and_quotes_are_dropped_in_either_order() {
        let wrapped = [
            "Prompt: The ring spins.",
            "**Prompt:** The ring spins.",
            "**Video prompt**: The ring spins.",
            "**Prompt: The ring spins.**",
            "## Prompt:\nThe ring spins.",
            "Sure! Here is your video prompt:\n\nThe ring spins.",
            "Промпт: «The ring spins.»",
            "\"The ring spins.\"",
            "“Prompt: The ring spins.”",
            "PROMPT: 'The ring spins.'",
            "`The ring spins.`",
        ];
        for answer in wrapped {
            assert_eq!(clean(answer), "The ring spins.", "{answer}");
        }
    }

    #[test]
    fn quotes_and_colons_of_a_prompt_stay() {
        let whole = [
            "\"Spin\" in neon, then \"Sale\"",
            "Close-up: the ring spins.",
            "The camera moves in on a ring that lies next to a terminal with a prompt: it spins.",
            "'It's gold'",
            "A sign says “Sale”",
        ];
        for answer in whole {
            assert_eq!(clean(answer), answer);
        }
    }

    #[test]
    fn a_prompt_is_one_line_without_control_characters() {
        assert_eq!(clean("  The\tring\r\n\r\nspi\u{0}ns.\u{7}\u{1b}  \u{a0}Slowly.\n"), "The ring spins. Slowly.");
    }

    #[test]
    fn an_answer_of_wrapping_alone_is_empty() {
        for answer in ["", " \n\t", "```\n```", "\"\"", "Prompt:", "```text\nPrompt: \"\"\n```"] {
            assert_eq!(clean(answer), "", "{answer}");
        }
    }

    #[test]
    fn a_long_prompt_ends_with_a_sentence_or_else_a_word() {
        let text = "It spins 1.5 times. It stops! Then it glows";
        assert_eq!(prompt(text, 43), text);
        assert_eq!(prompt(text, 42), "It spins 1.5 times. It stops!");
        assert_eq!(prompt(text, 29), "It spins 1.5 times. It stops!");
        assert_eq!(prompt(text, 28), "It spins 1.5 times.");
        assert_eq!(prompt(text, 18), "It spins 1.5");
        assert_eq!(prompt(text, 8), "It spins");
        assert_eq!(prompt("Кольцо вращается", 8), "Кольцо");
        assert_eq!(prompt("Кольцо", 4), "Коль");
        assert_eq!(prompt("Кольцо", 0), "");
        assert_eq!(prompt("🎬🎬🎬", 5), "🎬🎬", "a film clapper has two units");
        assert_eq!(prompt("It spins. 🎬🎬", 13), "It spins.");
    }

    proptest! {
        #[test]
        fn whatever_was_said_it_is_one_short_line(answer in "(?s).{0,300}", max_chars in 0_usize..120) {
            let prompt = prompt(&answer, max_chars);
            prop_assert!(utf16::length(&prompt) <= max_chars);
            prop_assert!(!prompt.contains(char::is_control) && !prompt.contains("  ") && prompt.trim() == prompt);
        }
    }
}
