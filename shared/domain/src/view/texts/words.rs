//! Helpers for the texts of both languages: a seller's words, escaped and shortened, and minutes.

use crate::{credits::Credits, utf16::shortened, view::html::escape_html};

/// Longest words of a seller that are the only ones on a screen, in UTF-16 units. The rest of the screen needs room too.
const ONLY_WORDS_MAX_UNITS: usize = 3000;
/// Longest words of a seller on a screen with other words of the seller, in UTF-16 units.
const SOME_WORDS_MAX_UNITS: usize = 1000;

/// A seller's words, escaped, and shortened for a screen that shows no other words of the seller.
pub(super) fn only_words(words: &str) -> String {
    escape_html(&shortened(words, ONLY_WORDS_MAX_UNITS))
}

/// A seller's words, escaped, and shortened for a screen that shows other words of the seller too.
pub(super) fn some_words(words: &str) -> String {
    escape_html(&shortened(words, SOME_WORDS_MAX_UNITS))
}

/// The credits that the balance lacks for a price; `None` if it covers the price or is not known.
pub(super) fn missing(Credits(price): Credits, balance: Option<Credits>) -> Option<Credits> {
    price.checked_sub(balance?.0).filter(|missing| *missing > 0).map(Credits)
}

/// Seconds in minutes, rounded up, at least one.
pub(super) fn minutes(secs: u32) -> u32 {
    secs.div_ceil(60).max(1)
}
