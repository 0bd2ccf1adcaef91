//! A row's prices against KIE's text.
//!
//! KIE gives its prices as prose. A *clause* is the part of a sentence with one "N credits". A clause counts for a row unless it
//! names another resolution, mode or sound than the row's. A clause takes what it does not name from the clauses before it, and from
//! a heading, which is a sentence without credits. A text that leaves two prices is not understood, and is quoted instead.

mod labels;
mod sentences;

use domain::catalog::{Length, Product};

use self::{
    labels::Wanted,
    sentences::{Clause, Unit, clauses},
};
use super::finding::{Finding, Weight};

/// Greatest difference between two prices that count as equal, as a share of the price.
const PRICE_TOLERANCE: f64 = 0.005;
/// Most characters of KIE's text that are quoted.
const QUOTED_MAX_CHARS: usize = 400;

/// Compares the price of each length with KIE's text.
#[must_use]
pub fn compare_price(row: &Product, text: Option<&str>) -> Vec<Finding> {
    let Some(text) = text else { return vec![Finding::new(Weight::Unread, "price: KIE gives no text")] };
    let (wanted, clauses) = (Wanted::of(row), clauses(text));
    let prices: Vec<_> = row.lengths.iter().map(|length| (length, price(&wanted, &clauses, length.secs))).collect();
    if prices.iter().any(|(_, price)| price.is_none()) {
        let what = format!("price: KIE's text is not understood. It says: {}", quoted(text));
        return vec![Finding::new(Weight::Unread, what)];
    }
    prices.into_iter().filter_map(|(length, price)| difference(length, &price?)).collect()
}

fn difference(length: &Length, (credits, said): &(f64, String)) -> Option<Finding> {
    let has_changed = (credits - length.kie_credits).abs() > PRICE_TOLERANCE * length.kie_credits;
    let rounded = (credits * 1000.0).round() / 1000.0;
    let Length { secs, kie_credits, .. } = length;
    let what =
        format!("price of {secs} s: KIE takes {rounded} credits, the catalog has {kie_credits}. KIE says: {}", quoted(said));
    has_changed.then(|| Finding::new(Weight::Difference, what))
}

/// The price of a film of this length, and the sentence that says so; `None` if the clauses leave none or several.
fn price(wanted: &Wanted, clauses: &[Clause], secs: u32) -> Option<(f64, String)> {
    let priced =
        clauses.iter().filter_map(|clause| Some((wanted.matches(&clause.labels)?, clause.price(secs)?, &clause.sentence)));
    let priced: Vec<_> = priced.collect();
    // A clause that names more of what the row has counts before one that names less.
    let best = priced.iter().map(|(matches, ..)| *matches).max()?;
    let mut chosen = priced.iter().filter(|(matches, ..)| *matches == best);
    let (_, credits, sentence) = chosen.next()?;
    chosen.all(|(_, other, _)| (other - credits).abs() <= PRICE_TOLERANCE * credits).then(|| (*credits, (*sentence).clone()))
}

impl Clause {
    /// The credits for a film of this length; `None` if the clause is about another length or names no unit.
    fn price(&self, secs: u32) -> Option<f64> {
        match self.unit {
            Unit::Second => Some(self.credits * f64::from(secs)),
            Unit::Film(Some(length)) => (length == secs).then_some(self.credits),
            Unit::Film(None) => Some(self.credits),
            Unit::Unknown => None,
        }
    }
}

fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= QUOTED_MAX_CHARS {
        return format!("\"{line}\"");
    }
    format!("\"{}…\"", line.chars().take(QUOTED_MAX_CHARS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalog::Catalog;

    fn found(id: &str, text: &str) -> Vec<String> {
        let catalog = Catalog::built_in().unwrap();
        compare_price(catalog.product(id).unwrap(), Some(text)).iter().map(ToString::to_string).collect()
    }

    const KLING: [&str; 6] = [
        "std without audio costs 14 credits (0.07 USD) per second. std with audio costs 20 credits (0.1 USD) per second. \
         pro without audio costs 18 credits (0.09 USD) per second. 4K costs 67 credits (0.335 USD) per second.",
        "Kling 3.0: standard mode costs 14 credits ($0.07, 30% off) per second without audio, and 20 credits per second with audio; \
         pro mode costs 18 credits per second without audio and 27 credits per second with audio.",
        "Standard:\n- No audio: 14 credits/s\n- With audio: 20 credits/s\nPro:\n- No audio: 18 credits/s\n- With audio: 27 credits/s",
        "In std mode, without audio, an 8-second video is 112 credits, a 10-second video is 140 credits.",
        "**14.0 credits** per sec for std, silent. 67 credits per sec for 4K.",
        "A second costs 14 credits per second in std, whatever else.",
    ];

    #[test]
    fn the_price_of_the_row_s_own_mode_and_sound_is_found_in_prose() {
        for text in KLING {
            assert_eq!(found("reels-broll", text), Vec::<String>::new(), "{text}");
        }
        let by_resolution = "480p costs 2.4 credits (0.012 USD) per second. 720p costs 4.5 credits (0.0225 USD) per second.";
        assert_eq!(found("neurocard", by_resolution), Vec::<String>::new());
        assert_eq!(
            found("reels-grok", "480p: 2.4 credits, 720p: 4.5 credits per second, 1080p: 8 credits per second."),
            Vec::<String>::new()
        );
        let by_input = "720p costs 8.2 credits per second without video input, 5 credits per second with video input.";
        assert_eq!(found("reels-ugc", by_input), Vec::<String>::new());
    }

    #[test]
    fn another_price_is_a_difference_for_each_length() {
        assert_eq!(
            found("reels-broll", "std costs 16 credits (0.08 USD) per second. pro costs 14 credits per second."),
            [
                "difference   price of 8 s: KIE takes 128 credits, the catalog has 112. KIE says: \"std costs 16 credits (0.08 USD) per second\"",
                "difference   price of 10 s: KIE takes 160 credits, the catalog has 140. KIE says: \"std costs 16 credits (0.08 USD) per second\"",
            ]
        );
        assert_eq!(found("neurocard", "720p costs 4.51 credits per second"), Vec::<String>::new(), "within the tolerance");
    }

    #[test]
    fn a_text_that_is_not_understood_is_quoted() {
        for text in [
            "",
            "See the pricing page.",
            "14 credits per second, or 20 credits per second.",
            "480p costs 2.4 credits per second.",
            "std costs 14 credits.",
            "A 5-second video in std mode costs 70 credits.",
            "credits credits per second",
        ] {
            let id = if text.starts_with("480p") { "neurocard" } else { "reels-broll" };
            let findings = found(id, text);
            let expected = format!("not compared price: KIE's text is not understood. It says: {text:?}");
            assert_eq!(findings, [expected], "{text}");
        }
        assert_eq!(found("neurocard", &"word ".repeat(200))[0].chars().count(), 62 + QUOTED_MAX_CHARS);
        let catalog = Catalog::built_in().unwrap();
        assert_eq!(compare_price(&catalog.products()[0], None)[0].what, "price: KIE gives no text");
    }
}
