//! Telegram's HTML: the length of its visible text, and the escaping of words.

/// The length of the visible text as Telegram counts it: in UTF-16 units, without tags and with entities decoded.
#[must_use]
pub fn visible_units(html: &str) -> usize {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        rest = after.split_once('>').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let read = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    read.encode_utf16().count()
}

/// The text with the special characters of Telegram's HTML escaped.
#[must_use]
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_counted_as_telegram_counts_it() {
        assert_eq!(visible_units("<b>a &lt; b &amp;amp; c</b>"), "a < b &amp; c".len());
        assert_eq!(visible_units("🎬 ок"), 5);
    }
}
