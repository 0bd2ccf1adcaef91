//! The languages the bot speaks.

use serde::{Deserialize, Serialize};

/// The languages the bot speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// The English language.
    En,
    /// The Russian language.
    Ru,
}

impl Locale {
    /// All languages of the bot.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The language's code in Telegram's `language_code` and in button data.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language's name in the language itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }

    /// The codes of Telegram clients that begin in this language: its own first. Sellers of neighbouring countries read Russian rather
    /// than English.
    #[must_use]
    pub fn codes(self) -> &'static [&'static str] {
        match self {
            Self::En => &["en"],
            Self::Ru => &["ru", "be", "kk", "ky", "uz", "hy", "az", "tg"],
        }
    }

    /// The language for Telegram's `language_code` (an IETF tag, or `None`).
    #[must_use]
    pub fn from_language_code(code: Option<&str>) -> Self {
        let language = code.unwrap_or_default().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|locale| locale.codes().contains(&language.as_str())).unwrap_or(Self::En)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_code() {
        let of = |code| Locale::from_language_code(code);
        assert_eq!([of(Some("ru")), of(Some("ru-RU")), of(Some("RU_ru"))], [Locale::Ru; 3]);
        let neighbours = ["be", "kk", "ky", "uz", "hy", "az", "tg", "uz-Latn"];
        assert_eq!(neighbours.map(|code| of(Some(code))), [Locale::Ru; 8]);
        assert_eq!([of(Some("en")), of(Some("pt-br")), of(Some("")), of(None), of(Some("run"))], [Locale::En; 5]);
    }
}
