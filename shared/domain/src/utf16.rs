//! The length of a text in UTF-16 units, as Telegram and KIE count it.

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

/// The longest beginning of a text that has at most `units_max` UTF-16 units.
#[must_use]
pub fn cut(text: &str, units_max: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= units_max
    };
    text.chars().take_while(fits).collect()
}

/// The length of a text in UTF-16 units.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
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

    #[test]
    fn a_text_is_cut_without_an_ellipsis_where_a_model_reads_it() {
        assert_eq!(cut("кружка", 4), "круж");
        assert_eq!(cut("🎬🎬🎬", 5), "🎬🎬");
        assert_eq!((length("кружка"), length("🎬")), (6, 2));
    }
}
