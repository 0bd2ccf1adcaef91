//! Keeps the quoted prompts of `docs/prompts.md` true. `UPDATE_DOCS=1` writes them; the text above them is written by hand.

use std::{fmt::Write as _, fs, path::Path};

use super::*;
use crate::conversation::tests::samples::keeps;

/// The line of the page above the generated part.
const MARK: &str = "<!-- A test writes the lines below. -->";
/// Longest line of the page, in characters.
const COLUMNS_MAX: usize = 138;

/// A text as a Markdown quotation of short lines.
fn quoted(text: &str) -> String {
    let (mut lines, mut line) = (vec![], String::from(">"));
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > COLUMNS_MAX {
            lines.push(std::mem::replace(&mut line, String::from(">")));
        }
        line = format!("{line} {word}");
    }
    lines.push(line);
    lines.join("\n")
}

fn prompts() -> String {
    let words = brief_of("a red mug, 300 ml", "осеннее настроение");
    let none = Brief::default;
    let samples = [
        ("Neurocard, photo as first frame", Kind::Neurocard, Style::Product, "neurocard", none()),
        ("Product ad, photo as first frame", Kind::Reels, Style::Broll, "reels-broll", none()),
        ("Product ad, photo as first frame, with the seller's words", Kind::Reels, Style::Broll, "reels-broll", words.clone()),
        ("UGC, photo as reference", Kind::Reels, Style::Ugc, "reels-ugc", none()),
        ("UGC, photo as reference, with the seller's words", Kind::Reels, Style::Ugc, "reels-ugc", words.clone()),
        ("UGC on its spare, photo as first frame", Kind::Reels, Style::Ugc, "reels-grok", none()),
    ];
    let mut out = String::from("## The built-in prompts\n");
    let made = |kind, style, id: &str, brief| {
        let row = row(id);
        written(&order(kind, style, row.default_length().secs, brief), 1, &row)
    };
    for (title, kind, style, id, brief) in samples {
        let made = made(kind, style, id, brief);
        let _infallible = write!(out, "\n### {title}\n\nRow `{id}`.\n\n{}\n", quoted(&made.built_in));
    }
    out += "\n## The assignments of the prompt writer\n";
    for (title, style, id) in [("First frame", Style::Broll, "reels-broll"), ("Reference", Style::Ugc, "reels-ugc")] {
        let made = made(Kind::Reels, style, id, words.clone());
        let (instructions, material) = (quoted(&made.instructions), quoted(&made.material));
        let _infallible =
            write!(out, "\n### {title}\n\nThe instructions, row `{id}`:\n\n{instructions}\n\nThe material:\n\n{material}\n");
    }
    out
}

#[test]
fn the_page_quotes_the_prompts_as_they_are() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/prompts.md")).unwrap();
    let (reasons, _) = page.split_once(MARK).unwrap();
    keeps("prompts.md", &format!("{reasons}{MARK}\n\n{}", prompts()));
}
