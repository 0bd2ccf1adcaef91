//! Cuts KIE's text into clauses, each with one "N credits".

use super::labels::{Labels, words};

/// Most sentences that are read.
const SENTENCES_MAX: usize = 200;
/// Words that say that a price is that of a whole film.
const FILM: [&str; 6] = ["per video", "per generation", "per task", "per run", "per film", "a generation"];
/// Words that say that a price is that of a second.
const SECOND: [&str; 8] =
    ["per second", "per sec", "per s", "credits s", "credits sec", "credits second", "each second", "every second"];

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A second of the film.
    Second,
    /// A whole film, of this many seconds if the clause says so.
    Film(Option<u32>),
    /// The clause does not say.
    Unknown,
}

/// One price in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The number of credits.
    pub credits: f64,
    /// What the price is for.
    pub unit: Unit,
    /// The options that the price is for.
    pub labels: Labels,
    /// The sentence with the price, as KIE wrote it.
    pub sentence: String,
}

/// The prices in a text.
pub fn clauses(text: &str) -> Vec<Clause> {
    let (mut found, mut heading) = (Vec::new(), Labels::default());
    for sentence in sentences(text).into_iter().take(SENTENCES_MAX) {
        let parts = parts(&without_remarks(sentence));
        if parts.is_empty() {
            heading = Labels::read(sentence);
        }
        let mut former = heading.clone();
        // "Per second" that is said once counts for the whole sentence.
        let shared = if parts.iter().any(|part| unit(part) == Unit::Second) { Unit::Second } else { Unit::Unknown };
        for part in parts {
            let labels = Labels::read(&part).after(&former);
            former.clone_from(&labels);
            let unit = Some(unit(&part)).filter(|unit| *unit != Unit::Unknown).unwrap_or(shared);
            found.extend(credits(&part).map(|credits| Clause { credits, unit, labels, sentence: sentence.to_owned() }));
        }
    }
    found
}

/// The sentences and lines of a text. A point between digits ends none.
fn sentences(text: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let ends = |(at, letter): &(usize, char)| match letter {
            '\n' | ';' | '|' => true,
            '.' => rest.get(at + 1..).and_then(|after| after.chars().next()).is_none_or(char::is_whitespace),
            _ => false,
        };
        let (sentence, after) = match rest.char_indices().find(ends) {
            Some((at, end)) => (rest.get(..at), rest.get(at + end.len_utf8()..)),
            None => (Some(rest), None),
        };
        found.extend(sentence.map(str::trim).filter(|sentence| !sentence.is_empty()));
        rest = after.unwrap_or_default();
    }
    found
}

/// The sentence without its remarks in brackets about dollars and discounts.
fn without_remarks(sentence: &str) -> String {
    let mut kept = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('(') {
        let Some((remark, behind)) = after.split_once(')') else { break };
        kept.push_str(before);
        if !["$", "usd", "%", "off"].iter().any(|word| remark.to_lowercase().contains(word)) {
            kept.push_str(remark);
        }
        rest = behind;
    }
    kept + rest
}

/// The parts of a sentence with a price each. A part without a price belongs to the next one, the last ones to the one before.
fn parts(sentence: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut waiting = String::new();
    for part in sentence.split(',').flat_map(|part| part.split(" and ")) {
        match credits(part) {
            Some(_) => found.push(std::mem::take(&mut waiting) + " " + part),
            None => waiting = waiting + " " + part,
        }
    }
    if let Some(last) = found.last_mut() {
        last.push_str(&waiting);
    }
    found
}

/// The number before the word "credits".
fn credits(part: &str) -> Option<f64> {
    let bare = |word: &str| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_lowercase();
    let words: Vec<String> = part.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let number = |pair: &[String]| match pair {
        [number, word] if word.starts_with("credit") => number.parse::<f64>().ok(),
        _ => None,
    };
    words.windows(2).find_map(number).filter(|credits| credits.is_finite() && *credits > 0.0)
}

fn unit(part: &str) -> Unit {
    let words = words(part);
    let line = format!("{} ", words.join(" "));
    if SECOND.iter().any(|phrase| line.contains(&format!("{phrase} "))) {
        return Unit::Second;
    }
    let is_seconds = |word: &str| matches!(word, "s" | "sec" | "secs" | "second" | "seconds");
    let apart = words.windows(2).find_map(|pair| match pair {
        [number, word] if is_seconds(word) => number.parse().ok(),
        _ => None,
    });
    let joined = || words.iter().find_map(|word| word.strip_suffix('s')?.parse().ok());
    match apart.or_else(joined) {
        Some(secs) => Unit::Film(Some(secs)),
        None if FILM.iter().any(|phrase| line.contains(phrase)) => Unit::Film(None),
        None => Unit::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(f64, Unit)> {
        clauses(text).iter().map(|clause| (clause.credits, clause.unit)).collect()
    }

    #[test]
    fn a_text_is_cut_into_prices_with_their_units() {
        assert_eq!(
            read("480p costs 2.4 credits (0.012 USD) per second. 1080p: 8 credits/s"),
            [(2.4, Unit::Second), (8.0, Unit::Second)]
        );
        assert_eq!(read("480p: 2 credits, 720p: 4 credits per second"), [(2.0, Unit::Second), (4.0, Unit::Second)]);
        assert_eq!(
            read("a 5s video is 55 credits and a 10 second one 110 credits"),
            [(55.0, Unit::Film(Some(5))), (110.0, Unit::Film(Some(10)))]
        );
        assert_eq!(read("30 credits per video; 7 credits"), [(30.0, Unit::Film(None)), (7.0, Unit::Unknown)]);
        assert_eq!(read("credits: ask us. many credits. 0 credits per second. (3 credits"), [(3.0, Unit::Unknown)]);
    }
}
