//! The length of a text in UTF-16 units, as Telegram counts it.

/// A text of at most `units_max` UTF-16 units. A longer text is cut and ends with an ellipsis.
#[must_use]
pub fn shortened(text: &str, units_max: usize) -> String {
    if text.encode_utf16().count() <= units_max {
        return text.to_owned();
    }
    let mut units = 1;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= units_max
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_whole_character() {
        assert_eq!(shortened("кружка", 6), "кружка");
        assert_eq!(shortened("кружка", 5), "круж…");
        assert_eq!(shortened("🎬🎬🎬", 5), "🎬🎬…");
        assert_eq!(shortened("🎬🎬🎬", 4), "🎬…");
    }
}
