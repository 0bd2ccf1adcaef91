//! What the texts of both languages share: a seller's own words made safe to show, and minutes.

use crate::{utf16::shortened, view::html::escape_html};

/// Longest words of a person's own that fill a screen, in UTF-16 units: the rest of it needs its room.
const SHOWN_BACK_MAX_UNITS: usize = 3000;
/// Longest words of a person's own beside others on a screen, likewise.
const SHOWN_BESIDE_MAX_UNITS: usize = 1000;

/// A person's own words, safe to insert and short enough.
pub(super) fn shown_back(words: &str) -> String {
    escape_html(&shortened(words, SHOWN_BACK_MAX_UNITS))
}

/// The same, beside others.
pub(super) fn shown_beside(words: &str) -> String {
    escape_html(&shortened(words, SHOWN_BESIDE_MAX_UNITS))
}

/// Minutes, rounded up, never none.
pub(super) fn minutes(secs: u32) -> u32 {
    secs.div_ceil(60).max(1)
}
