//! What a person sees: a text and the buttons under it.

/// Longest text of a message, in UTF-16 units of what is read. Telegram: `sendMessage`, 1-4096 characters after entities parsing.
pub const TEXT_MAX_UNITS: usize = 4096;
/// Longest caption of a video, counted likewise. Telegram: `sendVideo`, 0-1024 characters after entities parsing.
pub const CAPTION_MAX_UNITS: usize = 1024;
/// Most bytes of a button's data. Telegram: `InlineKeyboardButton.callback_data`, 1-64 bytes.
pub const BUTTON_DATA_MAX_BYTES: usize = 64;

/// A message in the chat: HTML text and inline buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Text in Telegram's HTML; everything inserted into it is already escaped.
    pub text: String,
    /// Rows of buttons, top to bottom.
    pub keyboard: Keyboard,
}

/// Rows of inline buttons; empty means no keyboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyboard(pub Vec<Vec<Button>>);

/// One inline button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What the person reads.
    pub label: String,
    /// What happens when it is tapped.
    pub action: Action,
}

/// What a tapped button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This comes back: 1 to [`BUTTON_DATA_MAX_BYTES`] bytes.
    Tap(String),
    /// This page opens; the bot hears nothing of it.
    Link(String),
}

impl Button {
    /// A button that comes back with this data.
    #[must_use]
    pub fn tap(label: String, data: String) -> Self {
        Self { label, action: Action::Tap(data) }
    }

    /// A button that opens a page.
    #[must_use]
    pub fn link(label: String, url: &str) -> Self {
        Self { label, action: Action::Link(url.to_owned()) }
    }

    /// What comes back; `None` for a link.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        if let Action::Tap(data) = &self.action { Some(data) } else { None }
    }
}

/// How Telegram counts a text: in UTF-16 units of what is read, tags taken out and entities read.
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

/// A text cut to so many UTF-16 units, with an ellipsis where something was cut.
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

/// A text safe to insert into Telegram's HTML.
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

    #[test]
    fn a_long_text_is_cut_at_a_whole_character() {
        assert_eq!(shortened("кружка", 6), "кружка");
        assert_eq!(shortened("кружка", 5), "круж…");
        assert_eq!(shortened("🎬🎬🎬", 5), "🎬🎬…");
        assert_eq!(shortened("🎬🎬🎬", 4), "🎬…");
    }
}
